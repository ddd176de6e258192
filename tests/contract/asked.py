"""A server with some of everything, and whoever asks it by its OpenAPI document."""

import hashlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.core import NOT_SET
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.service.world import World, settled
from tests.wire.listening import listening

from holdfast.api import app, openapi
from holdfast.db import accounts, tokens
from holdfast.db.database import open_database
from holdfast.db.tokens import StoredToken
from holdfast.model import clock, ids
from holdfast.model.project import Project, Role, User
from holdfast.model.resource import ObjectType

KEY = b"Y29udHJhY3QgdGVzdHMgc2VhbCBub3RoaW5nIGhlcmU="
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EVERY_DAY = {"properties": {"pattern": ["FREQ=DAILY;BYHOUR=6;BYMINUTE=0"]}}

Operation = schemathesis.APIOperation[Any, Any, Any, Any]
Question = schemathesis.Case[Any]
Known = dict[str, list[str]]


def read() -> dict[str, Operation]:
    """The operations of the document, by name."""
    schema = schemathesis.openapi.from_dict(dict(openapi.document()))
    found = [one.ok() for one in schema.get_all_operations() if isinstance(one, Ok)]
    return {one.definition.raw["operationId"]: one for one in found}


OPERATIONS = read()


@dataclass
class Asked:
    """A server over a world. `done` are the operations that were answered with what they are for."""

    world: World
    address: str
    session: requests.Session
    done: set[str] = field(default_factory=set)

    def judge(self, question: Question, who: str = "blue") -> Any:
        """The answer, which must be one that the document has."""
        headers = {"X-Auth-Token": f"token-of-{who}"}
        reply = question.call(base_url=self.address, session=self.session, headers=headers)
        question.validate_response(reply, checks=CHECKS)
        return reply

    def ask(
        self,
        name: str,
        body: Any = NOT_SET,
        *,
        who: Project | None = None,
        query: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        **path: str,
    ) -> Any:
        """The body of the answer to something that can be done."""
        asker = who or self.world.blue
        operation = OPERATIONS[name]
        if "{project_id}" in operation.path:
            path = {"project_id": asker.id, **path}
        media_type = None if body is NOT_SET else "application/json"
        question = operation.Case(
            path_parameters=path, query=query or {}, headers=headers or {}, body=body, media_type=media_type
        )
        reply = self.judge(question, asker.name)
        assert reply.status_code < 400, f"{name}: {reply.status_code} {reply.content!r}"
        self.done.add(name)
        return reply.json() if reply.content else None


@contextmanager
def serving(url: str, folder: Path) -> Iterator[Asked]:
    """A server over this database; an administrator of each project has a token of the project's name."""
    with closing(open_database(url, KEY)) as database, requests.Session() as session:
        world = settled(database, folder)
        session.trust_env = False
        admit(world, world.red)
        admit(world, world.blue, world.red)
        with listening(app.build(database, world.config, lambda: None)) as address:
            yield Asked(world, address, session)


def admit(world: World, project: Project, *others: Project) -> None:
    """An administrator of the project, with a token for it, who may look into others."""
    now = clock.now()
    user = User(id=ids.new_project(), name=f"asker of {project.name}", created_at=now)
    token = StoredToken(
        digest=hashlib.sha256(f"token-of-{project.name}".encode()).hexdigest(),
        user_id=user.id,
        project_id=project.id,
        issued_at=now,
        expires_at=now + timedelta(hours=1),
    )
    with world.db.transaction() as tx:
        accounts.add_user(tx, user, "no password")
        accounts.grant(tx, user.id, project.id, Role.ADMIN)
        for other in others:
            accounts.grant(tx, user.id, other.id, Role.READER)
        tokens.add(tx, token)


def new_policy(asked: Asked, name: str) -> str:
    """A policy of every day."""
    wanted = {
        "name": name,
        "operation_type": "backup",
        "trigger": EVERY_DAY,
        "operation_definition": {"max_backups": 3},
    }
    made: str = asked.ask("CreatePolicy", {"policy": wanted})["policy"]["id"]
    return made


