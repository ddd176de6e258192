"""Resources that the configuration names."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tests.service.world import World

from holdfast.config import Config, ConfigError, ConfiguredResource
from holdfast.db import vaults as stored_vaults
from holdfast.db.vaults import VaultFilter
from holdfast.model.errors import InvalidParameter, ResourceAlreadyProtected
from holdfast.model.resource import ResourceType
from holdfast.model.tag import Tag
from holdfast.model.task import Page
from holdfast.service import resources
from holdfast.service.resources import NewResource, ResourceFilter


def naming(world: World, *named: dict[str, Any]) -> Config:
    known = [
        ConfiguredResource(**({"type": "directory", "name": "letters", "provider": "directory"} | one))
        for one in named
    ]
    return replace(world.config, resources=tuple(known))


def folder(world: World, name: str) -> dict[str, Any]:
    path = world.folder / name
    path.mkdir(exist_ok=True)
    return {"settings": {"path": str(path)}}


def test_a_configured_resource_is_the_first_projects_and_the_same_after_every_start(world: World) -> None:
    config = naming(world, folder(world, "letters"))
    (first,) = resources.register_configured(world.db, config)
    (again,) = resources.register_configured(world.db, config)
    assert again == first
    assert (first.project_id, first.configured) == (world.blue.id, True)
    assert first.type is ResourceType.FILE_SHARE
    assert resources.find(world.context(), ResourceFilter()) == [first]


def test_a_configured_resource_may_name_its_project(world: World) -> None:
    config = naming(world, folder(world, "letters") | {"project": "red"})
    (found,) = resources.register_configured(world.db, config)
    assert found.project_id == world.red.id
    assert resources.find(world.context(), ResourceFilter()) == []


def test_the_same_path_in_two_projects_is_two_resources(world: World) -> None:
    place = folder(world, "letters")
    blue, red = resources.register_configured(
        world.db, naming(world, place | {"project": "blue"}, place | {"project": "red"})
    )
    assert blue.id != red.id


@pytest.mark.parametrize(
    "wrong",
    [{"type": "tape"}, {"provider": "tape"}, {"project": "nobody"}, {"settings": {"path": "relative"}}],
)
def test_a_configured_resource_that_can_never_be_used_is_named(world: World, wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="resource letters: "):
        resources.register_configured(world.db, naming(world, folder(world, "letters") | wrong))


def test_a_configured_resource_that_is_not_mounted_stays_as_it_was(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    config = naming(world, folder(world, "letters"))
    (first,) = resources.register_configured(world.db, config)
    (world.folder / "letters").rmdir()
    assert resources.register_configured(world.db, config) == []
    assert "letters is not there" in caplog.text
    assert resources.find(world.context(), ResourceFilter()) == [first]


def test_what_was_configured_stays_so_when_it_is_registered_by_hand(world: World) -> None:
    config = naming(world, folder(world, "letters"))
    (first,) = resources.register_configured(world.db, config)
    again = world.register("directory", "mail", "directory", first.settings)
    assert (again.id, again.name, again.configured) == (first.id, "mail", True)


def test_a_foreign_provider_is_opened_only_if_the_configuration_names_it(
    world: World, tmp_path: Path
) -> None:
    asked = NewResource(
        type="directory",
        name="letters",
        provider="holdfast.providers.directory:Directory",
        settings={"path": str(tmp_path)},
    )
    with pytest.raises(InvalidParameter, match=r"resource\.provider"):
        resources.register(world.context(), asked)
    world.config = naming(world, {"provider": asked.provider, "name": "other"})
    assert resources.register(world.context(), asked).provider == asked.provider


def test_a_path_that_may_not_be_looked_at_is_told_with_the_reason(world: World) -> None:
    with pytest.raises(InvalidParameter, match=r"resource\.settings: .*too long"):
        world.register("disk", "long", "disk_image", {"path": f"/{'x' * 300}"})


def test_a_resource_with_backups_is_not_forgotten_for_they_could_not_be_restored(world: World) -> None:
    letters = world.directory()
    world.back_up(world.vault(letters))
    with world.db.transaction() as tx:
        for vault in stored_vaults.find(tx, VaultFilter(project_id=world.blue.id), Page()):
            stored_vaults.detach(tx, vault.id, letters.id)
    with pytest.raises(ResourceAlreadyProtected):
        resources.forget(world.context(), letters.id)
    assert resources.show(world.context(), letters.id) == letters


def test_what_is_excluded_may_change_without_making_another_resource(world: World) -> None:
    letters = world.directory()
    settings = {**letters.settings, "exclude": ["*.tmp"]}
    again = world.register("directory", "letters", "directory", settings)
    assert again.id == letters.id
    assert again.settings == settings


def test_a_configured_resource_has_the_tags_of_its_table_or_keeps_its_own(world: World) -> None:
    place = folder(world, "letters")
    (plain,) = resources.register_configured(world.db, naming(world, place))
    assert plain.tags == ()
    resources.set_tags(world.context(), plain.id, [Tag("by", "hand")])
    (kept,) = resources.register_configured(world.db, naming(world, place))
    assert kept.tags == (Tag("by", "hand"),)
    (tagged,) = resources.register_configured(world.db, naming(world, place | {"tags": {"stage": "prod"}}))
    assert tagged.tags == (Tag("stage", "prod"),)
    with pytest.raises(ConfigError, match="letters"):
        resources.register_configured(world.db, naming(world, place | {"tags": {"not a key": "v"}}))
