"""Pruning: what no snapshot needs is first taken out of the index and marked, and removed a while later.

Why nothing is lost. Call R the moment at which a pack P is *retired*: marked, and taken out of the index.
Its file stays for the grace period at least. Who needs a blob of P?

1. A snapshot that is there at R. The walk of its trees found the blob, and P is not retired unless another
   pack that stays in the index has the blob too. Where the walk cannot read on it ends with a refusal.
2. A save that has no snapshot yet, ours or restic's, which found the blob in the index and did not send it
   again. It read the index before R and holds a shared lock. R happens under an exclusive lock, so there is
   no such save; snapshots that came between the walk and the lock are walked under it. Whoever begins later
   reads an index without P, and a save of ours that takes over packs in no index passes marked ones.
3. A save as in 2 that has lost its lock (its process was stopped for half an hour, say) and ends after R. Its
   snapshot needs P, and P is in no index; but P is still there. Every prune looks for what is needed and in
   no index among the retired packs, and brings those packs back. A pack is removed by a prune that found no
   need for it among the snapshots of a moment at least the grace period after R. So such a save loses only
   if it goes on, without its lock, for longer than the grace period.
4. A restore. It holds a shared lock, so it does not run at R, and later ones do not look for anything in P. A
   reader without a lock that read the index before R has the grace period to end.

For that reason removing needs no exclusive lock, and retiring needs it for a moment only. Everything long
(the walk, copying what is needed out of packs that go, new index files) happens before, under a shared lock,
beside running backups. Where the exclusive lock cannot be had, retiring is put off: the next prune goes on.

Whatever moment it is killed at, stock restic finds a sound repository: new packs are put, then index files of
them, then index files of all packs that stay, then marks; only then old index files are deleted, then packs.
A mark of a pack that the index has means nothing, and a pack in no index is only wasted space.
"""

from array import array
from collections.abc import Collection, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

from . import marks, pack, plan, reindex
from .errors import Damaged, RepositoryLocked
from .lock import Held, locked
from .plan import Limits, Plan
from .progress import SILENT, Progress
from .repack import Repacked, repack
from .repository import Repository
from .survey import Survey