def new_organization_policy(asked: Asked, name: str) -> str:
    """A policy of every day, for the whole domain."""
    wanted = {
        "name": name,
        "description": "for all",
        "operation_type": "backup",
        "policy_name": name,
        "policy_enabled": True,
        "policy_operation_definition": {"max_backups": 3},
        "policy_trigger": EVERY_DAY,
    }
    made: str = asked.ask("CreateOrganizationPolicy", {"policy": wanted})["policy"]["id"]
    return made


def new_agent(asked: Asked, name: str) -> str:
    """An agent on a host of this name."""
    host = {"agent_id": f"agent-{name}", "host_ip": "192.0.2.1", "host_name": name, "host_os": "linux"}
    made: str = asked.ask("RegisterAgent", {"agent": host})["agent"]["agent_id"]
    return made


def new_order(asked: Asked, vault_id: str) -> str:
    """An order for another size of a vault."""
    product = {"product_id": "p", "resource_size": 200, "resource_spec_code": "vault.backup.turbo.normal"}
    made: str = asked.ask("ChangeOrder", {"resource_id": vault_id, "product_info": product})["orderId"]
    return made


def furnish(asked: Asked) -> Known:
    """Some of everything that can be asked for: ids, by the names that the wire has for them."""
    world = asked.world
    folders = [world.directory(f"letters{number}") for number in range(3)]
    disk, web, spare = world.disk(), world.server(), world.directory("spare")
    turbo = world.vault(folders[0], folders[1], name="turbo")
    servers = world.vault(web, name="servers", object_type=ObjectType.SERVER)
    disks = world.vault(disk, name="disks", object_type=ObjectType.DISK)
    empty = [world.vault(name=f"v{number}") for number in range(5)]
    backups = [*world.back_up(turbo), *world.back_up(disks), world.back_up_server(servers, web)]
    policies = [new_policy(asked, f"p{number}") for number in range(3)]
    logs = asked.ask("ListOpLogs")["operation_logs"]
    vaults = [vault.id for vault in (turbo, servers, disks, *empty)]
    resources = [one.id for one in (*folders, disk, web, spare)]
    asked.ask("CreateVaultTags", {"tag": {"key": "colour", "value": "blue"}}, vault_id=turbo.id)
    asked.ask("AddMember", {"members": [world.red.id]}, backup_id=backups[-1].id)
    shared = {"backup_id": backups[-2].id, "to_project_ids": [world.red.id]}
    (share,) = asked.ask("ShareBackup", {"shared": shared})["shared"]
    asked.ask("AddPolicyTag", {"tag": {"key": "colour", "value": "blue"}}, policy_id=policies[0])
    return {
        "source_project_id": [world.blue.id],
        "destination_project_id": [world.blue.id, world.red.id],
        "members": [world.red.id],
        "member_id": [world.red.id],
        "domain_name": ["Default"],
        "vault_id": vaults,
        "destination_vault_id": vaults,
        "vault_ids": vaults,
        "backup_id": [backup.id for backup in backups],
        "backup_ids": [backup.id for backup in backups],
        "checkpoint_id": sorted({backup.checkpoint_id for backup in backups}),
        "policy_id": policies,
        "backup_policy_id": policies,
        "organization_policy_id": [new_organization_policy(asked, f"o{number}") for number in range(2)],
        "agent_id": [new_agent(asked, name) for name in ("web", "mail")],
        "order_id": [new_order(asked, turbo.id)],
        "operation_log_id": [log["id"] for log in logs],
        "instance_id": [disk.id, web.id],
        "resource_id": [turbo.id, *resources],
        "resource_ids": resources,
        "resourceId": [turbo.id],
        "server_id": [web.id],
        "volume_id": [disk.id],
        "id": [share["id"], folders[2].id, spare.id, *policies],
        "job_id": [log["id"] for log in logs],
        "to_project_ids": [world.red.id],
        "to_project_id": [world.red.id],
        "from_project_id": [world.blue.id],
        "key": ["colour"],
        "feature_key": ["replication.enable"],
        "api_version": ["v3"],
        "destination_region": [world.config.region],
        "type": ["OS::Sfs::Turbo", "OS::Nova::Server", "OS::Cinder::Volume"],
        "period_type": ["month"],
        "resource_spec_code": ["vault.backup.turbo.normal"],
        "resourceSpecCode": ["vault.backup.turbo.normal"],
    }
