from tests.db.making import NOON, OTHER_PROJECT, PROJECT, add_projects, add_vault, attachment, later, resource

from holdfast.db import bindings, resources, vaults
from holdfast.db.database import Database


def test_vaults_that_bind_and_resources_that_are_in_none_are_found_oldest_first(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        young = add_vault(tx, auto_bind=True, created_at=later(1))
        old = add_vault(tx, auto_bind=True, created_at=NOON)
        add_vault(tx)
        add_vault(tx, auto_bind=True, project_id=OTHER_PROJECT)
        held, new, first = resource(), resource(created_at=later(2)), resource()
        for one in (held, new, first, resource(project_id=OTHER_PROJECT)):
            resources.put(tx, one)
        vaults.attach(tx, old.id, attachment(held.id))
        assert bindings.takers(tx, PROJECT) == [old.id, young.id]
        assert bindings.unbound(tx, PROJECT) == [first.id, new.id]
