"""Every operation of the Volume Backup Service, asked for something that it can do."""

from typing import Any

from tests.contract.asked import Asked

from holdfast.db import backups, tasks
from holdfast.model.backup import Backup
from holdfast.model.resource import Resource

SCHEDULE = {
    "start_time": "02:00,14:00",
    "frequency": 2,
    "rentention_num": 5,
    "remain_first_backup_of_curMonth": "Y",
    "status": "ON",
}
TAG = {"key": "colour", "value": "blue"}


def finish(asked: Asked, job_id: str) -> Backup:
    """The backup of a job, which a worker brings to its end."""
    with asked.world.db.reading() as tx:
        task = tasks.get(tx, asked.world.blue.id, job_id)
    asked.world.succeed(task)
    with asked.world.db.reading() as tx:
        return backups.get(tx, asked.world.blue.id, task.backup_id or "")


def back_up(asked: Asked, disk: Resource) -> Backup:
    """A disk, backed up by the service's own call."""
    wanted = {"volume_id": disk.id, "name": f"of-{disk.name}", "description": "by hand", "tags": [TAG]}
    job_id = asked.ask("CreateCloudBackup", {"backup": {**wanted, "extend_param": {"FullBackup": "true"}}})
    return finish(asked, job_id["job_id"])


def cloud_backups(asked: Asked) -> None:
    """What is made, restored and deleted by the service's own calls, and their jobs."""
    ask, disk = asked.ask, asked.world.disk("ours")
    backup = back_up(asked, disk)
    job = ask("RestoreCloudBackup", {"restore": {"volume_id": disk.id}}, backup_id=backup.id)
    ask("ShowJob", **job)
    gone = back_up(asked, asked.world.disk("given-up"))
    ask("ShowJob", **ask("DeleteCloudBackup", backup_id=gone.id))
    ask("ShowQuota")


def native_backups(asked: Asked) -> None:
    """The same by OpenStack's calls, in both versions."""
    ask, newest = asked.ask, {"OpenStack-API-Version": "volume 3.45"}
    for version, headers in (("", {}), ("V3", newest)):
        disk = asked.world.disk(f"native{version.lower()}")
        wanted = {"volume_id": disk.id, "name": f"native{version}", "force": True, "incremental": True}
        made = ask(f"CreateNativeBackup{version}", {"backup": wanted})["backup"]["id"]
        (log,) = ask("ListOpLogs", query={"resource_id": disk.id})["operation_logs"]
        finish(asked, log["id"])
        query: dict[str, Any] = {"name": f"native{version}", "status": "available", "limit": 1}
        if version:
            query |= {"with_count": True, "name~": "native", "status~": "avail", "volume_id~": disk.id[:4]}
        for detail in ("", "Detail"):
            page = ask(f"ListNativeBackups{detail}{version}", query=query, headers=headers)
            assert [one["id"] for one in page["backups"]] == [made]
            assert ("count" in page) is bool(version)
        ask(f"ShowNativeBackup{version}", backup_id=made)
        ask(f"RestoreNativeBackup{version}", {"restore": {"volume_id": disk.id}}, backup_id=made)
        other = back_up(asked, asked.world.disk(f"removed{version.lower()}"))
        ask(f"DeleteNativeBackup{version}", backup_id=other.id)


def shares(asked: Asked) -> None:
    """A disk's backup, given to another project and taken back."""
    ask, red = asked.ask, asked.world.red
    backup = back_up(asked, asked.world.disk("lent-disk"))
    shared = {"backup_id": backup.id, "to_project_ids": [red.id]}
    (share,) = ask("ShareBackup", {"shared": shared})["shared"]
    for who, mine in ((asked.world.blue, False), (red, True)):
        query = {"share_to_me": mine, "backup_id": backup.id}
        assert ask("ListShares", query={**query, "sort_key": "name"}, who=who)["shared"]
        assert ask("CountShares", query=query, who=who) == {"count": 1}
        ask("ShowShare", id=share["id"], who=who)
    ask("DeleteShare", query={"is_backup_id": True}, id=backup.id)


def policies(asked: Asked) -> None:
    """A policy with disks, which is carried out at once."""
    ask, disk = asked.ask, asked.world.disk("followed")
    wanted = {"backup_policy_name": "each-night", "scheduled_policy": SCHEDULE, "tags": [TAG]}
    made = ask("CreateBackupPolicy", wanted)["backup_policy_id"]
    member = {"resource_id": disk.id, "resource_type": "volume"}
    taken = ask("AssociatePolicyResources", {"backup_policy_id": made, "resources": [member]})
    assert taken["fail_resources"] == []
    assert made in [one["backup_policy_id"] for one in ask("ListBackupPolicies")["backup_policies"]]
    ask("ExecuteBackupPolicy", policy_id=made)
    (task,) = ask("ListBackupTasks", query={"limit": 10, "sort_dir": "asc"}, policy_id=made)["tasks"]
    finish(asked, ask("ShowJob", job_id=task["vbs_job_id"])["job_id"])
    change = {"backup_policy_name": "each-evening", "scheduled_policy": {"status": "OFF"}}
    ask("UpdateBackupPolicy", change, policy_id=made)
    left = ask("DisassociatePolicyResources", {"resources": [{"resource_id": disk.id}]}, policy_id=made)
    assert left["fail_resources"] == []
    policy_tags(asked, made)
    ask("DeleteBackupPolicy", policy_id=made)


def policy_tags(asked: Asked, policy_id: str) -> None:
    """The tags of a policy."""
    ask = asked.ask
    ask("AddPolicyTag", {"tag": {"key": "shape", "value": "round"}}, policy_id=policy_id)
    more = {"action": "create", "tags": [{"key": "size", "value": "large"}]}
    ask("BatchPolicyTags", more, policy_id=policy_id)
    ask("DeletePolicyTag", policy_id=policy_id, key="shape")
    assert ask("ListPolicyTags", policy_id=policy_id)["tags"]
    assert ask("ListAllPolicyTags")["tags"]
    for action in ("filter", "count"):
        wanted = {"action": action, "tags": [{"key": "size", "values": ["large"]}]}
        assert ask("QueryPoliciesByTag", wanted)["total_count"] == 1


CHAPTERS = (cloud_backups, native_backups, shares, policies)