GRACE = timedelta(hours=24)
LIMITS = Limits()
_DELETING = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What a prune did, or with `dry_run` would have done; sizes are bytes of packs in the store.

    `marked` packs went out of the index now, `removed` ones out of the store, `waiting` ones are marked and
    not removed yet, `kept` ones are in the index; `unused` bytes of these nobody needs. `repacked` packs were
    copied as far as they are needed, which took `written` bytes; `revived` ones were marked once and are
    needed after all. `put_off` says why nothing was marked, and is empty where all went well. `problems` are
    packs that should have been repacked and stay because they are damaged.
    """

    snapshots: int
    kept_packs: int
    kept_bytes: int
    unused_bytes: int
    marked_packs: int = 0
    marked_bytes: int = 0
    removed_packs: int = 0
    removed_bytes: int = 0
    waiting_packs: int = 0
    waiting_bytes: int = 0
    repacked_packs: int = 0
    repacked_bytes: int = 0
    written_packs: int = 0
    written_bytes: int = 0
    revived_packs: int = 0
    put_off: str = ""
    problems: tuple[str, ...] = ()


def prune(
    repository: Repository,
    *,
    grace: timedelta = GRACE,
    limits: Limits = LIMITS,
    dry_run: bool = False,
    progress: Progress = SILENT,
) -> Pruned:
    """Mark what no snapshot needs, and remove what was marked at least `grace` ago and is still not needed.

    Takes its locks itself. Raises Damaged, with nothing changed, when it cannot be known what is needed or
    when something needed is missing; RepositoryLocked, RepositoryLockLost, StoreError.
    """
    with locked(repository, wait=limits.wait) as held:
        survey = Survey(repository, progress)
        chosen = plan.make(survey, limits)
        work = _Prune(repository, survey, held, progress)
        if dry_run:
            return work.foresee(chosen, grace)
        return work.run(chosen, grace, limits.wait)


@dataclass(frozen=True, slots=True)
class _Fates:
    """What became of packs that go: their ids and sizes."""

    marked: dict[str, int]
    removed: dict[str, int]
    waiting: dict[str, int]


class _Prune:
    """One run, inside of its lock."""

    def __init__(self, repository: Repository, survey: Survey, held: Held, progress: Progress) -> None:
        self._repository = repository
        self._survey = survey
        self._held = held
        self._progress = progress

    def run(self, chosen: Plan, grace: timedelta, wait: timedelta) -> Pruned:
        """Do it."""
        survey = self._survey
        survey.tell_revived()
        done = repack(self._repository, survey, chosen.repacked, self._progress)
        gone = chosen.unneeded | set(done.copied)
        _check_homes(survey, gone)
        marked: dict[str, int] = {}
        put_off = ""
        old = reindex.outdated(survey, gone)
        if old or survey.unindexed.keys() - survey.retired.keys():
            reindex.rewrite(survey, old, gone)
            try:
                with self._held.alone(wait):
                    marked = self._retire(gone, old)
            except RepositoryLocked as error:
                put_off = str(error)
        removed = self._remove(grace)
        waiting = {one: survey.unindexed[one] for one in survey.retired}
        return self._told(done, _Fates(marked, removed, waiting), put_off)

    def foresee(self, chosen: Plan, grace: timedelta) -> Pruned:
        """What `run` would do if nobody else were at work."""
        survey = self._survey
        needed = sum(survey.packs[number].needed for number in chosen.repacked)
        done = Repacked(copied=list(chosen.repacked), written_bytes=needed)
        gone = chosen.unneeded | set(chosen.repacked)
        retired = {one: survey.unindexed[one] for one in survey.retired}
        marked = {one: size for one, size in survey.unindexed.items() if one not in retired}
        marked |= {
            one.id: one.stored for one in map(survey.packs.__getitem__, gone) if one.stored is not None
        }
        removed = {one: retired[one] for one in _due(survey, grace)} | ({} if grace else marked)
        waiting = {one: size for one, size in (retired | marked).items() if one not in removed}
        survey.files = {"": array("I", set(range(len(survey.packs))) - gone)}
        return self._told(done, _Fates(marked, removed, waiting), "")

    def _retire(self, gone: Set[int], old: set[str]) -> dict[str, int]:
        """Mark the packs that go, and take them out of the index; their ids and sizes.

        What others did since the survey is looked at first: files of the index that tell of a pack which is
        needed now stay, and with them all that they tell of.
        """
        survey = self._survey
        survey.usage.fresh = []
        survey.refresh(self._progress)
        survey.tell_revived()
        needed = gone & {holder for number in survey.usage.fresh for holder in survey.holders(number)}
        old = {name for name in old if needed.isdisjoint(survey.files[name])}
        listed = {number for name, packs in survey.files.items() if name not in old for number in packs}
        gone = gone - listed
        before = survey.retired
        self._held.check()
        marked = {one.id for one in map(survey.packs.__getitem__, gone) if one.stored is not None}
        marked |= survey.unindexed.keys() - before.keys()
        marks.put(self._repository, marked, survey.looked)
        self._delete("rewriting the index", [f"index/{name}" for name in old])
        survey.retire(gone, old)
        return {one: survey.unindexed[one] for one in marked}

    def _remove(self, grace: timedelta) -> dict[str, int]:
        """Delete packs that were retired long enough ago, and marks that mean nothing any more."""
        survey = self._survey
        removed = {one: survey.unindexed[one] for one in _due(survey, grace)}
        self._held.check()
        self._delete("removing packs", [pack.name(one) for one in removed])
        for one in removed:
            del survey.unindexed[one]
        for mark in survey.marks:
            if not any(one in survey.unindexed for one in mark.packs):
                marks.forget(self._repository, mark)
        return removed

    def _delete(self, step: str, names: Collection[str]) -> None:
        self._progress.begin(step, len(names))
        with ThreadPoolExecutor(_DELETING, "delete") as pool:
            for _ in pool.map(self._repository.store.delete, names):
                self._progress.advance(1)

    def _told(self, done: Repacked, fates: _Fates, put_off: str) -> Pruned:
        survey = self._survey
        kept = [
            survey.packs[number] for number in {one for listed in survey.files.values() for one in listed}
        ]
        return Pruned(
            snapshots=len(survey.snapshots),
            kept_packs=len(kept),
            kept_bytes=sum(one.size for one in kept),
            unused_bytes=sum(one.unused for one in kept),
            marked_packs=len(fates.marked),
            marked_bytes=sum(fates.marked.values()),
            removed_packs=len(fates.removed),
            removed_bytes=sum(fates.removed.values()),
            waiting_packs=len(fates.waiting),
            waiting_bytes=sum(fates.waiting.values()),
            repacked_packs=len(done.copied),
            repacked_bytes=sum(survey.packs[number].size for number in done.copied),
            written_packs=done.written_packs,
            written_bytes=done.written_bytes,
            revived_packs=len(survey.usage.revived),
            put_off=put_off,
            problems=tuple(done.damaged.values()),
        )


def _due(survey: Survey, grace: timedelta) -> list[str]:
    """The retired packs whose grace is over. Snapshots were looked at when it was."""
    return [one for one, time in survey.retired.items() if survey.looked - time >= grace]


def _check_homes(survey: Survey, gone: Set[int]) -> None:
    """Raises Damaged if a needed blob would be in no pack that stays: then this code is wrong."""
    for number in range(survey.index.numbers()):
        if survey.usage.needs(number) and survey.home(number) in gone:
            raise Damaged(f"blob {survey.index.blob(number)[1].hex()} would be lost; nothing was removed")
