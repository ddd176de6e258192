"""Automatic binding: when a vault takes a resource by itself, and when it does not."""

from pathlib import Path
from typing import Any

from tests.service.world import World

from holdfast.config import ConfiguredResource
from holdfast.db import vaults as stored
from holdfast.model.resource import ObjectType, Resource
from holdfast.model.tag import Tag
from holdfast.model.vault import MAX_RESOURCES, Attachment, Vault, VaultChange
from holdfast.service import resources, vaults
from holdfast.service.resources import NewResource

PROD = (Tag("stage", "prod"),)


def folder(world: World, name: str, *tags: Tag) -> Resource:
    """A real folder, known to the project, with these tags."""
    path: Path = world.folder / name
    path.mkdir(exist_ok=True)
    asked = NewResource(
        type="directory", name=name, provider="directory", settings={"path": str(path)}, tags=tags
    )
    return resources.register(world.context(), asked)


def held(world: World, vault: Vault) -> list[str]:
    return [one.name for one in vaults.show(world.context(), vault.id).attachments]


def change(world: World, vault: Vault, **change: Any) -> None:
    vaults.update(world.context(), vault.id, VaultChange(**change))


def take_out(world: World, vault: Vault, resource: Resource) -> None:
    with world.db.transaction() as tx:
        stored.detach(tx, vault.id, resource.id)


def test_a_new_vault_takes_what_is_in_none_and_fits_its_rules(world: World) -> None:
    free, prod = folder(world, "free"), folder(world, "prod", *PROD)
    taken = folder(world, "taken", *PROD)
    world.disk()
    world.vault(taken)
    assert held(world, world.vault(name="none")) == []
    assert held(world, world.vault(name="some", auto_bind=True, bind_rules=PROD)) == [prod.name]
    assert held(world, world.vault(name="all", auto_bind=True)) == [free.name]


def test_a_vault_that_is_told_to_take_resources_takes_them(world: World) -> None:
    resource, vault = folder(world, "letters", *PROD), world.vault(bind_rules=(Tag("stage", "test"),))
    change(world, vault, auto_bind=True)
    assert held(world, vault) == []
    change(world, vault, bind_rules=PROD)
    assert held(world, vault) == [resource.name]


def test_a_new_resource_goes_into_the_oldest_vault_that_takes_it(world: World) -> None:
    other = world.vault(name="other", auto_bind=True, bind_rules=(Tag("stage", "test"),))
    old = world.vault(name="old", auto_bind=True, bind_rules=PROD)
    young = world.vault(name="young", auto_bind=True)
    folder(world, "prod", *PROD)
    folder(world, "plain")
    assert (held(world, other), held(world, old), held(world, young)) == ([], ["prod"], ["plain"])


def test_a_resource_that_gets_its_tags_later_goes_where_they_lead(world: World) -> None:
    vault = world.vault(auto_bind=True, bind_rules=PROD)
    letters = folder(world, "letters")
    assert held(world, vault) == []
    resources.set_tags(world.context(), letters.id, PROD)
    assert held(world, vault) == ["letters"]
    resources.set_tags(world.context(), letters.id, [])
    assert held(world, vault) == ["letters"]


def test_what_was_taken_out_stays_out_until_its_tags_or_the_vaults_rules_change(world: World) -> None:
    vault = world.vault(auto_bind=True)
    letters = folder(world, "letters", *PROD)
    take_out(world, vault, letters)
    folder(world, "letters", *PROD)
    resources.set_tags(world.context(), letters.id, PROD)
    change(world, vault, name="renamed")
    change(world, vault, auto_bind=True, bind_rules=())
    folder(world, "news")
    assert held(world, vault) == ["news"]
    change(world, vault, bind_rules=PROD)
    assert held(world, vault) == ["news", "letters"]


def test_a_configured_resource_is_bound_once_and_not_again_at_every_start(world: World) -> None:
    vault = world.vault(auto_bind=True, bind_rules=PROD)
    (world.folder / "home").mkdir()
    table = ConfiguredResource(
        type="directory",
        name="home",
        provider="directory",
        tags={"stage": "prod"},
        settings={"path": str(world.folder / "home")},
    )
    config = type(world.config)(data=world.config.data, resources=(table,))
    (home,) = resources.register_configured(world.db, config)
    assert held(world, vault) == ["home"]
    take_out(world, vault, home)
    resources.register_configured(world.db, config)
    assert held(world, vault) == []


def test_a_server_is_bound_and_its_disks_are_not(world: World) -> None:
    disks = world.vault(name="disks", object_type=ObjectType.DISK, auto_bind=True)
    servers = world.vault(name="servers", object_type=ObjectType.SERVER, auto_bind=True)
    world.server("web")
    assert (held(world, disks), held(world, servers)) == ([], ["web"])


def test_a_full_vault_takes_no_more(world: World) -> None:
    vault = world.vault(auto_bind=True)
    with world.db.transaction() as tx:
        for number in range(MAX_RESOURCES - 1):
            filler = Attachment(resource_id=f"filler-{number}", name="filler", type="OS::Sfs::Turbo")
            stored.attach(tx, vault.id, filler)
    folder(world, "last")
    folder(world, "too-many")
    assert len(held(world, vault)) == MAX_RESOURCES
    assert held(world, vault)[-1] == "last"


def test_a_vault_that_is_being_deleted_takes_nothing(world: World) -> None:
    vault = world.vault(auto_bind=True)
    vaults.delete(world.context(), vault.id)
    folder(world, "letters")
    assert held(world, vault) == []
