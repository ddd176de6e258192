"""Agents: programs on hosts that back up files, as they register and report; they are no workers of ours."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from . import ids
from .errors import InvalidAgent, InvalidParameter, TooManyPaths

SILENCE = timedelta(minutes=10)
MOST_PATHS = 64
LONGEST_PATH = 4096

# A drive of Windows, a share of the network, or a path from the root.
_ABSOLUTE = re.compile(r"[a-zA-Z]:(?:[\\/].*)?|\\\\[^\\].*|/.*", re.DOTALL)
_SPEAKABLE = re.compile(r"[a-zA-Z0-9_\-]{1,64}")


class AgentStatus(StrEnum):
    """What is known of an agent; follows from when it reported last."""

    NORMAL = "normal"
    ABNORMAL = "abnormal"
    UNINSTALL = "uninstall"


class AgentType(StrEnum):
    """Where an agent runs: on premises, or in a cloud."""

    NATIVE = "native"
    CLOUD = "cloud"


class BackupPath(msgspec.Struct, frozen=True, kw_only=True):
    """A path that the agent shall back up, and names below it that it shall leave out."""

    id: str
    path: str
    left_out: tuple[str, ...] = ()


class Host(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent reports of itself and of the machine it runs on."""

    name: str
    ip: str
    os: str
    nickname: str = ""
    version: str = ""
    type: AgentType = AgentType.NATIVE


class Agent(msgspec.Struct, frozen=True, kw_only=True):
    """A registered agent. Its id is its own choice within its project; it reports by registering again."""

    id: str
    project_id: str
    host: Host
    uninstalled: bool = False
    paths: tuple[BackupPath, ...] = ()
    active_at: datetime
    created_at: datetime
    updated_at: datetime

    def status(self, now: datetime) -> AgentStatus:
        """What is known of the agent at this moment."""
        if self.uninstalled:
            return AgentStatus.UNINSTALL
        return AgentStatus.NORMAL if now - self.active_at <= SILENCE else AgentStatus.ABNORMAL

    def check_installed(self) -> None:
        """Raises InvalidAgent for one that was uninstalled."""
        if self.uninstalled:
            raise InvalidAgent(self.id)


class PathChange(msgspec.Struct, frozen=True):
    """An agent after a change of its paths, which of them it touched, and which it found as they were."""

    agent: Agent
    touched: tuple[str, ...]
    untouched: tuple[str, ...]


def check_id(agent_id: str) -> None:
    """Raises InvalidAgent for what cannot be the id of an agent."""
    if not _SPEAKABLE.fullmatch(agent_id):
        raise InvalidAgent(agent_id)


def reported(known: Agent | None, project_id: str, agent_id: str, host: Host, now: datetime) -> Agent:
    """The agent after it registered, for the first time or once more; raises InvalidAgent.

    An agent that registers again keeps its paths.
    """
    check_id(agent_id)
    if known is None:
        return Agent(
            id=agent_id, project_id=project_id, host=host, active_at=now, created_at=now, updated_at=now
        )
    return msgspec.structs.replace(known, host=host, uninstalled=False, active_at=now, updated_at=now)


def add_paths(
    agent: Agent, paths: Sequence[str], left_out: Mapping[str, Sequence[str]], now: datetime
) -> PathChange:
    """The agent with these paths added; `left_out` says for some of its paths which names are left out.

    Raises InvalidParameter for a path that is not absolute or unknown, or TooManyPaths.
    """
    kept = {_place(one.path): one for one in agent.paths}
    added: list[str] = []
    existed: list[str] = []
    for number, path in enumerate(paths):
        _check_path(path, f"add_path[{number}]")
        (existed if _place(path) in kept else added).append(path)
        kept.setdefault(_place(path), BackupPath(id=ids.new(), path=path))
    if len(kept) > MOST_PATHS:
        raise TooManyPaths(agent.id)
    for number, (path, names) in enumerate(left_out.items()):
        if _place(path) not in kept:
            raise InvalidParameter(f"exclude_path[{number}].path_name", "is no path of the agent")
        kept[_place(path)] = msgspec.structs.replace(kept[_place(path)], left_out=tuple(names))
    changed = msgspec.structs.replace(agent, paths=tuple(kept.values()), updated_at=now)
    return PathChange(changed, tuple(added), tuple(existed))


def remove_paths(agent: Agent, paths: Sequence[str], now: datetime) -> PathChange:
    """The agent without these paths."""
    kept = {_place(one.path): one for one in agent.paths}
    removed: list[str] = []
    missing: list[str] = []
    for path in paths:
        (missing if kept.pop(_place(path), None) is None else removed).append(path)
    changed = msgspec.structs.replace(agent, paths=tuple(kept.values()), updated_at=now)
    return PathChange(changed, tuple(removed), tuple(missing))


def _check_path(path: str, field: str) -> None:
    if len(path) > LONGEST_PATH or not _ABSOLUTE.fullmatch(path):
        raise InvalidParameter(field, f"must be an absolute path of at most {LONGEST_PATH} characters")


def _place(path: str) -> str:
    """The path without a separator at its end, which names the same folder."""
    return path.rstrip("/\\") or path[:1]
