"""huaweicloudsdkcbr: with an access key, and with a token in the two ways that its users have."""

import json
import socket
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Protocol

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
from huaweicloudsdkcbr.v1.region.cbr_region import CbrRegion
from huaweicloudsdkcore.auth import credentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer
from tests.wire.town import Town, until

from holdfast.model import clock

TURBO = "OS::Sfs::Turbo"


class Project(Protocol):
    """Where a client is pointed at."""

    @property
    def endpoint(self) -> str: ...

    @property
    def project_id(self) -> str: ...


def built(town: Project, credential: Any) -> CbrClient:
    return CbrClient.new_builder().with_credentials(credential).with_endpoint(town.endpoint).build()


def preset(town: Project, token: str) -> CbrClient:
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


def signing(town: Town) -> CbrClient:
    """The way that the SDK was made for: every request is signed."""
    return built(town, key_of(town))


def key_of(town: Town, **other: str) -> Any:
    """The first administrator's access key, or what it is not."""
    known = town.server.credentials | other
    return credentials.BasicCredentials(known["access_key"], known["secret_key"], known["project_id"])


TOKEN_WAYS: dict[str, Callable[[Town, str], CbrClient]] = {"preset": preset, "subclassed": subclassed}


@pytest.fixture(params=["signing", *TOKEN_WAYS])
def client(request: pytest.FixtureRequest, town: Town) -> CbrClient:
    if request.param == "signing":
        return signing(town)
    return TOKEN_WAYS[request.param](town, town.token)


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
    client = signing(town)
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


@pytest.mark.parametrize("way", TOKEN_WAYS)
def test_a_wrong_token_is_an_exception_with_a_code(town: Town, way: str) -> None:
    with pytest.raises(ClientRequestException) as refused:
        TOKEN_WAYS[way](town, "wrong").list_op_logs(ListOpLogsRequest())
    assert (refused.value.status_code, refused.value.error_code) == (401, "APIGW.0301")


def refusal(client: CbrClient) -> str:
    with pytest.raises(ClientRequestException) as refused:
        client.list_op_logs(ListOpLogsRequest())
    assert (refused.value.status_code, refused.value.error_code) == (401, "APIGW.0301")
    assert refused.value.request_id.startswith("req-")
    return str(refused.value.error_msg)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"secret_key": "wrong"}, "the signature does not fit the request and the secret key"),
        ({"access_key": "A" * 20}, "the access key is unknown"),
        ({"access_key": "x" * 2000}, "the access key is unknown"),
    ],
)
def test_a_wrong_key_is_refused_with_the_reason(town: Town, wrong: dict[str, str], reason: str) -> None:
    assert refusal(built(town, key_of(town, **wrong))).endswith(reason)


def test_a_project_of_somebody_else_is_not_there(town: Town) -> None:
    client = built(town, key_of(town, project_id="f" * 32))
    with pytest.raises(ClientRequestException) as refused:
        client.list_op_logs(ListOpLogsRequest())
    assert (refused.value.status_code, refused.value.error_code) == (404, "BackupService.6302")


# ── signed requests ─────────────────────────────────────────────────────────────────────────────────────


