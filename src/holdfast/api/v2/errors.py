"""How a refusal is spoken by the Volume Backup Service: its codes and messages, from two tables.

Codes and messages are those of its error reference, which gives a status and a message to few: the others
have 400 for what is wrong with a request or a state, 404 for what is not there. Where a refusal has no code
there, the nearest one is used, and `docs/api/vbs.md` says so.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import msgspec

from holdfast.api.errors import CODES, Answer, Voice
from holdfast.model import errors
from holdfast.model.errors import InvalidParameter, Refusal


class ErrorView(msgspec.Struct, frozen=True):
    """What went wrong."""

    message: str
    code: str


class ErrorReply(msgspec.Struct, frozen=True):
    """The body of a refused call."""

    error: ErrorView


class FaultView(msgspec.Struct, frozen=True):
    """What went wrong, in OpenStack's words: the code is the status."""

    message: str
    code: int


class ItemNotFound(msgspec.Struct, frozen=True, rename="camel"):
    """What OpenStack answers for what is not there."""

    item_not_found: FaultView


class BadRequest(msgspec.Struct, frozen=True, rename="camel"):
    """What OpenStack answers for what it cannot do as it was asked."""

    bad_request: FaultView


@dataclass(frozen=True)
class _Parameter:
    """What is said of a parameter (its name as the wire spells it) that is refused for such a reason."""

    field: str
    reason: str
    answer: Answer

    def fits(self, refusal: InvalidParameter) -> bool:
        """Whether this is what is refused."""
        named = re.fullmatch(self.field, refusal.field, re.DOTALL)  # a body may name it with line breaks
        return bool(named) and bool(re.search(self.reason, refusal.reason))


def _backup(number: str, message: str, status: int = 400) -> Answer:
    return Answer(status, f"VolumeBackup.{number}", message)


def _policy(number: str, message: str, status: int = 400) -> Answer:
    return Answer(status, f"AutoBackup.{number}", message)


_LACKING = "missing|length >=|empty|got `null`"
_NO_DISK = _backup("0021", "The disk does not exist", 404)
_NOT_CREATED = _backup("0027", "Failed to create the backup")
_NOT_DELETED = _backup("0125", "Failed to delete the backup")
_NOT_NOW = "The disk cannot be associated, or leave, as it is"
_WRONG_FORMAT = _backup("0002", "api request parameter instance null")

PARAMETERS_OF_BACKUPS: Sequence[_Parameter] = (
    _Parameter(r"backup\.name", _LACKING, _backup("0007", "name is null")),
    _Parameter(r"backup\.name", r"length <=", _backup("0003", "name over length")),
    _Parameter(r"backup\.name", r"begin", _backup("0005", "name invalid prefix")),
    _Parameter(r"backup\.name", "", _backup("0004", "name invalid character")),
    _Parameter(r"backup\.description", "", _backup("0006", "description is invalid")),
    _Parameter(r"backup\.volume_id", _LACKING, _backup("0010", "volume_id null")),
    _Parameter(r"backup\.volume_id", "", _backup("0011", "volume_id invalid UUID pattern")),
    _Parameter(r"backup\.snapshot_id", "", _backup("0020", "The snapshot query result is empty")),
    _Parameter(r"backup\.tags.*", "", _backup("0049", "The tag parameter is invalid")),
    _Parameter(r"restore\.volume_id", "", _backup("0208", "Parameter volume_id is incorrect")),
    _Parameter(r"restore.*", "", _backup("0210", "The format of the restoration request is incorrect")),
    _Parameter(r".*", "", _WRONG_FORMAT),
)
PARAMETERS_OF_POLICIES: Sequence[_Parameter] = (
    _Parameter(r"body", "JSON", _policy("0008", "Failed to convert the request into a JSON object")),
    _Parameter(r"body", "", _policy("0000", "The request is empty")),
    _Parameter(r"scheduled_policy", "", _policy("0001", "The object in the request is empty")),
    _Parameter(r"backup_policy_id", "", _policy("0006", "The policy ID is empty")),
    _Parameter(r".*", "[<>] are not", _policy("0221", "The request cannot contain < or >")),
    _Parameter(
        r"backup_policy_name",
        f"{_LACKING}|length",
        _policy("0101", "The length of the policy name is invalid"),
    ),
    _Parameter(r"backup_policy_name", "", _policy("0102", "The policy name is invalid")),
    _Parameter(r"scheduled_policy\.start_time", "", _policy("0103", "The start time is invalid")),
    _Parameter(r"scheduled_policy\.status", "", _policy("0104", "The policy status is invalid")),
    _Parameter(
        r"scheduled_policy\.remain_first_backup_of_curMonth",
        "",
        _policy("0105", "Whether the first backup of the month stays is invalid"),
    ),
    _Parameter(
        r"scheduled_policy\.(?:week_)?frequency.*", "", _policy("0106", "The backup interval is invalid")
    ),
    _Parameter(
        r"scheduled_policy\.rentention_.*", "", _policy("0107", "The number of retained backups is invalid")
    ),
    _Parameter(r"trigger\.properties\.pattern", "", _policy("0103", "The start time is invalid")),
    _Parameter(r"time_zone", "", _policy("0226", "The time zone is invalid")),
    _Parameter(r"(?:not_)?tags?(?:_any)?(?:[.\[].*)?", "", _policy("0214", "The tag parameter is invalid")),
    _Parameter(r"action", "", _policy("0222", "Only specified actions are supported")),
    _Parameter(r"resources.*resource_type", "", _policy("0211", "The resource type is invalid")),
    _Parameter(r"resources.*resource_id", "", _policy("0209", "The resource ID is empty")),
    _Parameter(r"resources.*", "", _policy("0207", "The resource to be associated is empty")),
    _Parameter(r".*", "", _policy("0001", "The object in the request is wrong")),
)

