"""What a restore would do: refused as the restore would be, told from what is there, and nothing is done."""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import chain

import msgspec

from holdfast.model import spelling
from holdfast.model.errors import InvalidParameter
from holdfast.model.resource import ResourceType
from holdfast.providers.catalogue import UnknownProviderError, open_provider
from holdfast.providers.foresight import LISTED, Foreseeing, Foreseen
from holdfast.providers.foresight import Fate as Fate  # handed on: the floor above never imports providers
from holdfast.providers.foresight import Problem as Problem
from holdfast.providers.foresight import Share as Share
from holdfast.providers.foresight import Thing as Thing
from holdfast.providers.provider import Target
from holdfast.repo.load import load
from holdfast.repo.repository import Repository

from . import backup_files, restores, roots, sites, transfers
from .context import Context
from .restores import WantedRestore
from .transfers import Transfer


class Unseen(StrEnum):
    """Why nobody can tell what would become of a target."""

    SITE = "site"
    PROVIDER = "provider"
    DESTINATION = "destination"


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """One snapshot's target, and what would become of it."""

    transfer: Transfer
    foreseen: Foreseen


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What a restore would do. Where one target cannot be looked at, `because` says why, and none is told."""

    because: Unseen | None = None
    message: str = ""
    in_place: bool
    type: ResourceType
    targets: Sequence[Outlook] = ()

    @property
    def new(self) -> Share:
        """What is not there yet."""
        return _together(one.foreseen.new for one in self.targets)

    @property
    def overwritten(self) -> Share:
        """What is there, and different."""
        return _together(one.foreseen.overwritten for one in self.targets)

    @property
    def same(self) -> Share:
        """What is there with the size and time of the backup."""
        return _together(one.foreseen.same for one in self.targets)

    @property
    def problems(self) -> Sequence[Problem]:
        """The first of what will go wrong."""
        return list(chain.from_iterable(one.foreseen.problems for one in self.targets))[:LISTED]

    @property
    def needed_bytes(self) -> int:
        """What the file systems must hold besides what they have, at most."""
        return sum(one.foreseen.needed_bytes for one in self.targets)

    @property
    def free_bytes(self) -> int:
        """The room on all file systems that are written to."""
        return sum({one.foreseen.device: one.foreseen.free_bytes for one in self.targets}.values())

    @property
    def fits(self) -> bool:
        """Whether each file system has room for all that comes to it, as far as that was looked at."""
        needed: dict[int, int] = {}
        for one in self.targets:
            needed[one.foreseen.device] = needed.get(one.foreseen.device, 0) + one.foreseen.needed_bytes
        return all(needed[one.foreseen.device] <= one.foreseen.free_bytes for one in self.targets)


def show(context: Context, backup_id: str, wanted: WantedRestore) -> Preview:
    """Look at what a restore would do; raises what `restores.create` does, StoreAway or
    BackupUnreadable."""
    restores.check_targets(context, backup_id, wanted)
    with context.db.reading() as tx:
        planned = restores.plan(tx, context, backup_id, wanted)
        found = transfers.find(tx, context.project_id, planned.detail)
    preview = Preview(in_place=wanted.destination is None, type=planned.backup.resource_type)
    unseen = next((why for why in (_unseen(context, one) for one in found) if why), None)
    if unseen is not None:
        return msgspec.structs.replace(preview, because=unseen)
    paths = [spelling.read(path).strip(b"/") for path in wanted.paths]
    with backup_files.opened(context, planned.backup) as (repository, _):
        try:
            looked = [seen for one in found for seen in _look(repository, one, paths)]
        except (OSError, InvalidParameter) as error:
            return msgspec.structs.replace(preview, because=Unseen.DESTINATION, message=_said(error))
    return msgspec.structs.replace(preview, targets=looked)


def _unseen(context: Context, transfer: Transfer) -> Unseen | None:
    """Why a target cannot be looked at from here."""
    if not sites.serves(context.config, transfer.target.site):
        return Unseen.SITE
    return Unseen.PROVIDER if _provider(transfer) is None else None


def _provider(transfer: Transfer) -> Foreseeing | None:
    try:
        provider = open_provider(transfer.target.provider)
    except UnknownProviderError:
        return None
    return provider if isinstance(provider, Foreseeing) else None


def _look(repository: Repository, transfer: Transfer, paths: Sequence[bytes]) -> Iterator[Outlook]:
    target = Target(
        settings=transfer.target.settings,
        root=roots.read(transfer.backup.root),
        destination=transfer.destination,
    )
    provider = _provider(transfer)
    if provider is not None:
        entries = load(repository, transfer.backup.snapshot_id or "", paths)
        yield Outlook(transfer=transfer, foreseen=provider.foresee(target, entries))


def _said(error: OSError | InvalidParameter) -> str:
    return error.reason if isinstance(error, InvalidParameter) else error.strerror or str(error)


def _together(shares: Iterable[Share]) -> Share:
    whole = Share()
    for share in shares:
        whole.count += share.count
        whole.bytes += share.bytes
        whole.first += share.first
    whole.first = whole.first[:LISTED]
    return whole
