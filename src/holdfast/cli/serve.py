"""`holdfast serve` and `holdfast worker`: processes that run until they are told to end."""

import logging

import click

from holdfast import main

from . import options


@click.command("serve")
@options.data
@options.listen
@options.configuration
@click.pass_context
def serve(context: click.Context, listen: str | None, config_file: str | None) -> None:
    """Run the API and a worker, until SIGTERM or Ctrl-C."""
    _log_to_stderr()
    main.serve(options.settings(context, listen=listen, config=config_file))


@click.command("worker")
@click.option("--site", metavar="NAME", help="Site whose resources it can reach. [env: HOLDFAST_SITE]")
@options.data
@options.configuration
@click.pass_context
def worker(context: click.Context, site: str | None, config_file: str | None) -> None:
    """Run a worker without an API, until SIGTERM or Ctrl-C."""
    _log_to_stderr()
    main.work(options.settings(context, site=site, config=config_file))


def _log_to_stderr() -> None:
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    logging.getLogger("holdfast").setLevel(logging.INFO)
