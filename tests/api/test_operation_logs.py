"""The task API, word for word."""

from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace
from tests.api.asking import House

from holdfast.db import tasks, work
from holdfast.model import ids
from holdfast.model.project import Project
from holdfast.model.resource import DISK_PROVIDER, SERVER_PROVIDER, ResourceType
from holdfast.model.task import (
    CANCELLED,
    SUSPICIOUSLY_SMALL,
    BackupDetail,
    DeleteDetail,
    Detail,
    Ending,
    Figures,
    Operation,
    Phase,
    RemoveResourcesDetail,
    ReplicationDetail,
    RestoreDetail,
    Status,
    SyncDetail,
    Task,
    TaskError,
    TaskResource,
    VaultDeleteDetail,
    resource_of,
)
from holdfast.model.vault import IncludedVolume

BEGIN = datetime(2019, 5, 23, 14, 31, 36, 39365, tzinfo=UTC)
ECS = resource_of("1dab32fa-ebf2-415a-ab0b-eabe6353bc86", "ECS-0001", ResourceType.SERVER)
MEMBERS = {
    "checkpoint_id", "created_at", "ended_at", "error_info", "extra_info", "id", "operation_type",
    "policy_id", "project_id", "provider_id", "started_at", "status", "updated_at", "vault_id", "vault_name",
}  # fmt: skip

REPLICATION = ReplicationDetail(
    source_region="here",
    source_project_id="p1",
    source_checkpoint_id="c1",
    source_backup_id="b1",
    source_backup_name="n1",
    destination_region="there",
    destination_project_id="p2",
    destination_checkpoint_id="c2",
    destination_backup_id="b2",
    destination_backup_name="n2",
)
BLOCKS: list[tuple[Operation, Detail, str, dict[str, Any]]] = [
    (
        Operation.BACKUP,
        BackupDetail(backup_id="b", backup_name="n", incremental=False),
        "backup",
        {
            "backup_id": "b",
            "backup_name": "n",
            "incremental": "false",
            "app_consistency_status": "0",
            "app_consistency_error_code": "0",
            "app_consistency_error_message": "",
        },
    ),
    (
        Operation.RESTORE,
        RestoreDetail(backup_id="b", backup_name="n", target_resource_id="t", target_resource_name="target"),
        "restore",
        {
            "backup_id": "b",
            "backup_name": "n",
            "target_resource_id": "t",
            "target_resource_name": "target",
        },
    ),
    (
        Operation.DELETE,
        DeleteDetail(backup_id="b", backup_name="n"),
        "delete",
        {"backup_id": "b", "backup_name": "n"},
    ),
    (
        Operation.SYNC,
        SyncDetail(added=1, removed=2, failed=3),
        "sync",
        {"sync_backup_num": 1, "delete_backup_num": 2, "err_sync_backup_num": 3},
    ),
    (
        Operation.REMOVE_RESOURCE,
        RemoveResourcesDetail(fail_count=1, total_count=2, resources=(ECS,)),
        "remove_resources",
        {
            "fail_count": 1,
            "total_count": 2,
            "resources": [{"id": ECS.id, "name": "ECS-0001", "type": "OS::Nova::Server"}],
        },
    ),
    (
        Operation.REPLICATION,
        REPLICATION,
        "replication",
        {
            name: getattr(REPLICATION, name)
            for name in REPLICATION.__struct_fields__
            if name.startswith(("source_", "destination_"))
            and name not in ("destination_vault_id", "source_task_id")
        },
    ),
    (
        Operation.VAULT_DELETE,
        VaultDeleteDetail(fail_count=1, total_count=2),
        "vault_delete",
        {"fail_count": 1, "total_count": 2},
    ),
]


def make(house: House, project: Project | None = None, **changed: Any) -> Task:
    """A task in its row, of the blue project unless another is given."""
    known: dict[str, Any] = {
        "id": ids.new(),
        "project_id": (project or house.world.blue).id,
        "operation": Operation.BACKUP,
        "provider_id": SERVER_PROVIDER,
        "resource": ECS,
        "vault_id": "v1",
        "vault_name": "vault-01",
        "request_id": "req-cdb98cc4-e87b-4f40-9b4a-57ec036620bc",
        "created_at": BEGIN,
        "updated_at": BEGIN,
        "detail": BackupDetail(backup_id="b", backup_name="manualbk_1234"),
    }
    task = Task(**(known | changed))
    with house.world.db.transaction() as tx:
        tasks.add(tx, task)
    return task


