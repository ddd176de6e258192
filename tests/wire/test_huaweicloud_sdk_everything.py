"""huaweicloudsdkcbr asks for everything it can ask for, signed and with a token."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from tests.wire.neighbours import Neighbour, settled_next_door
from tests.wire.test_huaweicloud_sdk import preset, signing
from tests.wire.town import Machine, Town, until
from tests.wire.whole_sdk import Asking, operations

SERVER = "OS::Nova::Server"
EVERY_DAY = "FREQ=DAILY;INTERVAL=1;BYHOUR=06;BYMINUTE=00"


@dataclass(frozen=True)
class Scene:
    """Who asks, next to whom, in which town."""

    ask: Asking
    town: Town
    neighbour: Neighbour
    tag: str

    def new_vault(self, name: str, **more: Any) -> Any:
        billing = {
            "consistent_level": "crash_consistent",
            "object_type": more.pop("object_type", "server"),
            "protect_type": more.pop("protect_type", "backup"),
            "size": 100,
        }
        wanted = {"name": f"{name}-{self.tag}", "billing": billing, "resources": [], **more}
        return self.ask("create_vault", {"vault": wanted}).vault

    def new_server(self, name: str) -> Machine:
        return self.town.new_server(f"{name}-{self.tag}")

    def ended(self, task_id: str) -> Any:
        """The task, once it has ended, and well."""
        task = until(
            lambda: self.ask("show_op_log", operation_log_id=task_id).operation_log,
            lambda task: task.status not in ("waiting", "running"),
        )
        assert task.status == "success", task
        return task

    def newest(self, **wanted: Any) -> Any:
        """The newest task that fits, once it has ended, and well."""
        found = until(lambda: self.ask("list_op_logs", limit=1, **wanted).operation_logs, bool)
        return self.ended(found[0].id)

    def backed_up(self, vault: Any, machine: Machine) -> Any:
        """A vault that holds the machine, and the backup that was made of it."""
        held = {"resources": [{"id": machine.id, "type": SERVER}]}
        self.ask("add_vault_resource", held, vault_id=vault.id)
        return self.backed_up_again(vault)

    def backed_up_again(self, vault: Any) -> Any:
        """The backup that was made of the one resource in the vault."""
        wanted = {"checkpoint": {"vault_id": vault.id, "parameters": {"name": f"b-{self.tag}"}}}
        checkpoint = self.ask("create_checkpoint", wanted).checkpoint
        shown = until(
            lambda: self.ask("show_checkpoint", checkpoint_id=checkpoint.id).checkpoint,
            lambda checkpoint: checkpoint.status != "protecting",
        )
        assert shown.status == "available"
        assert [one.protect_status for one in shown.vault.resources] == ["available"]
        (backup,) = self.ask("list_backups", checkpoint_id=checkpoint.id).backups
        return backup


@pytest.fixture(params=["signing", "token"])
def scene(request: pytest.FixtureRequest, town: Town) -> Scene:
    tag = f"{request.param}-{time.monotonic_ns() % 10**6}"
    client = signing(town) if request.param == "signing" else preset(town, town.token)
    return Scene(Asking(client), town, settled_next_door(town, tag), tag)


def vaults(scene: Scene) -> None:
    """Made, found, changed, summed up, and gone."""
    ask = scene.ask
    vault = scene.new_vault("cellar", description="wine", threshold=70)
    assert (vault.billing.status, vault.threshold, vault.description) == ("available", 70, "wine")
    change = {"name": vault.name + "-2", "threshold": 60, "smn_notify": False, "billing": {"size": 120}}
    changed = ask("update_vault", {"vault": change}, vault_id=vault.id).vault
    assert (changed.name, changed.billing.size) == (vault.name + "-2", 120)
    shown = ask("show_vault", vault_id=vault.id).vault
    assert (shown.threshold, shown.smn_notify) == (60, False)
    ask("batch_update_vault", {"vault": {"threshold": 90}})
    assert ask("show_vault", vault_id=vault.id).vault.threshold == 90
    found = ask("list_vault", id=[vault.id], object_type="server", protect_type="backup", status="available")
    assert [one.id for one in found.vaults] == [vault.id]
    assert ask("list_vault", id=[vault.id], name="another").vaults == []
    assert ask("show_summary").size >= 120
    ask("list_external_vault", external_project_id=scene.town.project_id, region_id="local-1")
    ask("delete_vault", vault_id=vault.id)
    scene.newest(vault_id=vault.id, operation_type="vault_delete")
    with pytest.raises(ClientRequestException) as refused:
        ask("show_vault", vault_id=vault.id)
    assert (refused.value.status_code, refused.value.error_code) == (404, "BackupService.6105")


def resources(scene: Scene) -> None:
    """Attached with what is left out, suspended, moved, and taken out."""
    ask, machine = scene.ask, scene.new_server("web")
    here, there = scene.new_vault("here"), scene.new_vault("there")
    extra = {"exclude_volumes": [machine.disks[1]], "include_volumes": [{"id": machine.disks[0]}]}
    asked = {"resources": [{"id": machine.id, "type": SERVER, "name": "web", "extra_info": extra}]}
    assert ask("add_vault_resource", asked, vault_id=here.id).add_resource_ids == [machine.id]
    (held,) = ask("show_vault", vault_id=here.id).vault.resources
    assert held.extra_info.exclude_volumes == [machine.disks[1]]
    for action, protected in (("suspend", False), ("unsuspend", True)):
        ask("set_vault_resource", {"resource_ids": [machine.id], "action": action}, vault_id=here.id)
        (held,) = ask("show_vault", vault_id=here.id).vault.resources
        assert held.auto_protect is protected
    move = {"destination_vault_id": there.id, "resource_ids": [machine.id]}
    assert ask("migrate_vault_resource", move, vault_id=here.id).migrated_resources == [machine.id]
    moved = until(lambda: ask("show_vault", vault_id=there.id).vault.resources, bool)
    assert [one.id for one in moved] == [machine.id]
    removal = {"resource_ids": [machine.id]}
    assert ask("remove_vault_resource", removal, vault_id=there.id).remove_resource_ids == [machine.id]
    scene.newest(vault_id=there.id, operation_type="remove_resource")
    assert ask("show_vault", vault_id=there.id).vault.resources == []


def policies(scene: Scene) -> None:
    """Made, changed, followed by a vault and left again."""
    ask, vault = scene.ask, scene.new_vault("followed")
    wanted = {
        "name": f"nightly-{scene.tag}",
        "operation_type": "backup",
        "operation_definition": {"max_backups": 20, "day_backups": 10, "timezone": "UTC+08:00"},
        "trigger": {"properties": {"pattern": [EVERY_DAY]}},
    }
    policy = ask("create_policy", {"policy": wanted}).policy
    assert policy.trigger.properties.pattern == [EVERY_DAY]
    ask("update_policy", {"policy": {"enabled": False}}, policy_id=policy.id)
    assert ask("show_policy", policy_id=policy.id).policy.enabled is False
    bound = ask("associate_vault_policy", {"policy_id": policy.id}, vault_id=vault.id).associate_policy
    assert (bound.vault_id, bound.policy_id) == (vault.id, policy.id)
    assert [one.id for one in ask("list_policies", vault_id=vault.id).policies] == [policy.id]
    assert [one.id for one in ask("list_vault", policy_id=policy.id).vaults] == [vault.id]
    ask("disassociate_vault_policy", {"policy_id": policy.id}, vault_id=vault.id)
    assert ask("list_policies", vault_id=vault.id).policies == []
    ask("delete_policy", policy_id=policy.id)


def organization_policies(scene: Scene) -> None:
    """One policy for every project, made and gone."""
    ask = scene.ask
    wanted = {
        "name": f"everywhere-{scene.tag}",
        "description": "for all",
        "operation_type": "backup",
        "policy_name": f"everywhere-{scene.tag}",
        "policy_enabled": True,
        "policy_operation_definition": {"max_backups": 3},
        "policy_trigger": {"properties": {"pattern": [EVERY_DAY]}},
    }
    made = ask("create_organization_policy", {"policy": wanted}).policy
    shown = ask("show_organization_policy", organization_policy_id=made.id).policy
    assert shown.name == wanted["name"]
    listed = ask("list_organization_policies", operation_type="backup").policies
    assert made.id in [one.id for one in listed]
    ask("list_organization_policy_detail", organization_policy_id=made.id)
    change = {"policy": {"name": f"elsewhere-{scene.tag}"}}
    changed = ask("update_organization_policy", change, organization_policy_id=made.id).policy
    assert changed.name == f"elsewhere-{scene.tag}"
    ask("delete_organization_policy", organization_policy_id=made.id)


def tags(scene: Scene) -> None:
    """Hung on a vault one by one and many at once, and found by."""
    ask, vault = scene.ask, scene.new_vault("tagged", tags=[{"key": "a", "value": "b"}])
    ask("create_vault_tags", {"tag": {"key": "colour", "value": scene.tag}}, vault_id=vault.id)
    more = {"action": "create", "tags": [{"key": "shape", "value": "round"}]}
    ask("batch_create_and_delete_vault_tags", more, vault_id=vault.id)
    shown = ask("show_vault_tag", vault_id=vault.id).tags
    assert {tag.key: tag.value for tag in shown} == {"a": "b", "colour": scene.tag, "shape": "round"}
    assert scene.tag in {value for tag in ask("show_vault_project_tag").tags for value in tag.values}
    wanted = {"action": "filter", "tags": [{"key": "colour", "values": [scene.tag]}], "limit": "10"}
    (found,) = ask("show_vault_resource_instances", wanted).resources
    assert found.resource_id == vault.id
    counted = {"action": "count", "tags": [{"key": "colour", "values": [scene.tag]}]}
    assert ask("show_vault_resource_instances", counted).total_count == 1
    ask("delete_vault_tag", vault_id=vault.id, key="colour")
    assert {tag.key for tag in ask("show_vault_tag", vault_id=vault.id).tags} == {"a", "shape"}


def backups(scene: Scene) -> None:
    """Taken, renamed, looked into, restored, set to expire, and deleted."""
    ask, machine, vault = scene.ask, scene.new_server("books"), scene.new_vault("shelf")
    backup = scene.backed_up(vault, machine)
    shown = ask("show_backup", backup_id=backup.id).backup
    assert {child.resource_id for child in shown.children} == set(machine.disks)
    assert not isinstance(shown.created_at, str)
    renamed = ask("update_backup", {"backup": {"name": f"kept-{scene.tag}"}}, backup_id=backup.id).backup
    assert renamed.name == f"kept-{scene.tag}"
    metadata = ask("show_metadata", backup_id=backup.id)
    assert metadata.backup_id == backup.id
    usage = ask("show_storage_usage", resource_id=machine.id)
    assert [one.resource_id for one in usage.storage_usage] == [machine.id]
    machine.spoil()
    mappings = [{"backup_id": child.id, "volume_id": child.resource_id} for child in shown.children]
    ask("restore_backup", {"restore": {"server_id": machine.id, "mappings": mappings}}, backup_id=backup.id)
    scene.newest(resource_id=machine.id, operation_type="restore")
    assert machine.is_whole
    expiry = {"expect_expiration_date": "2099-12-31", "time_zone": "UTC+08:00"}
    scene.ended(ask("update_expiration_time", expiry, vault_id=vault.id).operation_log_id)
    ask("delete_backup", backup_id=backup.id)
    scene.newest(resource_id=machine.id, operation_type="delete")


def sharing(scene: Scene) -> None:
    """Given to the neighbour, who accepts it and sees it; and taken back."""
    ask, neighbour, vault = scene.ask, scene.neighbour, scene.new_vault("lent")
    backup = scene.backed_up(vault, scene.new_server("lent"))
    (member,) = ask("add_member", {"members": [neighbour.project_id]}, backup_id=backup.id).members
    assert (member.status, member.dest_project_id) == ("pending", neighbour.project_id)
    theirs = Asking(preset(neighbour, neighbour.token))
    shelf = Scene(theirs, scene.town, neighbour, scene.tag).new_vault("borrowed")
    accepted = theirs(
        "update_member_status",
        {"status": "accepted", "vault_id": shelf.id},
        backup_id=backup.id,
        member_id=neighbour.project_id,
    ).member
    assert (accepted.status, accepted.vault_id) == ("accepted", shelf.id)
    ask.asked |= theirs.asked
    shown = ask("show_member_detail", backup_id=backup.id, member_id=neighbour.project_id).member
    assert shown.status == "accepted"
    listed = ask("show_members_detail", backup_id=backup.id, status="accepted", limit=10).members
    assert [one.dest_project_id for one in listed] == [neighbour.project_id]
    assert [one.id for one in theirs("list_backups", own_type="shared").backups] == [backup.id]
    ask("delete_member", backup_id=backup.id, member_id=neighbour.project_id)
    with pytest.raises(ClientRequestException) as refused:
        theirs("show_backup", backup_id=backup.id)
    assert (refused.value.status_code, refused.value.error_code) == (404, "BackupService.6200")


def replication(scene: Scene) -> None:
    """Copied into a vault for replicas, one backup and a whole vault."""
    ask, machine = scene.ask, scene.new_server("twice")
    vault, copies = scene.new_vault("origin"), scene.new_vault("copies", protect_type="replication")
    backup = scene.backed_up(vault, machine)
    ask("show_replication_capabilities")
    aim = {
        "destination_project_id": scene.town.project_id,
        "destination_region": "local-1",
        "destination_vault_id": copies.id,
    }
    copied = ask("copy_backup", {"replicate": aim}, backup_id=backup.id).replication
    assert copied.destination_vault_id == copies.id
    scene.newest(resource_id=machine.id, operation_type="replication")
    (replica,) = ask("list_backups", vault_id=copies.id, image_type="replication").backups
    assert replica.resource_id == machine.id
    scene.backed_up_again(vault)
    ask("copy_checkpoint", {"replicate": {**aim, "vault_id": vault.id, "auto_trigger": False}})
    shown = ask("list_backups", vault_id=vault.id, show_replication=True).backups
    assert {record.status for one in shown for record in one.replication_records} >= {"success"}


def reconciling(scene: Scene) -> None:
    """The catalogue is held against what is in the vault."""
    ask, vault = scene.ask, scene.new_vault("synced")
    backup = scene.backed_up(vault, scene.new_server("synced"))
    started = ask("import_checkpoint", {"sync": {"vault_id": vault.id, "auto_trigger": False}}).sync
    task = scene.ended(started.operation_log_id)
    assert (task.operation_type, task.extra_info.sync.err_sync_backup_num) == ("sync", 0)
    one = {
        "backup_id": backup.id,
        "backup_name": backup.name,
        "bucket_name": vault.id,
        "image_path": "/",
        "resource_id": backup.resource_id,
        "resource_name": backup.resource_name,
        "resource_type": SERVER,
        "created_at": 1700000000,
    }
    (imported,) = ask("import_backup", {"sync": [one]}).sync
    assert imported.operation_log_id


def what_there_is(scene: Scene) -> None:
    """What can be protected, what the service can do, and who else is there."""
    ask, machine = scene.ask, scene.new_server("seen")
    listed = ask("list_protectable", protectable_type="server", id=machine.id, limit=10)
    assert [one.id for one in listed.instances] == [machine.id]
    shown = ask("show_protectable", protectable_type="server", instance_id=machine.id).instance
    assert shown.id == machine.id
    ask("list_features", limit=1000, offset=0)
    features = ask("list_features").to_json_object()
    assert features
    ask("show_feature", feature_key="replication.enable")
    assert scene.town.project_id in str(ask("list_projects").to_json_object())
    ask("list_domain_projects", domain_name="Default")
    ask("show_domain", source_project_id=scene.town.project_id)
    ask("migrate_domain", {"all_regions": True, "reservation": 0.2})
    ask("show_migrate_status", all_regions=True)


def agents(scene: Scene) -> None:
    """Registered, told what to back up, checked, and gone."""
    ask, agent_id = scene.ask, f"agent-{scene.tag}"
    machine = scene.new_server("hosted")
    registered = {
        "agent_id": agent_id,
        "host_name": "web",
        "host_ip": "10.0.0.9",
        "host_os": "linux",
        "agent_version": "1.0.1",
        "agent_type": "cloud",
    }
    ask("register_agent", {"agent": registered})
    ask("add_agent_path", {"add_path": ["/srv"]}, agent_id=agent_id)
    assert "/srv" in str(ask("show_agent", agent_id=agent_id).to_json_object())
    ask("remove_agent_path", {"remove_path": ["/srv"]}, agent_id=agent_id)
    assert agent_id in str(ask("list_agent", agent_id=[agent_id], limit="10").to_json_object())
    status = {"resource_id": machine.id, "resource_name": "hosted", "resource_type": SERVER}
    ask("check_agent", {"agent_status": [status]})
    ask("update_agent", {"agent": {"status": "uninstall"}}, agent_id=agent_id)
    ask("unregister_agent", agent_id=agent_id)


def orders(scene: Scene) -> None:
    """What would be paid for elsewhere keeps its shape and costs nothing."""
    ask = scene.ask
    billing = {
        "cloud_type": "public",
        "consistent_level": "crash_consistent",
        "object_type": "disk",
        "protect_type": "backup",
        "size": 40,
        "charging_mode": "pre_paid",
        "period_type": "month",
        "period_num": 1,
        "console_url": "https://example.com/console",
    }
    ordered = {"name": f"ordered-{scene.tag}", "billing": billing, "resources": []}
    ask("create_post_paid_vault", {"vault": {**ordered, "description": "d"}})
    (vault,) = ask("list_vault", name=f"ordered-{scene.tag}").vaults
    product = {
        "product_id": "p-1",
        "resource_size": 60,
        "resource_size_measure_id": 17,
        "resource_spec_code": "vault.backup.volume.normal",
    }
    changed = ask("change_order", {"resource_id": vault.id, "product_info": product})
    assert ask("show_vault", vault_id=vault.id).vault.billing.size == 60
    update = {"resource_id": vault.id, "product_info": product, "cloud_service_console_url": "https://e.org"}
    ask("update_order", update, order_id=changed.order_id)
    period = {"vault_ids": [vault.id], "period_type": "month", "period_num": 1, "charging_mode": "pre_paid"}
    ask("change_vault_charge_mode", period)
    assert ask("show_vault", vault_id=vault.id).vault.billing.charging_mode == "post_paid"


CHAPTERS: tuple[Callable[[Scene], None], ...] = (
    vaults,
    resources,
    policies,
    organization_policies,
    tags,
    backups,
    sharing,
    replication,
    reconciling,
    what_there_is,
    agents,
    orders,
)


def test_the_sdk_is_answered_whatever_it_asks(scene: Scene) -> None:
    for chapter in CHAPTERS:
        chapter(scene)
    assert scene.ask.asked == operations()
