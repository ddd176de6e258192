from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.db.making import NOON, OTHER_PROJECT, PROJECT, add_projects, add_vault, later

from holdfast.db import tags, vaults
from holdfast.db.database import Database
from holdfast.db.tags import TaggedFilter
from holdfast.model.resource import ObjectType
from holdfast.model.tag import Tag, TagFilter, Wanted
from holdfast.model.task import Page
from holdfast.model.vault import CloudType

EVERYTHING = Page(limit=1000)


def test_every_key_is_told_with_all_its_values(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        add_vault(tx, tags=(Tag("b", "2"), Tag("a", "1")))
        add_vault(tx, tags=(Tag("b", "1"), Tag("a", "1")))
        add_vault(tx, tags=(Tag("c", "9"),), project_id=OTHER_PROJECT)
        assert tags.of_project(tx, PROJECT) == {"a": ["1"], "b": ["1", "2"]}


def test_vaults_are_found_by_more_than_tags_newest_first(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        disk = add_vault(tx, name="disks", object_type=ObjectType.DISK, cloud_type=CloudType.HYBRID)
        files = add_vault(tx, name="files", enterprise_project_id="e1", created_at=later(1))
        add_vault(tx, name="files", project_id=OTHER_PROJECT)

        def found(**wanted: object) -> list[str]:
            asked = TaggedFilter(project_id=PROJECT, **wanted)  # type: ignore[arg-type]
            ids = tags.find(tx, asked, EVERYTHING)
            assert tags.count(tx, asked) == len(ids)
            return ids

        assert found() == [files.id, disk.id]
        assert found(name="isk") == [disk.id]
        assert found(name="") == []
        assert found(object_type=ObjectType.DISK) == [disk.id]
        assert found(cloud_type=CloudType.HYBRID) == [disk.id]
        assert found(enterprise_project_ids=("e1", "e2")) == [files.id]
        page = Page(limit=1, offset=1)
        assert tags.find(tx, TaggedFilter(project_id=PROJECT), page) == [disk.id]


KEYS = st.sampled_from(["a", "b"])
WORDS = st.sampled_from(["", "x", "xy", "yx", "%"])
VALUES = st.lists(WORDS | st.sampled_from(["*x", "*y", "*%"]), max_size=2, unique=True).map(tuple)
WANTED = st.lists(st.builds(Wanted, KEYS, VALUES), max_size=2, unique_by=lambda one: one.key).map(tuple)
FILTERS = st.builds(
    TagFilter, all_of=WANTED, any_of=WANTED, not_all_of=WANTED, none_of=WANTED, untagged=st.booleans()
)
TAGS = st.lists(st.builds(Tag, KEYS, WORDS), max_size=2, unique_by=lambda tag: tag.key).map(tuple)


@given(known=st.lists(TAGS, max_size=4), wanted=FILTERS)
@settings(max_examples=35, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_database_finds_what_the_model_allows(
    database: Database, known: list[tuple[Tag, ...]], wanted: TagFilter
) -> None:
    asked = TaggedFilter(project_id=PROJECT, tags=wanted)
    with database.transaction() as tx:
        if not tx.exec_driver_sql("select 1 from project").first():
            add_projects(tx)
        made = [add_vault(tx, tags=tags_, created_at=NOON) for tags_ in known]
        assert set(tags.find(tx, asked, EVERYTHING)) == {
            vault.id for vault in made if wanted.allows(vault.tags)
        }
        for vault in made:
            vaults.remove(tx, vault.id)
