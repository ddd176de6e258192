"""A process in which the kernel refuses what NFS and some FUSE file systems cannot do.

`python refusing.py put|draft URL NAME WORD [tmpfile|link]…` puts an object there. The refusals are a
seccomp filter (seccomp(2), bpf(4)), so that the program under test meets real errors of the system.
"""

import ctypes
import errno
import os
import platform
import struct
import sys

from holdfast.store.objects import open_store

# of asm/unistd.h: openat, linkat, link (which newer machines have not)
NONE = 0xFFFF
CALLS = {"x86_64": (257, 265, 86), "aarch64": (56, 37, NONE)}
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, SECCOMP_MODE_FILTER = 22, 38, 2
LOAD, EQUAL, ANY_BIT, RETURN = 0x20, 0x15, 0x45, 0x06
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
# where struct seccomp_data has the number of the call and the low half of its third argument
NUMBER, THIRD = 0, 16 + 2 * 8
# the bit that O_TMPFILE has beyond O_DIRECTORY
TMPFILE = os.O_TMPFILE & ~os.O_DIRECTORY


def refuse(what: list[str]) -> None:
    """From now on, and for ever in this process."""
    openat, *links = CALLS[platform.machine()]
    linkat, link = links if "link" in what else (NONE, NONE)
    watched = openat if "tmpfile" in what else NONE
    steps = [
        (LOAD, 0, 0, NUMBER),
        (EQUAL, 1, 0, linkat),
        (EQUAL, 0, 1, link),
        (RETURN, 0, 0, ERRNO | errno.EPERM),
        (EQUAL, 0, 3, watched),
        (LOAD, 0, 0, THIRD),
        (ANY_BIT, 0, 1, TMPFILE),
        (RETURN, 0, 0, ERRNO | errno.EOPNOTSUPP),
        (RETURN, 0, 0, ALLOW),
    ]
    code = b"".join(struct.pack("HBBI", *step) for step in steps)
    program = ctypes.create_string_buffer(code)
    head = ctypes.create_string_buffer(struct.pack("HL", len(steps), ctypes.addressof(program)))
    libc = ctypes.CDLL(None, use_errno=True)
    for call in ((PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, head, 0, 0)):
        if libc.prctl(*call) != 0:
            raise OSError(ctypes.get_errno(), "prctl")


if __name__ == "__main__":
    how, url, name, word, *refusals = sys.argv[1:]
    store = open_store(url)
    refuse(refusals)
    if how == "draft":
        draft = store.draft()
        draft.write(word.encode())
        draft.put(name)
    else:
        store.put(name, word.encode())
