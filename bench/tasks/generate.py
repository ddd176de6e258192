"""Makes a database full of tasks: in bulk, but sealed as the product itself would have done it."""

import time
from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
import sqlalchemy as sa
from sqlalchemy import Connection, event

from holdfast.db import projects, under_way
from holdfast.db.columns import EPOCH, read_document
from holdfast.db.database import Database, migrate
from holdfast.db.history import sealing
from holdfast.db.task_keys import mark
from holdfast.db.task_tables import (
    task,
    task_column,
    task_document,
    task_event,
    task_message,
    task_project,
    task_recent,
    task_resource,
    task_segment,
    task_total,
    task_vault,
    task_word,
)
from holdfast.model.project import Project
from holdfast.model.task import Task

from . import columns as kept
from . import events, history, idents
from .bulk import Bulk, filling
from .columns import NEVER, NONE, Column, Columns, Integers
from .documents import Documents
from .places import FILLED, POSTGRESQL, SEALED, SQLITE, Place
from .world import ENTERPRISES, ERRORS, TYPES, World, is_renamed

_SLICE = 400_000  # rows that are recent before some are sealed
_CHUNK = 50_000
_LIMITS = sealing.Limits(at_once=60_000)  # as the product's, but in longer steps
_MARKS = ("checkpoint", "backup", "request", "parent")
_KINDS = {
    "checkpoint": idents.CHECKPOINT,
    "backup": idents.BACKUP,
    "request": idents.REQUEST,
    "parent": idents.TASK,
}


def generate(place: Place) -> None:
    """Make the database, or as much of it as is not there, or was made by another source."""
    world = World(place.rows)
    if not (place.columns / "seq.npy").exists():
        kept.write(place.columns, history.draw(world))
    begun = time.monotonic()
    if not place.has(FILLED):
        Filling(place, world).fill()
    if not place.has(SEALED):
        Filling(place, world).seal()
    print(f"{place.title}, {place.rows:,} tasks: there after {time.monotonic() - begun:.0f} s", flush=True)


class Keys(msgspec.Struct):
    """Keys of what tasks name, by the number of each; `words` by the text."""

    words: dict[str, int]
    project: Integers
    provider: Integers
    enterprise: Integers
    type: Integers
    policy: Integers  # of none at last
    error: Integers
    messages: Integers  # the pairs of project and message that there are, as one number
    message: Integers  # by the task

    @classmethod
    def of(cls, world: World, columns: Columns) -> "Keys":
        """The same ones each time."""
        words: dict[str, int] = {}

        def keys(texts: Sequence[str]) -> Integers:
            return np.array([words.setdefault(text, len(words) + 1) for text in texts])

        pairs = columns["project"].astype(np.int64) * len(world.messages) + columns["message"]
        messages, places = np.unique(pairs, return_inverse=True)
        return cls(
            words=words,
            project=keys(world.project_ids),
            provider=keys([provider for _, provider in TYPES]),
            enterprise=keys(ENTERPRISES),
            type=keys([kind.value for kind, _ in TYPES]),
            policy=keys([*world.policy_ids, ""]),
            error=keys([code for code, _ in ERRORS]),
            messages=messages,
            message=places + 1,
        )


