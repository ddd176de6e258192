"""Agents: hosts that back up files and applications, as they register and report."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from holdfast.api import errors, moments, paging
from holdfast.api.request import Call, Reply, Route
from holdfast.model.agent import AgentStatus, AgentType, BackupPath, Host
from holdfast.model.errors import InvalidParameter, ServerNotFound
from holdfast.service import agents
from holdfast.service.agents import AgentFilter, Checked, Seen
from holdfast.service.context import Context

from .wording import Id, Label

Version = Annotated[str, Meta(max_length=64, pattern=r"^(?:[0-9]{1,3}\.){2}[0-9]{1,3}\Z")]
# Longer than any path: the rule for paths names the path that breaks it.
PathText = Annotated[str, Meta(max_length=8192)]
PathName = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[^,]*\Z")]
Some = Meta(max_length=256)


class CheckedType(StrEnum):
    """The types of resources that have agents."""

    SERVER = "OS::Nova::Server"
    BARE_METAL = "OS::Ironic::BareMetalServer"


class RegisteredBody(msgspec.Struct, frozen=True, kw_only=True):
    """AgentRegister. Whether the id can be one is a rule of agents, with a code of its own."""

    agent_id: Label
    host_ip: Label
    host_name: Label
    host_os: Label
    host_nickname: Label | None = None
    agent_type: AgentType | None = None
    agent_version: Version | None = None

    def asked(self) -> Host:
        """What is asked of the service."""
        return Host(
            name=self.host_name,
            ip=self.host_ip,
            os=self.host_os,
            nickname=self.host_nickname or "",
            version=self.agent_version or "",
            type=self.agent_type or AgentType.NATIVE,
        )


class RegisterBody(msgspec.Struct, frozen=True):
    """AgentRegisterReq."""

    agent: RegisteredBody


class UpdatedStatus(StrEnum):
    """What an agent may say of itself."""

    UNINSTALL = "uninstall"


class UpdatedBody(msgspec.Struct, frozen=True):
    """AgentUpdate."""

    status: UpdatedStatus


class UpdateBody(msgspec.Struct, frozen=True):
    """AgentUpdateReq."""

    agent: UpdatedBody


class ExcludeBody(msgspec.Struct, frozen=True):
    """ExcludePath."""

    path_name: PathText
    exclude_path_name: Annotated[list[PathName], Some] = []


class AddPathBody(msgspec.Struct, frozen=True):
    """AgentAddPathReq."""

    add_path: Annotated[list[PathText], Some]
    exclude_path: Annotated[list[ExcludeBody], Some] | None = None

    def left_out(self) -> dict[str, list[str]]:
        """The names to leave out, by path; raises InvalidParameter for a path named twice."""
        asked: dict[str, list[str]] = {}
        for number, one in enumerate(self.exclude_path or ()):
            if one.path_name in asked:
                raise InvalidParameter(f"exclude_path[{number}].path_name", "is named twice")
            asked[one.path_name] = one.exclude_path_name
        return asked


class RemovePathBody(msgspec.Struct, frozen=True):
    """AgentRemovePathReq."""

    remove_path: Annotated[list[PathText], Some]


class CheckedBody(msgspec.Struct, frozen=True, kw_only=True):
    """ProtectableAgentStatusResource. The name is accepted and not used: a resource has the one it has."""

    resource_id: Id
    resource_type: CheckedType
    resource_name: Label | None = None


class CheckBody(msgspec.Struct, frozen=True):
    """ProtectableAgentReq."""

    agent_status: Annotated[list[CheckedBody], Meta(max_length=1000)]


class PathView(msgspec.Struct, frozen=True, kw_only=True):
    """Path."""

    id: str
    agent_id: str
    dir_path: str
    exclude_paths: str
    status: str = "available"

    @classmethod
    def of(cls, agent_id: str, path: BackupPath) -> "PathView":
        """A path of an agent."""
        return cls(id=path.id, agent_id=agent_id, dir_path=path.path, exclude_paths=",".join(path.left_out))


class AgentView(msgspec.Struct, frozen=True, kw_only=True):
    """Agent."""

    agent_id: str
    agent_type: str
    agent_version: str
    host_ip: str
    host_name: str
    host_nickname: str
    host_os: str
    status: str
    last_active_time: str | None
    created_at: str | None
    updated_at: str | None
    paths: list[PathView]

    @classmethod
    def of(cls, seen: Seen) -> "AgentView":
        """An agent as it was seen."""
        agent = seen.agent
        return cls(
            agent_id=agent.id,
            agent_type=agent.host.type,
            agent_version=agent.host.version,
            host_ip=agent.host.ip,
            host_name=agent.host.name,
            host_nickname=agent.host.nickname,
            host_os=agent.host.os,
            status=seen.status,
            last_active_time=moments.of_resource(agent.active_at),
            created_at=moments.of_resource(agent.created_at),
            updated_at=moments.of_resource(agent.updated_at),
            paths=[PathView.of(agent.id, path) for path in agent.paths],
        )


class AgentReply(msgspec.Struct, frozen=True):
    """AgentGetResp."""

    agent: AgentView


class AgentsReply(msgspec.Struct, frozen=True):
    """AgentListResp."""

    agents: Sequence[AgentView]
    count: int
    limit: int
    offset: int


class AddedReply(msgspec.Struct, frozen=True):
    """AgentAddPathResp."""

    added: Sequence[str]
    existed: Sequence[str]


class RemovedReply(msgspec.Struct, frozen=True):
    """AgentRemovePathResp."""

    removed: Sequence[str]
    not_existed: Sequence[str]


class CheckedView(msgspec.Struct, frozen=True, kw_only=True):
    """ProtectableAgentStatus. Which version would be a new one, nobody knows here: `is_old` is null."""

    resource_id: str
    installed: bool
    is_old: bool | None = None
    version: str | None = None
    code: int | None = None
    message: str | None = None

    @classmethod
    def of(cls, checked: Checked) -> "CheckedView":
        """What is known of the agent of one resource."""
        if checked.resource is None:
            told = errors.CODES[ServerNotFound]
            code = int(told.code.rpartition(".")[2])
            return cls(resource_id=checked.resource_id, installed=False, code=code, message=told.message)
        if checked.seen is None:
            return cls(resource_id=checked.resource_id, installed=False)
        return cls(
            resource_id=checked.resource_id,
            installed=True,
            version=checked.seen.agent.host.version or None,
            message=_silence(checked.seen),
        )


def _silence(seen: Seen) -> str | None:
    if seen.status is AgentStatus.NORMAL:
        return None
    return f"The agent has not reported since {moments.of_resource(seen.agent.active_at)}."


class CheckReply(msgspec.Struct, frozen=True):
    """ProtectableAgentStatusResp."""

    agent_status: list[CheckedView]


def check(context: Context, call: Call) -> Reply:
    """POST agent/check."""
    asked = call.read(CheckBody).agent_status
    found = agents.check(context, [one.resource_id for one in asked])
    return Reply(CheckReply([CheckedView.of(one) for one in found]))


def register(context: Context, call: Call) -> Reply:
    """POST agents."""
    asked = call.read(RegisterBody).agent
    return Reply(AgentReply(AgentView.of(agents.register(context, asked.agent_id, asked.asked()))))


def find(context: Context, call: Call) -> Reply:
    """GET agents."""
    page = paging.page(call.query)
    wanted = AgentFilter(ids=call.query.listed("agent_id"), status=call.query.choice("status", AgentStatus))
    found = agents.find(context, wanted)
    views = [AgentView.of(seen) for seen in paging.cut(found, page)]
    return Reply(AgentsReply(views, len(found), page.limit, page.offset))


def show(context: Context, call: Call) -> Reply:
    """GET agents/{agent_id}."""
    return Reply(AgentReply(AgentView.of(agents.show(context, call.path["agent_id"]))))


def update(context: Context, call: Call) -> Reply:
    """PUT agents/{agent_id}: an agent can only say that it is taken off its host."""
    call.read(UpdateBody)
    return Reply(AgentReply(AgentView.of(agents.uninstall(context, call.path["agent_id"]))))


def unregister(context: Context, call: Call) -> Reply:
    """DELETE agents/{agent_id}."""
    agents.unregister(context, call.path["agent_id"])
    return Reply()


def add_paths(context: Context, call: Call) -> Reply:
    """POST agents/{agent_id}/add-path."""
    asked = call.read(AddPathBody)
    change = agents.add_paths(context, call.path["agent_id"], asked.add_path, asked.left_out())
    return Reply(AddedReply(change.touched, change.untouched))


def remove_paths(context: Context, call: Call) -> Reply:
    """POST agents/{agent_id}/remove-path."""
    change = agents.remove_paths(context, call.path["agent_id"], call.read(RemovePathBody).remove_path)
    return Reply(RemovedReply(change.touched, change.untouched))


ROUTES: tuple[Route, ...] = (
    Route("POST", "/agent/check", check, only_asks=True),
    Route("POST", "/agents", register),
    Route("GET", "/agents", find),
    Route("GET", "/agents/{agent_id}", show),
    Route("PUT", "/agents/{agent_id}", update),
    Route("DELETE", "/agents/{agent_id}", unregister),
    Route("POST", "/agents/{agent_id}/add-path", add_paths),
    Route("POST", "/agents/{agent_id}/remove-path", remove_paths),
)
