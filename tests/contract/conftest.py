"""One server for each kind of database and module, with a history that nobody changes."""

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from secrets import token_hex

import httpx
import pytest
import sqlalchemy as sa
from tests.contract import history
from tests.contract.asked import Asked, serving
from tests.contract.town import Town
from tests.service.people import enrol
from tests.wire.listening import listening

from holdfast.api.app import build
from holdfast.config import Config
from holdfast.db import tasks
from holdfast.db.database import Database, open_database
from holdfast.model.project import Project, Role
from holdfast.model.task import Task
from holdfast.service import accounts, sessions
from holdfast.service.sessions import Named, Scope

KEY = b"Y29udHJhY3QgdGVzdHMgc2VhbCBub3RoaW5nIGhlcmU="


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("contract") / "holdfast.db"
        shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
        with settled(f"sqlite:///{path}") as town:
            yield town
        return
    template = request.getfixturevalue("migrated_postgresql")
    server = sa.make_url(request.getfixturevalue("postgresql"))
    name = f"contract_{token_hex(6)}"
    administer(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    with settled(server.set(database=name).render_as_string(hide_password=False)) as town:
        yield town
    administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def asked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    folder = tmp_path_factory.mktemp("asked")
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_sqlite"), folder / "holdfast.db")
        with serving(f"sqlite:///{folder / 'holdfast.db'}", folder) as asked:
            yield asked
        return
    template = request.getfixturevalue("migrated_postgresql")
    server = sa.make_url(request.getfixturevalue("postgresql"))
    name = f"asked_{token_hex(6)}"
    administer(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    with serving(server.set(database=name).render_as_string(hide_password=False), folder) as asked:
        yield asked
    administer(server, f"DROP DATABASE {name} WITH (FORCE)")


def administer(server: sa.URL, statement: str) -> None:
    engine = sa.create_engine(
        server.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
    )
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


@contextmanager
def settled(url: str) -> Iterator[Town]:
    """Two projects with the same kind of history, and a caller of the first."""
    with closing(open_database(url, KEY)) as database:
        blue, red = (accounts.add_project(database, name) for name in ("blue", "red"))
        mine, others = (remembered(database, project) for project in (blue, red))
        ann = enrol(database, "ann", "secret of ann")
        accounts.grant(database, ann.id, blue.id, Role.READER)
        scope = Scope(project=Named(id=blue.id))
        token = sessions.sign_in(database, Named(id=ann.id), "secret of ann", scope, hours=1).token
        with (
            listening(build(database, Config(), lambda: None)) as address,
            httpx.Client(base_url=address, trust_env=False) as client,
        ):
            yield Town(client, token, blue.id, mine, red.id, others[0])


def remembered(database: Database, project: Project) -> list[Task]:
    made = history.tasks(project.id)
    with database.transaction() as tx:
        for task in made:
            tasks.add(tx, task)
    return made
