"""Clients that cannot run here: their recorded requests are made again, signed or with a token as they were.

| Recording | What was recorded |
|---|---|
| `terraform_huaweicloud` | Terraform with the provider of Huawei Cloud: apply, and plan without changes |
| `terraform_opentelekomcloud` | Terraform with the provider of Open Telekom Cloud: apply, plan, destroy |
| `go_huaweicloud` | the Go SDK of Huawei Cloud |
| `go_opentelekomcloud` | gophertelekomcloud, with a password and then with an access key |

Ids in the recordings are names of what the scene holds, or of what an earlier answer told. A request that a
client repeats until something happened is repeated. What each client reads of an answer is in `NEEDS`.
"""

import http.client
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.wire import signing
from tests.wire.neighbours import Neighbour, settled_next_door
from tests.wire.town import Town, until

RECORDINGS = Path(__file__).with_name("recordings")
SERVER, DISK = "OS::Nova::Server", "OS::Cinder::Volume"
Reply = dict[str, Any]

# What the clients read, by the call: members that must be there, and of which type.
VAULT: Mapping[str, type] = {
    "vault.id": str,
    "vault.name": str,
    "vault.billing.status": str,
    "vault.billing.size": int,
    "vault.billing.allocated": int,
    "vault.billing.used": int,
    "vault.billing.spec_code": str,
    "vault.billing.object_type": str,
    "vault.resources": list,
    "vault.tags": list,
    "vault.bind_rules": dict,
    "vault.enterprise_project_id": str,
}
POLICY: Mapping[str, type] = {
    "policy.id": str,
    "policy.name": str,
    "policy.enabled": bool,
    "policy.operation_type": str,
    "policy.trigger.properties.pattern": list,
    "policy.operation_definition.max_backups": int,
    "policy.associated_vaults": list,
}
CHECKPOINT: Mapping[str, type] = {
    "checkpoint.id": str,
    "checkpoint.status": str,
    "checkpoint.vault.id": str,
    "checkpoint.vault.resources": list,
    "checkpoint.extra_info.name": str,
}
BACKUP: Mapping[str, type] = {
    "backup.id": str,
    "backup.status": str,
    "backup.resource_id": str,
    "backup.resource_size": int,
    "backup.children": list,
    "backup.created_at": str,
}
TASK: Mapping[str, type] = {
    "operation_log.id": str,
    "operation_log.status": str,
    "operation_log.error_info.code": str,
    "operation_log.extra_info.common.progress": int,
    "operation_log.extra_info.resource.id": str,
}
NEEDS: tuple[tuple[str, Mapping[str, type]], ...] = (
    (r"GET /identity/v3/projects\?name=[^&]+", {"projects.0.id": str, "projects.0.name": str}),
    (r"GET /identity/v3/auth/domains.*", {"domains.0.id": str, "domains.0.name": str}),
    (r"GET /identity/v3/auth/catalog", {"catalog.0.type": str, "catalog.0.endpoints.0.url": str}),
    (r"POST /identity/v3/auth/tokens", {"token.expires_at": str, "token.user.id": str}),
    (r"POST /v3/[^/]+/policies", POLICY),
    (r"GET /v3/[^/]+/policies/.+", POLICY),
    (r"GET /v3/[^/]+/policies(\?.*)?", {"policies": list, "count": int}),
    (r"POST /v3/[^/]+/vaults", VAULT),
    (r"GET /v3/[^/]+/vaults/(?!nope).+", VAULT),
    (r"GET /v3/[^/]+/vaults(\?.*)?", {"vaults": list, "count": int}),
    (r"POST .+/associatepolicy", {"associate_policy.vault_id": str, "associate_policy.policy_id": str}),
    (r"POST .+/addresources", {"add_resource_ids.0": str}),
    (r"POST /v3/[^/]+/checkpoints", CHECKPOINT),
    (r"GET /v3/[^/]+/checkpoints/.+", CHECKPOINT),
    (r"GET /v3/[^/]+/backups(\?.*)?", {"backups": list, "count": int}),
    (r"GET /v3/[^/]+/backups/[^/]+", BACKUP),
    (r"POST .+/members", {"members.0.id": str, "members.0.dest_project_id": str, "members.0.status": str}),
    (r"GET .+/members(\?.*)?", {"members": list, "count": int}),
    (r"POST .+/restore", {"job_id": str}),
    (r"GET /v3/[^/]+/operation-logs(\?.*)?", {"operation_logs": list, "count": int}),
    (r"GET /v3/[^/]+/operation-logs/.+", TASK),
    (r"POST .+/tags/action", {}),
    (r"GET /v3/[^/]+/vaults/nope", {"error_code": str, "error_msg": str}),
    (r"DELETE .+", {}),
)

