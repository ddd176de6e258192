"""Figures as a person reads them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as some

from holdfast.cli import words

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1 KiB"),
        (1536, "1.5 KiB"),
        (150 << 10, "150 KiB"),
        (3 << 30, "3 GiB"),
        (10 << 50, "10 PiB"),
        (5000 << 50, "5000 PiB"),
    ],
)
def test_bytes_are_said_in_the_unit_that_fits(count: int, told: str) -> None:
    assert words.size(count) == told


@given(some.integers(min_value=0, max_value=1 << 62))
def test_a_size_is_never_off_by_more_than_its_last_digit(count: int) -> None:
    figure, unit = words.size(count).split()
    scale = 1024 ** ("B", "KiB", "MiB", "GiB", "TiB", "PiB").index(unit)
    assert abs(float(figure) * scale - count) <= scale * (0.06 if float(figure) < 100 else 0.6)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0.04, "0.0 s"),
        (3.14, "3.1 s"),
        (12, "12 s"),
        (59.9, "1 min"),
        (185, "3 min 5 s"),
        (7440, "2 h 4 min"),
        (86400, "1 d"),
        (90000, "1 d 1 h"),
    ],
)
def test_a_span_is_said_with_its_two_largest_units(seconds: float, told: str) -> None:
    assert words.span(seconds) == told


@pytest.mark.parametrize(
    "wire", ["2026-03-01T12:00:00.584+00:00", "2026-03-01T12:00:00.584418", "2026-03-01T12:00:00Z"]
)
def test_every_form_of_a_moment_on_the_wire_is_shown_in_the_zone_of_the_reader(wire: str) -> None:
    assert words.moment(wire, timezone(timedelta(hours=2))) == "2026-03-01 14:00:00"


def test_a_moment_that_is_not_known_is_a_dash() -> None:
    assert words.moment(None) == "-"
    assert words.between("2026-03-01T12:00:00Z", None) == "-"


def test_the_span_between_two_moments_of_the_wire() -> None:
    assert words.between("2026-03-01T12:00:00.000+00:00", "2026-03-01T12:00:42.000+00:00") == "42 s"


def test_an_end_that_lies_before_its_beginning_took_no_time() -> None:
    assert words.between("2026-03-01T12:00:01Z", "2026-03-01T12:00:00Z") == "0.0 s"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("30s", NOON - timedelta(seconds=30)),
        ("24h", NOON - timedelta(days=1)),
        ("2w", NOON - timedelta(days=14)),
        ("2026-02-28T10:00:00+02:00", datetime(2026, 2, 28, 8, tzinfo=UTC)),
    ],
)
def test_since_counts_back_or_names_a_moment(text: str, meant: datetime) -> None:
    assert words.since(text, NOON) == meant


@pytest.mark.parametrize("text", ["", "h", "24", "24 hours", "yesterday", "-1h", "99999999d"])
def test_since_refuses_what_it_does_not_understand(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        words.since(text, NOON)


def test_what_a_terminal_would_obey_is_made_visible() -> None:
    assert words.plain("a\x1b[2Jb\nc\x9bd") == r"a\x1b[2Jb\nc\x9bd"
    assert words.plain("Übung 备份 1") == "Übung 备份 1"


def test_one_is_singular() -> None:
    assert [words.plural(count, "file") for count in (0, 1, 2000)] == ["0 files", "1 file", "2,000 files"]
