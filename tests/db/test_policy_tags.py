"""Tags of policies in the database: kept in order, and policies found by them."""

from datetime import datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection
from tests.db.making import NOON, OTHER_PROJECT, PROJECT, add_projects, later
from tests.db.test_tags import FILTERS, TAGS

from holdfast.db import policies, policy_tags
from holdfast.db.database import Database
from holdfast.db.policy_tags import Tagged, TaggedFilter
from holdfast.model import ids
from holdfast.model.policy import Policy, PolicyKind, Terms
from holdfast.model.tag import Tag, TagFilter
from holdfast.model.task import Page

EVERYTHING = Page(limit=1000)


def add_policy(
    tx: Connection,
    *tags: Tag,
    name: str = "nightly",
    kind: PolicyKind = PolicyKind.BACKUP,
    project_id: str = PROJECT,
    created_at: datetime = NOON,
) -> str:
    policy = Policy(
        id=ids.new(),
        project_id=project_id,
        terms=Terms(name=name, kind=kind, patterns=()),
        trigger_id=ids.new(),
        created_at=created_at,
    )
    policies.add(tx, policy)
    policy_tags.put(tx, policy.id, tags)
    return policy.id


def test_a_policy_has_the_tags_that_were_put_last_in_their_order(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        policy_id = add_policy(tx, Tag("b", "2"), Tag("a", ""))
        bare = add_policy(tx)
        assert policy_tags.of_policy(tx, policy_id) == (Tag("b", "2"), Tag("a", ""))
        policy_tags.put(tx, policy_id, [Tag("c", "3"), Tag("b", "4")])
        assert policy_tags.of_policy(tx, policy_id) == (Tag("c", "3"), Tag("b", "4"))
        assert policy_tags.of_policies(tx, [policy_id, bare, "nosuch"]) == {
            policy_id: (Tag("c", "3"), Tag("b", "4"))
        }
        policy_tags.put(tx, policy_id, ())
        assert policy_tags.of_policy(tx, policy_id) == ()


def test_the_tags_go_with_their_policy(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        policy_id = add_policy(tx, Tag("a", "1"))
        policies.remove(tx, PROJECT, policy_id)
        assert policy_tags.of_policy(tx, policy_id) == ()


def test_every_key_of_the_backup_policies_is_told_with_all_its_values(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        add_policy(tx, Tag("b", "2"), Tag("a", "1"))
        add_policy(tx, Tag("b", "1"), Tag("a", "1"))
        add_policy(tx, Tag("c", "9"), project_id=OTHER_PROJECT)
        add_policy(tx, Tag("d", "9"), kind=PolicyKind.REPLICATION)
        assert policy_tags.of_project(tx, PROJECT) == {"a": ["1"], "b": ["1", "2"]}


def test_policies_are_found_by_name_too_newest_first(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        old = add_policy(tx, Tag("b", "2"), Tag("a", "1"), name="old_one")
        new = add_policy(tx, name="new-one", created_at=later(1))
        add_policy(tx, name="one", project_id=OTHER_PROJECT)
        add_policy(tx, name="one", kind=PolicyKind.REPLICATION)

        def found(**wanted: Any) -> list[str]:
            asked = TaggedFilter(project_id=PROJECT, **wanted)
            ids = [one.id for one in policy_tags.find(tx, asked, EVERYTHING)]
            assert policy_tags.count(tx, asked) == len(ids)
            return ids

        assert found() == found(name="") == found(name="one") == [new, old]
        assert found(name="d_o") == [old]
        assert found(name="ONE") == found(name="%") == []
        assert found(tags=TagFilter(untagged=True)) == [new]
        second = policy_tags.find(tx, TaggedFilter(project_id=PROJECT), Page(limit=1, offset=1))
        assert second == [Tagged(id=old, name="old_one", tags=(Tag("b", "2"), Tag("a", "1")))]


@given(known=st.lists(TAGS, max_size=4), wanted=FILTERS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_database_finds_what_the_model_allows(
    database: Database, known: list[tuple[Tag, ...]], wanted: TagFilter
) -> None:
    asked = TaggedFilter(project_id=PROJECT, tags=wanted)
    with database.transaction() as tx:
        if not tx.exec_driver_sql("select 1 from project").first():
            add_projects(tx)
        made = {add_policy(tx, *tags): tags for tags in known}
        found = {one.id: one.tags for one in policy_tags.find(tx, asked, EVERYTHING)}
        assert found == {policy_id: tags for policy_id, tags in made.items() if wanted.allows(tags)}
        assert policy_tags.count(tx, asked) == len(found)
        for policy_id in made:
            policies.remove(tx, PROJECT, policy_id)
