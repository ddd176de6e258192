"""`holdfast repo`: look after a vault's repository. For the operator, on the server's machine."""

import shlex
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import click

from holdfast import main
from holdfast.model.errors import InvalidParameter
from holdfast.repo import lock, prune, stats
from holdfast.repo.check import examine
from holdfast.repo.errors import RepositoryError
from holdfast.repo.lock import locked
from holdfast.repo.plan import Limits
from holdfast.repo.repository import Repository
from holdfast.store.objects import StoreError

from . import options, quantities, repo_outcome
from .failures import Exit, Failure, of_repository
from .repo_url import url
from .steps import Steps
from .words import plain, plural


@click.group("repo")
def repo() -> None:
    """Look after a vault's repository, and open it with stock restic."""


@repo.command("env")
@click.argument("vault")
@options.configuration
@options.data
@options.as_json
@click.pass_context
def env(context: click.Context, vault: str, config_file: str | None) -> None:
    """Print the RESTIC_REPOSITORY and RESTIC_PASSWORD of a vault, for the operator only."""
    with _one_vault():
        known = main.repository_env(options.settings(context, config=config_file), vault)
    screen = options.screen(context)
    if screen.as_json:
        screen.document(known)
        return
    for name, value in known.items():
        screen.line(f"{name}={shlex.quote(value)}")


repo.add_command(url)


class _Check(click.Command):
    """Understands `--read-data` with and without a percentage, whatever comes after it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Give a bare `--read-data` the value that it stands for."""
        following = [*args[1:], ""]
        plain = [
            "--read-data=100%" if one == "--read-data" and not quantities.PERCENT.fullmatch(after) else one
            for one, after in zip(args, following, strict=True)
        ]
        return super().parse_args(ctx, plain)


@repo.command("check", cls=_Check)
@click.argument("vault")
@click.option(
    "--read-data",
    metavar="[PERCENT%]",
    callback=quantities.sample,
    help="Read the packs too: all of them, or so many percent, chosen by chance.",
)
@options.wait
@options.configuration
@options.data
@options.as_json
@click.pass_context
def check(
    context: click.Context, vault: str, read_data: float | None, wait: timedelta, config_file: str | None
) -> None:
    """Find out whether everything that a vault's backups need is there and sound.

    Ends with 7 where it is not.
    """
    screen = options.screen(context)
    with (
        _opened(context, vault, config_file) as repository,
        locked(repository, wait=wait),
        Steps(screen) as steps,
    ):
        checked = examine(repository, read_data, steps)
    if screen.as_json:
        screen.document(asdict(checked))
    else:
        repo_outcome.tell_check(screen, checked)
    if checked.problems:
        raise Failure(Exit.DAMAGED, f"the vault's repository is damaged ({checked.problem_count} problems)")


@repo.command("prune")
@click.argument("vault")
@click.option("--dry-run", is_flag=True, help="Change nothing, only tell what would be done.")
@click.option(
    "--grace",
    metavar="SPAN",
    default="24h",
    show_default=True,
    callback=quantities.span,
    help="How long what nobody needs stays before it is removed.",
)
@click.option(
    "--max-unused",
    metavar="PERCENT%",
    default="5%",
    show_default=True,
    callback=quantities.limit,
    help="Share of the packs that may stay though nobody needs it, or unlimited.",
)
@click.option(
    "--max-repack", metavar="SIZE", callback=quantities.size, help="Copy packs of no more than this: 10G."
)
@options.wait
@options.configuration
@options.data
@options.as_json
@click.pass_context
def prune_(context: click.Context, /, vault: str, config_file: str | None, **asked: Any) -> None:
    """Free the space of what no backup needs any more.

    What nobody needs is marked now, and removed by a later prune, once it has been marked for --grace.
    Backups may run meanwhile; where they keep it from marking, it says so and ends with 6.
    """
    screen = options.screen(context)
    limits = Limits(asked["max_unused"], asked["max_repack"], asked["wait"])
    with _opened(context, vault, config_file) as repository, Steps(screen) as steps:
        pruned = prune.prune(
            repository, grace=asked["grace"], limits=limits, dry_run=asked["dry_run"], progress=steps
        )
    if screen.as_json:
        screen.document({"dry_run": asked["dry_run"], **asdict(pruned)})
    else:
        repo_outcome.tell_prune(screen, pruned, dry_run=asked["dry_run"])
    if pruned.problems:
        raise Failure(Exit.DAMAGED, "damaged packs were left as they are; see: holdfast repo check")
    if pruned.put_off:
        raise Failure(Exit.REFUSED, f"nothing could be marked: {pruned.put_off}; run it again, or add --wait")


@repo.command("stats")
@click.argument("vault")
@options.wait
@options.configuration
@options.data
@options.as_json
@click.pass_context
def stats_(context: click.Context, vault: str, wait: timedelta, config_file: str | None) -> None:
    """Tell what a vault's repository takes, and what of that is needed."""
    screen = options.screen(context)
    with (
        _opened(context, vault, config_file) as repository,
        locked(repository, wait=wait),
        Steps(screen) as steps,
    ):
        counted = stats.stats(repository, steps)
    if screen.as_json:
        screen.document({**asdict(counted), "compression": round(counted.compression, 3)})
    else:
        repo_outcome.tell_stats(screen, counted)


@repo.command("unlock")
@click.argument("vault")
@click.option("--remove-all", is_flag=True, help="Remove locks that are in use as well.")
@options.configuration
@options.data
@options.as_json
@click.pass_context
def unlock(context: click.Context, vault: str, remove_all: bool, config_file: str | None) -> None:
    """Remove stale locks: of processes that died, or that were not renewed for half an hour."""
    screen = options.screen(context)
    with _opened(context, vault, config_file) as repository:
        unlocked = lock.unlock(repository, everything=remove_all)
    if screen.as_json:
        screen.document(asdict(unlocked))
        return
    screen.line(f"removed {plural(unlocked.removed, 'lock')}")
    for sentence in unlocked.left:
        screen.line(plain(f"left: {sentence}"))


@contextmanager
def _one_vault() -> Iterator[None]:
    """Where a vault is looked up by what somebody wrote: raises Failure when that fits several."""
    try:
        yield
    except InvalidParameter as refusal:
        raise Failure(Exit.USAGE, str(refusal)) from refusal


@contextmanager
def _opened(context: click.Context, vault: str, config_file: str | None) -> Iterator[Repository]:
    """The vault's repository; raises Failure for what it, or the store, refuses."""
    try:
        with ExitStack() as stack:
            with _one_vault():
                settings = options.settings(context, config=config_file)
                repository = stack.enter_context(main.opened_vault(settings, vault))
            yield repository
    except RepositoryError as error:
        raise of_repository(error) from error
    except StoreError as error:
        raise Failure(Exit.WORK_FAILED, f"the store: {error}") from error
