"""Two real servers, each with its own rows and store, as their users see them: one sends to the other."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.end_to_end.serving import Server

NEAR, FAR = "near-1", "far-1"


def made(folder: Path, region: str, settings: str) -> Server:
    """A server of its own region, started."""
    folder.mkdir()
    file = folder / "holdfast.toml"
    file.write_text(f'region = "{region}"\n{settings}')
    environment = {"HOLDFAST_CONFIG": str(file), "NO_PROXY": "127.0.0.1"}
    server = Server(folder / "data", environment=environment)
    server.start()
    return server


def told(server: Server, *arguments: str) -> Any:
    """What a command says that must succeed."""
    done = server.run(*arguments, "--json")
    assert done.code == 0, done.err
    return done.document


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("regions")


@pytest.fixture(scope="module")
def far(folder: Path) -> Iterator[Server]:
    server = made(folder / "far", FAR, "")
    yield server
    assert server.kill(signal.SIGTERM) == 0


@pytest.fixture(scope="module")
def near(folder: Path, far: Server) -> Iterator[Server]:
    account = told(far, "accounts", "add", "sender", "--project", FAR)
    table = {"name": FAR, "endpoint": far.credentials["endpoint"], "username": "sender"}
    table["password"] = account["password"]
    lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in table.items())
    server = made(folder / "near", NEAR, f"[[remote_region]]\n{lines}\n")
    yield server
    assert server.kill(signal.SIGTERM) == 0
    assert account["password"] not in (folder / "near" / "serve.log").read_text()


def test_a_folder_is_restored_from_its_replica_in_another_region(
    near: Server, far: Server, tmp_path: Path
) -> None:
    home = tmp_path / "letters"
    home.mkdir()
    (home / "letter.txt").write_text("dear all")
    regions = told(near, "regions")["regions"]
    assert [(one["name"], one["state"]) for one in regions] == [(NEAR, "here"), (FAR, "answers")]
    to = told(far, "vaults", "create", "replicas", "--replicas", "--size", "10")["vault"]
    told(near, "vaults", "create", "letters")
    told(near, "protect", str(home), "--vault", "letters")
    told(near, "backup")
    where = ("--region", FAR, "--project", far.credentials["project_id"], "--to", to["id"])
    (task,) = told(near, "backups", "replicate", "--vault", "letters", *where)["operation_logs"]
    assert (task["status"], task["operation_type"]) == ("success", "replication")

    (there,) = told(far, "tasks")["operation_logs"]
    assert there["extra_info"]["replication"] == task["extra_info"]["replication"]
    assert there["extra_info"]["replication"]["source_region"] == NEAR
    assert there["extra_info"]["replication"]["destination_region"] == FAR
    assert (there["status"], there["vault_id"]) == ("success", to["id"])
    assert near.run("backups", "replicate", "--vault", "letters", *where).code == 6

    (replica,) = told(far, "backups")["backups"]
    restored = tmp_path / "restored"
    told(far, "restore", replica["id"], "--to", str(restored))
    assert (restored / "letter.txt").read_text() == "dear all"
    assert far.restic("replicas", "check", "--read-data").returncode == 0


def test_a_vault_follows_a_policy_that_sends_far_away(near: Server, far: Server) -> None:
    project = ("--region", FAR, "--project", far.credentials["project_id"])
    policy = told(near, "policies", "create", "nightly", "--at", "3:30", *project)["policy"]
    told(near, "vaults", "create", "diaries")
    plain = told(far, "vaults", "create", "no-replicas")["vault"]
    refused = near.run("policies", "bind", "diaries", "nightly", "--to", plain["id"])
    assert "BackupService.6119" in refused.err
    to = told(far, "vaults", "create", "more-replicas", "--replicas")["vault"]
    bound = told(near, "policies", "bind", "diaries", "nightly", "--to", to["id"])["associate_policy"]
    assert (bound["policy_id"], bound["destination_vault_id"]) == (policy["id"], to["id"])
