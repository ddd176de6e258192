"""Sealing: AES-256 in counter mode with a Poly1305-AES tag, as restic's design document has it.

Sealed bytes are a random nonce of 16 bytes, the cipher text, and a tag of 16 bytes.
"""

import hmac
import os
import threading

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.poly1305 import Poly1305

from .errors import Damaged

NONCE_BYTES = 16
TAG_BYTES = 16
OVERHEAD = NONCE_BYTES + TAG_BYTES
SLACK = 16  # the cipher wants a block of room beyond the end, and does not write to it

Buffer = bytes | bytearray | memoryview


class Key:
    """A key to seal and open with; safe to use from several threads."""

    def __init__(self, encrypt: bytes, mac_k: bytes, mac_r: bytes) -> None:
        """`encrypt` is the AES-256 key; `mac_k` and `mac_r` are the two halves of the Poly1305-AES key."""
        self.encrypt = encrypt
        self.mac_k = mac_k
        self.mac_r = mac_r
        self._own = threading.local()

    @classmethod
    def random(cls) -> "Key":
        """A new key."""
        return cls(os.urandom(32), os.urandom(16), os.urandom(16))

    def __reduce__(self) -> tuple[type["Key"], tuple[bytes, bytes, bytes]]:
        """A key can be handed to a helper process; its ciphers cannot."""
        return Key, (self.encrypt, self.mac_k, self.mac_r)

    def seal(self, plain: Buffer) -> memoryview:
        """Encrypt and authenticate; the result is `OVERHEAD` bytes longer."""
        sealed = memoryview(bytearray(len(plain) + OVERHEAD + SLACK))
        return sealed[: self.seal_into(plain, sealed)]

    def seal_into(self, plain: Buffer, target: memoryview) -> int:
        """Encrypt and authenticate to the beginning of a buffer; how many bytes were written.

        The buffer must have room for `OVERHEAD + SLACK` bytes more than the content has.
        """
        own = self._ciphers()
        nonce = own.nonce()
        target[:NONCE_BYTES] = nonce
        own.counter.reset_nonce(nonce)
        end = NONCE_BYTES + len(plain)
        own.counter.update_into(plain, target[NONCE_BYTES : end + SLACK])
        target[end : end + TAG_BYTES] = self._tag(own, nonce, target[NONCE_BYTES:end])
        return end + TAG_BYTES

    def open(self, sealed: Buffer) -> bytes:
        """Check and decrypt; raises Damaged."""
        own, content = self._checked(sealed)
        return own.counter.update(content)

    def open_into(self, sealed: Buffer, target: memoryview) -> memoryview:
        """Check and decrypt to the beginning of a buffer of at least the sealed length; the content.

        Raises Damaged.
        """
        own, content = self._checked(sealed)
        own.counter.update_into(content, target)
        return target[: len(content)]

    def _checked(self, sealed: Buffer) -> tuple["_Ciphers", memoryview]:
        """Ciphers that are set to open the content, and the content; raises Damaged."""
        if len(sealed) < OVERHEAD:
            raise Damaged("too short to have been sealed")
        view = memoryview(sealed)
        own = self._ciphers()
        nonce = bytes(view[:NONCE_BYTES])
        content = view[NONCE_BYTES:-TAG_BYTES]
        if not hmac.compare_digest(self._tag(own, nonce, content), view[-TAG_BYTES:]):
            raise Damaged("the authentication tag does not fit")
        own.counter.reset_nonce(nonce)
        return own, content

    def _tag(self, own: "_Ciphers", nonce: bytes, content: Buffer) -> bytes:
        return Poly1305.generate_tag(self.mac_r + own.block.update(nonce), content)

    def _ciphers(self) -> "_Ciphers":
        """This thread's ciphers: they are costly to make and not safe to share."""
        try:
            found: _Ciphers = self._own.ciphers
        except AttributeError:
            found = self._own.ciphers = _Ciphers(self)
        return found


class _Ciphers:
    """One thread's cipher contexts and its random bytes, fetched many nonces at a time."""

    def __init__(self, key: Key) -> None:
        self.counter = Cipher(algorithms.AES(key.encrypt), modes.CTR(bytes(NONCE_BYTES))).encryptor()
        # one block that never repeats: this is how Poly1305-AES derives its pad
        self.block = Cipher(algorithms.AES(key.mac_k), modes.ECB()).encryptor()  # noqa: S305 - see above
        self._random = b""
        self._used = 0

    def nonce(self) -> bytes:
        """Random bytes that are used once."""
        if self._used == len(self._random):
            self._random, self._used = os.urandom(256 * NONCE_BYTES), 0
        self._used += NONCE_BYTES
        return self._random[self._used - NONCE_BYTES : self._used]
