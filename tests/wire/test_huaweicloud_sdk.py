"""huaweicloudsdkcbr, with a token, in the two ways that its users have."""

from collections.abc import Callable
from typing import Any

import pytest
from huaweicloudsdkcbr.v1 import (
    BackupRestore,
    BackupRestoreReq,
    BillingCreate,
    CbrClient,
    CheckpointParam,
    CreateCheckpointRequest,
    CreateVaultRequest,
    DeleteBackupRequest,
    DeleteVaultRequest,
    ListBackupsRequest,
    ListOpLogsRequest,
    ListProtectableRequest,
    ListVaultRequest,
    RemoveVaultResourceRequest,
    ResourceCreate,
    RestoreBackupRequest,
    RestoreDetails,
    ShowBackupRequest,
    ShowCheckpointRequest,
    ShowOpLogRequest,
    ShowVaultRequest,
    VaultBackup,
    VaultBackupReq,
    VaultCreate,
    VaultCreateReq,
    VaultRemoveResourceReq,
)
from huaweicloudsdkcore.auth import credentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from tests.wire.town import Town, until

TURBO = "OS::Sfs::Turbo"


def built(town: Town, credential: Any) -> CbrClient:
    return CbrClient.new_builder().with_credentials(credential).with_endpoint(town.endpoint).build()


def preset(town: Town, token: str) -> CbrClient:
    """The token in headers of every request; an Authorization, whatever it says, keeps it from signing."""
    client = built(town, credentials.BasicCredentials("unused", "unused", town.project_id))
    client.preset_headers = {"X-Auth-Token": token, "Authorization": "Token"}
    return client


def subclassed(town: Town, token: str) -> CbrClient:
    """A credential that signs and then throws the signature away; the builder looks at its name."""

    class BasicCredentials(credentials.BasicCredentials):  # type: ignore[misc] # the SDK has no types
        def sign_request(self, request: Any) -> Any:
            request = super().sign_request(request)
            request.header_params.pop("Authorization", None)
            request.header_params["X-Auth-Token"] = token
            return request

    return built(town, BasicCredentials("unused", "unused", town.project_id))


WAYS: dict[str, Callable[[Town, str], CbrClient]] = {"preset": preset, "subclassed": subclassed}


@pytest.fixture(params=WAYS)
def client(request: pytest.FixtureRequest, town: Town) -> CbrClient:
    return WAYS[request.param](town, town.token)


def logs(client: CbrClient, **wanted: Any) -> list[Any]:
    reply = client.list_op_logs(ListOpLogsRequest(**wanted))
    assert reply.count >= len(reply.operation_logs)
    return list(reply.operation_logs)


def ended(client: CbrClient, **wanted: Any) -> Any:
    """The newest task that fits, once it has ended."""

    def newest() -> Any:
        found = logs(client, limit=1, **wanted)
        return found[0] if found else None

    return until(newest, lambda task: task is not None and task.status not in ("waiting", "running"))


def new_vault(client: CbrClient, name: str, resource_id: str) -> Any:
    billing = BillingCreate(
        consistent_level="crash_consistent", object_type="turbo", protect_type="backup", size=10
    )
    resources = [ResourceCreate(id=resource_id, type=TURBO)]
    vault = VaultCreate(name=name, billing=billing, resources=resources)
    return client.create_vault(CreateVaultRequest(body=VaultCreateReq(vault=vault))).vault


