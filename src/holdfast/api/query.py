"""The query parameters of one request, read strictly: what cannot be understood is refused by name.

A parameter that nobody knows is ignored. One that is known must be well-formed, must not be empty and,
unless it is a list, may be given once only.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from holdfast.model.errors import InvalidParameter

from . import moments

Choice = TypeVar("Choice", bound=StrEnum)

_NUMBER = re.compile(r"[0-9]{1,20}")
_TRUTH = {"true": True, "false": False}
_SECOND = timedelta(seconds=1)
# The ends of the calendar leave room to reckon: a second is added to the end of a span.
_FIRST = datetime(1, 1, 2, tzinfo=UTC)
_LAST = datetime(9999, 12, 30, tzinfo=UTC)
MAX_LENGTH = 1024
MAX_VALUES = 100
ALL_ENTERPRISE_PROJECTS = "all_granted_eps"


class Query:
    """The parameters of one request by their names, each with its values in the order they came."""

    def __init__(self, items: Sequence[tuple[str, str]]) -> None:
        self._given: dict[str, list[str]] = {}
        for name, value in items:
            self._given.setdefault(name, []).append(value)

    def has(self, name: str) -> bool:
        """Whether it was given at all, with a value or as a bare word."""
        return name in self._given

    def text(self, name: str) -> str | None:
        """A text, None when not given."""
        values = self.texts(name)
        if len(values) > 1:
            raise InvalidParameter(name, "was given more than once")
        return values[0] if values else None

    def long_text(self, name: str, most: int) -> str | None:
        """The same for what may have more characters than others, such as a path."""
        values = _checked(name, self._given.get(name, []), most)
        if len(values) > 1:
            raise InvalidParameter(name, "was given more than once")
        return values[0] if values else None

    def needed(self, name: str) -> str:
        """A text that must be given."""
        value = self.text(name)
        if value is None:
            raise InvalidParameter(name, "is missing")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """All the values given under a name."""
        return _checked(name, self._given[name]) if name in self._given else ()

    def few_texts(self, name: str) -> tuple[str, ...]:
        """All the values given under a name, at most 100 of them."""
        return tuple(_few(name, self.texts(name)))

    def few(self, name: str) -> tuple[str, ...]:
        """At most 100 values that come repeated, separated by commas, or both; none of them is empty."""
        if name not in self._given:
            return ()
        return _checked(name, _few(name, [part for one in self._given[name] for part in one.split(",")]))

    def few_choices(self, name: str, choices: type[Choice]) -> tuple[Choice, ...]:
        """At most 100 words of an enumeration, given as `few` has it."""
        return tuple(_chosen(name, value, choices) for value in self.few(name))

    def listed(self, name: str) -> tuple[str, ...] | None:
        """Values that come repeated, or separated by commas, or both; None when not given."""
        values = self.texts(name)
        return tuple(part for value in values for part in value.split(",") if part) if values else None

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number from `least` to `most`, in decimal digits."""
        value = self.text(name)
        if value is None:
            return default
        if not _NUMBER.fullmatch(value) or not least <= int(value) <= most:
            raise InvalidParameter(name, f"must be a whole number from {least} to {most}")
        return int(value)

    def choice(self, name: str, choices: type[Choice]) -> Choice | None:
        """One of the words of an enumeration."""
        value = self.text(name)
        return None if value is None else _chosen(name, value, choices)

    def choices(self, name: str, choices: type[Choice]) -> tuple[Choice, ...] | None:
        """Some words of an enumeration."""
        values = self.listed(name)
        return None if values is None else tuple(_chosen(name, value, choices) for value in values)

    def truth(self, name: str) -> bool | None:
        """`true` or `false` in any case, as different clients spell it."""
        value = self.text(name)
        if value is not None and value.lower() not in _TRUTH:
            raise InvalidParameter(name, "must be true or false")
        return None if value is None else _TRUTH[value.lower()]

    def begin(self, name: str) -> datetime | None:
        """The first moment of a span of time."""
        moment = self._moment(name)
        return None if moment is None else moment[0]

    def end(self, name: str) -> datetime | None:
        """The last moment of a span of time, so that one second after it is the first moment beyond.

        What is written with a fraction ends with that fraction, not a second later.
        """
        moment = self._moment(name)
        return None if moment is None else moment[0] - (_SECOND - moment[1])

    def order(self, name: str, keys: type[Choice]) -> tuple[tuple[Choice, bool], ...]:
        """Keys of a sort, each with whether the highest come first.

        They come as `key`, `key:asc` or `key:desc`, separated by commas; descending when nothing is said.
        What comes again tells nothing apart, and is left out.
        """
        order: dict[Choice, bool] = {}
        for part in (self.text(name) or "").split(",") if self.has(name) else ():
            key, colon, direction = part.strip().partition(":")
            if key not in list(keys) or (colon and direction not in ("asc", "desc")):
                raise InvalidParameter(name, f"must be {', '.join(keys)}, each with :asc or :desc")
            order.setdefault(keys(key), direction != "asc")
        return tuple(order.items())

    def enterprise_project(self) -> str | None:
        """The enterprise project asked for; None for all that the caller may see."""
        value = self.text("enterprise_project_id")
        return None if value == ALL_ENTERPRISE_PROJECTS else value

    def enterprise_projects(self) -> tuple[str, ...]:
        """At most 100 enterprise projects; none stands for all that the caller may see."""
        values = self.few("enterprise_project_id")
        return () if ALL_ENTERPRISE_PROJECTS in values else values

    def _moment(self, name: str) -> tuple[datetime, timedelta] | None:
        value = self.text(name)
        if value is None:
            return None
        try:
            moment, lasts = moments.read(value)
            return min(max(moment, _FIRST), _LAST), lasts
        except ValueError:
            raise InvalidParameter(name, "must be a time such as 2018-02-01T12:00:00Z") from None


def _checked(name: str, values: Sequence[str], most: int = MAX_LENGTH) -> tuple[str, ...]:
    for value in values:
        if not value:
            raise InvalidParameter(name, "must not be empty")
        if "\x00" in value or len(value) > most:
            raise InvalidParameter(name, f"must be at most {most} printable characters")
    return tuple(values)


def _few(name: str, values: Sequence[str]) -> Sequence[str]:
    if len(values) > MAX_VALUES:
        raise InvalidParameter(name, f"must have at most {MAX_VALUES} values")
    return values


def _chosen(name: str, value: str, choices: type[Choice]) -> Choice:
    try:
        return choices(value)
    except ValueError:
        raise InvalidParameter(name, f"must be one of {', '.join(choices)}") from None
