"""The documents of generated tasks: a real one of each type of task as a pattern, filled in quickly."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from operator import itemgetter
from typing import Any

import msgspec
import numpy as np

from holdfast.db.codes import CODE_OF_OPERATION, CODE_OF_STATUS, STATUS_OF_CODE
from holdfast.db.columns import EPOCH
from holdfast.model.task import (
    BackupDetail,
    DeleteDetail,
    Detail,
    Operation,
    RemoveResourcesDetail,
    ReplicationDetail,
    RestoreDetail,
    Status,
    SyncDetail,
    Task,
    TaskError,
    TaskResource,
    UpdateExpirationDetail,
    VaultDeleteDetail,
)

from . import idents
from .columns import NEVER, NONE, Column, Columns
from .world import ENTERPRISES, ERRORS, TYPES, World

Row = tuple[Any, ...]

_RESOURCE = TaskResource(id="@resource@", name="@resource_name@", type="@type@")
_BACKUP: Mapping[str, Any] = {"backup_id": "@backup@", "backup_name": "@backup_name@"}
_DETAILS: Mapping[Operation, Detail] = {
    Operation.BACKUP: BackupDetail(**_BACKUP),
    Operation.COPY: BackupDetail(**_BACKUP),
    Operation.DELETE: DeleteDetail(**_BACKUP, because=("max_backups",)),
    Operation.RESTORE: RestoreDetail(
        **_BACKUP, target_resource_id="@resource@", target_resource_name="@resource_name@"
    ),
    Operation.SYNC: SyncDetail(added=3),
    Operation.VAULT_DELETE: VaultDeleteDetail(total_count=5),
    Operation.REMOVE_RESOURCE: RemoveResourcesDetail(total_count=1, resources=(_RESOURCE,)),
    Operation.UPDATE_EXPIRATION_TIME: UpdateExpirationDetail(
        affected_count=4, day="2026-12-24", expires_at=EPOCH + timedelta(days=20_000)
    ),
    Operation.REPLICATION: ReplicationDetail(
        source_region="here",
        source_project_id="@project@",
        source_checkpoint_id="@backup@",
        source_backup_id="@backup@",
        source_backup_name="@backup_name@",
        destination_region="here",
        destination_project_id="@project@",
        destination_vault_id="@vault@",
    ),
}
# In place of what is no text, or may be null: the quotes go as well.
_BARE = re.compile(r'"@#(\w+)@"|@(\w+)@')


@dataclass(frozen=True)
class Documents:
    """Writes the documents of the tasks of a world."""

    world: World

    def of(self, columns: Columns, first: int) -> Iterator[str]:
        """A document for each row; the first row is that of task number `first`."""
        rows = zip(*_values(self.world, columns, first).values(), strict=True)
        for operation, row in zip(columns["operation"].tolist(), rows, strict=True):
            pattern, picked = _PATTERNS[operation]
            yield pattern % picked(row)


def _values(world: World, columns: Columns, first: int) -> Mapping[str, Sequence[object]]:
    """What is filled in, by its name in the patterns."""
    numbers = np.arange(first, first + len(columns["seq"]))
    backups = np.where(columns["backup"] == NONE, numbers, columns["backup"])
    return {
        "id": idents.many(idents.TASK, numbers),
        "project": _named(world.project_ids, columns["project"]),
        "status": [STATUS_OF_CODE[code].value for code in columns["status"].tolist()],
        "provider": _named([provider for _, provider in TYPES], columns["provider"]),
        "resource": _named(world.resource_ids, columns["resource"]),
        "resource_name": _named(world.resource_names, columns["resource"]),
        "type": _named([kind.value for kind, _ in TYPES], columns["type"]),
        "vault": _named(world.vault_ids, columns["vault"]),
        "vault_name": _named(world.vault_names, columns["vault_row"]),
        "enterprise": _named(ENTERPRISES, columns["enterprise"]),
        "request": [f"req-{one}" for one in idents.many(idents.REQUEST, columns["request"])],
        "created": np.datetime_as_string(columns["created_at"].astype("M8[us]")).tolist(),
        "error": _named([code for code, _ in ERRORS], columns["error"]),
        "message": _named(world.messages, columns["message"]),
        "backup": idents.many(idents.BACKUP, backups),
        "backup_name": [f"autobk_{number:08x}" for number in backups.tolist()],
        "checkpoint": _quoted(idents.many(idents.CHECKPOINT, columns["checkpoint"]), columns["checkpoint"]),
        "policy": _quoted(_named(world.policy_ids, columns["policy"]), columns["policy"]),
        "backup_or_none": _quoted(idents.many(idents.BACKUP, backups), columns["backup"]),
        "parent": _quoted(idents.many(idents.TASK, columns["parent"]), columns["parent"]),
        "started": _moments(columns["started_at"]),
        "ended": _moments(columns["ended_at"]),
        "progress": np.where(columns["status"] == CODE_OF_STATUS[Status.SUCCESS], 100, 0).tolist(),
        "done": columns["bytes_done"].tolist(),
        "stored": columns["bytes_stored"].tolist(),
    }


def _named(names: Sequence[str], numbers: Column) -> list[str]:
    return [names[number] for number in numbers.tolist()]


def _quoted(texts: Sequence[str], numbers: Column) -> list[str]:
    return [
        "null" if number == NONE else f'"{text}"'
        for number, text in zip(numbers.tolist(), texts, strict=True)
    ]


def _moments(moments: Column) -> list[str]:
    texts = np.datetime_as_string(np.maximum(moments, 0).astype("M8[us]")).tolist()
    return [
        "null" if moment == NEVER else f'"{text}Z"'
        for moment, text in zip(moments.tolist(), texts, strict=True)
    ]


def _example(operation: Operation) -> dict[str, Any]:
    example = Task(
        id="@id@",
        project_id="@project@",
        operation=operation,
        provider_id="@provider@",
        resource=_RESOURCE,
        vault_id="@vault@",
        vault_name="@vault_name@",
        checkpoint_id="@#checkpoint@",
        policy_id="@#policy@",
        backup_id="@#backup_or_none@",
        enterprise_project_id="@enterprise@",
        request_id="@request@",
        asked_by="holdfast",
        created_at=EPOCH,
        updated_at=EPOCH,
        error=TaskError("@error@", "@message@"),
        detail=_DETAILS[operation],
        retry_of="@#parent@",
    )
    told: dict[str, Any] = msgspec.to_builtins(example)
    done = {"bytes_done": "@#done@", "bytes_total": "@#done@", "bytes_stored": "@#stored@"}
    told["figures"] = done | {"files_done": 12, "files_total": 12}
    moments = {"created_at": "@created@Z", "updated_at": "@created@Z"}
    outcome = {"status": "@status@", "progress": "@#progress@"}
    return told | moments | outcome | {"started_at": "@#started@", "ended_at": "@#ended@"}


def _pattern(operation: Operation) -> tuple[str, Callable[[Row], Row]]:
    """The document with `%s` where something is filled in, and what picks those from a row, in order."""
    text = msgspec.json.encode(_example(operation)).decode().replace("%", "%%")
    places = [_NAMES.index(bare or inside) for bare, inside in _BARE.findall(text)]
    return _BARE.sub("%s", text), itemgetter(*places)


_NAMES = (
    "id", "project", "status", "provider", "resource", "resource_name", "type", "vault", "vault_name",
    "enterprise", "request", "created", "error", "message", "backup", "backup_name", "checkpoint", "policy",
    "backup_or_none", "parent", "started", "ended", "progress", "done", "stored",
)  # fmt: skip
_PATTERNS = {CODE_OF_OPERATION[operation]: _pattern(operation) for operation in _DETAILS}
