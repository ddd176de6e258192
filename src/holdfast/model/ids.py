"""Identifiers: random for what is made once, derived for what must be found again."""

from uuid import UUID, uuid4, uuid5

_NAMESPACE = UUID("6d0f3cf1-6b0e-5a3c-9f0e-9d8ac1d4d7a1")


def new() -> str:
    """A random identifier, a lower-case UUID with dashes."""
    return str(uuid4())


def new_project() -> str:
    """A random project identifier, 32 hexadecimal digits as clouds write them."""
    return uuid4().hex


def new_request() -> str:
    """A random request identifier, `req-` and a UUID."""
    return f"req-{uuid4()}"


def derived(*names: str) -> str:
    """The same identifier for the same names, always: a configured resource keeps its id over restarts."""
    return str(uuid5(_NAMESPACE, "\x1f".join(names)))


def is_uuid(text: str) -> bool:
    """Whether the text is a UUID in a form that clients send (with or without dashes)."""
    try:
        UUID(text)
    except ValueError:
        return False
    return len(text) in (32, 36)