def ended(status: Status = Status.SUCCESS, **more: Any) -> dict[str, Any]:
    return {"status": status, "started_at": BEGIN, "ended_at": BEGIN + timedelta(minutes=4), **more}


def found(house: House, **parameters: Any) -> set[str]:
    page = house.ask("GET", "/operation-logs", **parameters)
    assert page["count"] == len(page["operation_logs"])
    return {one["id"] for one in page["operation_logs"]}


# ── one task ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_task_that_waits_has_every_member_and_null_where_nothing_is_known(house: House) -> None:
    task = make(house)
    shown = house.ask("GET", f"/operation-logs/{task.id}")["operation_log"]
    assert set(shown) == MEMBERS | {"holdfast"}
    assert {name: shown[name] for name in MEMBERS - {"extra_info"}} == {
        "id": task.id,
        "operation_type": "backup",
        "status": "waiting",
        "project_id": house.world.blue.id,
        "provider_id": SERVER_PROVIDER,
        "checkpoint_id": None,
        "policy_id": None,
        "vault_id": "v1",
        "vault_name": "vault-01",
        "created_at": "2019-05-23T14:31:36.039+00:00",
        "started_at": "2019-05-23T14:31:36.039+00:00",
        "ended_at": None,
        "updated_at": "2019-05-23T14:31:36.039+00:00",
        "error_info": {"code": "", "message": ""},
    }
    assert shown["extra_info"]["common"] == {
        "progress": 0,
        "request_id": "req-cdb98cc4-e87b-4f40-9b4a-57ec036620bc",
        "task_id": task.id,
    }
    assert shown["extra_info"]["resource"] == {"id": ECS.id, "name": "ECS-0001", "type": "OS::Nova::Server"}


def test_a_task_without_a_vault_says_so_with_nulls(house: House) -> None:
    task = make(house, vault_id=None, vault_name=None)
    shown = house.ask("GET", f"/operation-logs/{task.id}")["operation_log"]
    assert (shown["vault_id"], shown["vault_name"]) == (None, None)


def test_extra_info_has_the_block_of_its_operation_and_no_other(house: House) -> None:
    made = {
        make(house, operation=operation, detail=detail, **ended()).id: (operation, name, block)
        for operation, detail, name, block in BLOCKS
    }
    listed = {one["id"]: one for one in house.ask("GET", "/operation-logs")["operation_logs"]}
    assert set(listed) == set(made)
    for task_id, (operation, name, block) in made.items():
        shown = house.ask("GET", f"/operation-logs/{task_id}")["operation_log"]
        assert listed[task_id] == shown
        assert shown["operation_type"] == operation
        assert set(shown["extra_info"]) == {"common", "resource", name}
        assert shown["extra_info"][name] == block


def test_excluded_and_included_volumes_are_told_when_there_are_some(house: House) -> None:
    resource = TaskResource(id="r", name="n", type=ResourceType.SERVER, exclude_volumes=("d1", "d2"))
    task = make(house, resource=resource)
    shown = house.ask("GET", f"/operation-logs/{task.id}")["operation_log"]["extra_info"]["resource"]
    assert shown["extra_info"] == {"exclude_volumes": ["d1", "d2"]}
    named = replace(resource, exclude_volumes=(), include_volumes=(IncludedVolume("d3", "Debian"),))
    task = make(house, resource=named)
    shown = house.ask("GET", f"/operation-logs/{task.id}")["operation_log"]["extra_info"]["resource"]
    assert shown["extra_info"] == {"include_volumes": [{"id": "d3", "os_version": "Debian"}]}


def test_an_application_consistent_backup_says_so_in_strings(house: House) -> None:
    detail = BackupDetail(
        backup_id="b",
        backup_name="n",
        app_consistent=True,
        app_consistency_error_code="BackupService.1",
        app_consistency_error_message="too late",
    )
    task = make(house, detail=detail)
    block = house.ask("GET", f"/operation-logs/{task.id}")["operation_log"]["extra_info"]["backup"]
    assert (block["incremental"], block["app_consistency_status"]) == ("true", "1")
    assert block["app_consistency_error_code"] == "BackupService.1"
    assert block["app_consistency_error_message"] == "too late"


