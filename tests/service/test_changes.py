"""Changes that meet: a rule that was checked still holds when the change commits."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.service.world import World

from holdfast.db import tasks
from holdfast.model.checkpoint import Wanted
from holdfast.model.errors import NotAllowed, Refusal, VaultBeingDeleted, VaultNotFound
from holdfast.model.project import Role
from holdfast.model.task import Operation, Page, Status
from holdfast.model.task_filter import TaskFilter
from holdfast.service import attachments, checkpoints, vaults
from holdfast.service.attachments import NewAttachment
from holdfast.service.vaults import VaultFilter

AT_ONCE = 4


def outcomes(do: Callable[[], object]) -> list[str]:
    """What becomes of the same order given several times at once."""

    def outcome(_: int) -> str:
        try:
            do()
        except Refusal as refusal:
            return type(refusal).__name__
        return "done"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sorted(pool.map(outcome, range(AT_ONCE)))


def count(world: World, **wanted: object) -> int:
    with world.db.reading() as tx:
        return tasks.count(tx, TaskFilter(project_id=world.blue.id, **wanted))  # type: ignore[arg-type] # one filter by name


def test_a_vault_that_is_deleted_by_several_at_once_has_one_task(world: World) -> None:
    vault = world.vault()
    done = outcomes(lambda: vaults.delete(world.context(), vault.id))
    assert done == ["VaultBeingDeleted"] * (AT_ONCE - 1) + ["done"]
    assert count(world, operations=(Operation.VAULT_DELETE,)) == 1


def test_a_resource_that_several_attach_at_once_is_in_one_vault(world: World) -> None:
    letters = world.directory()
    several = iter([world.vault(name=f"v{number}") for number in range(AT_ONCE)])
    asked = [NewAttachment(resource_id=letters.id)]
    done = outcomes(lambda: attachments.add(world.context(), next(several).id, asked))
    assert done == ["ResourceAlreadyProtected"] * (AT_ONCE - 1) + ["done"]


def test_a_vault_that_is_backed_up_by_several_at_once_is_backed_up_once(world: World) -> None:
    vault = world.vault(world.directory())
    assert outcomes(lambda: checkpoints.create(world.context(), vault.id, Wanted())) == ["done"] * AT_ONCE
    assert count(world, statuses=(Status.WAITING,)) == 1
    assert count(world, statuses=(Status.SKIPPED,)) == AT_ONCE - 1


def test_a_change_that_is_refused_leaves_nothing_and_wakes_nobody(world: World) -> None:
    letters = world.directory()
    world.vault(letters)
    with pytest.raises(Refusal):
        world.vault(letters, name="second")
    found, _ = vaults.find(world.context(), VaultFilter(project_id=world.blue.id), Page())
    assert [vault.name for vault in found] == ["v1"]
    assert world.wakes == []


def test_a_reader_may_look_but_not_change(world: World) -> None:
    vault = world.vault()
    reader = world.context(Role.READER)
    assert vaults.show(reader, vault.id) == vault
    with pytest.raises(NotAllowed):
        vaults.delete(reader, vault.id)


def test_nobody_changes_another_projects_things(world: World) -> None:
    vault = world.vault()
    with pytest.raises(VaultNotFound):
        vaults.delete(world.context(project=world.red), vault.id)
    vaults.delete(world.context(), vault.id)
    with pytest.raises(VaultBeingDeleted):
        vaults.delete(world.context(), vault.id)
