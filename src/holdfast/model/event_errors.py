"""What is refused to clients that follow events: a branch of the tree in `errors`."""

from .errors import Refusal


class EventsUnavailable(Refusal):
    """Nobody more can follow events from this server, which has as many clients as it takes, or ends."""
