"""The garbage collector of a process that makes very many small objects."""

import gc

_YOUNG = 100_000
_OLDER = (2, 10)


def relax() -> None:
    """Have the collector run less often, for the whole process.

    A backup makes objects by the million, nearly none of them in circles: looking through them all every few
    hundred costs a tenth of the time of Python, and finds nothing. The older ones follow the young soon: the
    statements of a server are circles, and some are always in use when the young are looked through.
    """
    gc.set_threshold(_YOUNG, *_OLDER)
