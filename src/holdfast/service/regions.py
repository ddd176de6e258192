"""The regions that this one may send replicas to, and what they say when they are asked."""

from concurrent.futures import ThreadPoolExecutor

from holdfast.model.errors import ProjectNotReplicable
from holdfast.model.region import RegionSeen, RegionState, RemoteRegion
from holdfast.model.region_errors import RegionRefused, RegionUnavailable

from . import remote_regions
from .context import Context

_AT_ONCE = 8


def find(context: Context) -> list[RegionSeen]:
    """This region, and the others that the project may send to, each asked just now."""
    own = RegionSeen(name=context.config.region, endpoint=context.config.endpoint_url, state=RegionState.HERE)
    others = [one for one in context.config.remote_regions if one.serves(context.project_id)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return [own, *pool.map(_seen, others)]


def _seen(region: RemoteRegion) -> RegionSeen:
    try:
        calls_itself = remote_regions.calls_itself(region)
    except RegionUnavailable as refusal:
        state, message, calls_itself = RegionState.UNREACHABLE, str(refusal), ""
    except (RegionRefused, ProjectNotReplicable) as refusal:
        state, message, calls_itself = RegionState.REFUSES, str(refusal), ""
    else:
        state, message = RegionState.ANSWERS, ""
    return RegionSeen(
        name=region.name,
        endpoint=region.address,
        state=state,
        calls_itself=calls_itself,
        message=message,
    )
