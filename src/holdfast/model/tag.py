"""Tags: a key and a value that people hang on a vault."""

import msgspec


class Tag(msgspec.Struct, frozen=True):
    """One tag; `value` may be empty, never absent."""

    key: str
    value: str = ""
