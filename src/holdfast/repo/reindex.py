"""Rewriting the index: what some of its files rightly tell is written into new ones, so that they can go.

New files are written while the old ones are still there: at every moment some file tells of every pack that
stays.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Set

from holdfast.store.objects import ObjectMissing

from .pack import Pack
from .repack import INDEX_BLOBS
from .survey import Survey

_SMALL_BLOBS = INDEX_BLOBS // 10
_SMALL_FILES = 8  # so many small index files are joined


def outdated(survey: Survey, gone: Set[int]) -> set[str]:
    """The index files that tell of a pack that goes, that only repeat others, or that are small and many."""
    found = {name for name, listed in survey.files.items() if not gone.isdisjoint(listed)}
    return found | _repeating(survey, found) | _small(survey, found)


def rewrite(survey: Survey, old: Collection[str], gone: Set[int]) -> None:
    """Write what the old files tell of the packs that stay into new files, unless others tell it too.

    Raises StoreError or Damaged.
    """
    told = {number for name, listed in survey.files.items() if name not in old for number in listed}
    packs: list[Pack] = []
    blobs = 0
    for one in _staying(survey, old, told | gone):
        packs.append(one)
        blobs += len(one.blobs)
        if blobs >= INDEX_BLOBS:
            survey.tell(packs)
            packs, blobs = [], 0
    if packs:
        survey.tell(packs)


def _staying(survey: Survey, old: Collection[str], done: set[int]) -> Iterator[Pack]:
    for name in sorted(old):
        for one in _told(survey, name):
            number = survey.number(one.id)
            if number is not None and number not in done:
                done.add(number)
                yield one


def _told(survey: Survey, name: str) -> Iterator[Pack]:
    """What an index file tells; nothing where a save has replaced it, and its own tells what is there."""
    try:
        yield from survey.packs_in(name)
    except ObjectMissing:
        return


def _repeating(survey: Survey, found: Set[str]) -> set[str]:
    """Files all of whose packs other files, that stay, tell of as well."""
    staying = {name: listed for name, listed in survey.files.items() if name not in found}
    times = Counter(number for listed in staying.values() for number in set(listed))
    repeating = set()
    for name, listed in staying.items():
        if all(times[number] > 1 for number in listed):
            repeating.add(name)
            times.subtract(set(listed))
    return repeating


def _small(survey: Survey, found: Set[str]) -> set[str]:
    small = {
        name
        for name, listed in survey.files.items()
        if name not in found and sum(survey.packs[number].count for number in listed) < _SMALL_BLOBS
    }
    return small if len(small) >= _SMALL_FILES else set()
