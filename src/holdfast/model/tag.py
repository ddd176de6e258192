"""Tags: a key and a value that people hang on vaults, resources and policies, to find them again."""

import re
from collections.abc import Collection, Iterable, Sequence

import msgspec

from .errors import InvalidParameter, TooManyTags

MAX_TAGS = 20
MAX_POLICY_TAGS = 10
LONGEST_KEY, LONGEST_VALUE = 36, 43
MAX_WANTED = 20
LONGEST_WANTED_KEY, LONGEST_WANTED_VALUE = 127, 255
PART_OF = "*"

_LETTERS = r"\u4E00-\u9FA5\uf900-\ufa2da-zA-Z0-9_\-"
_KEY = re.compile(rf"[{_LETTERS}]{{1,{LONGEST_KEY}}}")
_VALUE = re.compile(rf"[{_LETTERS}.]{{0,{LONGEST_VALUE}}}")
_PLAIN = re.compile(r"[A-Za-z0-9_-]*")


class Tag(msgspec.Struct, frozen=True):
    """One tag; `value` may be empty, never absent."""

    key: str
    value: str = ""

    @classmethod
    def checked(cls, field: str, key: str, value: str) -> "Tag":
        """The tag without the blanks around its words; raises InvalidParameter naming the wire field."""
        tag = cls(key.strip(), value.strip())
        if not _KEY.fullmatch(tag.key):
            raise InvalidParameter(f"{field}.key", f"must be 1 to {LONGEST_KEY} letters, digits, _ or -")
        if not _VALUE.fullmatch(tag.value):
            raise InvalidParameter(
                f"{field}.value", f"must be up to {LONGEST_VALUE} letters, digits, . _ or -"
            )
        return tag

    def check_plain(self, field: str) -> None:
        """Refuse what is no tag of a policy: its words are plainer, and no blanks are taken off them.

        Raises InvalidParameter naming the wire field.
        """
        if not (1 <= len(self.key) <= LONGEST_KEY and _PLAIN.fullmatch(self.key)):
            raise InvalidParameter(
                f"{field}.key", f"must be 1 to {LONGEST_KEY} of the characters A-Z a-z 0-9 _ -"
            )
        if not (len(self.value) <= LONGEST_VALUE and _PLAIN.fullmatch(self.value)):
            raise InvalidParameter(
                f"{field}.value", f"must be up to {LONGEST_VALUE} of the characters A-Z a-z 0-9 _ -"
            )


class Doomed(msgspec.Struct, frozen=True):
    """A tag to be taken off, whatever its value, or only if it has this one."""

    key: str
    value: str | None = None

    def means(self, tag: Tag) -> bool:
        """Whether this tag goes."""
        return tag.key == self.key and self.value in (None, tag.value)


def check_unique(field: str, keys: Sequence[str]) -> None:
    """Raises InvalidParameter where a key is named twice."""
    if len(set(keys)) != len(keys):
        raise InvalidParameter(field, "names a key twice")


def check_all(field: str, tags: Sequence[Tag]) -> tuple[Tag, ...]:
    """The tags without the blanks around their words; raises InvalidParameter or TooManyTags."""
    checked = tuple(Tag.checked(f"{field}[{place}]", tag.key, tag.value) for place, tag in enumerate(tags))
    check_unique(field, [tag.key for tag in checked])
    _check_count(checked, MAX_TAGS)
    return checked


def check_all_plain(field: str, tags: Sequence[Tag]) -> tuple[Tag, ...]:
    """The tags of a policy as they are; raises InvalidParameter or TooManyTags."""
    for place, tag in enumerate(tags):
        tag.check_plain(f"{field}[{place}]")
    check_unique(field, [tag.key for tag in tags])
    _check_count(tags, MAX_POLICY_TAGS)
    return tuple(tags)


def with_tags(known: Sequence[Tag], new: Iterable[Tag], most: int = MAX_TAGS) -> tuple[Tag, ...]:
    """The tags after adding some: one whose key is known gets its new value.

    Raises TooManyTags where more than `most` would be there.
    """
    tags = {tag.key: tag for tag in (*known, *new)}
    _check_count(tags, most)
    return tuple(tags.values())


def without_tags(known: Sequence[Tag], doomed: Sequence[Doomed]) -> tuple[Tag, ...]:
    """The tags after taking some off; those that are not there are off already."""
    return tuple(tag for tag in known if not any(one.means(tag) for one in doomed))


def _check_count(tags: Collection[object], most: int) -> None:
    if len(tags) > most:
        raise TooManyTags(f"at most {most}")


class Wanted(msgspec.Struct, frozen=True):
    """A tag that is looked for: this key with any of these values, or with whatever value if there are none.

    A value that begins with `*` stands for every value that contains the rest.
    """

    key: str
    values: tuple[str, ...] = ()

    @classmethod
    def checked(cls, field: str, key: str, values: Sequence[str]) -> "Wanted":
        """What is looked for, without blanks around it; raises InvalidParameter naming the wire field."""
        wanted = cls(key.strip(), tuple(value.strip() for value in values))
        if not 1 <= len(wanted.key) <= LONGEST_WANTED_KEY:
            raise InvalidParameter(f"{field}.key", f"must be 1 to {LONGEST_WANTED_KEY} characters")
        if len(wanted.values) > MAX_WANTED or len(set(wanted.values)) != len(wanted.values):
            raise InvalidParameter(f"{field}.values", f"must be at most {MAX_WANTED}, each once")
        if any(value == PART_OF or len(value) > LONGEST_WANTED_VALUE for value in wanted.values):
            raise InvalidParameter(
                f"{field}.values", f"must be up to {LONGEST_WANTED_VALUE} characters, and not * alone"
            )
        return wanted

    @property
    def whole(self) -> tuple[str, ...]:
        """The values that are looked for as they are."""
        return tuple(value for value in self.values if not value.startswith(PART_OF))

    @property
    def parts(self) -> tuple[str, ...]:
        """What a value may contain."""
        return tuple(value[1:] for value in self.values if value.startswith(PART_OF))

    def fits(self, tag: Tag) -> bool:
        """Whether this tag is looked for."""
        if tag.key != self.key:
            return False
        return not self.values or tag.value in self.whole or any(part in tag.value for part in self.parts)


class TagFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which tags something must have and must not have; every part that says something must hold."""

    all_of: tuple[Wanted, ...] = ()
    any_of: tuple[Wanted, ...] = ()
    not_all_of: tuple[Wanted, ...] = ()
    none_of: tuple[Wanted, ...] = ()
    untagged: bool = False

    def allows(self, tags: Sequence[Tag]) -> bool:
        """Whether what has these tags is found. `untagged` asks for none at all and ignores the rest."""
        if self.untagged:
            return not tags

        def has(wanted: Wanted) -> bool:
            return any(wanted.fits(tag) for tag in tags)

        return (
            all(map(has, self.all_of))
            and (not self.any_of or any(map(has, self.any_of)))
            and not (self.not_all_of and all(map(has, self.not_all_of)))
            and not any(map(has, self.none_of))
        )
