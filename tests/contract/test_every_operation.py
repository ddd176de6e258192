"""Every operation does what it is for, and its answer has the members that the OpenAPI document says."""

from tests.contract import volume_backups
from tests.contract.asked import (
    OPERATIONS,
    Asked,
    new_agent,
    new_order,
    new_organization_policy,
    new_policy,
)

from holdfast.model.resource import ObjectType

BILLING = {
    "consistent_level": "crash_consistent",
    "object_type": "turbo",
    "protect_type": "backup",
    "size": 100,
    "charging_mode": "pre_paid",
    "period_type": "month",
    "period_num": 1,
}
SERVER = "OS::Nova::Server"


def test_every_operation_answers_as_the_document_says(asked: Asked) -> None:
    of_cbr = (vaults, policies, tags, backups, copies, sharing, agents, orders, around)
    for chapter in (*of_cbr, *volume_backups.CHAPTERS):
        chapter(asked)
    assert set(OPERATIONS) - asked.done == set()


def vaults(asked: Asked) -> None:
    ask, letters = asked.ask, asked.world.directory("kept")
    there = asked.world.vault(name="there").id
    wanted = {"name": "here", "resources": [], "tags": [{"key": "a", "value": "b"}]}
    ask("CreateVault", {"vault": {**wanted, "billing": BILLING}})
    on_demand = {**BILLING, "charging_mode": "post_paid"}
    here = ask("CreateVault", {"vault": {**wanted, "billing": on_demand}})["vault"]["id"]
    ask("UpdateVault", {"vault": {"name": "changed", "billing": {"size": 120}}}, vault_id=here)
    ask("BatchUpdateVault", {"vault": {"threshold": 90, "smn_notify": True}})
    ask("ListVault", query={"limit": 2, "offset": 0, "protect_type": "backup"})
    ask("ShowSummary")
    ask("ListExternalVault", query={"external_project_id": asked.world.red.id, "region_id": "local-1"})
    ask("AddVaultResource", {"resources": [{"id": letters.id, "type": letters.type}]}, vault_id=here)
    ask("ShowVault", vault_id=here)
    ask("SetVaultResource", {"resource_ids": [letters.id], "action": "suspend"}, vault_id=here)
    move = {"destination_vault_id": there, "resource_ids": [letters.id]}
    ask("MigrateVaultResource", move, vault_id=here)
    other = asked.world.directory("removed")
    ask("AddVaultResource", {"resources": [{"id": other.id, "type": other.type}]}, vault_id=here)
    ask("RemoveVaultResource", {"resource_ids": [other.id]}, vault_id=here)
    expiry = {"expect_expiration_date": "2099-12-31", "time_zone": "UTC+08:00"}
    ask("UpdateExpirationTime", expiry, vault_id=there)
    ask("DeleteVault", vault_id=asked.world.vault(name="gone").id)


def policies(asked: Asked) -> None:
    ask, vault = asked.ask, asked.world.vault(name="followed").id
    policy, everywhere = new_policy(asked, "nightly"), new_organization_policy(asked, "everywhere")
    ask("ListPolicies")
    ask("ShowPolicy", policy_id=policy)
    ask("UpdatePolicy", {"policy": {"enabled": False}}, policy_id=policy)
    ask("AssociateVaultPolicy", {"policy_id": policy}, vault_id=vault)
    ask("DisassociateVaultPolicy", {"policy_id": policy}, vault_id=vault)
    ask("DeletePolicy", policy_id=policy)
    ask("ListOrganizationPolicies", query={"operation_type": "backup"})
    ask("ShowOrganizationPolicy", organization_policy_id=everywhere)
    ask("ListOrganizationPolicyDetail", organization_policy_id=everywhere)
    change = {"policy": {"name": "elsewhere"}}
    ask("UpdateOrganizationPolicy", change, organization_policy_id=everywhere)
    ask("DeleteOrganizationPolicy", organization_policy_id=everywhere)


def tags(asked: Asked) -> None:
    ask, vault = asked.ask, asked.world.vault(name="tagged").id
    ask("CreateVaultTags", {"tag": {"key": "colour", "value": "blue"}}, vault_id=vault)
    more = {"action": "create", "tags": [{"key": "shape", "value": "round"}]}
    ask("BatchCreateAndDeleteVaultTags", more, vault_id=vault)
    ask("ShowVaultTag", vault_id=vault)
    ask("ShowVaultProjectTag")
    for action in ("filter", "count"):
        wanted = {"action": action, "tags": [{"key": "colour", "values": ["blue"]}]}
        ask("ShowVaultResourceInstances", wanted)
    ask("DeleteVaultTag", vault_id=vault, key="colour")