# What an answer teaches for later requests: the name in the recording, and where the value stands.
TEACHES: Mapping[str, tuple[str, str]] = {
    r"POST /v3/[^/]+/policies": ("policy", "policy.id"),
    r"POST /v3/[^/]+/vaults": ("vault", "vault.id"),
    r"POST /v3/[^/]+/checkpoints": ("checkpoint", "checkpoint.id"),
    r"GET /v3/[^/]+/backups\?checkpoint_id=[^&]+": ("backup", "backups.0.id"),
    r"POST .+/restore": ("task", "job_id"),
}


def protected(reply: Reply) -> bool:
    checkpoint = reply["checkpoint"]
    resources = checkpoint["vault"]["resources"]
    assert resources, "Terraform takes a checkpoint without resources for a fault"
    assert "error" not in [checkpoint["status"], *(one["protect_status"] for one in resources)]
    return {checkpoint["status"], *(one["protect_status"] for one in resources)} == {"available"}


# What is asked again until it holds.
AWAITED: Mapping[str, Callable[[Reply], bool]] = {
    r"GET /v3/[^/]+/checkpoints/.+": protected,
    r"GET /v3/[^/]+/operation-logs/.+": lambda reply: reply["operation_log"]["status"] == "success",
}


@dataclass
class Replay:
    """Makes the requests of a recording in a project of its own."""

    home: Neighbour
    values: dict[str, str] = field(default_factory=dict)
    key: tuple[str, str] | None = None
    nothing_under_way: bool = False

    def play(self, recorded: Iterable[Mapping[str, Any]]) -> None:
        for request in recorded:
            self.perform(request)

    def perform(self, request: Mapping[str, Any]) -> None:
        call = f"{request['method']} {request['target'].format(**self.values)}"
        if request["method"] != "GET" and "/identity/" not in call:
            self.home.settle()
        holds = chosen(AWAITED, call)
        if holds is None:
            status, reply = self.send(request)
        else:
            status, reply = until(lambda: self.send(request), lambda answer: holds(answer[1]))
            assert holds(reply), (call, reply)
        assert status == request["status"], (call, status, reply)
        self.check(call, reply)
        self.learn(request, call, reply)

    def send(self, request: Mapping[str, Any]) -> tuple[int, Reply]:
        """The status and the body of the answer to one recorded request."""
        address = urlsplit(self.home.known["endpoint"])
        target = request["target"].format(**self.values)
        body = request["body"].format(**self.values).encode()
        headers = {name: value.format(**self.values) for name, value in request["headers"].items()}
        headers |= {"Host": address.netloc, "X-Sdk-Date": signing.date()} | self.proof(
            request, headers | {"Host": address.netloc}, target, body
        )
        connection = http.client.HTTPConnection(address.netloc, timeout=60)
        connection.request(request["method"], target, body or None, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, json.loads(content) if content else {}

    def proof(
        self, request: Mapping[str, Any], headers: Mapping[str, str], target: str, body: bytes
    ) -> dict[str, str]:
        """The header by which the request was authorised, made again for this project."""
        way, _, names = request["proof"].partition(" ")
        if way == "token":
            return {"X-Auth-Token": self.home.token}
        if not way:
            return {}
        self.key = self.key or self.home.access_key()
        lowered = {name.lower(): value for name, value in headers.items()} | {"x-sdk-date": signing.date()}
        signed = signing.Request(request["method"], target, lowered, body)
        authorization = signing.DIALECTS[way](signed, names, *self.key)
        return {"Authorization": authorization, "X-Sdk-Date": lowered["x-sdk-date"]}

    def check(self, call: str, reply: Reply) -> None:
        needs = next((needs for pattern, needs in NEEDS if re.fullmatch(pattern, call)), None)
        assert needs is not None, f"nobody said what is read of {call}"
        for place, kind in needs.items():
            found = looked_up(reply, place)
            assert isinstance(found, kind), (call, place, found)
            assert kind is not int or not isinstance(found, bool), (call, place)

    def learn(self, request: Mapping[str, Any], call: str, reply: Reply) -> None:
        taught = chosen(TEACHES, call)
        if taught is None or not request["status"] < 300:
            return
        name, place = taught
        self.values[name] = str(looked_up(reply, place))
        if name == "backup":
            self.values["disk_backup"] = reply["backups"][0]["children"][0]["id"]
            self.values["volume"] = reply["backups"][0]["children"][0]["resource_id"]


def chosen(table: Mapping[str, Any], call: str) -> Any:
    return next((value for pattern, value in table.items() if re.fullmatch(pattern, call)), None)


def looked_up(reply: Any, place: str) -> Any:
    for step in place.split("."):
        reply = reply[int(step)] if isinstance(reply, list) else reply[step]
    return reply


def recorded(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (RECORDINGS / f"{name}.jsonl").read_text().splitlines()]


@pytest.fixture
def replay(town: Town, request: pytest.FixtureRequest) -> Replay:
    home = settled_next_door(town, str(request.function.__name__).removeprefix("test_")[:16])
    machine = home.new_server("machine")
    values = {
        **home.known,
        "project": home.project_id,
        "domain": "default",
        "server": machine.id,
        "left_out": machine.disks[1],
    }
    return Replay(home, values)


def with_history(replay: Replay, object_type: str, resource_id: str, kind: str) -> None:
    """A vault with one backup, a task and a policy, which the client of a recording finds there."""
    home = replay.home
    vault_id = home.new_vault("kept", object_type, (resource_id, kind))
    backup = home.backed_up(vault_id)
    (task,) = home.ask("GET", "/operation-logs", vault_id=vault_id)["operation_logs"]
    policy = {
        "name": "kept",
        "operation_type": "backup",
        "operation_definition": {"max_backups": 3},
        "trigger": {"properties": {"pattern": ["FREQ=DAILY;BYHOUR=06;BYMINUTE=00"]}},
    }
    policy_id = home.ask("POST", "/policies", {"policy": policy})["policy"]["id"]
    found = {"vault": vault_id, "backup": backup["id"], "task": task["id"], "policy": policy_id}
    replay.values |= found | {"volume": resource_id}


def test_terraform_of_huawei_cloud_applies_and_finds_no_change(replay: Replay, town: Town) -> None:
    replay.values["neighbour"] = settled_next_door(town, "receiver").project_id
    replay.play(recorded("terraform_huaweicloud"))
    vault = replay.home.ask("GET", f"/vaults/{replay.values['vault']}")["vault"]
    (held,) = vault["resources"]
    assert held["extra_info"]["exclude_volumes"] == [replay.values["left_out"]]
    assert [(tag["key"], tag["value"]) for tag in vault["tags"]] == [("a", "b")]
    pages = [line["target"] for line in recorded("terraform_huaweicloud") if "offset=1" in line["target"]]
    for target in pages:
        line = {"method": "GET", "target": target, "headers": {}, "proof": "token", "body": ""}
        _, reply = replay.send(line)
        (items,) = [value for value in reply.values() if isinstance(value, list)]
        assert items == [], "Terraform asks for the next page until one is empty"


def test_terraform_of_huawei_cloud_destroys_what_it_made(replay: Replay, town: Town) -> None:
    replay.values["neighbour"] = settled_next_door(town, "receiver").project_id
    replay.play(recorded("terraform_huaweicloud"))
    home, values = replay.home, replay.values
    home.settle()
    home.ask("DELETE", f"/backups/{values['backup']}/members/{values['neighbour']}")
    home.ask("DELETE", f"/backups/{values['backup']}")
    gone = {"headers": {}, "proof": "token", "body": "", "method": "GET"}
    checkpoint = gone | {"target": "/v3/{project}/checkpoints/{checkpoint}"}
    assert until(lambda: replay.send(checkpoint)[0], lambda status: status == 404) == 404
    home.ask("DELETE", f"/vaults/{values['vault']}")
    vault = gone | {"target": "/v3/{project}/vaults/{vault}"}
    assert until(lambda: replay.send(vault)[0], lambda status: status == 404) == 404
    home.ask("DELETE", f"/policies/{values['policy']}")


def test_terraform_of_open_telekom_cloud_applies_plans_and_destroys(replay: Replay) -> None:
    replay.play(recorded("terraform_opentelekomcloud"))


def test_the_go_sdk_of_huawei_cloud_finds_what_it_asks_for(replay: Replay) -> None:
    with_history(replay, "server", replay.values["server"], SERVER)
    replay.play(recorded("go_huaweicloud"))


@pytest.mark.parametrize("part", [slice(0, 13), slice(13, None)], ids=["password", "access key"])
def test_gophertelekomcloud_finds_what_it_asks_for(replay: Replay, part: slice) -> None:
    with_history(replay, "disk", replay.values["left_out"], DISK)
    replay.play(recorded("go_opentelekomcloud")[part])


def test_gophertelekomcloud_finds_tasks_under_the_key_that_it_reads(replay: Replay) -> None:
    with_history(replay, "disk", replay.values["left_out"], DISK)
    line = {"method": "GET", "target": "/v3/{project}/operation-logs", "proof": "token", "body": ""}
    _, theirs = replay.send(line | {"headers": {"User-Agent": "golangsdk/2.0.0"}})
    assert [task["id"] for task in theirs["operation_log"]] == [replay.values["task"]]
    _, others = replay.send(line | {"headers": {"User-Agent": "python-requests/2.32"}})
    assert "operation_log" not in others
    assert others["operation_logs"] == theirs["operation_logs"]
