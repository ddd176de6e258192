"""What a person sees on a terminal."""

import os
import pty
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO

from tests.cli.conftest import HOLDFAST, House

COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-7]")


Reads = Callable[[bytes | None], str]


def on_a_terminal(house: House, *arguments: str, answer: str = "", **environment: str) -> tuple[int, str]:
    """Run a command on a terminal of 200 columns; its exit code, and all that was shown."""
    with terminal(house, *arguments, answer=answer, **environment) as (process, read):
        shown = read(None)
    return process.wait(60), shown


@contextmanager
def terminal(
    house: House, *arguments: str, answer: str = "", **environment: str
) -> Iterator[tuple[subprocess.Popen[bytes], Reads]]:
    """A command on such a terminal; and what reads all that it shows, to these bytes or to the end."""
    ours, theirs = pty.openpty()
    clean = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    sized = {"HOLDFAST_DATA": str(house.data), "TERM": "xterm-256color", "COLUMNS": "200", "LINES": "50"}
    process = subprocess.Popen(
        [*HOLDFAST, *arguments],
        env={**clean, **sized, **environment},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    os.write(ours, answer.encode())
    with os.fdopen(ours, "rb", buffering=0) as shown:
        yield process, partial(_read, shown)


def _read(shown: IO[bytes], until: bytes | None) -> str:
    read = b""
    while until is None or until not in read:
        try:
            piece = shown.read(4096)
        except OSError:  # how Linux says that nobody holds the other end any more
            break
        if not piece:
            break
        read += piece
    return read.decode()


def test_statuses_are_coloured_and_ids_short_unless_no_colour_is_wanted(house: House, letters: Path) -> None:
    house.ask("protect", str(letters), "--name", "coloured")
    (task,) = house.ask("backup", "coloured")["operation_logs"]
    code, shown = on_a_terminal(house, "tasks", "--resource", "coloured")
    assert code == 0
    assert COLOUR.search(shown)
    assert task["id"][:8] in shown
    assert task["id"] not in shown
    _, shown = on_a_terminal(house, "tasks", "--resource", "coloured", NO_COLOR="1")
    assert not COLOUR.search(shown)


def test_a_backup_shows_a_bar_and_leaves_a_sentence(house: House, tmp_path: Path) -> None:
    folder = tmp_path / "much"
    folder.mkdir()
    for number in range(40):
        (folder / str(number)).write_bytes(os.urandom(1 << 20))
    house.ask("protect", str(folder), "--name", "much")
    code, shown = on_a_terminal(house, "backup", "much")
    assert code == 0
    assert "━" in shown
    assert "backup of much: success" in shown


def test_a_person_may_say_no(house: House, letters: Path) -> None:
    house.ask("protect", str(letters), "--name", "asked")
    (task,) = house.ask("backup", "asked")["operation_logs"]
    backup = task["extra_info"]["backup"]["backup_id"]
    code, shown = on_a_terminal(house, "restore", backup, answer="n\n")
    assert code == 6
    assert "Overwrite asked with the backup" in shown
    assert "nothing was done" in shown
    (letters / "anna.txt").unlink()
    code, shown = on_a_terminal(house, "restore", backup, answer="y\n")
    assert code == 0
    assert (letters / "anna.txt").read_text() == "dear Anna"


def test_the_audit_trail_has_a_line_for_each_entry_where_the_terminal_is_narrow(house: House) -> None:
    house.ask("vaults", "create", "audited-narrowly")
    code, shown = on_a_terminal(house, "audit", "--limit", "1", COLUMNS="80", TERM="dumb")
    assert code == 0
    headings, entry, *_ = shown.splitlines()
    assert headings.split()[-1] == "TASKS"
    assert [*entry.split()[2:5]] == ["admin", "POST", "vaults"]
    _, shown = on_a_terminal(house, "audit", "--limit", "1")
    assert "req-" in shown.splitlines()[1]


def test_names_are_printed_by_a_locale_that_has_no_letters_for_them(house: House) -> None:
    house.ask("vaults", "create", "東京")
    known = {**os.environ, "HOLDFAST_DATA": str(house.data), "PYTHONIOENCODING": "latin-1"}
    told = subprocess.run([*HOLDFAST, "vaults"], env=known, capture_output=True, check=True)
    assert "\\u6771\\u4eac" in told.stdout.decode("latin-1")


def test_following_goes_line_by_line_on_a_terminal_that_cannot_draw(house: House, letters: Path) -> None:
    house.ask("protect", str(letters), "--name", "followed line by line")
    (task,) = house.ask("backup", "followed line by line")["operation_logs"]
    with terminal(house, "tasks", "--follow", "--resource", "followed line by line", TERM="dumb") as (
        process,
        read,
    ):
        assert task["id"][:8] in read(b"success")
        process.send_signal(signal.SIGINT)
        read(None)
    assert process.wait(60) == 130
