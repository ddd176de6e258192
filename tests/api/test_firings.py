"""What the wire tells of a policy that has come due."""

from typing import Any

from tests.api.asking import House
from tests.service.clockwork import come, follow, last_due, made

from holdfast.api import moments
from holdfast.model.policy import PolicyKind
from holdfast.model.vault import ProtectType
from holdfast.service import context, firings


def test_a_policy_tells_when_each_vault_comes_and_its_tasks_tell_what_they_are_for(house: House) -> None:
    world = house.world
    vault, policy = world.vault(world.directory()), made(world.context())
    house.ask("POST", f"/vaults/{vault.id}/associatepolicy", {"policy_id": policy.id})
    due_at = next_due(house, policy.id)
    assert due_at is not None
    turn = come(world.db, vault, policy)
    assert firings.fire(context.House(world.db, world.config, lambda: None), turn)
    assert next_due(house, policy.id) == due_at
    (task,) = house.ask("GET", "/operation-logs", operation_type="backup")["operation_logs"]
    assert (task["policy_id"], task["status"]) == (policy.id, "waiting")
    assert task["holdfast"]["due_at"] == moments.of_task(last_due(policy))
    backup = house.ask("GET", f"/backups/{task['extra_info']['backup']['backup_id']}")["backup"]
    assert backup["extend_info"]["auto_trigger"] is True
    assert backup["name"].startswith("autobk_")
    house.ask("PUT", f"/policies/{policy.id}", {"policy": {"enabled": False}})
    assert next_due(house, policy.id) is None


def test_a_replication_that_finds_nothing_to_do_is_told_like_any_task(house: House) -> None:
    world = house.world
    source = world.vault(world.directory())
    into = world.vault(name="there", protect_type=ProtectType.REPLICATION)
    policy = made(
        world.context(),
        kind=PolicyKind.REPLICATION,
        destination_project_id=world.blue.id,
        destination_region=world.config.region,
    )
    follow(world.context(), source, policy, into)
    assert firings.fire(context.House(world.db, world.config, lambda: None), come(world.db, source, policy))
    (task,) = house.ask("GET", "/operation-logs", operation_type="replication")["operation_logs"]
    assert (task["status"], task["error_info"]["code"]) == ("skipped", "BackupService.0001")
    assert (task["vault_id"], task["policy_id"]) == (source.id, policy.id)
    assert task["extra_info"]["resource"]["id"] == source.id
    assert task == house.ask("GET", f"/operation-logs/{task['id']}")["operation_log"]


def next_due(house: House, policy_id: str) -> Any:
    """When the one vault that follows the policy comes due."""
    (vault,) = house.ask("GET", f"/policies/{policy_id}")["policy"]["holdfast"]["vaults"]
    return vault["next_due_at"]
