"""What a person sees on a terminal."""

import os
import pty
import re
import subprocess
from pathlib import Path

from tests.cli.conftest import HOLDFAST, House

COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-7]")


def on_a_terminal(house: House, *arguments: str, answer: str = "", **environment: str) -> tuple[int, str]:
    """Run a command on a terminal of 200 columns; its exit code, and all that was shown."""
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
    shown = b""
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        while True:
            try:
                piece = terminal.read(4096)
            except OSError:  # how Linux says that nobody holds the other end any more
                break
            if not piece:
                break
            shown += piece
    return process.wait(60), shown.decode()


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
