"""How tasks end badly: which code and sentence of the reference each fault gets, as a task's row shows it."""

import errno
from collections.abc import Mapping
from types import MappingProxyType

from holdfast.model import errors, region_errors
from holdfast.model.errors import Refusal
from holdfast.model.task import CANCELLED, TIMED_OUT, Ending, Figures, Status, TaskError
from holdfast.model.task_warning import FIRST_LINES
from holdfast.providers.catalogue import UnknownProviderError
from holdfast.repo.errors import RepositoryError
from holdfast.store.objects import AccessDenied, StoreError, StoreFull, StoreUnavailable

UNKNOWN = "BackupService.9910"
WARNINGS_KEPT = FIRST_LINES
_FULL = (errno.ENOSPC, errno.EDQUOT)


class NothingReadable(Exception):  # noqa: N818 - named by what happened, as refusals are
    """Of all that should have been backed up not one file could be read."""


CODES: Mapping[type[Exception], tuple[str, str]] = MappingProxyType(
    {
        errors.Cancelled: (CANCELLED, "The task was cancelled."),
        errors.TimedOut: (TIMED_OUT, "The task ran for longer than it may."),
        errors.InvalidParameter: ("BackupService.9900", "Parameter verification failed."),
        errors.ResourceNotFound: ("BackupService.6302", "The resource does not exist."),
        errors.VaultNotFound: ("BackupService.6105", "The vault does not exist."),
        errors.BackupNotFound: ("BackupService.6200", "The backup does not exist."),
        errors.VaultFull: (
            "BackupService.6114",
            "The used capacity of the vault exceeds the maximum capacity.",
        ),
        errors.DestinationFull: (
            "BackupService.6129",
            "The maximum capacity of the destination vault has been reached.",
        ),
        errors.VaultLocked: (
            "BackupService.6220",
            "Automatic backups in the locked repository are prohibited from being manually deleted.",
        ),
        errors.TooManyResources: (
            "BackupService.6100",
            "The maximum number of vault resources has been reached.",
        ),
        errors.VaultTakesNoResources: (
            "BackupService.6108",
            "New resources cannot be associated with the vault.",
        ),
        errors.NothingToBackUp: ("BackupService.0001", "No resource is available for backup."),
        errors.ServerWithoutDisks: (
            "BackupService.7108",
            "Backup is not allowed for servers containing no disks.",
        ),
        errors.BackupNotRestorable: (
            "BackupService.2005",
            "Restoration is not allowed in the current backup status.",
        ),
        errors.TargetTooSmall: (
            "BackupService.2001",
            (
                "Restoration cannot be executed because the size of the disk on the server is smaller than"
                " the backup size."
            ),
        ),
        errors.TargetMismatch: ("BackupService.2003", "Restoration to a different server is not allowed."),
        region_errors.RegionUnavailable: ("Holdfast.0025", "The destination region does not answer."),
        region_errors.RegionRefused: ("Holdfast.0026", "The destination region refuses:"),
        region_errors.SnapshotNotArrived: (
            "Holdfast.0027",
            "The vault's repository does not hold the snapshot",
        ),
        errors.RegionNotReplicable: ("BackupService.1005", "The destination region is not known here."),
        errors.ProjectNotReplicable: (
            "BackupService.1011",
            "The destination project does not support replication.",
        ),
        errors.DestinationNotReplication: (
            "BackupService.6119",
            "The destination vault does not support replication.",
        ),
        errors.DestinationVaultNotFound: ("BackupService.6120", "The destination vault does not exist."),
        NothingReadable: (UNKNOWN, "Nothing could be read."),
        UnknownProviderError: (UNKNOWN, "The resource's provider cannot be used."),
        StoreFull: (UNKNOWN, "The store is full."),
        StoreUnavailable: (UNKNOWN, "The store could not be reached."),
        AccessDenied: (UNKNOWN, "The store denied access."),
        StoreError: (UNKNOWN, "The store failed."),
        RepositoryError: (UNKNOWN, "The vault's repository cannot be used."),
    }
)


def is_expected(fault: Exception) -> bool:
    """Whether the fault is of a kind that the world, not this program, is to blame for."""
    return isinstance(fault, (Refusal, OSError, *CODES))


def error_of(fault: Exception) -> TaskError:
    """The code and the sentence for a fault."""
    code, sentence = _told(fault)
    return TaskError(code, plain(sentence))


def plain(text: str) -> str:
    """The text as any encoder and any database takes it: a name that is not UTF-8 may have come with the
    fault, and whoever wrote a snapshot may have said NUL."""
    return text.encode(errors="backslashreplace").decode().replace("\0", "\\0")


def failed(error: TaskError, figures: Figures | None = None, warnings: tuple[str, ...] = ()) -> Ending:
    """The ending of a task that failed, or ran for too long."""
    status = Status.TIMEOUT if error.code == TIMED_OUT else Status.FAILED
    return Ending(status=status, error=error, figures=figures, warnings=warnings[:WARNINGS_KEPT])


def _told(fault: Exception) -> tuple[str, str]:
    if isinstance(fault, OSError):
        return UNKNOWN, _of_system(fault)
    for kind in type(fault).__mro__:
        if kind in CODES:
            code, sentence = CODES[kind]
            return code, f"{sentence} {fault}".strip()
    return UNKNOWN, f"Unknown error. {type(fault).__name__}: {fault}"


def _of_system(fault: OSError) -> str:
    name = fault.filename
    where = (
        ""
        if name is None
        else f" {name.decode(errors='backslashreplace') if isinstance(name, bytes) else name}"
    )
    what = "The disk is full." if fault.errno in _FULL else f"{fault.strerror or fault}."
    return f"{what}{where}"
