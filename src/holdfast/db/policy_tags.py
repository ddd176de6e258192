"""Tags of policies: each policy's own, all of a project's, and the backup policies that are found by them."""

from collections.abc import Collection, Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection

from holdfast.model.policy import PolicyKind
from holdfast.model.tag import Tag, TagFilter
from holdfast.model.task import Page

from .statements import contains
from .tables import policy, policy_tag
from .tag_conditions import conditions


class TaggedFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which backup policies of a project; every given condition must hold. `name` matches as a substring."""

    project_id: str
    tags: TagFilter = TagFilter()
    name: str | None = None


class Tagged(msgspec.Struct, frozen=True, kw_only=True):
    """A policy that was found, and its tags in order."""

    id: str
    name: str
    tags: tuple[Tag, ...]


def put(tx: Connection, policy_id: str, tags: Sequence[Tag]) -> None:
    """These are the policy's tags now, in this order, instead of those that it had."""
    tx.execute(sa.delete(policy_tag).where(policy_tag.c.policy_id == policy_id))
    rows = [
        {"policy_id": policy_id, "key": tag.key, "value": tag.value, "position": position}
        for position, tag in enumerate(tags)
    ]
    if rows:
        tx.execute(sa.insert(policy_tag), rows)


def of_policy(tx: Connection, policy_id: str) -> tuple[Tag, ...]:
    """The tags of one policy, in order."""
    return of_policies(tx, [policy_id]).get(policy_id, ())


def of_policies(tx: Connection, policy_ids: Collection[str]) -> dict[str, tuple[Tag, ...]]:
    """The tags of each of these policies, in order; nothing for a policy that has none."""
    wanted = sa.select(policy_tag).where(policy_tag.c.policy_id.in_(policy_ids))
    found: dict[str, list[Tag]] = {}
    for row in tx.execute(wanted.order_by(policy_tag.c.position)):
        found.setdefault(row.policy_id, []).append(Tag(row.key, row.value))
    return {policy_id: tuple(tags) for policy_id, tags in found.items()}


def of_project(tx: Connection, project_id: str) -> dict[str, list[str]]:
    """The keys of all tags of the project's backup policies, in order, each with the values that it has."""
    wanted = (
        sa.select(policy_tag.c.key, policy_tag.c.value)
        .join(policy, policy.c.id == policy_tag.c.policy_id)
        .where(*_backup_policies(project_id))
        .distinct()
        .order_by(policy_tag.c.key, policy_tag.c.value)
    )
    found: dict[str, list[str]] = {}
    for row in tx.execute(wanted):
        found.setdefault(row.key, []).append(row.value)
    return found


def count(tx: Connection, wanted: TaggedFilter) -> int:
    """How many policies match."""
    matching = sa.select(sa.func.count()).select_from(policy).where(*_conditions(wanted))
    return int(tx.execute(matching).scalar_one())


def find(tx: Connection, wanted: TaggedFilter, page: Page) -> list[Tagged]:
    """A page of the policies that match, newest first."""
    chosen = sa.select(policy.c.id, policy.c.name).where(*_conditions(wanted))
    ordered = chosen.order_by(policy.c.created_at.desc(), policy.c.id.desc())
    rows = tx.execute(ordered.limit(page.limit).offset(page.offset)).all()
    tags = of_policies(tx, [row.id for row in rows])
    return [Tagged(id=row.id, name=row.name, tags=tags.get(row.id, ())) for row in rows]


def _conditions(wanted: TaggedFilter) -> Sequence[ColumnElement[bool]]:
    found = [
        *_backup_policies(wanted.project_id),
        *conditions(wanted.tags, policy.c.id, policy_tag.c.policy_id),
    ]
    if wanted.name is not None:
        found.append(contains(policy.c.name, wanted.name))
    return found


def _backup_policies(project_id: str) -> Sequence[ColumnElement[bool]]:
    return policy.c.project_id == project_id, policy.c.kind == PolicyKind.BACKUP
