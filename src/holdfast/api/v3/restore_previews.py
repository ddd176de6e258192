"""What a restore would do, told and not done."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from holdfast.api import moments
from holdfast.api.request import Call, Reply, Route
from holdfast.model import spelling
from holdfast.model.resource import ResourceType
from holdfast.service import restore_previews
from holdfast.service.context import Context
from holdfast.service.restore_previews import Fate, Outlook, Preview, Problem, Share, Thing

from .backups import RestoreRequest

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ThingView(msgspec.Struct, frozen=True, kw_only=True):
    """A file as it is in the backup, or on the disk."""

    kind: str
    size_bytes: int
    modified_at: str | None

    @classmethod
    def of(cls, thing: Thing) -> "ThingView":
        """The wire's view of it."""
        return cls(kind=thing.kind, size_bytes=thing.size, modified_at=_moment(thing.mtime_ns))


class FateView(msgspec.Struct, frozen=True, kw_only=True):
    """A path that is written, what comes there, and what is there."""

    path: str
    backup: ThingView
    there: ThingView | None

    @classmethod
    def of(cls, fate: Fate) -> "FateView":
        """The wire's view of it."""
        there = None if fate.there is None else ThingView.of(fate.there)
        return cls(path=spelling.written(fate.path), backup=ThingView.of(fate.coming), there=there)


class ShareView(msgspec.Struct, frozen=True, kw_only=True):
    """Some of the entries: all are counted, the first are named."""

    count: int
    bytes: int
    entries: Sequence[FateView]

    @classmethod
    def of(cls, share: Share) -> "ShareView":
        """The wire's view of it."""
        return cls(count=share.count, bytes=share.bytes, entries=[FateView.of(one) for one in share.first])


class LeftAloneView(msgspec.Struct, frozen=True, kw_only=True):
    """How many files stay that the backup does not have; at least so many, where not all were looked at."""

    count: int
    complete: bool


class ProblemView(msgspec.Struct, frozen=True, kw_only=True):
    """Something that will keep a part of the backup from being put down."""

    reason: str
    path: str
    message: str

    @classmethod
    def of(cls, problem: Problem) -> "ProblemView":
        """The wire's view of it."""
        return cls(reason=problem.why, path=spelling.written(problem.path), message=problem.message)


class DiskView(msgspec.Struct, frozen=True, kw_only=True):
    """A disk, and whether an image is overwritten as a whole or made."""

    backup_id: str
    name: str
    resource_id: str
    resource_name: str
    path: str
    overwritten: bool
    size_bytes: int
    there_bytes: int | None

    @classmethod
    def of(cls, outlook: Outlook) -> "DiskView":
        """The wire's view of it."""
        seen, transfer = outlook.foreseen, outlook.transfer
        fate = next(iter((*seen.overwritten.first, *seen.new.first)), None)
        there = None if fate is None else fate.there
        return cls(
            backup_id=transfer.backup.id,
            name=transfer.backup.resource_name,
            resource_id=transfer.target.id,
            resource_name=transfer.target.name,
            path=spelling.written(seen.place),
            overwritten=there is not None,
            size_bytes=transfer.backup.read_bytes if fate is None else fate.coming.size,
            there_bytes=None if there is None else there.size,
        )


class PreviewView(msgspec.Struct, frozen=True, kw_only=True):
    """What would become of what is there."""

    looked: bool
    because: str | None
    message: str
    complete: bool
    in_place: bool
    destination: str | None
    files_total: int
    bytes_total: int
    new: ShareView
    overwritten: ShareView
    same: ShareView
    folders_made: int
    left_alone: LeftAloneView
    needed_bytes: int
    free_bytes: int | None
    fits: bool | None
    problem_count: int
    problems: Sequence[ProblemView]
    disks: Sequence[DiskView]

    @classmethod
    def of(cls, preview: Preview) -> "PreviewView":
        """The wire's view of it."""
        shares = (preview.new, preview.overwritten, preview.same)
        seen = [one.foreseen for one in preview.targets]
        complete = bool(seen) and all(one.complete for one in seen)
        left = LeftAloneView(
            count=sum(one.left_alone for one in seen),
            complete=all(one.left_alone_complete for one in seen),
        )
        is_files = preview.type is ResourceType.FILE_SHARE
        return cls(
            looked=preview.because is None,
            because=preview.because,
            message=preview.message,
            complete=complete,
            in_place=preview.in_place,
            destination=spelling.written(seen[0].place) if is_files and seen else None,
            files_total=sum(share.count for share in shares),
            bytes_total=sum(share.bytes for share in shares),
            new=ShareView.of(preview.new),
            overwritten=ShareView.of(preview.overwritten),
            same=ShareView.of(preview.same),
            folders_made=sum(one.folders_made for one in seen),
            left_alone=left,
            needed_bytes=preview.needed_bytes,
            free_bytes=preview.free_bytes if seen else None,
            fits=_fits(preview, complete=complete) if seen else None,
            problem_count=sum(one.problem_count for one in seen),
            problems=[ProblemView.of(one) for one in preview.problems],
            disks=[] if is_files else [DiskView.of(one) for one in preview.targets],
        )


class PreviewReply(msgspec.Struct, frozen=True):
    """What a restore would do."""

    restore_preview: PreviewView


def show(context: Context, call: Call) -> Reply:
    """POST backups/{backup_id}/restore-preview."""
    wanted = call.read(RestoreRequest).restore.wanted()
    preview = restore_previews.show(context, call.path["backup_id"], wanted)
    return Reply(PreviewReply(PreviewView.of(preview)))


def _fits(preview: Preview, *, complete: bool) -> bool | None:
    """Not known where what was looked at fits, and more comes."""
    return None if preview.fits and not complete else preview.fits


def _moment(nanoseconds: int) -> str | None:
    """None for what no calendar has."""
    try:
        return moments.of_resource(_EPOCH + timedelta(microseconds=nanoseconds // 1000))
    except OverflowError:
        return None


ROUTES = (Route("POST", "/backups/{backup_id}/restore-preview", show, only_asks=True, costly=True),)
