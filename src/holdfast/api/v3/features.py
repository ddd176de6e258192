"""What this service can do, as a table of names and values."""

from holdfast.api import paging
from holdfast.api.request import Call, Reply, Route
from holdfast.service import features
from holdfast.service.context import Context


def find(context: Context, call: Call) -> Reply:
    """GET cbr-features: one map, so the reply has no room for a count."""
    page = paging.cut(features.find(context), paging.page(call.query))
    return Reply({feature.id: feature.value for feature in page})


def show(context: Context, call: Call) -> Reply:
    """GET cbr-features/{feature_key}. A page of one thing is that thing, whatever page is asked for."""
    paging.page(call.query)
    feature = features.show(context, call.path["feature_key"])
    return Reply({feature.id: feature.value})


ROUTES: tuple[Route, ...] = (
    Route("GET", "/cbr-features", find),
    Route("GET", "/cbr-features/{feature_key}", show),
)
