"""Tags of backup policies as a caller may ask for them."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection

from holdfast.db import policy_tags
from holdfast.db.policy_tags import Tagged as Tagged  # handed on: the floor above never imports db
from holdfast.db.policy_tags import TaggedFilter as TaggedFilter
from holdfast.model.errors import TagNotFound
from holdfast.model.tag import MAX_POLICY_TAGS, Doomed, Tag, with_tags, without_tags
from holdfast.model.task import Page

from . import policies
from .context import Context


def of_project(context: Context) -> dict[str, list[str]]:
    """Every key that a backup policy of the project has a tag of, with all the values that there are."""
    with context.db.reading() as tx:
        return policy_tags.of_project(tx, context.project_id)


def of_policy(context: Context, policy_id: str) -> Sequence[Tag]:
    """The tags of one backup policy; raises PolicyNotFound."""
    with context.db.reading() as tx:
        return _tags(tx, context, policy_id)


def add(context: Context, policy_id: str, new: Sequence[Tag]) -> None:
    """Hang tags on a backup policy; one whose key is known gets its new value.

    Raises NotAllowed, PolicyNotFound or TooManyTags.
    """
    with context.changing() as tx:
        known = _tags(tx, context, policy_id)
        policy_tags.put(tx, policy_id, with_tags(known, new, MAX_POLICY_TAGS))


def remove(context: Context, policy_id: str, doomed: Sequence[Doomed]) -> None:
    """Take tags off a backup policy; those that it does not have are off already.

    Raises NotAllowed or PolicyNotFound.
    """
    with context.changing() as tx:
        known = _tags(tx, context, policy_id)
        policy_tags.put(tx, policy_id, without_tags(known, doomed))


def remove_one(context: Context, policy_id: str, key: str) -> None:
    """Take one tag off a backup policy; raises NotAllowed, PolicyNotFound or TagNotFound."""
    doomed = Doomed(key)
    with context.changing() as tx:
        known = _tags(tx, context, policy_id)
        if not any(doomed.means(tag) for tag in known):
            raise TagNotFound(key)
        policy_tags.put(tx, policy_id, without_tags(known, [doomed]))


def count(context: Context, wanted: TaggedFilter) -> int:
    """How many backup policies of the project match."""
    with context.db.reading() as tx:
        return policy_tags.count(tx, _ours(context, wanted))


def find(context: Context, wanted: TaggedFilter, page: Page) -> tuple[list[Tagged], int]:
    """A page of the project's backup policies that match, newest first, and how many match in all."""
    ours = _ours(context, wanted)
    with context.db.reading() as tx:
        return policy_tags.find(tx, ours, page), policy_tags.count(tx, ours)


def _ours(context: Context, wanted: TaggedFilter) -> TaggedFilter:
    return msgspec.structs.replace(wanted, project_id=context.project_id)


def _tags(tx: Connection, context: Context, policy_id: str) -> tuple[Tag, ...]:
    return policy_tags.of_policy(tx, policies.of_backups(tx, context, policy_id).id)
