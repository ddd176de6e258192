"""One line of the log for each call that changes something, when it has ended, well or not."""

import json
import logging
from collections.abc import Sequence

from starlette.responses import Response

from .request import Call

log = logging.getLogger(__name__)

READING: Sequence[str] = ("GET", "HEAD")


def tell(call: Call, response: Response, seconds: float) -> None:
    """Say who asked for what, and how it was answered. Names are quoted: they are other people's words."""
    if call.method in READING:
        return
    log.log(
        logging.DEBUG if call.trace.often else logging.INFO,
        "request=%s user=%s project=%s %s %s %d %.0f ms",
        call.request_id,
        json.dumps(call.trace.user_name),
        call.trace.project_id or "-",
        call.method,
        json.dumps(call.asked.path)[1:-1],
        response.status_code,
        seconds * 1000,
    )
