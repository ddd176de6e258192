"""When vaults come to their policies: planned with whatever changes that."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from msgspec.structs import replace
from tests.service.clockwork import come, follow, last_due, made, nightly, turn_of
from tests.service.world import World

from holdfast.db import policies as stored
from holdfast.db.schedules import NEVER
from holdfast.db.tables import vault_policy
from holdfast.model import clock
from holdfast.model.firing import first_after
from holdfast.model.organization_policy import OrganizationChange
from holdfast.model.policy import ExecutionChange, PolicyKind, Terms, TermsChange
from holdfast.service import firings, organization_policies, policies, vault_policies
from holdfast.service.context import House
from holdfast.service.organization_policies import NewOrganizationPolicy

OTHER = "FREQ=DAILY;INTERVAL=2;BYHOUR=3;BYMINUTE=15"


def test_a_vault_that_begins_to_follow_a_policy_comes_when_it_is_due_next(world: World) -> None:
    policy, vault = made(world.context()), world.vault()
    vault_policies.bind(world.context(), vault.id, [policy.id])
    turn = turn_of(world.db, vault, policy)
    assert turn.due_at == turn.fires_at == policy.schedule.next_after(clock.now())
    born = world.vault(name="v2", policy_id=policy.id)
    assert turn_of(world.db, born, policy).due_at == turn.due_at


def test_to_follow_a_policy_again_changes_nothing(world: World) -> None:
    policy, vault = made(world.context()), world.vault()
    follow(world.context(), vault, policy)
    waiting = come(world.db, vault, policy)
    vault_policies.bind(world.context(), vault.id, [policy.id])
    assert turn_of(world.db, vault, policy) == waiting


def test_a_policy_that_comes_due_at_other_times_is_planned_anew(world: World) -> None:
    policy, vault = made(world.context()), world.vault()
    follow(world.context(), vault, policy)
    before = turn_of(world.db, vault, policy)
    policies.update(world.context(), policy.id, TermsChange(patterns=(OTHER,)))
    other = replace(policy, terms=replace(policy.terms, patterns=(OTHER,)))
    turn = turn_of(world.db, vault, policy)
    assert turn.due_at == other.schedule.next_after(clock.now())
    assert turn.since > before.since
    policies.update(world.context(), policy.id, TermsChange(execution=ExecutionChange(timezone="Asia/Tokyo")))
    assert turn_of(world.db, vault, policy).due_at != turn.due_at


def test_what_was_due_already_comes_also_when_the_policy_changes_a_moment_later(world: World) -> None:
    policy, vault = made(world.context()), world.vault()
    follow(world.context(), vault, policy)
    waiting = come(world.db, vault, policy)
    policies.update(world.context(), policy.id, TermsChange(patterns=(OTHER,)))
    turn = turn_of(world.db, vault, policy)
    assert (turn.due_at, turn.fires_at) == (waiting.due_at, waiting.fires_at)


def test_a_policy_that_is_not_enabled_brings_no_vault_and_leaves_nothing_to_be_made_up_for(
    world: World,
) -> None:
    policy, vault = made(world.context()), world.vault()
    follow(world.context(), vault, policy)
    come(world.db, vault, policy)
    policies.update(world.context(), policy.id, TermsChange(enabled=False))
    resting = turn_of(world.db, vault, policy)
    assert (resting.due_at, resting.fires_at) == (None, NEVER)
    late = world.vault(name="v2", policy_id=policy.id)
    assert turn_of(world.db, late, policy).due_at is None
    policies.update(world.context(), policy.id, TermsChange(enabled=True))
    for one in (vault, late):
        assert turn_of(world.db, one, policy).due_at == policy.schedule.next_after(clock.now())
    with world.db.reading() as tx:
        assert stored.followers(tx, policy.id)[0].fires_at is not None


def test_another_name_changes_no_plan(world: World) -> None:
    policy, vault = made(world.context()), world.vault()
    follow(world.context(), vault, policy)
    before = turn_of(world.db, vault, policy)
    policies.update(world.context(), policy.id, TermsChange(name="other", start_window_minutes=60))
    assert turn_of(world.db, vault, policy) == before


def test_jitter_moves_when_a_vault_comes_and_not_when_it_is_due(world: World) -> None:
    policy = made(world.context())
    vaults = [world.vault(name=f"v{number}") for number in range(5)]
    for vault in vaults:
        follow(world.context(), vault, policy)
    before = [turn_of(world.db, vault, policy) for vault in vaults]
    policies.update(world.context(), policy.id, TermsChange(execution=ExecutionChange(jitter_minutes=59)))
    after = [turn_of(world.db, vault, policy) for vault in vaults]
    assert [one.due_at for one in after] == [one.due_at for one in before]
    assert [one.since for one in after] == [one.since for one in before]
    delays = [one.comes_at - one.due_at for one in after if one.due_at is not None]
    assert len(set(delays)) > 1
    assert all(timedelta() <= delay < timedelta(minutes=59) for delay in delays)


def test_a_policy_of_the_organization_is_planned_anew_in_every_project(world: World) -> None:
    terms = Terms(name="everybody", kind=PolicyKind.BACKUP, patterns=(nightly(),))
    asked = NewOrganizationPolicy(name="everybody", terms=terms)
    laid_down = organization_policies.create(world.context(), asked)
    with world.db.reading() as tx:
        mine = next(
            one for one in stored.of_organization(tx, laid_down.id) if one.project_id == world.blue.id
        )
    vault = world.vault(policy_id=mine.id)
    before = turn_of(world.db, vault, mine)
    change = OrganizationChange(terms=TermsChange(patterns=(OTHER,)))
    organization_policies.update(world.context(), laid_down.id, change)
    assert turn_of(world.db, vault, mine).due_at != before.due_at


@pytest.mark.parametrize("enabled", [True, False])
def test_a_vault_at_which_nobody_looked_is_planned_from_when_it_began_to_follow(
    world: World, enabled: bool
) -> None:
    policy, vault = made(world.context(), enabled=enabled), world.vault()
    follow(world.context(), vault, policy)
    since = last_due(policy, days=3) - timedelta(hours=1)
    with world.db.transaction() as tx:
        tx.execute(sa.update(vault_policy).values(due_at=None, fires_at=None, since=since))
    house = House(world.db, world.config, lambda: None)
    assert not firings.fire(house, turn_of(world.db, vault, policy))
    turn = turn_of(world.db, vault, policy)
    planned = first_after(policy, vault.id, since)
    if planned is None:
        assert (turn.due_at, turn.fires_at, enabled) == (None, NEVER, False)
    else:
        assert (turn.due_at, turn.fires_at) == (planned.due_at, planned.fires_at)
        assert turn.comes_at < clock.now()
