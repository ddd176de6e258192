"""Ids: what a thing is called is the SHA-256 of its bytes.

An id of a blob is 32 bytes; an id of a file of the repository (pack, index, snapshot …) is written as 64
hexadecimal digits, because it is a file's name.
"""

import re
from hashlib import sha256

ID_BYTES = 32
_FILE_ID = re.compile(r"[0-9a-f]{64}")


def blob_id(content: bytes | bytearray | memoryview) -> bytes:
    """The id of a blob by its plain content."""
    return sha256(content).digest()


def file_id(content: bytes | bytearray | memoryview) -> str:
    """The id of a repository file by its bytes as they are stored."""
    return sha256(content).hexdigest()


def is_file_id(text: str) -> bool:
    """Whether the text is 64 lower-case hexadecimal digits."""
    return _FILE_ID.fullmatch(text) is not None
