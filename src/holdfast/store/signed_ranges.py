"""Parts of objects from servers that send the right bytes under the wrong status.

The S3 server of rclone answers a request for a range with 200 where RFC 9110 wants 206, and obstore refuses
that. An object's address can be signed, so the range is asked for here, and judged by its Content-Range.
"""

from datetime import timedelta
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from obstore import sign
from obstore.store import AzureStore, GCSStore, S3Store

from .errors import ObjectMissing, StoreError, StoreUnavailable

_NOT_FOUND = 404
_THROTTLED = 429
_SERVER_FAULT = 500


def get_signed_range(
    store: S3Store | AzureStore | GCSStore, path: str, part: tuple[int, int], seconds: float
) -> bytes:
    """The bytes of the object at `path` from `part[0]` up to `part[1]`; fewer when it ends before.

    Raises ObjectMissing, StoreUnavailable, or StoreError when the server sends anything else.
    """
    address = sign(store, "GET", path, timedelta(seconds=max(60, seconds)))
    wanted = f"bytes={part[0]}-{part[1] - 1}"
    request = Request(address, headers={"Range": wanted})  # noqa: S310 - the operator's own address
    try:
        with urlopen(request, timeout=seconds) as answer:  # noqa: S310 - the operator's own address
            if not answer.headers.get("Content-Range", "").startswith(f"bytes {part[0]}-"):
                raise StoreError(f"{path}: the server does not know how to send a part of an object")
            return bytes(answer.read())
    except HTTPError as error:
        error.close()
        raise _meaning(error.code)(f"{path}: {error.code} {error.reason}") from error
    except (OSError, HTTPException) as error:
        raise StoreUnavailable(f"{path}: {error}") from error


def _meaning(status: int) -> type[StoreError]:
    if status == _NOT_FOUND:
        return ObjectMissing
    return StoreUnavailable if status >= _SERVER_FAULT or status == _THROTTLED else StoreError