def test_a_vault_lives_from_creation_to_deletion_through_the_sdk(town: Town, client: CbrClient) -> None:
    letters = town.new_folder("letters")
    resource_id = letters.id
    listed = client.list_protectable(ListProtectableRequest(protectable_type="turbo", limit=50))
    assert resource_id in [instance.id for instance in listed.instances]
    vault = new_vault(client, "letters", resource_id)
    assert vault.billing.status == "available"
    assert [resource.id for resource in vault.resources] == [resource_id]

    asked = VaultBackup(vault_id=vault.id, parameters=CheckpointParam(name="first", incremental=True))
    body = VaultBackupReq(checkpoint=asked)
    checkpoint = client.create_checkpoint(CreateCheckpointRequest(body=body)).checkpoint
    task = ended(client, vault_id=vault.id, operation_type="backup")
    assert (task.status, task.checkpoint_id) == ("success", checkpoint.id)
    assert task.extra_info.common.progress == 100
    shown = client.show_checkpoint(ShowCheckpointRequest(checkpoint_id=checkpoint.id)).checkpoint
    assert shown.status == "available"

    (backup,) = client.list_backups(ListBackupsRequest(checkpoint_id=checkpoint.id)).backups
    backup = client.show_backup(ShowBackupRequest(backup_id=backup.id)).backup
    assert (backup.name, backup.status, backup.id) == ("first", "available", task.extra_info.backup.backup_id)
    assert not isinstance(backup.created_at, str)

    letters.file.write_text("spoilt")
    restore = BackupRestoreReq(restore=BackupRestore(resource_id=resource_id))
    client.restore_backup(RestoreBackupRequest(backup_id=backup.id, body=restore))
    task = ended(client, vault_id=vault.id, operation_type="restore")
    assert (task.status, task.extra_info.restore.target_resource_id) == ("success", resource_id)
    assert letters.file.read_text() == "the first of the letters"

    client.delete_backup(DeleteBackupRequest(backup_id=backup.id))
    task = ended(client, vault_id=vault.id, operation_type="delete")
    assert (task.status, task.extra_info.delete.backup_id) == ("success", backup.id)

    removal = VaultRemoveResourceReq(resource_ids=[resource_id])
    client.remove_vault_resource(RemoveVaultResourceRequest(vault_id=vault.id, body=removal))
    task = ended(client, vault_id=vault.id, operation_type="remove_resource")
    assert (task.status, task.extra_info.remove_resources.fail_count) == ("success", 0)

    client.delete_vault(DeleteVaultRequest(vault_id=vault.id))
    task = ended(client, vault_id=vault.id, operation_type="vault_delete")
    assert (task.status, task.extra_info.vault_delete.fail_count) == ("success", 0)
    with pytest.raises(ClientRequestException) as refused:
        client.show_vault(ShowVaultRequest(vault_id=vault.id))
    assert (refused.value.status_code, refused.value.error_code) == (404, "BackupService.6105")


def test_a_restore_goes_to_another_folder(town: Town, client: CbrClient) -> None:
    vault = new_vault(client, "ledgers", town.new_folder("ledgers").id)
    asked = VaultBackupReq(checkpoint=VaultBackup(vault_id=vault.id, parameters=CheckpointParam(name="once")))
    client.create_checkpoint(CreateCheckpointRequest(body=asked))
    task = ended(client, vault_id=vault.id, operation_type="backup")
    target = town.home / f"restored-{vault.id}"
    restore = BackupRestore(details=RestoreDetails(destination_path=str(target)))
    client.restore_backup(
        RestoreBackupRequest(
            backup_id=task.extra_info.backup.backup_id, body=BackupRestoreReq(restore=restore)
        )
    )
    assert ended(client, vault_id=vault.id, operation_type="restore").status == "success"
    assert (target / "first.txt").read_text() == "the first of the ledgers"
    client.delete_vault(DeleteVaultRequest(vault_id=vault.id))
    assert ended(client, vault_id=vault.id, operation_type="vault_delete").status == "success"


@pytest.fixture(scope="module")
def vaults(town: Town) -> dict[str, Any]:
    """Two vaults with one successful backup each, by the names of what they hold."""
    client = preset(town, town.token)
    made = {}
    for name in ("photos", "ledgers"):
        vault = made[name] = new_vault(client, f"kept-{name}", town.new_folder(name).id)
        asked = VaultBackup(vault_id=vault.id, parameters=CheckpointParam(name="n"))
        client.create_checkpoint(CreateCheckpointRequest(body=VaultBackupReq(checkpoint=asked)))
    for vault in made.values():
        assert ended(client, vault_id=vault.id).status == "success"
    return made


