"""Resources that the configuration names."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tests.service.world import World

from holdfast.config import Config, ConfigError, ConfiguredResource
from holdfast.db import resources as stored
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


# ── sites ───────────────────────────────────────────────────────────────────────────────────────────────


def far(world: World, **more: Any) -> NewResource:
    """A folder that is not here."""
    path = str(world.folder / "far")
    asked = {"type": "directory", "name": "far", "provider": "directory", "settings": {"path": path}}
    return NewResource(**{**asked, "site": "lab-3", **more})


def test_a_resource_of_a_foreign_site_is_taken_on_trust_and_keeps_the_size_that_is_known(
    world: World,
) -> None:
    found = resources.register(world.context(), far(world))
    assert (found.site, found.size_bytes, found.size_gb) == ("lab-3", 0, 1)
    with world.db.transaction() as tx:
        stored.put(tx, replace(found, size_bytes=7))
    assert resources.register(world.context(), far(world, name="farther")).size_bytes == 7
    assert world.vault(found).attachments[0].resource_id == found.id


def test_a_server_of_a_foreign_site_has_its_disks(world: World) -> None:
    disks = {"disks": ["/nowhere/a.img", "/nowhere/b.img"]}
    server = resources.register(
        world.context(), far(world, type="server", provider="image_server", settings=disks)
    )
    parts = resources.find(world.context(), ResourceFilter(parent_id=server.id))
    assert [(part.site, part.parent_id) for part in parts] == [("lab-3", server.id)] * 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"provider": "tape"},
        {"type": "disk"},
        {"settings": {}},
        {"site": ""},
        {"site": "a/b"},
        {"site": "x" * 65},
    ],
)
def test_what_cannot_be_at_a_foreign_site_is_refused(world: World, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameter):
        resources.register(world.context(), far(world, **wrong))


def test_the_same_path_at_two_sites_is_two_resources(world: World) -> None:
    there, elsewhere = (resources.register(world.context(), far(world, site=site)) for site in ("a", "b"))
    assert there.id != elsewhere.id
    assert resources.register(world.context(), far(world, site="a")).id == there.id


def test_a_resource_that_gets_a_site_stays_the_same(world: World) -> None:
    (world.folder / "far").mkdir()
    before = resources.register(world.context(), far(world, site=None))
    after = resources.register(world.context(), far(world, site="a"))
    assert (after.id, after.site) == (before.id, "a")
    assert resources.register(world.context(), far(world, site="a")).id == before.id
    assert resources.register(world.context(), far(world, site="b")).id != before.id
    assert resources.register(world.context(), far(world, site=None)).site == "a"


def test_a_server_leaves_the_configured_resources_of_foreign_sites_alone(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    here = folder(world, "here") | {"name": "here", "site": world.config.sites[0]}
    there = {"name": "there", "site": "lab-3", "provider": "lab:Tape", "settings": {}}
    config = naming(world, here, there)
    (found,) = resources.register_configured(world.db, config)
    assert (found.name, found.site) == ("here", world.config.sites[0])
    assert not caplog.text


def test_a_worker_makes_known_what_is_at_its_own_sites(world: World) -> None:
    here, lab = folder(world, "here"), folder(world, "lab") | {"name": "lab", "site": "lab-3"}
    config = replace(naming(world, here, lab), sites=("lab-3",))
    (found,) = resources.register_of_sites(world.db, config)
    assert (found.name, found.site, found.configured) == ("lab", "lab-3", True)


def test_a_configured_site_is_named_like_a_site(world: World) -> None:
    with pytest.raises(ConfigError, match="resource letters: site"):
        resources.register_configured(world.db, naming(world, folder(world, "a") | {"site": "a b"}))