def test_a_task_is_followed_from_waiting_over_running_to_its_end(house: House) -> None:
    task = make(house, created_at=BEGIN)
    with house.world.db.transaction() as tx:
        claim = work.claim(tx, task.id, "w1")
        assert claim is not None
        figures = Figures(bytes_done=5, bytes_total=10, bytes_per_second=3, files_done=1, files_total=2)
        work.tell(tx, task.id, claim.epoch, 50, figures)
        work.enter(tx, task.id, claim.epoch, Phase.READING)
    running = house.ask("GET", f"/operation-logs/{task.id}")["operation_log"]
    assert (running["status"], running["ended_at"]) == ("running", None)
    assert running["started_at"] > running["created_at"]
    assert running["extra_info"]["common"]["progress"] == 50
    assert running["holdfast"]["figures"]["bytes_done"] == 5
    assert running["holdfast"]["figures"]["bytes_per_second"] == 3
    assert running["holdfast"]["phase"] == "reading"
    with house.world.db.transaction() as tx:
        ending = Ending(
            status=Status.FAILED,
            error=TaskError("BackupService.6302", "The resource does not exist."),
            figures=Figures(bytes_done=7, warning_count=2),
            warnings=("a: Permission denied", "b: Permission denied"),
            flags=(SUSPICIOUSLY_SMALL,),
        )
        work.finish(tx, task.id, claim.epoch, ending)
    over = house.ask("GET", f"/operation-logs/{task.id}")["operation_log"]
    assert over["status"] == "failed"
    assert over["ended_at"] >= over["started_at"]
    assert over["error_info"] == {"code": "BackupService.6302", "message": "The resource does not exist."}
    ours = over["holdfast"]
    assert (ours["outcome"], ours["destination_path"], ours["paths"]) == ("failed", None, [])
    assert (ours["figures"]["bytes_done"], ours["figures"]["warning_count"]) == (7, 2)
    assert ours["warnings"] == ["a: Permission denied", "b: Permission denied"]
    assert (ours["phase"], ours["flags"]) == ("", ["suspiciously_small"])


def test_a_restore_says_where_to_and_what_only(house: House) -> None:
    detail = RestoreDetail(backup_id="b", backup_name="n", destination="/tmp/x", paths=("/srv/a",))
    task = make(house, operation=Operation.RESTORE, detail=detail)
    told = house.ask("GET", f"/operation-logs/{task.id}")["operation_log"]["holdfast"]
    assert (told["destination_path"], told["paths"]) == ("/tmp/x", ["/srv/a"])


def test_an_unknown_task_is_the_documents_404(house: House) -> None:
    for task_id in ("4827f2da-b008-4507-ab7d-42d0df5ed912", "backup", "'; --", "%2e%2e", "é"):
        refusal = house.refused("GET", f"/operation-logs/{task_id}")
        assert refusal == (404, "6500", "Operation log does not exist.")


def test_another_projects_task_is_an_unknown_one(house: House) -> None:
    task = make(house, project=house.world.red)
    assert house.refused("GET", f"/operation-logs/{task.id}")[:2] == (404, "6500")
    assert house.ask("GET", "/operation-logs")["count"] == 0
    theirs = house.ask("GET", "/operation-logs", who="stranger", project=house.world.red)
    assert theirs["count"] == 1


# ── filters ─────────────────────────────────────────────────────────────────────────────────────────────


def test_without_a_filter_all_are_listed_newest_first(house: House) -> None:
    made = [make(house, created_at=BEGIN + timedelta(seconds=number)) for number in range(5)]
    page = house.ask("GET", "/operation-logs")
    assert [one["id"] for one in page["operation_logs"]] == [task.id for task in reversed(made)]
    assert (page["count"], page["limit"], page["offset"]) == (5, 1000, 0)
    assert set(page) == {"operation_logs", "count", "limit", "offset"}


def test_tasks_are_found_by_status(house: House) -> None:
    made = {one: make(house, **(ended(one) if one.is_end else {"status": one})) for one in Status}
    for status in Status:
        assert found(house, status=status) == {made[status].id}


def test_tasks_are_found_by_operation(house: House) -> None:
    made = {one: make(house, operation=one, detail=block) for one, block, _, _ in BLOCKS}
    for operation, task in made.items():
        assert found(house, operation_type=operation) == {task.id}
    assert found(house, operation_type="migrate_resources") == set()


def test_an_old_replication_is_found_as_copy_only(house: House) -> None:
    old = make(house, operation=Operation.COPY, detail=REPLICATION, **ended())
    new = make(house, operation=Operation.REPLICATION, detail=REPLICATION, **ended())
    assert found(house, operation_type="copy") == {old.id}
    assert found(house, operation_type="replication") == {new.id}
    block = house.ask("GET", f"/operation-logs/{old.id}")["operation_log"]["extra_info"]
    assert set(block) == {"common", "resource", "replication"}


