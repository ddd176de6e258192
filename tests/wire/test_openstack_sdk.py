"""openstacksdk with otcextensions, in Python."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from openstack import exceptions
from tests.wire.connecting import connected
from tests.wire.town import Town, until

# What otcextensions and openstacksdk complain about to each other.
pytestmark = [
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]


@pytest.fixture(scope="module")
def connection(town: Town) -> Iterator[Any]:
    connection = connected(town.server.credentials)
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def vault(town: Town, connection: Any) -> Any:
    """A vault that was backed up twice."""
    billing = {"consistent_level": "crash_consistent", "object_type": "turbo", "protect_type": "backup"}
    vault = connection.cbr.create_vault(
        name="album",
        billing=billing | {"size": 10},
        resources=[{"id": town.new_folder("photos").id, "type": "OS::Sfs::Turbo", "name": "photos"}],
    )
    for _ in range(2):
        show = partial(connection.cbr.get_checkpoint, connection.cbr.create_checkpoint(vault_id=vault.id).id)
        assert until(show, lambda checkpoint: checkpoint.status != "protecting").status == "available"
    return vault


def test_tasks_are_listed_and_got(connection: Any, vault: Any) -> None:
    tasks = [task for task in connection.cbr.tasks() if task.vault_id == vault.id]
    assert [(task.operation_type, task.status) for task in tasks] == [("backup", "success")] * 2
    task = connection.cbr.get_task(tasks[0].id)
    assert task.id == tasks[0].id
    assert (task.error_info.code, task.error_info.message) == ("", "")


def test_pages_follow_the_marker_to_the_end(connection: Any, vault: Any) -> None:
    listed = [task.id for task in connection.cbr.tasks(limit=1)]
    assert len(set(listed)) == len(listed) >= 2
    backups = [backup.id for backup in connection.cbr.backups(limit=1, vault_id=vault.id)]
    assert len(set(backups)) == len(backups) == 2


def test_a_vault_is_found_by_its_name(connection: Any, vault: Any) -> None:
    assert connection.cbr.find_vault("album").id == vault.id


def test_an_unknown_task_is_not_found(connection: Any) -> None:
    with pytest.raises(exceptions.NotFoundException, match=r"BackupService\.6500"):
        connection.cbr.get_task("4827f2da-b008-4507-ab7d-42d0df5ed912")


def test_a_session_that_was_revoked_signs_in_again_by_itself(town: Town, connection: Any) -> None:
    """A 401 makes the client sign in again; a 403 would not."""
    token = connection.session.get_token()
    reply = connection.session.delete(
        f"{town.server.credentials['auth_url']}/auth/tokens",
        headers={"X-Subject-Token": token},
        authenticated=True,
    )
    assert reply.status_code == 204
    assert isinstance(list(connection.cbr.tasks()), list)
    assert connection.session.get_token() != token
