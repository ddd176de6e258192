"""Everything a repository can refuse or suffer, in one tree.

RepositoryError
├── NotARepository .......... there is no config or no key under the address
├── AlreadyARepository ...... there is one already
├── UnsupportedVersion ...... a format newer than version 2
├── WrongPassword ........... no key opens with it
├── RepositoryLocked ........ somebody else's lock forbids it now
├── SnapshotMissing ......... no snapshot of that id
├── NoParent ................ a range was said to be the same as in a parent that is not there
└── Damaged ................. bytes that are not what they should be
    └── BlobMissing ......... a blob that no index knows
"""


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


class SnapshotMissing(RepositoryError):  # noqa: N818 - named by what happened
    """There is no snapshot of that id."""


class NoParent(RepositoryError):  # noqa: N818 - named by what happened
    """A range is said to be unchanged, and the parent snapshot does not have it."""


class Damaged(RepositoryError):  # noqa: N818 - named by what happened
    """Bytes that do not decrypt, decode or hash to what they should be."""


class BlobMissing(Damaged):
    """A blob that no index knows."""
