"""Access keys: what programs sign their requests with, in place of a password."""

from datetime import datetime

import msgspec

# One in use, one to change over to.
MOST_OF_A_USER = 2
LONGEST_DESCRIPTION = 255


class AccessKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key of a user, with the rights of that user. `id` is what the wire calls AK; SK is kept apart."""

    id: str
    user_id: str
    description: str
    enabled: bool
    created_at: datetime