@pytest.mark.parametrize(
    ("wanted", "keeps"),
    [
        ({"operation_type": "backup"}, True),
        ({"operation_type": "sync"}, False),
        ({"status": "success"}, True),
        ({"status": "failed"}, False),
        ({"provider_id": "3f3c3220-245c-4805-b811-758870015881"}, True),
        ({"provider_id": "0daac4c5-6707-4851-97ba-169e36266b66"}, False),
        ({"resource_name": "photos"}, True),
        ({"resource_name": "letters"}, False),
        ({"vault_name": "kept-photos"}, True),
        ({"vault_name": "nothing of this name"}, False),
        ({"start_time": "2018-01-01T12:00:00Z"}, True),
        ({"start_time": "2098-01-01T12:00:00Z"}, False),
        ({"end_time": "2098-01-01T12:00:00Z"}, True),
        ({"end_time": "2018-02-01T12:00:00Z"}, False),
        ({"enterprise_project_id": "all_granted_eps"}, True),
        ({"enterprise_project_id": "0"}, True),
        ({"enterprise_project_id": "another"}, False),
    ],
)
def test_every_filter_of_the_task_list_is_heard(
    client: CbrClient, vaults: dict[str, Any], wanted: dict[str, str], keeps: bool
) -> None:
    vault = vaults["photos"]
    (task,) = logs(client, vault_id=vault.id)
    (held,) = vault.resources
    assert task.extra_info.resource.id == held.id
    found = logs(client, resource_id=held.id, vault_id=vault.id, **wanted)
    assert [one.id for one in found] == ([task.id] if keeps else [])
    shown = client.show_op_log(ShowOpLogRequest(operation_log_id=task.id)).operation_log
    assert shown.to_dict() == task.to_dict()


@pytest.mark.usefixtures("vaults")
def test_the_task_list_comes_in_pages(client: CbrClient) -> None:
    whole = [task.id for task in logs(client, operation_type="backup", limit=1000)]
    offsets = range(len(whole) + 1)
    pages = [logs(client, operation_type="backup", limit=1, offset=offset) for offset in offsets]
    assert [task.id for page in pages for task in page] == whole
    assert pages[-1] == []


def test_vaults_are_found_by_repeated_ids(client: CbrClient, vaults: dict[str, Any]) -> None:
    wanted = {vault.id for vault in vaults.values()}
    found = client.list_vault(ListVaultRequest(id=sorted(wanted), limit=10)).vaults
    assert {vault.id for vault in found} == wanted


# ── refusals ────────────────────────────────────────────────────────────────────────────────────────────


def test_an_unknown_task_is_an_exception_with_the_code_and_the_request(client: CbrClient) -> None:
    with pytest.raises(ClientRequestException) as refused:
        client.show_op_log(ShowOpLogRequest(operation_log_id="4827f2da-b008-4507-ab7d-42d0df5ed912"))
    assert refused.value.status_code == 404
    assert refused.value.error_code == "BackupService.6500"
    assert refused.value.error_msg == "Operation log does not exist."
    assert refused.value.request_id.startswith("req-")


def test_a_malformed_parameter_is_an_exception_that_names_it(client: CbrClient) -> None:
    with pytest.raises(ClientRequestException) as refused:
        client.list_op_logs(ListOpLogsRequest(limit=0))
    assert (refused.value.status_code, refused.value.error_code) == (400, "BackupService.9900")
    assert "limit" in refused.value.error_msg


@pytest.mark.parametrize("way", WAYS)
def test_a_wrong_token_is_an_exception_with_a_code(town: Town, way: str) -> None:
    with pytest.raises(ClientRequestException) as refused:
        WAYS[way](town, "wrong").list_op_logs(ListOpLogsRequest())
    assert (refused.value.status_code, refused.value.error_code) == (401, "APIGW.0301")


def test_a_signature_is_refused_and_told_what_to_send(town: Town) -> None:
    client = built(town, credentials.BasicCredentials("AKTEST", "SKTEST", town.project_id))
    with pytest.raises(ClientRequestException) as refused:
        client.list_op_logs(ListOpLogsRequest())
    assert refused.value.status_code == 401
    assert "X-Auth-Token" in refused.value.error_msg
