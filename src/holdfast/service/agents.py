"""Agents as a caller may ask for them, and as they report themselves."""

from collections.abc import Mapping, Sequence

import msgspec

from holdfast.db import agents, resources
from holdfast.model import agent as rules
from holdfast.model import clock
from holdfast.model.agent import Agent, AgentStatus, Host, PathChange
from holdfast.model.resource import Resource

from .context import Context


class AgentFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which agents of the project; every given condition must hold."""

    ids: tuple[str, ...] | None = None
    status: AgentStatus | None = None

    def fits(self, agent: Agent, status: AgentStatus) -> bool:
        """Whether the agent, in this state, is wanted."""
        return (self.ids is None or agent.id in self.ids) and self.status in (None, status)


class Seen(msgspec.Struct, frozen=True):
    """An agent, and its state at the moment of looking."""

    agent: Agent
    status: AgentStatus

    @property
    def id(self) -> str:
        """The agent's identifier."""
        return self.agent.id


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the agent on a resource; `resource` is None where the project has none of this id."""

    resource_id: str
    resource: Resource | None = None
    seen: Seen | None = None


def register(context: Context, agent_id: str, host: Host) -> Seen:
    """An agent reports, for the first time or once more; raises NotAllowed or InvalidAgent."""
    rules.check_id(agent_id)
    with context.changing() as tx:
        known = agents.known(tx, context.project_id, agent_id)
        agent = rules.reported(known, context.project_id, agent_id, host, clock.now())
        agents.put(tx, agent)
    return _seen(agent)


def find(context: Context, wanted: AgentFilter) -> list[Seen]:
    """The project's agents that are wanted, newest first."""
    with context.db.reading() as tx:
        found = [_seen(agent) for agent in agents.find(tx, context.project_id)]
    return [seen for seen in found if wanted.fits(seen.agent, seen.status)]


def show(context: Context, agent_id: str) -> Seen:
    """One agent; raises AgentNotFound."""
    with context.db.reading() as tx:
        return _seen(agents.get(tx, context.project_id, agent_id))


def uninstall(context: Context, agent_id: str) -> Seen:
    """An agent says that it is taken off its host; raises InvalidAgent where it was, or AgentNotFound."""
    rules.check_id(agent_id)
    with context.changing() as tx:
        agent = agents.get(tx, context.project_id, agent_id)
        agent.check_installed()
        agent = msgspec.structs.replace(agent, uninstalled=True, updated_at=clock.now())
        agents.put(tx, agent)
    return _seen(agent)


def unregister(context: Context, agent_id: str) -> None:
    """Forget an agent and its paths; raises InvalidAgent or AgentNotFound."""
    rules.check_id(agent_id)
    with context.changing() as tx:
        agents.remove(tx, context.project_id, agent_id)


def add_paths(
    context: Context, agent_id: str, paths: Sequence[str], left_out: Mapping[str, Sequence[str]]
) -> PathChange:
    """The agent shall back up these paths too; whether its host has them is not asked.

    Raises AgentNotFound, InvalidParameter or TooManyPaths.
    """
    with context.changing() as tx:
        agent = agents.get(tx, context.project_id, agent_id)
        change = rules.add_paths(agent, paths, left_out, clock.now())
        agents.put(tx, change.agent)
    return change


def remove_paths(context: Context, agent_id: str, paths: Sequence[str]) -> PathChange:
    """The agent shall back up these paths no more; raises AgentNotFound."""
    with context.changing() as tx:
        agent = agents.get(tx, context.project_id, agent_id)
        change = rules.remove_paths(agent, paths, clock.now())
        agents.put(tx, change.agent)
    return change


def check(context: Context, resource_ids: Sequence[str]) -> list[Checked]:
    """What is known of the agents on these resources, each answered for.

    An agent is on a resource when its id is the resource's, or its host has the resource's name.
    """
    with context.db.reading() as tx:
        known = {one.id: one for one in resources.find(tx, context.project_id, ids=set(resource_ids))}
        seen = [_seen(agent) for agent in agents.find(tx, context.project_id)]
    return [_checked(resource_id, known.get(resource_id), seen) for resource_id in resource_ids]


def _checked(resource_id: str, resource: Resource | None, agents_seen: Sequence[Seen]) -> Checked:
    if resource is None:
        return Checked(resource_id=resource_id)
    own = [one for one in agents_seen if one.id == resource_id or one.agent.host.name == resource.name]
    installed = [one for one in own if one.status is not AgentStatus.UNINSTALL]
    return Checked(resource_id=resource_id, resource=resource, seen=installed[0] if installed else None)


def _seen(agent: Agent) -> Seen:
    return Seen(agent, agent.status(clock.now()))
