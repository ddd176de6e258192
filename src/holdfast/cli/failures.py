"""How the command line ends: every exit code, and the failure that carries one to the top."""

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType

from holdfast.model.errors import InvalidParameter, NotAllowed, NotAuthenticated, NotFound, Refusal
from holdfast.repo.errors import Damaged, NotARepository, RepositoryError, RepositoryLocked


class Exit(IntEnum):
    """Exit codes; `docs/use/cli.md` and `holdfast --help` list them."""

    SUCCESS = 0
    WORK_FAILED = 1
    USAGE = 2
    UNREACHABLE = 3
    NOT_ALLOWED = 4
    NOT_FOUND = 5
    REFUSED = 6
    DAMAGED = 7
    INTERRUPTED = 130


MEANINGS: Mapping[Exit, str] = MappingProxyType(
    {
        Exit.SUCCESS: "success",
        Exit.WORK_FAILED: "the work failed: a task ended failed or timeout; something is overdue",
        Exit.USAGE: "wrong usage: an option or setting that cannot be used, a name of several things",
        Exit.UNREACHABLE: "the server cannot be reached, or cannot answer now",
        Exit.NOT_ALLOWED: "not signed in, or not allowed",
        Exit.NOT_FOUND: "not found",
        Exit.REFUSED: "refused: a rule of the server, your own no to a question, or a lock of others",
        Exit.DAMAGED: "a vault's repository is damaged",
        Exit.INTERRUPTED: "interrupted",
    }
)


class Failure(Exception):  # noqa: N818 - what is told in one line is no programming error
    """One line for the person who asked, and the exit code for the script that did."""

    def __init__(self, code: Exit, message: str) -> None:
        super().__init__(message)
        self.code = code


_OF_REFUSAL: tuple[tuple[type[Refusal], Exit], ...] = (
    (NotAuthenticated, Exit.NOT_ALLOWED),
    (NotAllowed, Exit.NOT_ALLOWED),
    (NotFound, Exit.NOT_FOUND),
    (Refusal, Exit.REFUSED),
)


def of_refusal(refusal: Refusal) -> Failure:
    """The failure for a refusal of a command that works without a server."""
    code = next(code for kind, code in _OF_REFUSAL if isinstance(refusal, kind))
    if isinstance(refusal, InvalidParameter):
        return Failure(code, str(refusal))
    if type(refusal) is NotFound:
        return Failure(code, f"there is no {refusal}")
    sentence = (type(refusal).__doc__ or "").strip().splitlines()[0]
    return Failure(code, f"{sentence} ({refusal})" if str(refusal) else sentence)


_OF_REPOSITORY: tuple[tuple[type[RepositoryError], Exit], ...] = (
    (NotARepository, Exit.NOT_FOUND),
    (RepositoryLocked, Exit.REFUSED),
    (Damaged, Exit.DAMAGED),
    (RepositoryError, Exit.WORK_FAILED),
)


def of_repository(error: RepositoryError) -> Failure:
    """The failure for what a vault's repository refuses or suffers."""
    code = next(code for kind, code in _OF_REPOSITORY if isinstance(error, kind))
    if isinstance(error, NotARepository):
        return Failure(code, "nothing has been backed up into this vault yet")
    return Failure(code, str(error))


def of_status(status: int, message: str) -> Failure:
    """The failure for an answer of the server that is no success."""
    if status == 401:
        return Failure(Exit.NOT_ALLOWED, message)
    if status == 403:
        return Failure(Exit.NOT_ALLOWED, f"this user may not do that: {message}")
    if status == 404:
        return Failure(Exit.NOT_FOUND, message)
    return Failure(Exit.UNREACHABLE if status >= 500 else Exit.REFUSED, message)
