"""Lines of the log: each entry is one, whatever words of other people are in it."""

import logging
import sys

import pytest

from holdfast.service.log_lines import FORMAT, About, Lines, about


def written(record: logging.LogRecord) -> str:
    """The entry as it goes out."""
    About().filter(record)
    return Lines(FORMAT).format(record)


def record(message: str, *words: object, fault: Exception | None = None) -> logging.LogRecord:
    told = (type(fault), fault, fault.__traceback__) if fault else None
    return logging.LogRecord("holdfast.x", logging.INFO, __file__, 1, message, words, told)


@pytest.mark.parametrize(
    ("name", "spelled"),
    [
        ("eve\n2026-01-01 00:00:00,000 INFO holdfast: all is well", r"eve\n2026-01-01"),
        ("eve\r\nx", r"eve\r\nx"),
        ("\x1b[2Jeve", r"\x1b[2Jeve"),
        ("a\u2028b\x85c\x00d", r"a\u2028b\x85c\x00d"),
        ("a\u202eb", r"a\u202eb"),
        ("\ud800", r"\ud800"),
    ],
)
def test_what_is_not_printable_is_spelled_out(name: str, spelled: str) -> None:
    told = written(record("%s is told the password", name))
    assert len(told.splitlines()) == 1
    assert told.isprintable()
    assert spelled in told


def test_what_is_printable_stays_as_it_is() -> None:
    assert written(record("backup of %r begins", "Müller 北京 🙂")).endswith(
        "INFO holdfast.x: backup of 'Müller 北京 🙂' begins"
    )


def test_what_a_line_is_about_stands_behind_it() -> None:
    with about(task="t1", request="req-1"):
        assert written(record("it begins")).endswith("it begins [task=t1 request=req-1]")


def test_a_traceback_is_indented_and_its_words_make_no_entry() -> None:
    try:
        raise ValueError("no\n2026-01-01 00:00:00,000 INFO holdfast: all is well\x1b[2J")
    except ValueError:
        fault = sys.exc_info()[1]
    assert isinstance(fault, ValueError)
    first, *behind = written(record("it failed", fault=fault)).split("\n")
    assert first.endswith("it failed")
    assert any("test_log_lines.py" in line for line in behind)
    assert all(line.startswith("    ") and line.isprintable() for line in behind)