CODES_OF_BACKUPS: Mapping[type[Refusal], Answer] = MappingProxyType(
    {
        errors.NotAuthenticated: _backup("0044", "invalid token roles", 401),
        errors.NotAllowed: _backup("0042", "user role is not allowed for this action", 403),
        errors.ProjectNotFound: _backup("0043", "Failed to query the disk or backup", 404),
        errors.TaskNotFound: Answer(404, "common.0011", "query job fail"),
        errors.BackupNotFound: _backup("0110", "Failed to query the backup", 404),
        errors.MemberNotFound: _backup("0110", "Failed to query the sharing", 404),
        errors.ResourceNotFound: _NO_DISK,
        errors.DiskNotFound: _backup("0207", "The disk does not exist", 404),
        errors.NotFound: _backup("0043", "Failed to query the disk or backup", 404),
        errors.BackupUnderWay: _backup("0013", "The previous backup creation task is not complete"),
        errors.ResourceBusy: _backup("0206", "A backup is being created for the disk"),
        errors.ResourceRestoring: _backup("0205", "The disk status is unavailable"),
        errors.ResourceBeingRemoved: _backup("0012", "The disk status is not available or in_use"),
        errors.ResourceTypeNotSupported: _backup("0043", "It is no disk"),
        errors.VaultFull: _backup("0081", "The quota for the capacity of backups has been used up"),
        errors.TooManyResources: _backup("0082", "The quota for the number of disks has been used up"),
        errors.VaultNotAvailable: _NOT_CREATED,
        errors.VaultBeingDeleted: _NOT_CREATED,
        errors.NothingToBackUp: _NOT_CREATED,
        errors.VaultIsForReplicas: _NOT_CREATED,
        errors.VaultLocked: _NOT_DELETED,
        errors.BackupNotDeletable: _NOT_DELETED,
        errors.BackupInUse: _NOT_DELETED,
        errors.VaultNotRestorable: _backup("0200", "Failed to restore data"),
        errors.BackupNotRestorable: _backup("0089", "The backup status is unavailable"),
        errors.TargetTooSmall: _backup("0209", "The disk must be at least as large as the backup"),
        errors.TargetMismatch: _backup("0208", "Parameter volume_id is incorrect"),
        errors.TooManyTags: _backup("0050", "The number of tags has reached the upper limit"),
        errors.IdentityUnavailable: _backup("0900", "The identity service does not answer", 503),
        Refusal: _backup("0014", "submit job exception"),
    }
)
CODES_OF_POLICIES: Mapping[type[Refusal], Answer] = MappingProxyType(
    {
        errors.CredentialsMissing: _policy("0002", "The token is empty", 401),
        errors.NotAuthenticated: _policy("0003", "The token has expired", 401),
        errors.NotAllowed: _policy("0213", "The request is not authorized", 403),
        errors.ProjectNotFound: _policy("0213", "The project does not exist", 404),
        errors.PolicyNotFound: _policy("1100", "The queried policy does not exist", 404),
        errors.TagNotFound: _policy("0216", "The tag does not exist", 404),
        errors.ResourceNotFound: _policy("0208", "The disk does not exist", 404),
        errors.NotFound: _policy("1100", "The queried policy does not exist", 404),
        errors.PolicyLimitReached: _policy("0203", "The number of policies has reached the upper limit"),
        errors.TooManyResources: _policy(
            "0204", "The number of associated volumes has reached the upper limit"
        ),
        errors.TooManyTags: _policy("0215", "The number of tags has reached the upper limit"),
        errors.DuplicateResources: _policy("1400", "The resource to be associated is invalid"),
        errors.PolicyNotApplicable: _policy("1400", "The resource to be associated is invalid"),
        errors.ResourceNotInVault: _policy("1400", "The disk is not associated with the policy"),
        errors.ResourceTypeNotSupported: _policy("0211", "The resource type is invalid"),
        errors.ResourceAlreadyProtected: _policy("0206", f"{_NOT_NOW}: it is in another vault"),
        errors.ResourceBeingRemoved: _policy("0206", f"{_NOT_NOW}: it is being removed from its vault"),
        errors.ResourceRestoring: _policy("0206", f"{_NOT_NOW}: it is being restored"),
        errors.BackupUnderWay: _policy("0206", f"{_NOT_NOW}: it is being backed up"),
        errors.VaultBeingDeleted: _policy("0206", f"{_NOT_NOW}: its vault is being deleted"),
        errors.VaultTakesNoResources: _policy("0206", f"{_NOT_NOW}: the vault takes no resources"),
        errors.VaultLocked: _policy("0206", f"{_NOT_NOW}: its vault is locked"),
        errors.NothingToBackUp: _policy("1700", "Failed to execute the backup policy"),
        errors.IdentityUnavailable: _policy("9002", "The identity service does not answer", 503),
        Refusal: _policy("1700", "Failed to execute the backup policy"),
    }
)


