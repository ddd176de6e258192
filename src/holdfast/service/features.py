"""Features as a caller may ask for them."""

from collections.abc import Sequence

from holdfast.model import feature as rules
from holdfast.model.feature import Feature

from . import destinations
from .context import Context


def find(context: Context) -> Sequence[Feature]:
    """All features of this service, by name."""
    return rules.features(context.config.region, destinations.regions(context.config))


def show(context: Context, name: str) -> Feature:
    """One feature; raises InvalidParameter for a name that is none."""
    return rules.named(find(context), name)
