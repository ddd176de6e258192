"""Whether an error of the operating system concerns one entry alone or ends the whole reading or writing."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from holdfast.model.entry import Unreadable

# No other entry would fare better: the disk is full, memory or descriptors ran out, the share is gone.
_ENDS_IT = {errno.ENOSPC, errno.EDQUOT, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.ENOTCONN}


def blame(path: bytes, error: OSError) -> Unreadable:
    """The error as one of this entry; raises it again where it concerns all."""
    if error.errno in _ENDS_IT:
        raise error
    return Unreadable(path, error.strerror or str(error))


@contextmanager
def about(path: bytes) -> Iterator[None]:
    """Raise an OSError as `Unreadable` of this entry, unless it concerns all; and so what cannot even be said
    to the system (a zero byte in a name, a number out of range)."""
    try:
        yield
    except OSError as error:
        raise blame(path, error) from error
    except (ValueError, OverflowError) as error:
        raise Unreadable(path, str(error)) from error
