from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection
from tests.db.making import NOON, OTHER_PROJECT, PROJECT, add_projects, add_vault, later

from holdfast.db import organization_policies, policies
from holdfast.db.database import Database
from holdfast.model import ids
from holdfast.model.errors import PolicyNotFound
from holdfast.model.organization_policy import OrganizationPolicy
from holdfast.model.policy import Follower, Policy, PolicyKind, PolicyOrigin, Terms
from holdfast.model.retention import Advanced, Chosen, Retention, Weekly, Yearly


def terms(**given: Any) -> Terms:
    values: dict[str, Any] = {
        "name": "nightly",
        "kind": PolicyKind.BACKUP,
        "patterns": ("FREQ=DAILY;BYHOUR=1;BYMINUTE=0",),
    }
    return Terms(**values | given)


def policy(kind: PolicyKind = PolicyKind.BACKUP, **given: Any) -> Policy:
    values: dict[str, Any] = {
        "id": ids.new(),
        "project_id": PROJECT,
        "terms": terms(kind=kind),
        "trigger_id": ids.new(),
        "created_at": NOON,
    }
    return Policy(**values | given)


def laid_down(**given: Any) -> OrganizationPolicy:
    values: dict[str, Any] = {
        "id": ids.new(),
        "project_id": PROJECT,
        "domain_id": "default",
        "name": "everybody",
        "terms": terms(),
        "created_at": NOON,
    }
    return OrganizationPolicy(**values | given)


def test_a_policy_is_read_as_it_was_written(database: Database) -> None:
    every_word = terms(
        kind=PolicyKind.REPLICATION,
        enabled=False,
        patterns=("FREQ=DAILY;BYHOUR=06;BYMINUTE=00", "FREQ=WEEKLY;BYDAY=MO;BYHOUR=7;BYMINUTE=0"),
        start_window_minutes=60,
        retention=Retention(
            max_backups=7,
            day_backups=3,
            timezone="UTC+08:00",
            advanced=Advanced(
                weekly=Weekly(days_of_week=("MO",), periods=4),
                yearly=Yearly(chosen=Chosen.MONTHLY, months=("MAY",), days_of_month=(-1,), periods=2),
            ),
        ),
        destination_project_id="p",
        destination_region="elsewhere",
        accelerated=True,
        cross_account_urn="urn:there",
    )
    written = policy(terms=every_word)
    with database.transaction() as tx:
        add_projects(tx)
        policies.add(tx, written)
        assert policies.get(tx, PROJECT, written.id) == written
        changed = replace(written, terms=terms(name="new"))
        policies.replace(tx, changed)
        assert policies.get(tx, PROJECT, written.id) == changed


def test_a_policy_of_another_project_is_not_found(database: Database) -> None:
    theirs = policy(project_id=OTHER_PROJECT)
    with database.transaction() as tx:
        add_projects(tx)
        policies.add(tx, theirs)
        assert policies.find(tx, PROJECT) == []
        for refused in (
            lambda: policies.get(tx, PROJECT, theirs.id),
            lambda: policies.remove(tx, PROJECT, theirs.id),
            lambda: policies.replace(tx, replace(theirs, project_id=PROJECT)),
        ):
            with pytest.raises(PolicyNotFound):
                refused()


def test_policies_are_found_newest_first_by_kind_and_vault(database: Database) -> None:
    old, new = policy(), policy(PolicyKind.REPLICATION, created_at=later(1))
    with database.transaction() as tx:
        add_projects(tx)
        vault = add_vault(tx)
        policies.add(tx, old)
        policies.add(tx, new)
        policies.apply(tx, vault.id, old.id)
        assert policies.find(tx, PROJECT) == [new, old]
        assert policies.find(tx, PROJECT, kind=PolicyKind.REPLICATION) == [new]
        assert policies.find(tx, PROJECT, vault_id=vault.id) == [old]


def followers(tx: Connection, one: Policy) -> list[Follower]:
    """Which vaults follow, without their times."""
    return [Follower(known.vault_id, known.destination_vault_id) for known in policies.followers(tx, one.id)]


