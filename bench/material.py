"""What files are made of: noise, prose, records and log lines, the same for the same seed."""

import random
from collections.abc import Callable, Iterator
from functools import cache
from hashlib import sha256
from itertools import accumulate

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

Maker = Callable[[int], bytes]

_LETTERS = "eeeetttaaaooiinnsshhrrdlucmfwypvbgkjqxz"
_WORDS = 12_000
_PHRASES = 60_000
_WORDS_OF_A_PHRASE = (1, 5)
_MARKS = (" ", " ", " ", ", ", ".\n", "(", ");\n", " = ", "\n\t", "_")
_RECORD_NOISE = 6  # bytes of noise in each record of 32


def noise(seed: str) -> Maker:
    """Bytes that no compression makes smaller: the key stream of AES in counter mode."""
    key = sha256(seed.encode()).digest()
    stream = Cipher(algorithms.AES(key), modes.CTR(bytes(16))).encryptor()
    return lambda length: stream.update(bytes(length))


def prose(seed: str) -> Maker:
    """Text that compresses as source code and letters do, to about a quarter."""
    chance = random.Random(seed)
    phrases = _phrases()

    def make(length: int) -> bytes:
        # a phrase has more than 8 characters on average; what is too much is cut off
        parts = chance.choices(phrases, k=length // 8 + 8)
        return b"".join(parts)[:length].ljust(length, b"\n")

    return make


def records(seed: str) -> Maker:
    """Binary content that compresses somewhat: records of a counter, constants and a few random bytes."""
    chance = random.Random(seed)

    def make(length: int) -> bytes:
        count = length // 32 + 1
        tail = chance.randbytes(_RECORD_NOISE * count)
        made = bytearray(b"\x7fREC\0\0\0\1" * (4 * count))
        for place in range(_RECORD_NOISE):
            made[8 + 2 * place :: 32] = tail[place::_RECORD_NOISE]
        made[28::32] = bytes(index & 0xFF for index in range(count))
        return bytes(made[:length])

    return make


def log_lines(seed: str) -> Iterator[bytes]:
    """Lines of a busy server's log, without an end; they compress to about an eighth."""
    chance = random.Random(seed)
    paths = [f"/api/v{chance.randrange(1, 4)}/{word}/{chance.randrange(10**5)}" for word in _words()[:2000]]
    agents = [f"client/{chance.randrange(1, 9)}.{chance.randrange(40)} ({word})" for word in _words()[:60]]
    millisecond = chance.randrange(10**9)
    while True:
        for path, agent in zip(chance.choices(paths, k=1000), chance.choices(agents, k=1000), strict=True):
            millisecond += int(chance.random() * 40)
            second = millisecond // 1000
            taken = chance.random()
            status = 200 if taken < 0.95 else 503
            yield (
                f"2026-03-{1 + second // 86400 % 28:02} {second // 3600 % 24:02}:{second // 60 % 60:02}:"
                f"{second % 60:02}.{millisecond % 1000:03} INFO http[{second % 7 + 311}] {status} GET {path}"
                f" {int(taken * 90000)}B {taken * 80:.2f}ms {agent}\n"
            ).encode()


def log(seed: str) -> Maker:
    """Whole and cut log lines, as many bytes as are asked for."""
    lines = log_lines(seed)

    def make(length: int) -> bytes:
        made = bytearray()
        while len(made) < length:
            made += next(lines)
        return bytes(made[:length])

    return make


@cache
def _words() -> list[str]:
    chance = random.Random("words")
    return ["".join(chance.choices(_LETTERS, k=chance.randint(2, 10))) for _ in range(_WORDS)]


@cache
def _phrases() -> list[bytes]:
    """Runs of words, the common ones far more often than the rare ones, as in every language."""
    chance = random.Random("phrases")
    weights = list(accumulate(1 / (rank + 4) for rank in range(_WORDS)))
    made = []
    for _ in range(_PHRASES):
        words = chance.choices(_words(), cum_weights=weights, k=chance.randint(*_WORDS_OF_A_PHRASE))
        made.append((" ".join(words) + chance.choice(_MARKS)).encode())
    return made
