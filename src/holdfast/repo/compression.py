"""Zstandard, with one context per thread."""

import threading

import zstandard

from .errors import Damaged

LEVEL = 3  # what restic's "auto" means
_QUICK_LEVEL = 1
_LARGE = 256 << 10
_SAMPLES = 4
_SAMPLE_BYTES = 16 << 10
_WORTH = 0.97
_OWN = threading.local()


def compress(plain: bytes | bytearray | memoryview) -> bytes:
    """One zstd frame that tells its content's size."""
    return _compressor(LEVEL).compress(plain)


def is_worth_trying(plain: bytes | bytearray | memoryview) -> bool:
    """Whether compression may help, judged by samples: to find out that it did not costs ten times as much.

    Pictures, archives and encrypted files are most of what is large.
    """
    if len(plain) < _LARGE:
        return True
    view = memoryview(plain)
    step = (len(view) - _SAMPLE_BYTES) // (_SAMPLES - 1)
    sample = b"".join([view[start : start + _SAMPLE_BYTES] for start in range(0, step * _SAMPLES, step)])
    return len(_compressor(_QUICK_LEVEL).compress(sample)) < len(sample) * _WORTH


def decompress(compressed: bytes | memoryview, length: int) -> bytes:
    """The content of a frame that holds `length` bytes; raises Damaged."""
    try:
        plain = _decompressor().decompress(compressed, max_output_size=length)
    except zstandard.ZstdError as error:
        raise Damaged(f"zstd: {error}") from error
    if len(plain) != length:
        raise Damaged(f"{len(plain)} bytes came out of the compression, not {length}")
    return plain


def decompress_into(compressed: bytes | memoryview, target: memoryview) -> None:
    """Fill a buffer with the content of a frame, which must be just as long; raises Damaged."""
    end = 0
    try:
        with _decompressor().stream_reader(compressed) as reader:
            while end < len(target) and (count := reader.readinto(target[end:])):
                end += count
            ended = not reader.read(1)
    except zstandard.ZstdError as error:
        raise Damaged(f"zstd: {error}") from error
    if end != len(target) or not ended:
        raise Damaged(f"not {len(target)} bytes came out of the compression")


def decompress_all(compressed: bytes | memoryview) -> bytes:
    """The content of a frame of unknown length; raises Damaged."""
    try:
        return _decompressor().decompressobj().decompress(compressed)
    except zstandard.ZstdError as error:
        raise Damaged(f"zstd: {error}") from error


def _compressor(level: int) -> zstandard.ZstdCompressor:
    try:
        made: dict[int, zstandard.ZstdCompressor] = _OWN.compressors
    except AttributeError:
        made = _OWN.compressors = {}
    if level not in made:
        made[level] = zstandard.ZstdCompressor(level=level)
    return made[level]


def _decompressor() -> zstandard.ZstdDecompressor:
    try:
        found: zstandard.ZstdDecompressor = _OWN.decompressor
    except AttributeError:
        found = _OWN.decompressor = zstandard.ZstdDecompressor()
    return found