class Filling:
    """A database that is being filled."""

    def __init__(self, place: Place, world: World) -> None:
        self._place, self._world = place, world
        self._columns = {name: np.array(column) for name, column in kept.read(place.columns).items()}
        self._keys = Keys.of(world, self._columns)

    def fill(self) -> None:
        """All but what lists are found by."""
        self._place.make()
        db = self._open()
        migrate(db)
        with db.transaction() as tx:
            self._make_projects(tx)
        db.close()
        with filling(self._place) as bulk:
            self._name(bulk)
        self._fill_tasks()
        self._begin_work()
        self._place.done(FILLED)

    def seal(self) -> None:
        """What lists are found by: anew, if it was there."""
        self._place.begin(SEALED)
        with filling(self._place) as bulk:
            for table in (task_recent, task_segment, task_column, task_project, task_total, task_event):
                bulk.say(f"DELETE FROM {table.name}")  # noqa: S608 - our own names
            self._total(bulk)
        for begin, end in self._slices():
            self._fill_recent(begin, end)
            self._seal()
            self._say(f"{end:,} sealed")
        self._tidy()
        self._place.done(SEALED)

    def _slices(self) -> Iterator[tuple[int, int]]:
        """Tasks that become recent at once, before any of them is sealed."""
        for begin in range(0, self._world.rows, _SLICE):
            yield begin, min(begin + _SLICE, self._world.rows)

    def _say(self, what: str) -> None:
        print(f"{self._place.title}, {self._place.rows:,} tasks: {what}", flush=True)

    def _open(self) -> Database:
        """Durable only when all is done."""
        db = self._place.open()
        relaxed = {SQLITE: "PRAGMA synchronous = OFF", POSTGRESQL: "SET synchronous_commit = off"}
        statement = relaxed[self._place.kind]

        @event.listens_for(db.engine, "connect")
        def relax(connection: sa.engine.interfaces.DBAPIConnection, _record: object) -> None:
            connection.cursor().execute(statement)
            connection.commit()

        return db

    def _make_projects(self, tx: Connection) -> None:
        for number, project_id in enumerate(self._world.project_ids):
            projects.add(tx, Project(id=project_id, name=f"project-{number:04}", created_at=EPOCH))

    def _name(self, bulk: Bulk) -> None:
        world, keys = self._world, self._keys
        bulk.put(task_word, ("key", "text"), ((key, text) for text, key in keys.words.items()))
        owners = keys.project[world.project_of_vault].tolist()
        vaults = (
            (row + 1, owners[row % world.vaults], world.vault_ids[row % world.vaults], name)
            for row, name in enumerate(world.vault_names)
            if row < world.vaults or is_renamed(row % world.vaults)
        )
        bulk.put(task_vault, ("key", "project_key", "id", "name"), vaults)
        kinds = [TYPES[number][0].value for number in world.type_of_vault.tolist()]
        resources = (
            (
                number + 1,
                owners[vault],
                world.resource_ids[number],
                world.resource_names[number],
                kinds[vault],
            )
            for number, vault in enumerate(world.vault_of_resource.tolist())
        )
        bulk.put(task_resource, ("key", "project_key", "id", "name", "type"), resources)
        many, projects_keys = len(world.messages), keys.project.tolist()
        messages = (
            (key, projects_keys[pair // many], world.messages[pair % many])
            for key, pair in enumerate(keys.messages.tolist(), 1)
        )
        bulk.put(task_message, ("key", "project_key", "text"), messages)
        self._set_sequences(bulk)

    def _set_sequences(self, bulk: Bulk) -> None:
        if self._place.kind == POSTGRESQL:
            for table in (task_word, task_vault, task_resource, task_message):
                owned = f"pg_get_serial_sequence('{table.name}', 'key')"
                bulk.say(f"SELECT setval({owned}, (SELECT max(key) FROM {table.name}))")  # noqa: S608 - our own names

    def _total(self, bulk: Bulk) -> None:
        columns, keys = self._columns, self._keys
        ended = columns["ended_at"] != NEVER
        combined = np.stack(
            [columns[name][ended].astype(np.int64) for name in ("project", "operation", "status")]
        )
        rows, counts = np.unique(combined, axis=1, return_counts=True)
        rows[0] = keys.project[rows[0]]
        bulk.put(
            task_total,
            ("project_key", "operation", "status", "n"),
            zip(*rows.tolist(), counts.tolist(), strict=True),
        )
        numbers, told = events.of(columns, self._world.projects)
        names = ("project_key", "recent", "version", "events")
        bulk.put(
            task_project,
            names,
            ((key, 0, 0, n) for key, n in zip(keys.project.tolist(), numbers.tolist(), strict=True)),
        )
        bulk.put(
            task_event,
            ("project_key", "number", "at", "seq", "task_id", "request_id", "status"),
            events.rows(told, columns, keys.project),
        )

    def _fill_recent(self, begin: int, end: int) -> None:
        keys = self._keys
        columns = kept.cut(self._columns, begin, end)
        order = np.lexsort((columns["seq"], columns["project"]))
        facts = {
            "project_key": keys.project[columns["project"]],
            **{name: columns[name] for name in ("seq", "operation", "status")},
            "provider_key": keys.provider[columns["provider"]],
            "enterprise_key": keys.enterprise[columns["enterprise"]],
            "vault_key": columns["vault_row"] + 1,
            "resource_key": columns["resource"] + 1,
            "type_key": keys.type[columns["type"]],
            "policy_key": keys.policy[columns["policy"]],
            "error_key": keys.error[columns["error"]],
            "message_key": keys.message[begin:end],
            **{name: columns[name] for name in ("started_at", "ended_at", "bytes_done", "bytes_stored")},
        }
        lists = [_nullable(values[order]) for values in facts.values()]
        counts = np.bincount(columns["project"], minlength=self._world.projects)
        with filling(self._place) as bulk:
            bulk.put(task_recent, tuple(facts), zip(*lists, strict=True))
            for number in np.flatnonzero(counts).tolist():
                more = f"SET recent = recent + {counts[number]} WHERE project_key = {keys.project[number]}"
                bulk.say(f"UPDATE task_project {more}")

    def _seal(self) -> None:
        db = self._open()
        with db.reading() as tx:
            due = sealing.due(tx, _LIMITS)
        for project_id in due:
            while sealing.seal(db, project_id, _LIMITS):
                continue
        db.close()

    def _fill_tasks(self) -> None:
        world, documents = self._world, Documents(self._world)
        with filling(self._place) as bulk:
            self._drop_indexes(bulk)
            for begin in range(0, world.rows, _CHUNK):
                columns = kept.cut(self._columns, begin, begin + _CHUNK)
                seqs = columns["seq"].tolist()
                ids = idents.many(idents.TASK, np.arange(begin, begin + len(seqs)))
                owners = self._keys.project[columns["project"]].tolist()
                marks = [self._marks(columns, name) for name in _MARKS]
                names = ("seq", "id", "project_key", *(f"{name}_mark" for name in _MARKS))
                bulk.put(task, names, zip(seqs, ids, owners, *marks, strict=True))
                bulk.put(
                    task_document, ("seq", "document"), zip(seqs, documents.of(columns, begin), strict=True)
                )
                if begin % 1_000_000 == 0:
                    self._say(f"{begin:,} documents")
            self._make_indexes(bulk)

    def _marks(self, columns: Columns, name: str) -> list[int | None]:
        told, first, places = np.unique(columns[name], return_index=True, return_inverse=True)
        owners = columns["project"][first].tolist()
        before = "req-" if name == "request" else ""
        marks = [
            None if number == NONE else mark(self._world.project_ids[owner], before + one)
            for number, owner, one in zip(told.tolist(), owners, idents.many(_KINDS[name], told), strict=True)
        ]
        return [marks[place] for place in places.tolist()]

    def _drop_indexes(self, bulk: Bulk) -> None:
        for index in task.indexes:
            bulk.say(f"DROP INDEX {index.name}")
        if self._place.kind == POSTGRESQL:
            bulk.say(
                "TRUNCATE task CASCADE"
            )  # what a table gets in the transaction that emptied it is not logged
            bulk.say("ALTER TABLE task DROP CONSTRAINT uq_task_id")

    def _make_indexes(self, bulk: Bulk) -> None:
        if self._place.kind == POSTGRESQL:
            bulk.say("ALTER TABLE task ADD CONSTRAINT uq_task_id UNIQUE (id)")
        for index in task.indexes:
            bulk.say(str(sa.schema.CreateIndex(index)))

    def _begin_work(self) -> None:
        first = self._world.rows - history.unfinished(self._world.rows)
        columns = kept.cut(self._columns, first, self._world.rows)
        db = self._open()
        with db.transaction() as tx:
            for seq, document in zip(
                columns["seq"].tolist(), Documents(self._world).of(columns, first), strict=True
            ):
                under_way.begin(tx, seq, read_document(document, Task), None)
        db.close()

    def _tidy(self) -> None:
        if self._place.kind == POSTGRESQL:
            db = self._place.open()
            with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                for statement in ("VACUUM (FULL) task_recent", "VACUUM (ANALYZE)", "CHECKPOINT"):
                    connection.exec_driver_sql(statement)
            db.close()


def _nullable(values: Column) -> list[int | None]:
    listed: list[int | None] = values.tolist()
    if values.dtype == np.int64:
        for place in np.flatnonzero(values == NEVER).tolist():
            listed[place] = None
    return listed
