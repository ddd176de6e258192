"""`holdfast serve` and `holdfast worker`: processes that run until they are told to end."""

import os

import click

from holdfast import config, main
from holdfast import ephemeral as house
from holdfast.service import log_lines

from . import options


@click.command("serve")
@options.data
@options.listen
@options.configuration
@click.option(
    "--ephemeral",
    is_flag=True,
    help="Serve made-up resources from a temporary folder, for trying out; all of it is gone afterwards."
    " The address and the credentials are printed as one line of JSON.",
)
@click.option("--until-eof", is_flag=True, help="With --ephemeral: end when standard input does.")
@click.pass_context
def serve(
    context: click.Context, listen: str | None, config_file: str | None, *, ephemeral: bool, until_eof: bool
) -> None:
    """Run the API and a worker, until SIGTERM or Ctrl-C."""
    log_lines.to_stderr()
    if ephemeral:
        _serve_ephemeral(context, listen, config_file, until_eof=until_eof)
        return
    if until_eof:
        raise click.UsageError("--until-eof goes with --ephemeral.")
    main.serve(options.settings(context, listen=listen, config=config_file))


@click.command("worker")
@click.option(
    "--site",
    "sites",
    metavar="NAME",
    multiple=True,
    help="Site whose resources it can reach; may be given several times. [env: HOLDFAST_SITE]",
)
@options.data
@options.configuration
@click.pass_context
def worker(context: click.Context, sites: tuple[str, ...], config_file: str | None) -> None:
    """Run a worker without an API, until SIGTERM or Ctrl-C."""
    log_lines.to_stderr()
    main.work(options.settings(context, sites=sites or None, config=config_file))


def _serve_ephemeral(
    context: click.Context, listen: str | None, config_file: str | None, *, until_eof: bool
) -> None:
    """Only a few settings count, and no file: a real house must not be touched by mistake."""
    if options.DATA in context.meta or config_file is not None:
        raise click.UsageError("--ephemeral keeps nothing: it goes with neither --data nor --config.")
    asked = main.ending()
    if until_eof:
        house.end_with_input(asked)
    settings = {name: value for name, value in os.environ.items() if name in house.SETTINGS}
    wanted = config.load(settings, listen=listen or "127.0.0.1:0")
    house.serve(wanted, click.echo, asked)
