"""What can go wrong with a store.

StoreError
├── ObjectMissing      no object of that name
├── ObjectDiffers      one of that name is there already, with other bytes
├── BadName            not a name for an object
├── StoreFull          the disk is full, or a quota is used up
├── AccessDenied       the credentials are wrong, or may not do this
└── StoreUnavailable   out of reach for now: it was tried for as long as the patience lasts
"""


class StoreError(Exception):
    """The store could not do what was asked; the message is its own."""


class ObjectMissing(StoreError):  # noqa: N818 - named by what happened
    """There is no object of that name."""


class ObjectDiffers(StoreError):  # noqa: N818 - named by what happened
    """An object of that name is there already, with other bytes: nothing is ever overwritten."""


class StoreFull(StoreError):  # noqa: N818 - named by what happened
    """The disk behind the store is full, or a quota is used up."""


class BadName(StoreError):  # noqa: N818 - named by what happened
    """A name that is not letters, digits, `.`, `_`, `-` in parts separated by single slashes."""


class AccessDenied(StoreError):  # noqa: N818 - named by what happened
    """The store knows us not, or does not let us do this: trying again cannot help."""


class StoreUnavailable(StoreError):  # noqa: N818 - named by what happened
    """The store was out of reach, or too busy, for longer than our patience; it may work later."""
