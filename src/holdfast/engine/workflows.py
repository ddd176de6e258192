"""DBOS, as this house uses it: one workflow, one queue for each worker, in the database of the rows.

The only file that speaks to DBOS, which is one of a kind in a process. A workflow's id is its task's id, so
asking for the same work twice is asking once. The rows say who does what; the workflows are made to follow.
DBOS opens no port and calls nobody here: neither its console nor its tracing is configured.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

import msgspec
from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer, EnqueueOptions
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

APPLICATION = "holdfast"
# Only workers that say the same take each other's work over. It goes up when the workflow or what a step
# returns changes in a way that work half done under the old one cannot be finished under the new one.
COMPATIBILITY = "1"
WORKFLOW = "perform"
POLLING_SECONDS = 0.5
FINISHED = frozenset({"SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"})
# Beyond the attempts that `perform` counts itself: for a worker that dies before it comes to counting.
_MAX_RECOVERIES = 10
_QUEUE = "holdfast-"
_TRIM_AT_ONCE = 500
_POOL = 5


class Workflow(msgspec.Struct, frozen=True):
    """What the engine knows of a task's workflow: its queue, and the worker that took it last."""

    state: str
    queue: str | None
    worker: str | None

    @property
    def waits(self) -> bool:
        """Whether it is on a queue, and no worker has taken it off."""
        return self.state == "ENQUEUED"

    @property
    def has_ended(self) -> bool:
        """Whether the engine will not go on with it by itself."""
        return self.state in FINISHED


class Workflows:
    """The workflows of one worker, which is called `worker_id` there, and their queue."""

    def __init__(self, url: str, worker_id: str) -> None:
        self.queue = f"{_QUEUE}{worker_id}"
        self.worker_id = worker_id
        self._config: DBOSConfig = {
            "name": APPLICATION,
            "application_version": COMPATIBILITY,
            "executor_id": worker_id,
            "system_database_url": url,
            "sys_db_pool_size": _POOL,
            "serializer": DBOSPortableJSONSerializer(),  # pickles in a database would be programs in it
            "use_listen_notify": False,
            "notification_listener_polling_interval_sec": 0.2,  # asks nothing, but stopping waits for it
            "scheduler_polling_interval_sec": 3600.0,  # there is nothing on DBOS's own schedule
            "log_level": "WARNING",
        }
        self._client: DBOSClient | None = None

    def start(
        self, perform: Callable[[str], None], slots: int, polling_seconds: float = POLLING_SECONDS
    ) -> None:
        """Begin to take work off the worker's queue, `slots` at a time, what it left unfinished included."""

        def run(task_id: str) -> None:
            perform(task_id)

        self._client = DBOSClient(
            system_database_url=self._config["system_database_url"],
            system_database_pool_size=1,
            serializer=DBOSPortableJSONSerializer(),
            application_name=APPLICATION,
            lazy=True,
        )
        # A queue that is there at the launch is looked at from then on, one that comes later after a second.
        with suppress(DBAPIError):  # the launch makes the tables of a new database
            self._register(self._client, slots, polling_seconds)
        DBOS(config=self._config)
        DBOS.workflow(name=WORKFLOW, max_recovery_attempts=_MAX_RECOVERIES)(run)
        DBOS.listen_queues([self.queue])
        DBOS.launch()
        self._register(self._client, slots, polling_seconds)

    def _register(self, client: DBOSClient, slots: int, polling_seconds: float) -> None:
        client.register_queue(
            self.queue,
            worker_concurrency=slots,
            polling_interval_sec=polling_seconds,
            on_conflict="always_update",
        )

    def stop(self) -> None:
        """Let go of everything; work that goes on loses its engine, so end it before."""
        if self._client is not None:
            self._client.destroy()
            self._client = None
        DBOS.destroy(destroy_registry=True)

    def retire(self) -> None:
        """Remove the worker's queue: what waits on it, others will have put on theirs."""
        DBOS.delete_queue(self.queue)

    def step(self, name: str, do: Callable[[], str]) -> str:
        """Inside a workflow: the text that `do` returns, kept, so that a later execution is spared it."""
        return DBOS.run_step({"name": name}, do)

    def enqueue(self, tx: Connection, task_ids: Sequence[str]) -> None:
        """Put new work on the worker's queue, in this transaction of the same database."""
        if self._client is None:
            raise RuntimeError("the workflows have not been started")
        for task_id in task_ids:
            options: EnqueueOptions = {
                "workflow_name": WORKFLOW,
                "queue_name": self.queue,
                "workflow_id": task_id,
                "app_version": COMPATIBILITY,
            }
            self._client.enqueue_in_transaction(tx, options, task_id)

    def take_over(self, task_ids: Collection[str]) -> None:
        """Put work that the engine knows on the worker's queue; who does one of them now loses it."""
        if task_ids:
            DBOS.resume_workflows(sorted(task_ids), queue_name=self.queue)

    def known(self, task_ids: Collection[str]) -> Mapping[str, Workflow]:
        """What has become of some work; what is unknown is left out."""
        if not task_ids:
            return {}
        found = DBOS.list_workflows(workflow_ids=list(task_ids), load_input=False, load_output=False)
        return {one.workflow_id: Workflow(one.status, one.queue_name, one.executor_id) for one in found}

    def in_hand(self) -> Mapping[str, str]:
        """The work that has been taken off a queue and has not ended, with the worker that took it."""
        held = DBOS.list_workflows(
            status="PENDING", name=WORKFLOW, app_version=COMPATIBILITY, load_input=False, load_output=False
        )
        return {one.workflow_id: one.executor_id for one in held if one.executor_id is not None}

    def abandoned(self, before: datetime) -> Sequence[str]:
        """Some of the work that is older than this and has not ended; the oldest first."""
        old = DBOS.list_workflows(
            status=["ENQUEUED", "PENDING"],
            end_time=before.isoformat(),
            limit=_TRIM_AT_ONCE,
            load_input=False,
            load_output=False,
        )
        return [one.workflow_id for one in old]

    def forget(self, task_ids: Collection[str]) -> None:
        """Nothing is known of this work any more."""
        if task_ids:
            DBOS.delete_workflows(sorted(task_ids))

    def queues(self) -> Mapping[str, str]:
        """The names of all queues, by the workers whose they are, or were; once they were sites'."""
        names = [queue.name for queue in DBOS.list_queues(application_name=APPLICATION)]
        return {name.removeprefix(_QUEUE): name for name in names if name.startswith(_QUEUE)}

    def remove_queue(self, name: str) -> None:
        """Remove a queue that nobody works off any more."""
        DBOS.delete_queue(name)

    def trim(self, before: datetime) -> None:
        """Forget some of the work that ended before; the tasks' history is in their own rows."""
        old = DBOS.list_workflows(
            completed_before=before.isoformat(), limit=_TRIM_AT_ONCE, load_input=False, load_output=False
        )
        if old:
            DBOS.delete_workflows([one.workflow_id for one in old])
