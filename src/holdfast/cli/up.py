"""`holdfast up`: serve, protect these paths, back up now, say how to go on, keep serving."""

import shlex
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from holdfast import main
from holdfast.main import Running

from . import backup, credentials, guide, options, outcome, protect, watch
from .client import Client, open_client
from .screen import Screen
from .words import plural

Task = dict[str, Any]


@click.command("up")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@options.listen
@options.configuration
@options.data
@options.as_json
@click.pass_context
def up(context: click.Context, paths: Sequence[str], listen: str | None, config_file: str | None) -> None:
    """Serve, protect folders and raw disk images, back them up now, and keep serving until Ctrl-C.

    Ends with 0 when interrupted after the backup, with 1 if the backup failed, with 130 when interrupted
    before.
    """
    for path in paths:
        protect.kind_of(path)
    settings = options.settings(context, listen=listen, config=config_file)
    screen = options.screen(context)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with main.running(settings) as house:
        screen.note(f"holdfast serves {house.endpoint}, its data lies in {house.data.absolute()}")
        known = credentials.read(house.data / credentials.FILE_NAME)
        with open_client(known) as client:
            tasks = back_up(client, screen, paths)
        tell(screen, house, tasks)
        main.wait_for_signal(house.hurry)
    outcome.check(tasks)


def back_up(client: Client, screen: Screen, paths: Sequence[str]) -> list[Task]:
    """Protect the paths and back them up; the tasks, once they are over. Raises Failure."""
    chosen: dict[str, tuple[str, ...]] = {}
    for path in dict.fromkeys(paths):
        done = protect.add(client, path, protect.Wanted())
        screen.note(protect.sentence(done))
        known = chosen.get(done.vault["id"], ())
        if done.resource["id"] not in known:
            chosen[done.vault["id"]] = (*known, done.resource["id"])
    screen.note(f"backing up {plural(sum(map(len, chosen.values())), 'resource')}")
    started = backup.start(client, chosen, backup.Wanted())
    try:
        return watch.until_over(client, screen, started)
    except KeyboardInterrupt:
        screen.note("the backup goes on when holdfast runs again")
        raise


def tell(screen: Screen, house: Running, tasks: Sequence[Task]) -> None:
    """Say what became of the backup and how to go on, out at once: the process goes on serving."""
    if screen.as_json:
        screen.record({"endpoint": house.endpoint, "operation_logs": tasks})
        return
    outcome.tell(screen, tasks)
    place = guide.Place(
        program=program(sys.argv[0]),
        python=shlex.quote(sys.executable),
        data=str(house.data.absolute()),
        endpoint=house.endpoint,
        scratch=tempfile.gettempdir(),
    )
    screen.line()
    known = house.data.absolute() / credentials.FILE_NAME
    screen.line(Text(f"# See all of it in a browser, with the user and password in {known}:", style="dim"))
    screen.line(f"# {house.endpoint}/")
    screen.line()
    for line in guide.lines(place, tasks):
        screen.line(Text(line, style="dim" if line.startswith("#") else ""))
    screen.line()
    screen.line(Text(f"Serving {house.endpoint} until Ctrl-C.", style="bold"))
    screen.out.file.flush()


def program(invoked: str) -> str:
    """How to call this program again from any folder, ready to paste."""
    path = Path(invoked)
    if path.name == "__main__.py":
        return f"{shlex.quote(sys.executable)} -m holdfast"
    found = shutil.which(path.name)
    if found and Path(found).samefile(path):
        return shlex.quote(path.name)
    return shlex.quote(str(path.absolute()))
