"""Tasks as the API tells them, for tests of what is said about them."""

from typing import Any

from holdfast.model import ids


def task(
    status: str,
    *,
    operation: str = "backup",
    name: str = "letters",
    progress: int = 100,
    message: str = "",
    code: str = "",
    **figures: int,
) -> dict[str, Any]:
    """An operation log with this status; an ended one took two seconds."""
    known_id = ids.new()
    over = status not in ("waiting", "running")
    names = (
        "bytes_done",
        "bytes_total",
        "bytes_per_second",
        "bytes_stored",
        "files_done",
        "files_total",
        "warning_count",
    )
    extra: dict[str, Any] = {
        "common": {"progress": progress, "request_id": "req-1", "task_id": known_id},
        "resource": {"id": "r1", "name": name, "type": "OS::Sfs::Turbo"},
    }
    if operation == "backup":
        extra["backup"] = {"backup_id": "b1", "backup_name": "manualbk_1", "incremental": "true"}
    return {
        "id": known_id,
        "operation_type": operation,
        "status": status,
        "project_id": "p1",
        "provider_id": "3f3c3220-245c-4805-b811-758870015881",
        "checkpoint_id": "c1",
        "policy_id": None,
        "vault_id": "v1",
        "vault_name": "directories",
        "created_at": "2026-03-01T12:00:00.000+00:00",
        "started_at": "2026-03-01T12:00:00.000+00:00",
        "ended_at": "2026-03-01T12:00:02.000+00:00" if over else None,
        "updated_at": "2026-03-01T12:00:02.000+00:00",
        "error_info": {"code": code, "message": message},
        "extra_info": extra,
        "holdfast": {
            "figures": {known: figures.get(known, 0) for known in names},
            "warnings": [],
            "destination_path": None,
            "paths": [],
        },
    }