def test_a_vault_may_follow_several_policies_of_a_kind(database: Database) -> None:
    first, second, third = policy(), policy(), policy()
    with database.transaction() as tx:
        add_projects(tx)
        vault = add_vault(tx)
        for one in (first, second, third):
            policies.add(tx, one)
        policies.apply(tx, vault.id, first.id)
        (known,) = policies.followers(tx, first.id)
        policies.apply_besides(tx, vault.id, second.id)
        policies.apply_besides(tx, vault.id, first.id)
        assert policies.followers(tx, first.id) == [known]
        assert policies.count_followed(tx, vault.id) == 2
        policies.apply(tx, vault.id, first.id)
        assert policies.followers(tx, first.id) == [known]
        policies.apply(tx, vault.id, third.id)
        assert [one.id for one in policies.find(tx, PROJECT, vault_id=vault.id)] == [third.id]


def test_a_vault_follows_one_policy_of_each_kind(database: Database) -> None:
    first, second, replication = policy(), policy(), policy(PolicyKind.REPLICATION)
    with database.transaction() as tx:
        add_projects(tx)
        vault, other = add_vault(tx), add_vault(tx)
        for one in (first, second, replication):
            policies.add(tx, one)
        policies.apply(tx, other.id, first.id)
        for one in (first, replication, second):
            policies.apply(tx, vault.id, one.id)
        policies.apply(tx, vault.id, replication.id, "there")
        assert followers(tx, first) == [Follower(other.id)]
        assert followers(tx, second) == [Follower(vault.id)]
        assert followers(tx, replication) == [Follower(vault.id, "there")]
        assert policies.unapply(tx, vault.id, second.id) is True
        assert policies.unapply(tx, vault.id, second.id) is False
        assert policies.followers(tx, second.id) == []


def test_nothing_follows_a_policy_that_is_gone(database: Database) -> None:
    one = policy()
    with database.transaction() as tx:
        add_projects(tx)
        vault = add_vault(tx)
        policies.add(tx, one)
        policies.apply(tx, vault.id, one.id)
        policies.remove(tx, PROJECT, one.id)
        assert policies.followers(tx, one.id) == []
        assert policies.find(tx, PROJECT) == []


def test_only_a_projects_own_policies_are_counted(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        policies.add(tx, policy())
        policies.add(tx, policy(PolicyKind.REPLICATION))
        policies.add(tx, policy(organization_policy_id="o"))
        policies.add(tx, policy(project_id=OTHER_PROJECT))
        assert policies.count_own(tx, PROJECT, PolicyKind.BACKUP) == 1


def test_a_policy_of_the_organization_is_given_up_when_that_is_gone_or_says_so(database: Database) -> None:
    everybody, somebody = laid_down(), laid_down()
    first = policy(organization_policy_id=everybody.id)
    second = policy(organization_policy_id=somebody.id, project_id=OTHER_PROJECT)
    with database.transaction() as tx:
        add_projects(tx)
        for one in (everybody, somebody):
            organization_policies.add(tx, one)
        for delivered in (first, second):
            policies.add(tx, delivered)
        assert policies.of_organization(tx, everybody.id) == [first]
        assert policies.get(tx, PROJECT, first.id).origin is PolicyOrigin.ORGANIZATION
        organization_policies.remove(tx, everybody.id)
        policies.give_up(tx, second.id)
        assert policies.get(tx, PROJECT, first.id).origin is PolicyOrigin.GIVEN_UP
        assert policies.get(tx, OTHER_PROJECT, second.id).origin is PolicyOrigin.GIVEN_UP
        assert policies.of_organization(tx, somebody.id) == []


def test_a_policy_of_the_organization_is_read_as_it_was_written(database: Database) -> None:
    old = laid_down(description="for all", effective_scope="blue,red", terms=terms(enabled=False))
    new, theirs = laid_down(created_at=later(1)), laid_down(domain_id="other")
    with database.transaction() as tx:
        add_projects(tx)
        for one in (old, new, theirs):
            organization_policies.add(tx, one)
        assert organization_policies.get(tx, "default", old.id) == old
        assert organization_policies.find(tx, "default") == [new, old]
        changed = replace(new, name="other", terms=terms(name="other"))
        organization_policies.replace(tx, changed)
        assert organization_policies.get(tx, "default", new.id) == changed
        for refused in (
            lambda: organization_policies.get(tx, "default", theirs.id),
            lambda: organization_policies.replace(tx, replace(theirs, domain_id="default")),
        ):
            with pytest.raises(PolicyNotFound):
                refused()
