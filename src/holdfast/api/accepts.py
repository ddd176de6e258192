"""Whether a caller takes JSON, by what it accepts (RFC 9110, section 12.5.1)."""

import re
from collections.abc import Sequence

_JSON = ("application/json", "application/*", "*/*")  # the narrowest that is named decides
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"?')
_QUALITY = re.compile(r"0(?:\.[0-9]*)?|1(?:\.0*)?")


def json(accepted: Sequence[str]) -> bool:
    """Whether these `Accept` headers allow for JSON; who says nothing takes everything."""
    qualities: dict[str, float] = {}
    for part in _QUOTED.sub('""', ",".join(accepted)).split(","):
        media, *parameters = (one.strip().lower() for one in part.split(";"))
        if media:
            qualities[media] = _quality(parameters)
    named = next((media for media in _JSON if media in qualities), None)
    return not qualities or (named is not None and qualities[named] > 0)


def _quality(parameters: Sequence[str]) -> float:
    """How much it is wanted; 1 where that is not said, or cannot be read."""
    for one in parameters:
        name, _, value = one.partition("=")
        if name.strip() == "q":
            return float(value) if _QUALITY.fullmatch(value.strip()) else 1.0
    return 1.0
