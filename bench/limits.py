"""The least CPU time that a backup or a restore could take, from the speed of each step it consists of."""

from collections.abc import Mapping
from dataclasses import dataclass

from .data_sets import DATA_SETS
from .results import Measured

_WORTH = 0.97  # a data set that hardly shrinks is not compressed: a glance at samples tells
_GIB = 2**30


@dataclass(frozen=True, slots=True)
class Compression:
    """zstd on one kind of data: seconds for each GiB of it, and what is left as a share."""

    compress: float
    decompress: float
    ratio: float


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds of one core for each GiB."""

    copy: float
    sha256: float
    cipher: float
    authenticate: float
    chunk: float
    read: float
    write: float
    compressions: Mapping[str, Compression]

    def backup(self, one: Measured) -> float:
        """The least CPU time of a first backup of a data set, in seconds."""
        kind, data, stored = self.compressions[one.data_set], one.data_bytes, one.sizes["holdfast"][0]
        seconds = data * (self.read + self.sha256)
        if not DATA_SETS[one.data_set].only:  # a disk has fixed blocks
            seconds += data * self.chunk
        if kind.ratio < _WORTH:
            seconds += data * kind.compress
        return (seconds + stored * (self.cipher + self.authenticate + self.sha256 + self.write)) / _GIB

    def restore(self, one: Measured) -> float:
        """The least CPU time of a full restore, in seconds."""
        kind, data, stored = self.compressions[one.data_set], one.data_bytes, one.sizes["holdfast"][0]
        seconds = stored * (self.read + self.authenticate + self.cipher)
        if kind.ratio < _WORTH:
            seconds += data * kind.decompress
        return (seconds + data * (self.sha256 + self.write)) / _GIB
