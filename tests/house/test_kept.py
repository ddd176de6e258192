"""The database that tests have one after the other is as fresh for each as if it had just been made."""

import sqlalchemy as sa
from tests.kept import Kept, administering


def test_what_a_test_left_is_gone_for_the_next(postgresql: str, migrated_postgresql: str) -> None:
    kept = Kept(postgresql, migrated_postgresql)
    with kept.lent() as first, administering(first) as tx:
        tx.exec_driver_sql("INSERT INTO domain (id, name, created_at) VALUES ('d1', 'one', 1)")
        tx.exec_driver_sql("DELETE FROM domain WHERE id = 'default'")
    with kept.lent() as second, administering(second) as tx:
        assert tx.exec_driver_sql("SELECT id FROM domain").scalars().all() == ["default"]
        tx.exec_driver_sql("CREATE TABLE left_behind (id integer)")
        tx.exec_driver_sql("ALTER TABLE domain ADD COLUMN more integer")
    assert second == first
    with kept.lent() as third, administering(third) as tx:
        assert not sa.inspect(tx).has_table("left_behind")
        assert {one["name"] for one in sa.inspect(tx).get_columns("domain")} == {"id", "name", "created_at"}
    assert third != second