def test_tasks_are_found_by_what_they_concern(house: House) -> None:
    make(house)
    second = resource_of("r2", "ECS-0002", ResourceType.SERVER)
    chinese = resource_of("r3", "虚拟 机+1", ResourceType.SERVER)
    by_provider = make(house, provider_id=DISK_PROVIDER).id
    by_vault = make(house, vault_id="v2", vault_name="vault-02").id
    by_resource = make(house, resource=second).id
    by_chinese = make(house, resource=chinese).id
    by_enterprise = make(house, enterprise_project_id="e2").id
    for name, value, wanted in [
        ("provider_id", DISK_PROVIDER, by_provider),
        ("vault_id", "v2", by_vault),
        ("vault_name", "vault-02", by_vault),
        ("vault_name", "t-02", by_vault),
        ("resource_id", "r2", by_resource),
        ("resource_name", "-0002", by_resource),
        ("resource_name", "虚拟 机+1", by_chinese),
        ("enterprise_project_id", "e2", by_enterprise),
    ]:
        assert found(house, **{name: value}) == {wanted}, value
        assert found(house, **{name: "nothing-has-this"}) == set()


def test_all_granted_enterprise_projects_are_all(house: House) -> None:
    both = {make(house).id, make(house, enterprise_project_id="e2").id}
    assert found(house, enterprise_project_id="all_granted_eps") == both
    assert found(house) == both


def test_nothing_in_a_name_is_a_wildcard(house: House) -> None:
    signs = ("%", "_", "*", "'", "\\")
    made = {sign: make(house, vault_id=f"v{ord(sign)}", vault_name=f"a{sign}b") for sign in signs}
    for sign, task in made.items():
        assert found(house, vault_name=sign) == {task.id}


def test_tasks_are_found_by_the_time_they_were_made_both_ends_included(house: House) -> None:
    early, late = make(house), make(house, created_at=BEGIN + timedelta(hours=1))
    for start, end, wanted in [
        ("2019-05-23T14:31:36Z", None, {early.id, late.id}),
        ("2019-05-23T14:31:37Z", None, {late.id}),
        (None, "2019-05-23T14:31:36Z", {early.id}),
        (None, "2019-05-23T14:31:35Z", set()),
        ("2019-05-23T14:31:36Z", "2019-05-23T15:31:36Z", {early.id, late.id}),
        ("2019-05-23T14:31:36.039Z", "2019-05-23T14:31:36.039+00:00", {early.id}),
        ("2019-05-23T22:31:36+08:00", "2019-05-23T22:31:36+08:00", {early.id}),
        ("2019-05-24T00:00:00Z", "2019-05-22T00:00:00Z", set()),
        ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", {early.id, late.id}),
    ]:
        span = {"start_time": start, "end_time": end}
        assert found(house, **{name: at for name, at in span.items() if at}) == wanted, span


def test_filters_hold_together(house: House) -> None:
    make(house)
    make(house, vault_id="v2", vault_name="vault-02")
    wanted = make(house, vault_id="v2", vault_name="vault-02", **ended())
    assert found(house, vault_id="v2", status="success", operation_type="backup") == {wanted.id}


def test_an_unknown_parameter_is_ignored(house: House) -> None:
    task = make(house)
    assert found(house, colour="blue", sort="status") == {task.id}


MALFORMED = [
    ("limit", "0"), ("limit", "1001"), ("limit", "-1"), ("limit", "ten"), ("limit", ""), ("limit", "1.5"),
    ("offset", "-1"), ("offset", "x"), ("offset", ""),
    ("operation_type", "backups"), ("operation_type", ""), ("operation_type", "BACKUP"),
    ("status", "done"), ("status", ""), ("status", "success,done"), ("status", ","), ("status", "failed,"),
    ("start_time", "yesterday"), ("start_time", "2019-05-23"), ("start_time", ""),
    ("end_time", "2019-99-23T14:31:36Z"), ("end_time", "1558622123"),
    ("vault_id", ""), ("resource_id", "x" * 2000), ("vault_name", "a\x00"), ("provider_id", ""),
    ("enterprise_project_id", ""), ("marker", "4827f2da-b008-4507-ab7d-42d0df5ed912"),
]  # fmt: skip


def test_a_malformed_parameter_is_400_and_named(house: House) -> None:
    for name, value in MALFORMED:
        status, code, message = house.refused("GET", "/operation-logs", **{name: value})
        assert (status, code) == (400, "9900"), (name, value)
        assert message.startswith(f"Parameter verification failed. {name}: ")


