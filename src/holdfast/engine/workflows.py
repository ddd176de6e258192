"""DBOS, as this house uses it: one workflow, one queue for each site, in the database of the rows.

The only file that speaks to DBOS, which is one of a kind in a process. A workflow's id is its task's id, so
asking for the same work twice is asking once. DBOS opens no port and calls nobody here: neither its console
nor its tracing is configured.
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer, EnqueueOptions
from sqlalchemy import Connection

APPLICATION = "holdfast"
# Only workers that say the same take each other's work over. It goes up when the workflow or what a step
# returns changes in a way that work half done under the old one cannot be finished under the new one.
COMPATIBILITY = "1"
WORKFLOW = "perform"
POLLING_SECONDS = 0.5
FINISHED = frozenset({"SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"})
# Beyond the attempts that `perform` counts itself: for a worker that dies before it comes to counting.
_MAX_RECOVERIES = 10
_TRIM_AT_ONCE = 500
_POOL = 5


class Workflows:
    """The workflows of one worker, which is called `worker_id` there, at one site."""

    def __init__(self, url: str, site: str, worker_id: str) -> None:
        self.queue = f"holdfast-{site}"
        self._worker_id = worker_id
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
        """Begin to take work off the queue, `slots` at a time, what this worker left unfinished included.

        Both numbers are properties of the queue: of workers of one site the last to start sets them.
        """

        def run(task_id: str) -> None:
            perform(task_id)

        DBOS(config=self._config)
        DBOS.workflow(name=WORKFLOW, max_recovery_attempts=_MAX_RECOVERIES)(run)
        DBOS.listen_queues([self.queue])
        DBOS.launch()
        self._client = DBOSClient(
            system_database_url=self._config["system_database_url"],
            system_database_pool_size=1,
            serializer=DBOSPortableJSONSerializer(),
            application_name=APPLICATION,
            lazy=True,
        )
        DBOS.register_queue(
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

    def step(self, name: str, do: Callable[[], str]) -> str:
        """Inside a workflow: the text that `do` returns, kept, so that a later execution is spared it."""
        return DBOS.run_step({"name": name}, do)

    def enqueue(self, tx: Connection, task_ids: Sequence[str]) -> None:
        """Put work on the site's queue, in this transaction of the same database."""
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

    def queued(self) -> int:
        """How much work of the site no worker has taken yet."""
        return len(DBOS.list_queued_workflows(queue_name=self.queue, status="ENQUEUED", load_input=False))

    def settle(self, seconds: float) -> None:
        """Wait until it is written down, too, that what was performed here has ended; at most so long."""
        deadline = time.monotonic() + seconds
        while self._worker_id in self.in_hand().values() and time.monotonic() < deadline:
            time.sleep(0.02)

    def states(self, task_ids: Collection[str]) -> Mapping[str, str]:
        """What has become of some work; what is unknown is left out."""
        if not task_ids:
            return {}
        known = DBOS.list_workflows(workflow_ids=list(task_ids), load_input=False, load_output=False)
        return {one.workflow_id: one.status for one in known}

    def in_hand(self) -> Mapping[str, str]:
        """The work that has been taken off a queue and has not ended, with the worker that took it."""
        held = DBOS.list_workflows(
            status="PENDING", name=WORKFLOW, app_version=COMPATIBILITY, load_input=False, load_output=False
        )
        return {one.workflow_id: one.executor_id for one in held if one.executor_id is not None}

    def recover(self, worker_ids: Sequence[str]) -> None:
        """Put the work that these workers had in hand back on the queue. They must be dead."""
        # What Conductor, the makers' own service, calls; not public, so DBOS's version is pinned.
        DBOS._recover_pending_workflows(list(worker_ids))

    def put_back(self, task_ids: Collection[str]) -> None:
        """Put single pieces of work back on the queue; who still does one of them loses it."""
        for task_id in task_ids:
            DBOS.resume_workflow(task_id, queue_name=self.queue)

    def trim(self, before: datetime) -> None:
        """Forget some of the work that ended before; the tasks' history is in their own rows."""
        old = DBOS.list_workflows(
            completed_before=before.isoformat(), limit=_TRIM_AT_ONCE, load_input=False, load_output=False
        )
        if old:
            DBOS.delete_workflows([one.workflow_id for one in old])