def backups(asked: Asked) -> None:
    ask, web, world = asked.ask, asked.world.server("web"), asked.world
    vault = world.vault(web, name="servers", object_type=ObjectType.SERVER)
    ask("CreateCheckpoint", {"checkpoint": {"vault_id": world.vault(world.directory("now")).id}})
    backup = world.back_up_server(vault, web)
    ask("ShowCheckpoint", checkpoint_id=backup.checkpoint_id)
    ask("ShowBackup", backup_id=backup.id)
    ask("ListBackups", query={"vault_id": vault.id, "show_replication": True})
    ask("UpdateBackup", {"backup": {"name": "renamed"}}, backup_id=backup.id)
    ask("ShowMetadata", backup_id=backup.id)
    ask("ShowStorageUsage", query={"resource_id": web.id})
    mappings = [{"backup_id": child.id, "volume_id": child.resource_id} for child in backup.children]
    ask("RestoreBackup", {"restore": {"server_id": web.id, "mappings": mappings}}, backup_id=backup.id)
    (gone,) = world.back_up(world.vault(world.directory("gone")))
    ask("DeleteBackup", backup_id=gone.id)
    ask("ImportCheckpoint", {"sync": {"vault_id": vault.id, "auto_trigger": False}})
    (found,) = world.back_up(world.vault(world.directory("found")))
    imported = {
        "backup_id": found.id,
        "backup_name": found.name,
        "bucket_name": found.vault_id,
        "image_path": "/",
        "resource_id": found.resource_id,
        "resource_name": found.resource_name,
        "resource_type": found.resource_type,
        "created_at": 1700000000,
    }
    ask("ImportBackup", {"sync": [imported]})
    logs = ask("ListOpLogs")["operation_logs"]
    assert {log["operation_type"] for log in logs} >= {"backup", "delete", "restore", "sync", "vault_delete"}
    for log in logs:
        ask("ShowOpLog", operation_log_id=log["id"])


def copies(asked: Asked) -> None:
    ask, world = asked.ask, asked.world
    vault = world.vault(world.directory("origin"), name="origin")
    (backup,) = world.back_up(vault)
    billing = {**BILLING, "charging_mode": "post_paid", "protect_type": "replication"}
    wanted = {"name": "copies", "billing": billing, "resources": []}
    aim = {
        "destination_project_id": world.blue.id,
        "destination_region": world.config.region,
        "destination_vault_id": ask("CreateVault", {"vault": wanted})["vault"]["id"],
    }
    ask("ShowReplicationCapabilities")
    ask("CopyBackup", {"replicate": aim}, backup_id=backup.id)
    ask("ListBackups", query={"vault_id": vault.id, "show_replication": True})
    second = world.vault(world.directory("second"), name="second")
    world.back_up(second)
    ask("CopyCheckpoint", {"replicate": {**aim, "vault_id": second.id, "auto_trigger": False}})


def sharing(asked: Asked) -> None:
    ask, world, red = asked.ask, asked.world, asked.world.red
    machine = world.server("lent")
    vault = world.vault(machine, name="lent", object_type=ObjectType.SERVER)
    backup = world.back_up_server(vault, machine)
    ask("AddMember", {"members": [red.id]}, backup_id=backup.id)
    billing = {**BILLING, "charging_mode": "post_paid", "object_type": "server"}
    shelf = {"name": "shelf", "billing": billing, "resources": []}
    taken = ask("CreateVault", {"vault": shelf}, who=red)["vault"]["id"]
    accepted = {"status": "accepted", "vault_id": taken}
    ask("UpdateMemberStatus", accepted, who=red, backup_id=backup.id, member_id=red.id)
    ask("ListBackups", who=red, query={"own_type": "shared"})
    ask("ShowBackup", who=red, backup_id=backup.id)
    ask("ShowMemberDetail", backup_id=backup.id, member_id=red.id)
    ask("ShowMembersDetail", backup_id=backup.id)
    ask("ShowBackup", backup_id=backup.id)
    ask("DeleteMember", backup_id=backup.id, member_id=red.id)


def agents(asked: Asked) -> None:
    ask, agent = asked.ask, new_agent(asked, "host")
    added = {"add_path": ["/srv"], "exclude_path": [{"path_name": "/srv", "exclude_path_name": ["tmp"]}]}
    ask("AddAgentPath", added, agent_id=agent)
    ask("ListAgent", query={"agent_id": [agent], "limit": "10"})
    ask("ShowAgent", agent_id=agent)
    ask("RemoveAgentPath", {"remove_path": ["/srv", "/opt"]}, agent_id=agent)
    asked_for = [
        {"resource_id": one, "resource_type": SERVER} for one in (asked.world.server("host").id, "no")
    ]
    ask("CheckAgent", {"agent_status": asked_for})
    ask("UpdateAgent", {"agent": {"status": "uninstall"}}, agent_id=agent)
    ask("UnregisterAgent", agent_id=agent)


def orders(asked: Asked) -> None:
    ask = asked.ask
    ordered = {"name": "ordered", "billing": BILLING, "resources": []}
    placed = ask("CreatePostPaidVault", {"vault": ordered})["orders"][0]["resourceId"]
    product = {"productId": "p", "resourceSize": 300, "resourceSpecCode": "vault.backup.turbo.normal"}
    update = {"resourceId": placed, "productInfo": product}
    ask("UpdateOrder", update, order_id=new_order(asked, placed))
    subscription = {"vault_ids": [placed], "period_type": "year", "period_num": 2, "is_auto_pay": True}
    ask("ChangeVaultChargeMode", {**subscription, "charging_mode": "pre_paid", "is_auto_renew": False})
    ask("ShowVault", vault_id=placed)


def around(asked: Asked) -> None:
    ask, disk = asked.ask, asked.world.disk("spare")
    for kind in ("server", "disk", "turbo"):
        ask("ListProtectable", query={"limit": 10}, protectable_type=kind)
    ask("ShowProtectable", protectable_type="disk", instance_id=disk.id)
    ask("ListFeatures")
    ask("ShowFeature", feature_key="replication.enable")
    ask("ListProjects")
    ask("ListDomainProjects", domain_name="Default")
    ask("ShowDomain", source_project_id=asked.world.blue.id)
    ask("MigrateDomain", {"all_regions": True, "reservation": 0.2})
    ask("ShowMigrateStatus", query={"all_regions": "True"})
    ask("ListVersions")
    ask("ShowVersion", api_version="v3")
