"""Replicating into another region: the same copy, into a repository that is asked over HTTP, and a task on
both sides.

The other side's task is found again by this one's id, and what was sent is there already: so an interrupted
replication goes on. Each side hears of the other's end with the next progress that is told.
"""

import logging
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from holdfast.db import tasks
from holdfast.engine.copying import copy_between
from holdfast.engine.endings import plain
from holdfast.engine.tools import PATIENCE_SECONDS, Tools, Work
from holdfast.model import clock
from holdfast.model.backup import Backup
from holdfast.model.errors import Cancelled, DestinationFull, Refusal
from holdfast.model.incoming_replication import IncomingTask, task_id
from holdfast.model.policy import Destination
from holdfast.model.region_errors import RegionRefused, RegionUnavailable
from holdfast.model.task import CANCELLED, Figures, ReplicationDetail, Status, Task
from holdfast.repo.copy import Copied
from holdfast.repo.repository import Repository, open_repository
from holdfast.service import remote_regions, retentions
from holdfast.service.remote_regions import Elsewhere
from holdfast.store.objects import StoreFull, StoreUnavailable
from holdfast.store.patience import Patience
from holdfast.store.remote import open_remote

log = logging.getLogger(__name__)

TELL_SECONDS = 2.0
UNHEARD_SECONDS = 15.0  # after it could not be told
# Not for long in the store, where a task that waits cannot be stopped: it is asked again from outside.
STORE_PATIENCE = Patience(30.0)
_PAUSES, _PAUSE_SECONDS = 4, 0.5
_LONGEST_CODE = 255
_LONGEST_SENTENCE = 4096
Value = TypeVar("Value")


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What was sent, by this execution of the task; the other side has the replica."""

    figures: Figures


def send(work: Work, tools: Tools, backup: Backup, detail: ReplicationDetail) -> Sent:
    """Copy what the other side does not have, and have it make a replica of it.

    Raises RegionNotReplicable, RegionUnavailable (out of reach for long), RegionRefused, DestinationFull,
    what else the other side refuses, and Cancelled where somebody stopped the task there.
    """
    with remote_regions.asking(tools.config, _destination(detail)) as elsewhere:
        return _Sending(work, tools, elsewhere, detail).send(backup)


def give_up(task: Task, detail: ReplicationDetail, tools: Tools) -> None:
    """Tell the other side how the task ended. One that cannot be told ends its own after a while."""
    ended = tools.ask(partial(tasks.get, project_id=task.project_id, task_id=task.id))
    told = {
        "code": ended.error.code[:_LONGEST_CODE],
        "message": plain(ended.error.message)[:_LONGEST_SENTENCE],
        "status": "timeout" if ended.status is Status.TIMEOUT else "failed",
    }
    vault_id = detail.destination_vault_id
    there = task_id(vault_id, detail.source_region, task.id)
    try:
        with remote_regions.asking(tools.config, _destination(detail)) as elsewhere:
            elsewhere.tell(vault_id, there, "fail", told)
    except Refusal as refusal:
        log.info("%s was not told that task %s ended: %s", detail.destination_region, task.id, refusal)


class _Sending:
    """One execution of a replication into another region."""

    def __init__(self, work: Work, tools: Tools, elsewhere: Elsewhere, detail: ReplicationDetail) -> None:
        self._work = work
        self._tools = tools
        self._elsewhere = elsewhere
        self._detail = detail
        self._vault_id = detail.destination_vault_id
        self._next_tell = 0.0
        self._heard_at = time.monotonic()

    def send(self, backup: Backup) -> Sent:
        """Tell, copy, tell."""
        task, meter = self._work.task, self._work.meter
        expires_at = self._tools.ask(
            lambda tx: retentions.expires_at(tx, task.project_id, task.policy_id, clock.now())
        )
        announced = {**_announced(task, backup, self._detail), "expires_at": _moment(expires_at)}
        there = self._patiently(lambda: self._elsewhere.announce(self._vault_id, announced))
        if there.status is Status.SUCCESS:  # an earlier execution came so far
            return Sent(figures=there.figures)
        self._check_wanted(there)
        meter.guard(partial(self._tell, there.id))
        parts = {one.id: one.snapshot_id or "" for one in backup.children or (backup,)}
        copied = self._patiently(lambda: self._copy(backup, list(parts.values())))
        meter.tell()  # a worker that has lost the task finds out here, and does not end it there
        figures = replace(meter.figures, bytes_total=copied.bytes, bytes_stored=copied.stored_bytes)
        snapshots = {one: copied.copies[snapshot_id] for one, snapshot_id in parts.items()}
        done = {"replication": announced, "snapshots": snapshots, **_figures(figures)}
        there = self._patiently(partial(self._elsewhere.tell, self._vault_id, there.id, "complete", done))
        return Sent(figures=figures)

    def _copy(self, backup: Backup, snapshot_ids: Sequence[str]) -> Copied:
        """Copy what is lacking there; done once more, it goes on."""
        source = self._tools.repositories.open(backup.vault_id)
        try:
            return copy_between(source, snapshot_ids, self._target(), self._work.meter, backup.read_bytes)
        except StoreFull as fault:
            raise DestinationFull(str(fault)) from fault

    def _target(self) -> Repository:
        password = self._elsewhere.password(self._vault_id)
        ca_file = self._elsewhere.region.ca_file
        objects = open_remote(
            self._elsewhere.repository_url(self._vault_id),
            self._headers,
            renew=self._elsewhere.renew,
            verify=ssl.create_default_context(cafile=ca_file) if ca_file else True,
            patience=STORE_PATIENCE,
        )
        return open_repository(objects, password, self._tools.config.cache_path)

    def _headers(self) -> Mapping[str, str]:
        """What proves who asks, to the store that is asked; it knows how to wait for it."""
        try:
            return self._elsewhere.headers()
        except RegionUnavailable as refusal:
            raise StoreUnavailable(str(refusal)) from refusal

    def _tell(self, there_id: str, figures: Figures) -> None:
        """Tell how far this side is, now and then. Raises Cancelled, or RegionRefused where the task there
        has ended in another way."""
        if time.monotonic() < self._next_tell:
            return
        body = {"percent": self._work.meter.progress, **_figures(figures)}
        try:
            there = self._elsewhere.tell(self._vault_id, there_id, "progress", body)
        except RegionUnavailable as refusal:
            log.info("task %s: %s", self._work.task.id, refusal)
            self._next_tell = time.monotonic() + UNHEARD_SECONDS
            return
        self._heard_at = time.monotonic()
        self._next_tell = self._heard_at + TELL_SECONDS
        self._check_wanted(there)

    def _check_wanted(self, there: IncomingTask) -> None:
        if there.error_code == CANCELLED:
            raise Cancelled(f"Somebody asked for it in {self._detail.destination_region}.")
        if there.status.is_end:
            raise RegionRefused(f"the task there is over: {there.error_message or there.status}")

    def _patiently(self, ask: Callable[[], Value]) -> Value:
        """What is answered, also when the other side is away for a while: so long after it was last heard."""
        while True:
            try:
                answer = ask()
            except (RegionUnavailable, StoreUnavailable) as fault:
                if time.monotonic() > self._heard_at + PATIENCE_SECONDS:
                    raise
                log.info("task %s waits: %s", self._work.task.id, fault)
            else:
                self._heard_at = time.monotonic()
                return answer
            for _ in range(_PAUSES):
                time.sleep(_PAUSE_SECONDS)
                self._work.meter.tick()


def _destination(detail: ReplicationDetail) -> Destination:
    return Destination(detail.destination_project_id, detail.destination_region)


def _announced(task: Task, backup: Backup, detail: ReplicationDetail) -> dict[str, Any]:
    """What the other side is told of the replication."""
    whole = _part(backup) | {
        "name": backup.name,
        "description": backup.description,
        "incremental": backup.incremental,
        "children": [_part(one) for one in backup.children],
    }
    return {
        "source_task_id": task.id,
        "source_region": detail.source_region,
        "source_project_id": detail.source_project_id,
        "source_checkpoint_id": detail.source_checkpoint_id,
        "destination_checkpoint_id": detail.destination_checkpoint_id,
        "destination_backup_id": detail.destination_backup_id,
        "name": detail.destination_backup_name,
        "description": detail.description,
        "auto_trigger": detail.auto_trigger,
        "backup": whole,
    }


def _part(backup: Backup) -> dict[str, Any]:
    return {
        "id": backup.id,
        "resource_id": backup.resource_id,
        "resource_name": backup.resource_name,
        "resource_type": backup.resource_type,
        "resource_size": backup.resource_size_gb,
        "root": backup.root,
        "read_bytes": backup.read_bytes,
        "file_count": backup.file_count,
        "protected_at": _moment(backup.protected_at),
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _figures(figures: Figures) -> dict[str, int]:
    return {
        "bytes_done": figures.bytes_done,
        "bytes_total": figures.bytes_total,
        "bytes_stored": figures.bytes_stored,
    }