def _answering(
    codes: Mapping[type[Refusal], Answer], parameters: Sequence[_Parameter]
) -> Callable[[Refusal], Answer]:
    def answer(refusal: Refusal) -> Answer:
        if isinstance(refusal, InvalidParameter):
            found = next(one.answer for one in parameters if one.fits(refusal))
            return replace(found, message=f"{found.message}: {refusal.field} {refusal.reason}")
        kind = next(kind for kind in type(refusal).__mro__ if kind in codes)
        told, detail = codes[kind], str(refusal)
        if kind is Refusal:  # no words of its own here: those of CBR say what the detail is about
            detail = _in_words_of_cbr(refusal)
        return replace(told, message=f"{told.message}: {detail}" if detail else told.message)

    return answer


def _in_words_of_cbr(refusal: Refusal) -> str:
    told = next((CODES[kind].message for kind in type(refusal).__mro__ if kind in CODES), "")
    if "{}" in told:
        return told.replace("{}", str(refusal))
    return ": ".join(part for part in (told.rstrip("."), str(refusal)) if part)


# What OpenStack's own calls say of what is not there.
_NATIVE_NOT_FOUND: Mapping[type[Refusal], str] = MappingProxyType(
    {
        errors.BackupNotFound: "Backup {} could not be found.",
        errors.ResourceNotFound: "Volume {} could not be found.",
        errors.DiskNotFound: "Volume {} could not be found.",
    }
)

answer_of_backups = _answering(CODES_OF_BACKUPS, PARAMETERS_OF_BACKUPS)
answer_of_policies = _answering(CODES_OF_POLICIES, PARAMETERS_OF_POLICIES)


def answer_of_native(refusal: Refusal) -> Answer:
    """The same for OpenStack's own calls, which have a sentence of theirs for what is not there."""
    told, sentence = answer_of_backups(refusal), _NATIVE_NOT_FOUND.get(type(refusal))
    return told if sentence is None else replace(told, message=sentence.format(refusal))


def _error(told: Answer) -> ErrorReply:
    return ErrorReply(ErrorView(told.message, told.code))


def _fault(told: Answer) -> ItemNotFound | BadRequest | ErrorReply:
    if told.status == 404:
        return ItemNotFound(FaultView(told.message, told.status))
    return BadRequest(FaultView(told.message, told.status)) if told.status == 400 else _error(told)


BACKUPS = Voice(
    answer=answer_of_backups,
    view=_error,
    body_too_large=_backup("0002", "The body is larger than 1 MiB", 413),
    body_too_slow=_backup("0002", "The body did not arrive within a minute", 408),
    unexpected=_backup("0043", "An internal error occurred", 500),
    unavailable=_backup("0900", "The service is unavailable: the database does not answer, or is full", 503),
    unknown_route=_backup("0002", "There is no such call", 404),
    wrong_method=_backup("0002", "The call does not have this method", 405),
    unknown_method=_backup("0002", "The method is not known", 501),
    not_acceptable=_backup("0002", "Answers are application/json, which Accept does not allow", 406),
)
NATIVE = replace(BACKUPS, answer=answer_of_native, view=_fault)
POLICIES = Voice(
    answer=answer_of_policies,
    view=_error,
    body_too_large=_policy("0001", "The body is larger than 1 MiB", 413),
    body_too_slow=_policy("0000", "The body did not arrive within a minute", 408),
    unexpected=_policy("0009", "An exception occurred in internal system processing", 500),
    unavailable=_policy("0009", "The service is unavailable: the database does not answer, or is full", 503),
    unknown_route=_policy("0222", "There is no such call", 404),
    wrong_method=_policy("0222", "The call does not have this method", 405),
    unknown_method=_policy("0222", "The method is not known", 501),
    not_acceptable=_policy("0001", "Answers are application/json, which Accept does not allow", 406),
)