def test_a_parameter_that_is_given_twice_is_400_and_named(house: House) -> None:
    status, code, message = house.refused("GET", "/operation-logs", limit=["1", "1"])
    assert (status, code) == (400, "9900")
    assert "limit" in message


# ── pages ───────────────────────────────────────────────────────────────────────────────────────────────


def test_pages_by_offset_are_the_whole_list_in_order(house: House) -> None:
    made = [make(house, created_at=BEGIN + timedelta(seconds=number // 2)) for number in range(7)]
    whole = [one["id"] for one in house.ask("GET", "/operation-logs")["operation_logs"]]
    assert set(whole) == {task.id for task in made}
    seen: list[str] = []
    while True:
        page = house.ask("GET", "/operation-logs", limit=3, offset=len(seen))
        assert (page["count"], page["limit"], page["offset"]) == (7, 3, len(seen))
        if not page["operation_logs"]:
            break
        seen += [one["id"] for one in page["operation_logs"]]
    assert seen == whole


def test_pages_by_marker_are_the_whole_list_in_order(house: House) -> None:
    for number in range(5):
        make(house, created_at=BEGIN + timedelta(seconds=number // 2))
    whole = [one["id"] for one in house.ask("GET", "/operation-logs")["operation_logs"]]
    seen: list[str] = []
    while True:
        marker: dict[str, Any] = {"marker": seen[-1]} if seen else {}
        page = house.ask("GET", "/operation-logs", limit=2, **marker)
        assert page["count"] == 5
        if not page["operation_logs"]:
            break
        seen += [one["id"] for one in page["operation_logs"]]
    assert seen == whole


def test_an_offset_past_the_end_is_an_empty_page(house: House) -> None:
    make(house)
    for offset in (1, 1000, 1 << 31, 1 << 53, (1 << 63) - 1):
        for name, value in (("status", "waiting"), ("resource_id", ECS.id), ("vault_id", "v1")):
            more: dict[str, Any] = {name: value, "offset": offset}
            page = house.ask("GET", "/operation-logs", **more)
            assert page == {"operation_logs": [], "count": 1, "limit": 1000, "offset": offset}


def test_a_marker_of_another_project_is_none_of_ours(house: House) -> None:
    theirs = make(house, project=house.world.red)
    assert house.refused("GET", "/operation-logs", marker=theirs.id)[:2] == (400, "9900")


def test_a_task_is_cancelled_once_by_whoever_may_change_things(house: House) -> None:
    task = make(house)
    path = f"/operation-logs/{task.id}/cancel"
    assert house.refused("POST", path, who="reader")[:2] == (403, "8600")
    assert house.refused("POST", path, who="stranger", project=house.world.red)[:2] == (404, "6500")
    told = house.ask("POST", path, expect=202, who="operator")["operation_log"]
    assert (told["id"], told["status"], told["holdfast"]["outcome"]) == (task.id, "waiting", "waiting")
    assert house.world.wakes


def test_a_task_that_has_ended_stays_as_it_is(house: House) -> None:
    task = make(house, **ended())
    assert house.refused("POST", f"/operation-logs/{task.id}/cancel") == (400, "0002", "The task has ended.")


def test_a_cancelled_task_has_failed_with_a_code_of_its_own_and_says_what_it_was(house: House) -> None:
    error = TaskError(CANCELLED, "The task was cancelled. Somebody asked for it.")
    task = make(house, **ended() | {"status": Status.FAILED, "error": error})
    shown = house.ask("GET", f"/operation-logs/{task.id}")["operation_log"]
    assert (shown["status"], shown["error_info"]["code"]) == ("failed", "Holdfast.0001")
    assert shown["holdfast"]["outcome"] == "cancelled"


def test_a_task_that_failed_is_done_once_more_by_whoever_may_change_things(house: House) -> None:
    task = make(house, **ended() | {"status": Status.FAILED})
    path = f"/operation-logs/{task.id}/retry"
    assert house.refused("POST", path, who="reader")[:2] == (403, "8600")
    assert house.refused("POST", path, who="stranger", project=house.world.red)[:2] == (404, "6500")
    assert house.refused("POST", path, who="operator")[:2] == (404, "6105")  # its vault is no more


def test_a_task_that_did_not_fail_is_not_done_once_more(house: House) -> None:
    task = make(house, **ended())
    refused = house.refused("POST", f"/operation-logs/{task.id}/retry")
    assert refused == (400, "0004", "The task has not failed.")
