"""What is refused where replicas go from one region to another: a branch of the tree in `errors`."""

from .errors import Refusal


class RegionUnavailable(Refusal):
    """The other region does not answer."""


class RegionRefused(Refusal):
    """The other region answers, and does not do what it is asked."""


class SnapshotNotArrived(Refusal):
    """What is said to have been sent from another region is not in the vault's repository."""
