"""Log lines say what they are about: the task, and the request that it comes from, whoever writes them."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s%(about)s"

_ABOUT: ContextVar[Mapping[str, str]] = ContextVar("about", default=MappingProxyType({}))


@contextmanager
def about(**words: str) -> Iterator[None]:
    """What this thread writes while the context is open is about these, and about what it was before."""
    token = _ABOUT.set({**_ABOUT.get(), **words})
    try:
        yield
    finally:
        _ABOUT.reset(token)


class About(logging.Filter):
    """Lets every line pass, and gives it `about`: ` [task=… request=…]`, or nothing."""

    def filter(self, record: logging.LogRecord) -> bool:
        """True, always."""
        told = " ".join(f"{name}={value}" for name, value in _ABOUT.get().items())
        record.about = f" [{told}]" if told else ""
        return True


def to_stderr() -> None:
    """Write the lines of this process to standard error: ours from INFO on, those of others from WARNING."""
    out = logging.StreamHandler()
    out.setFormatter(logging.Formatter(FORMAT))
    out.addFilter(About())
    logging.basicConfig(level=logging.WARNING, handlers=[out])
    logging.getLogger("holdfast").setLevel(logging.INFO)
