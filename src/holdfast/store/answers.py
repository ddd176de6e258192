"""What obstore says went wrong, as this house's errors.

obstore tells an HTTP status, a server's own code and a broken connection apart in its text only, so the text
is read. The forms are those of the `object_store` crate; the tests hold them against real servers.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError

from .errors import AccessDenied, ObjectMissing, StoreError, StoreFull, StoreUnavailable

_STATUS = re.compile(r"status code: (\d{3})")
_CODE = re.compile(r"<Code>\s*([^<\s]+)")
_MESSAGE = re.compile(r"<Message>\s*([^<\n]+)")
_NO_BUCKET = {"NoSuchBucket", "ContainerNotFound", "ContainerBeingDeleted", "ContainerDisabled"}
_FULL = {"QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "AccountSizeLimitExceeded"}
_PASSING = {"RequestTimeout", "IncompleteBody", "OperationAborted", "ConditionalRequestConflict", "SlowDown"}
_PASSING_STATUS = {408, 425, 429, 500, 502, 503, 504}
_FULL_STATUS = 507
# where a machine of a cloud asks for its credentials: a machine that is none has nobody there
_CREDENTIALS = re.compile(r"/latest/(api/token|meta-data)|/computeMetadata/|/metadata/identity/")


@contextmanager
def translated(name: str, bucket: str) -> Iterator[None]:
    """Turn what obstore raises about an object, or about the bucket, into this house's errors."""
    try:
        yield
    except (FileNotFoundError, BaseError) as error:
        raise _meaning(error, name, bucket) from error


def _meaning(error: Exception, name: str, bucket: str) -> StoreError:
    text = str(error)
    status = int(found[1]) if (found := _STATUS.search(text)) else None
    code = found[1] if (found := _CODE.search(text)) else ""
    reason = _reason(text, code)
    if code in _FULL or status == _FULL_STATUS:
        return StoreFull(f"{name}: {reason}")
    if code in _NO_BUCKET:
        return StoreError(f"there is no {bucket}: {reason}")
    if isinstance(error, FileNotFoundError):
        return ObjectMissing(f"{name} is not in the store")
    if isinstance(error, PermissionDeniedError | UnauthenticatedError):
        return AccessDenied(f"{bucket} does not let us in: {reason}")
    if status in _PASSING_STATUS or code in _PASSING:
        return StoreUnavailable(f"{name}: {reason}")
    if _CREDENTIALS.search(text):
        return AccessDenied(f"there are no credentials for {bucket} in the environment: {reason}")
    if status is None and "HttpError" in text and "Builder" not in text:
        return StoreUnavailable(f"{name}: {reason}")
    return StoreError(f"{name}: {reason}")


def _reason(text: str, code: str) -> str:
    """The server's own words when it had any, else what the connection did."""
    if code:
        message = _MESSAGE.search(text)
        return f"{code}, {message[1].strip()}" if message else code
    line = text.partition("\n")[0]
    return line.rpartition(" - ")[2].rstrip(": ")
