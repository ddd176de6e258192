"""Everything a repository can refuse or suffer, in one tree.

RepositoryError
├── NotARepository .......... there is no config or no key under the address
├── AlreadyARepository ...... there is one already
├── UnsupportedVersion ...... a format newer than version 2
├── WrongPassword ........... no key opens with it
├── RepositoryLocked ........ somebody else's lock forbids it now
├── RepositoryLockLost ...... the own lock is gone or out of date: others may have passed over it
├── KeyMissing .............. no key of that id
├── KeyNeeded ............... a key that must stay, or nobody might open the repository any more
├── SnapshotMissing ......... no snapshot of that id
├── PathMissing ............. no such folder or file in a snapshot
├── NotAFile ................ something else stands at a path where a file was asked for
├── NoParent ................ a range was said to be the same as in a parent that is not there
├── HelperLost .............. a helper process died in the middle of a save
└── Damaged ................. bytes that are not what they should be
    ├── BlobMissing ......... a blob that no index knows
    └── NotCopied ........... snapshots that could not be copied, because their source is damaged
"""

from collections.abc import Mapping


class RepositoryError(Exception):
    """Something is wrong with a repository, or with what was asked of it."""


class NotARepository(RepositoryError):  # noqa: N818 - named by what happened
    """There is no restic repository under the address."""


class AlreadyARepository(RepositoryError):  # noqa: N818 - named by what happened
    """A repository is there already: it is not made again."""


class UnsupportedVersion(RepositoryError):  # noqa: N818 - named by what happened
    """The repository has a format version that is not known here."""


class WrongPassword(RepositoryError):  # noqa: N818 - named by what happened
    """No key of the repository opens with the password."""


class RepositoryLocked(RepositoryError):  # noqa: N818 - named by what happened
    """Another process holds a lock that does not go together with the one wanted."""


class RepositoryLockLost(RepositoryError):  # noqa: N818 - named by what happened
    """The own lock is gone or out of date: somebody may have worked as if it were not there."""


class KeyMissing(RepositoryError):  # noqa: N818 - named by what happened
    """The repository has no key of that id."""


class KeyNeeded(RepositoryError):  # noqa: N818 - named by what happened
    """A key is not removed, because without it the repository might not open any more."""


class SnapshotMissing(RepositoryError):  # noqa: N818 - named by what happened
    """There is no snapshot of that id."""


class PathMissing(RepositoryError):  # noqa: N818 - named by what happened
    """The snapshot has no folder of that path."""


class NotAFile(RepositoryError):  # noqa: N818 - named by what happened
    """Something else stands at a path where a file was asked for."""


class NoParent(RepositoryError):  # noqa: N818 - named by what happened
    """A range is said to be unchanged, and the parent snapshot does not have it."""


class HelperLost(RepositoryError):  # noqa: N818 - named by what happened
    """A helper process died, and with it what it had not put yet."""


class Damaged(RepositoryError):  # noqa: N818 - named by what happened
    """Bytes that do not decrypt, decode or hash to what they should be."""


class BlobMissing(Damaged):
    """A blob that no index knows."""


class NotCopied(Damaged):
    """Some snapshots were not copied, because something that they need is damaged; all others were.

    `failures` are reasons by the snapshots' ids in the source.
    """

    def __init__(self, failures: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"snapshot {one}: {reason}" for one, reason in failures.items()))
        self.failures = dict(failures)
