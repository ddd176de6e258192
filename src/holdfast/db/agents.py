"""Agents, as they registered."""

import sqlalchemy as sa
from sqlalchemy import Connection

from holdfast.model.agent import Agent
from holdfast.model.errors import AgentNotFound

from .columns import read_document, write_document
from .statements import insert
from .tables import agent as table


def put(tx: Connection, agent: Agent) -> None:
    """Write an agent, new or known to its project by its id. A known one keeps its creation time."""
    fresh = {"document": write_document(agent), "updated_at": agent.updated_at}
    written = insert(tx, table).values(
        id=agent.id, project_id=agent.project_id, created_at=agent.created_at, **fresh
    )
    tx.execute(written.on_conflict_do_update(index_elements=["project_id", "id"], set_=fresh))


def known(tx: Connection, project_id: str, agent_id: str) -> Agent | None:
    """The project's agent of this id, or None."""
    wanted = sa.select(table.c.document).where(table.c.project_id == project_id, table.c.id == agent_id)
    document = tx.scalar(wanted)
    return None if document is None else read_document(document, Agent)


def get(tx: Connection, project_id: str, agent_id: str) -> Agent:
    """One agent of the project; raises AgentNotFound."""
    agent = known(tx, project_id, agent_id)
    if agent is None:
        raise AgentNotFound(agent_id)
    return agent


def find(tx: Connection, project_id: str) -> list[Agent]:
    """The project's agents, newest first."""
    wanted = sa.select(table.c.document).where(table.c.project_id == project_id)
    newest = wanted.order_by(table.c.created_at.desc(), table.c.id.desc())
    return [read_document(document, Agent) for document in tx.scalars(newest)]


def remove(tx: Connection, project_id: str, agent_id: str) -> None:
    """Forget an agent; raises AgentNotFound."""
    gone = sa.delete(table).where(table.c.project_id == project_id, table.c.id == agent_id)
    if not tx.execute(gone).rowcount:
        raise AgentNotFound(agent_id)
