"""What a prune will do, decided from a survey: which packs go at once, and which are copied first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from .pack import TARGET_BYTES
from .survey import PackUse, Survey

SMALL_BYTES = TARGET_BYTES // 4
_SMALL_PACKS = 16  # of one kind: so many are joined even if they do not fill a pack


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a prune may leave lie, how much it may write anew, and how long it waits for others to end.

    `max_unused` is the share of the packs, in percent, that nobody needs and that may stay, None for any
    share; `max_repack` is how many bytes of packs may be written anew, None for any number.
    """

    max_unused: float | None = 5.0
    max_repack: int | None = None
    wait: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Plan:
    """Numbers of packs: those that nobody needs, and those whose needed part is written anew."""

    unneeded: frozenset[int]
    repacked: tuple[int, ...]


def make(survey: Survey, limits: Limits) -> Plan:
    """Decide."""
    unneeded = frozenset(number for number, one in enumerate(survey.packs) if not one.needed)
    used = [number for number, one in enumerate(survey.packs) if one.needed]
    chosen: dict[int, None] = {}
    room = float("inf") if limits.max_repack is None else limits.max_repack
    for number in (
        *_mixed(survey.packs, used),
        *_wasteful(survey.packs, used, limits),
        *_small(survey.packs, used),
    ):
        size = survey.packs[number].size
        if number not in chosen and size <= room:
            room -= size
            chosen[number] = None
    return Plan(unneeded, tuple(chosen))


def _mixed(packs: Sequence[PackUse], used: Iterable[int]) -> list[int]:
    return [number for number in used if packs[number].is_mixed]


def _wasteful(packs: Sequence[PackUse], used: Sequence[int], limits: Limits) -> list[int]:
    """The packs with the largest unused share, until what stays unused is within the limit."""
    if limits.max_unused is None:
        return []
    unused = sum(packs[number].unused for number in used)
    needed = sum(packs[number].needed for number in used)
    by_waste = sorted(
        (number for number in used if packs[number].unused),
        key=lambda number: (-packs[number].unused / packs[number].blob_bytes, packs[number].id),
    )
    found = []
    for number in by_waste:
        if unused <= (unused + needed) * limits.max_unused / 100:
            break
        unused -= packs[number].unused
        found.append(number)
    return found


def _small(packs: Sequence[PackUse], used: Sequence[int]) -> list[int]:
    """Small packs, where joining them makes packs that are not small, or many into one."""
    found: list[int] = []
    for kind in {packs[number].kinds for number in used}:
        small = [
            number for number in used if packs[number].kinds == kind and packs[number].size < SMALL_BYTES
        ]
        if len(small) >= _SMALL_PACKS or sum(packs[number].needed for number in small) >= TARGET_BYTES:
            found += small
    return found
