"""Log lines say what they are about: the task, and the request that it comes from, whoever writes them."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from copy import copy
from types import MappingProxyType

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s%(about)s"
INDENT = "    "

_ABOUT: ContextVar[Mapping[str, str]] = ContextVar("about", default=MappingProxyType({}))


@contextmanager
def about(**words: str) -> Iterator[None]:
    """What this thread writes while the context is open is about these, and about what it was before."""
    token = _ABOUT.set({**_ABOUT.get(), **words})
    try:
        yield
    finally:
        _ABOUT.reset(token)


class Lines(logging.Formatter):
    """A record is one line: what is not printable, such as the end of a line in somebody's name, is spelled
    out. A traceback stands behind it, each line indented. So nothing that is told of looks like a record."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, and what stands behind it."""
        alone = copy(record)
        alone.exc_info = alone.exc_text = alone.stack_info = None
        trace = self.formatException(record.exc_info).splitlines() if record.exc_info else ()
        behind = [INDENT + _printable(line) for line in trace]
        return "\n".join([_printable(super().format(alone)), *behind])


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
    out.setFormatter(Lines(FORMAT))
    out.addFilter(About())
    logging.basicConfig(level=logging.WARNING, handlers=[out])
    logging.getLogger("holdfast").setLevel(logging.INFO)


def _printable(text: str) -> str:
    return text if text.isprintable() else "".join(map(_spelled, text))


def _spelled(character: str) -> str:
    return character if character.isprintable() else ascii(character)[1:-1]
