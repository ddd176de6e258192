"""How a figure is said to a person: sizes, moments, spans, short ids. Pure."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from types import MappingProxyType

SHORT_ID = 8
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_SPANS: Mapping[str, timedelta] = MappingProxyType(
    {
        "s": timedelta(seconds=1),
        "m": timedelta(minutes=1),
        "h": timedelta(hours=1),
        "d": timedelta(days=1),
        "w": timedelta(weeks=1),
    }
)


def size(count: float) -> str:
    """Bytes for a person: 1536 → `1.5 KiB`."""
    unit = 0
    while count >= 1024 and unit < len(_UNITS) - 1:
        count /= 1024
        unit += 1
    whole = unit == 0 or count >= 100 or count == int(count)
    return f"{count:.0f} {_UNITS[unit]}" if whole else f"{count:.1f} {_UNITS[unit]}"


def parse_moment(text: str) -> datetime:
    """A moment as the API writes it; one without a zone is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def moment(text: str | None, zone: tzinfo | None = None) -> str:
    """A moment of the API in the local zone (or the one given), to the second; `-` for none."""
    return f"{parse_moment(text).astimezone(zone):%Y-%m-%d %H:%M:%S}" if text else "-"


def short_moment(text: str | None, zone: tzinfo | None = None) -> str:
    """The same where there is little room: day and minute, without the year."""
    return f"{parse_moment(text).astimezone(zone):%m-%d %H:%M}" if text else "-"


def span(seconds: float) -> str:
    """How long something took: `0.4 s`, `12 s`, `3 min 5 s`, `2 h 4 min`, `3 d 1 h`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")]
    first = next(place for place, (count, _) in enumerate(parts) if count)
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count)


def between(begin: str | None, end: str | None) -> str:
    """The span between two moments of the API; `-` unless both are known."""
    if not begin or not end:
        return "-"
    return span(max(0.0, (parse_moment(end) - parse_moment(begin)).total_seconds()))


def since(text: str, now: datetime) -> datetime:
    """The moment that `24h`, `30m`, `7d`, or a date and time, means now. Raises ValueError."""
    counted = re.fullmatch(r"(\d{1,6})([smhdw])", text.strip())
    if counted:
        return now - int(counted[1]) * _SPANS[counted[2]]
    meant = datetime.fromisoformat(text.strip())
    return meant.astimezone(UTC)


def short(known_id: str | None) -> str:
    """The beginning of an id, long enough to name the thing again; `-` for none."""
    return known_id[:SHORT_ID] if known_id else "-"


def plain(text: object) -> str:
    """Text that came from elsewhere, with every character that a terminal would obey made visible."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in str(text))


def plural(count: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
