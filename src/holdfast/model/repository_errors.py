"""What is refused of the files of a vault's repository, and of those in its backups."""

from .errors import NotFound, Refusal


class FileNotInRepository(NotFound):
    """The repository has no file of this kind and name."""


class FileDiffers(Refusal):
    """A file of this name is there already, with other bytes: nothing is ever overwritten."""


class RepositoryFull(Refusal):
    """The vault, or the store under it, takes nothing more."""


class FileKept(Refusal):
    """The file may not be deleted, or not by this caller."""


class StoreAway(Refusal):
    """The store that the repository lies in does not answer, or not as it should."""


class PathNotInBackup(NotFound):
    """The backup has no file or folder of this path."""


class BackupUnreadable(Refusal):
    """What is stored of the backup is gone or damaged."""


class DownloadOver(NotFound):
    """There is no such download, or not any more."""


class TooManyDownloads(Refusal):
    """The project has as many downloads under way as it may."""
