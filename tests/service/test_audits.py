"""What the house does by itself is in the audit trail, under its own name."""

from datetime import timedelta

import sqlalchemy as sa
from msgspec.structs import replace
from tests.service.clockwork import come, follow, made
from tests.service.world import World

from holdfast.db import backups, tables
from holdfast.model import clock, ids
from holdfast.model.audit import AuditEntry, AuditFilter, Method
from holdfast.model.policy import TermsChange
from holdfast.service import audits, firings, policies, retentions
from holdfast.service.context import House

EVERYTHING = AuditFilter()


def house(world: World) -> House:
    return House(world.db, world.config, lambda: None)


def settle(world: World) -> None:
    with world.db.transaction() as tx:
        tx.execute(sa.delete(tables.audit))


def entries(world: World) -> list[AuditEntry]:
    found, more = audits.find(world.context(), EVERYTHING, 100)
    assert not more
    return list(found)


def test_each_firing_is_a_request_of_its_own_with_one_entry(world: World) -> None:
    policy = made(world.context())
    vaults = [world.vault(world.directory(name), name=name) for name in ("one", "two")]
    for vault in vaults:
        follow(world.context(), vault, policy)
    turns = [come(world.db, vault, policy) for vault in vaults]
    settle(world)
    assert all(firings.fire(house(world), turn) for turn in turns)
    assert not firings.fire(house(world), turns[0])
    told = entries(world)
    assert len({entry.request_id for entry in told}) == len(told) == 2
    for entry in told:
        assert (entry.user_id, entry.user_name) == ("", "holdfast")
        assert entry.asked.method == Method.FIRE
        assert entry.asked.path == f"/v3/{world.blue.id}/policies/{policy.id}"
        assert len(entry.task_ids) == 1


def test_a_policy_that_is_not_enabled_leaves_no_entry(world: World) -> None:
    policy, vault = made(world.context()), world.vault(world.directory())
    follow(world.context(), vault, policy)
    turn = come(world.db, vault, policy)
    policies.update(world.context(), policy.id, TermsChange(enabled=False))
    settle(world)
    firings.fire(house(world), turn)
    assert entries(world) == []


def test_what_the_rules_let_go_has_one_entry_and_nothing_has_none(world: World) -> None:
    vault = world.vault(world.directory())
    (hand,) = world.back_up(vault)
    past = clock.now() - timedelta(days=1)
    settle(world)
    assert retentions.carry_out(world.db, world.config, world.blue.id, vault.id) == 0
    assert entries(world) == []
    with world.db.transaction() as tx:
        for _ in range(2):
            old = replace(hand, id=ids.new(), auto_trigger=True, created_at=past, expired_at=past)
            backups.add(tx, old)
    assert retentions.carry_out(world.db, world.config, world.blue.id, vault.id) == 2
    (entry,) = entries(world)
    assert (entry.asked.method, entry.user_name) == (Method.EXPIRE, "holdfast")
    assert entry.asked.path == f"/v3/{world.blue.id}/vaults/{vault.id}"
    assert len(entry.task_ids) == 2