def test_without_a_project_the_region_says_which(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    known = town.server.credentials
    monkeypatch.setenv("HUAWEICLOUD_SDK_IAM_ENDPOINT", town.endpoint)
    monkeypatch.setenv("HUAWEICLOUD_SDK_REGION_CBR_LOCAL_1", town.endpoint)
    client = (
        CbrClient.new_builder()
        .with_credentials(credentials.BasicCredentials(known["access_key"], known["secret_key"]))
        .with_region(CbrRegion.value_of("local-1"))
        .build()
    )
    assert logs(client, limit=1) is not None


def test_the_key_comes_from_the_environment(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    known = town.server.credentials
    monkeypatch.setenv("HUAWEICLOUD_SDK_AK", known["access_key"])
    monkeypatch.setenv("HUAWEICLOUD_SDK_SK", known["secret_key"])
    monkeypatch.setenv("HUAWEICLOUD_SDK_PROJECT_ID", known["project_id"])
    client = CbrClient.new_builder().with_endpoint(town.endpoint).build()
    assert logs(client, limit=1) is not None


def signed(
    town: Town, method: str, path: str, body: str = "", *, minutes_ago: float = 0, **query: str
) -> tuple[str, dict[str, str]]:
    """Target and headers of a request, as the SDK signs it at this moment or another."""
    date = clock.now() - timedelta(minutes=minutes_ago)
    request = SdkRequest(
        method=method,
        schema="http",
        host=town.endpoint.removeprefix("http://"),
        resource_path=f"/v3/{town.project_id}{path}",
        query_params=list(query.items()),
        header_params={"Content-Type": "application/json", "X-Sdk-Date": f"{date:%Y%m%dT%H%M%SZ}"},
        body=body,
    )
    sent = Signer(key_of(town)).sign(request)
    return sent.uri, dict(sent.header_params)


def asked(town: Town, method: str, target: str, headers: dict[str, str], body: str) -> tuple[int, Any]:
    """Status and body of what is answered to exactly these bytes on a fresh connection."""
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    lines += [f"Content-Length: {len(body.encode())}", "Connection: close", "", body]
    host, _, port = town.endpoint.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=60) as wire:
        wire.sendall("\r\n".join(lines).encode())
        head, _, content = b"".join(iter(lambda: wire.recv(65536), b"")).partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(content)


def test_a_signature_is_as_good_as_its_clock(town: Town) -> None:
    for minutes, status in ((0, 200), (14, 200), (-14, 200), (16, 401), (-16, 401)):
        target, headers = signed(town, "GET", "/policies", minutes_ago=minutes)
        answer, told = asked(town, "GET", target, headers, "")
        assert answer == status, told
        assert status == 200 or "more than 15 minutes" in told["error_msg"]


def policy(name: str) -> str:
    trigger = {"properties": {"pattern": ["FREQ=DAILY;INTERVAL=1;BYHOUR=1;BYMINUTE=0"]}}
    asked = {"name": name, "operation_type": "backup", "operation_definition": {"max_backups": 3}}
    return json.dumps({"policy": asked | {"trigger": trigger}})


def policies(town: Town) -> int:
    count: int = town.server.ask("GET", "/policies")["count"]
    return count


def test_a_change_that_is_sent_twice_happens_once(town: Town) -> None:
    body, before = policy("sent-twice"), policies(town)
    target, headers = signed(town, "POST", "/policies", body)
    assert asked(town, "POST", target, headers, body)[0] == 200
    for spelling in (target, f"{target}/", target.replace("policies", "p%6Flicies")):
        status, told = asked(town, "POST", spelling, headers, body)
        assert status in (401, 404), told
    assert "used already" in asked(town, "POST", target, headers, body)[1]["error_msg"]
    assert policies(town) == before + 1


def test_a_look_that_is_sent_twice_is_answered_twice(town: Town) -> None:
    target, headers = signed(town, "GET", "/policies", limit="5")
    assert [asked(town, "GET", target, headers, "")[0] for _ in range(2)] == [200, 200]


def test_what_was_changed_on_the_way_is_refused(town: Town) -> None:
    body, before = policy("changed"), policies(town)
    target, headers = signed(town, "POST", "/policies", body)
    changed = [
        ("POST", target, headers, body.replace("changed", "exchanged")),
        ("POST", f"{target}?x=1", headers, body),
        ("POST", target, {**headers, "Content-Type": "text/plain"}, body),
        ("POST", target, {**headers, "Host": "elsewhere"}, body),
        ("PUT", f"{target}/{'0' * 8}-0000-0000-0000-{'0' * 12}", headers, body),
    ]
    for method, place, sent, content in changed:
        status, told = asked(town, method, place, sent, content)
        assert (status, "does not fit" in told["error_msg"]) == (401, True), (method, place)
    assert policies(town) == before
    unsigned = {**headers, "X-Sdk-Content-Sha256": "UNSIGNED-PAYLOAD"}
    status, told = asked(town, "POST", target, unsigned, body)
    assert (status, "X-Sdk-Content-Sha256" in told["error_msg"]) == (401, True)
    assert asked(town, "POST", target, headers, body)[0] == 200


def test_access_keys_are_looked_after_by_the_operators_commands(town: Town) -> None:
    made = town.server.run("accounts", "key", "add", "admin", "--description", "spare", "--json").document
    client = built(town, key_of(town, access_key=made["access_key"], secret_key=made["secret_key"]))
    assert logs(client, limit=1) is not None
    listed = town.server.run("accounts", "key", "list", "admin", "--json").document
    assert [one["status"] for one in listed] == ["active", "active"]
    assert not any("secret_key" in one for one in listed)
    assert town.server.run("accounts", "key", "disable", made["access_key"]).code == 0
    assert refusal(client).endswith("the access key is disabled")
    assert town.server.run("accounts", "key", "enable", made["access_key"]).code == 0
    assert logs(client, limit=1) is not None
    full = town.server.run("accounts", "key", "add", "admin")
    assert full.code != 0
    assert "akSkNumExceed" in full.err
    assert town.server.run("accounts", "key", "remove", made["access_key"], "--yes").code == 0
    assert refusal(client).endswith("the access key is unknown")
    assert town.server.run("accounts", "key", "list", "nobody").code != 0
