import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.db.making import PROJECT, later, task

from holdfast.db import projects, tasks, work
from holdfast.db.database import Database
from holdfast.db.history import bitmaps, sealing, segments
from holdfast.db.history.sealing import Limits, Planned, Prepared
from holdfast.db.history.segments import Segment
from holdfast.db.task_tables import task_column, task_recent, task_segment
from holdfast.model.task import Ending, Page, Status
from holdfast.model.task_filter import TaskFilter

EVERYTHING = TaskFilter(project_id=PROJECT)
SMALL = Limits(seal_at=0, keep=0, at_once=4, full=6, most=8, gap=4, worth=1)


def add(database: Database, count: int, begin: int = 0) -> list[str]:
    """Ended tasks, a second after another; their ids."""
    made = [
        task(status=Status.SUCCESS, created_at=later(begin + place), ended_at=later(begin + place + 1))
        for place in range(count)
    ]
    with database.transaction() as tx:
        for one in made:
            tasks.add(tx, one)
    return [one.id for one in made]


def listed(database: Database) -> list[str]:
    """All tasks, oldest first."""
    with database.reading() as tx:
        found, count = tasks.search(tx, EVERYTHING, Page())
    assert len(found) == count
    return [one.id for one in reversed(found)]


def segment(number: int, first: int, last: int, rows: int) -> Segment:
    return Segment(
        project_key=1,
        number=number,
        version=1,
        rows=rows,
        first_seq=first,
        last_seq=last,
        started_from=None,
        started_to=None,
        ended_from=None,
        ended_to=None,
        blocks=(first,),
    )


def sizes(database: Database) -> list[tuple[int, int]]:
    with database.reading() as tx:
        rows = tx.execute(sa.select(task_segment).order_by(task_segment.c.number)).all()
    return [(row.number, row.rows) for row in rows]


def test_what_has_ended_goes_into_segments_and_is_found_there(database: Database) -> None:
    made = add(database, 14)
    steps = [sealing.seal(database, PROJECT, SMALL) for _ in range(6)]
    assert steps == [4, 2, 4, 2, 2, 0]
    assert sizes(database) == [(0, 6), (4, 6), (8, 2)]
    with database.reading() as tx:
        assert tx.scalar(sa.select(sa.func.count()).select_from(task_recent)) == 0
    assert listed(database) == made


def test_a_project_keeps_its_newest_tasks_as_rows(database: Database) -> None:
    add(database, 20)
    limits = replace(SMALL, seal_at=10, keep=3, at_once=100, full=100)
    assert sealing.seal(database, PROJECT, limits) == 17
    with database.reading() as tx:
        assert sealing.due(tx, limits) == []
        assert tx.scalar(sa.select(sa.func.count()).select_from(task_recent)) == 3


def test_a_segment_that_is_nearly_full_stops_nothing(database: Database) -> None:
    limits = replace(SMALL, at_once=5, worth=3)
    made = add(database, 14)
    assert [sealing.seal(database, PROJECT, limits) for _ in range(4)] == [5, 5, 4, 0]
    assert sizes(database) == [(0, 5), (4, 5), (8, 4)]
    assert listed(database) == made


def test_a_task_that_ran_for_long_joins_its_neighbours_and_a_full_segment_is_divided(
    database: Database,
) -> None:
    slow = [task(created_at=later(place + 0.5)) for place in range(5)]
    with database.transaction() as tx:
        for one in slow:
            tasks.add(tx, one)
    made = add(database, 6)
    while sealing.seal(database, PROJECT, SMALL):
        pass
    assert sizes(database) == [(0, 6)]
    for one in slow:
        with database.transaction() as tx:
            claim = work.claim(tx, one.id, "a worker")
            assert claim is not None
            work.finish(tx, one.id, claim.epoch, Ending(status=Status.FAILED))
    mixed = [id for pair in zip(made, [one.id for one in slow], strict=False) for id in pair] + made[5:]
    assert listed(database) == mixed
    while sealing.seal(database, PROJECT, SMALL):
        pass
    assert sizes(database) == [(0, 5), (2, 6)]
    assert listed(database) == mixed


def test_a_reader_sees_what_it_saw_while_others_seal(database: Database) -> None:
    made = add(database, 9)
    sealing.seal(database, PROJECT, SMALL)
    with database.reading() as tx:
        before = tasks.search(tx, EVERYTHING, Page())
        with ThreadPoolExecutor(1) as other:
            assert other.submit(lambda: sealing.seal(database, PROJECT, SMALL)).result() == 2
            assert other.submit(lambda: listed(database)).result() == made  # the shelf knows of it now
        assert tasks.search(tx, EVERYTHING, Page()) == before
        assert tasks.count(tx, replace(EVERYTHING, statuses=(Status.SUCCESS,))) == 9
    assert listed(database) == made


def test_of_several_that_seal_at_once_each_task_is_sealed_once(database: Database) -> None:
    made = add(database, 40)
    barrier = threading.Barrier(4)

    def seal(_: int) -> int:
        barrier.wait()
        return sum(sealing.seal(database, PROJECT, SMALL) for _ in range(12))

    with ThreadPoolExecutor(4) as pool:
        sealed = sum(pool.map(seal, range(4)))
    while more := sealing.seal(database, PROJECT, SMALL):
        sealed += more
    assert sealed == 40
    assert listed(database) == made


def test_a_seal_that_breaks_off_leaves_everything_as_it_was(database: Database) -> None:
    made = add(database, 8)
    sealing.seal(database, PROJECT, SMALL)
    with database.reading() as tx:
        prepared = sealing.prepare(tx, PROJECT, SMALL)
        before = tx.execute(sa.select(task_column).order_by(*task_column.primary_key)).all()
    assert prepared is not None
    with pytest.raises(ZeroDivisionError):
        write_and_fail(database, prepared)
    with database.reading() as tx:
        assert tx.execute(sa.select(task_column).order_by(*task_column.primary_key)).all() == before
    assert listed(database) == made
    assert sealing.seal(database, PROJECT, SMALL) == 2
    assert listed(database) == made


def write_and_fail(database: Database, prepared: Prepared) -> None:
    with database.transaction() as tx:
        projects.lock(tx, PROJECT)
        prepared.write(tx)
        assert tasks.count(tx, EVERYTHING) == 8
        raise ZeroDivisionError


def test_what_was_prepared_before_another_sealed_is_not_written(database: Database) -> None:
    add(database, 8)
    with database.reading() as tx:
        late = sealing.prepare(tx, PROJECT, SMALL)
    assert late is not None
    assert sealing.seal(database, PROJECT, SMALL) == 4
    with database.transaction() as tx:
        assert late.write(tx) == 0
    assert sizes(database) == [(0, 4)]


def test_ten_thousand_tasks_fill_blocks_and_pages_go_through_all_of_them(database: Database) -> None:
    with database.transaction() as tx:
        tasks.add(tx, task(status=Status.SUCCESS))
        row = dict(tx.execute(sa.select(task_recent)).one()._mapping)
        tx.execute(sa.delete(task_recent))
        step = 1_000_000 * 1024
        rows = [row | {"seq": row["seq"] + place * step} for place in range(10_000)]
        tx.execute(sa.insert(task_recent), rows)
        tx.execute(sa.text("UPDATE task_project SET recent = 10000"))
    limits = replace(SMALL, at_once=10_000, full=60_000, most=65_536)
    assert sealing.seal(database, PROJECT, limits) == 10_000
    with database.reading() as tx:
        (only,) = segments.find(tx, row["project_key"])
        seqs = segments.table(tx, only, ["seq"])["seq"].tolist()
        assert seqs == [one["seq"] for one in rows]
        assert len(only.blocks) == 3
        for place in (0, 1, 4095, 4096, 4097, 9999):
            assert segments.rows_below(tx, only, seqs[place]) == place
            assert segments.rows_below(tx, only, seqs[place] + 1) == place + 1
        begin, end = later(3000), later(6999)
        assert tasks.count(tx, replace(EVERYTHING, begin=begin, end=end)) == 4000


coming = st.lists(st.integers(0, 100), unique=True, max_size=40).map(sorted)
firsts = st.lists(st.integers(0, 50), unique=True, max_size=4).map(sorted)
there = firsts.map(
    lambda begins: [
        segment(place * 4, begin * 2, following * 2 - 1, 5)
        for place, (begin, following) in enumerate(pairwise([*begins, 60]))
    ]
)


@given(coming, there, st.integers(0, 5))
def test_whatever_is_planned_keeps_the_segments_in_order(
    ended: list[int], segments_there: list[Segment], keep: int
) -> None:
    planned = sealing.plan(ended, segments_there, replace(SMALL, keep=keep))
    if planned is None:
        assert not ended[: max(0, len(ended) - keep)] or segments_there
        return
    assert planned.seqs == tuple(sorted(set(planned.seqs)))
    assert set(planned.seqs) <= set(ended[: len(ended) - keep])
    after = _after(planned, segments_there)
    assert [number for number, _, _ in after] == sorted({number for number, _, _ in after})
    for (_, _, last), (_, first, _) in pairwise(after):
        assert last < first


def _after(planned: Planned, before: list[Segment]) -> list[tuple[int, int, int]]:
    """Number, first and last of each segment when the plan is carried out, without dividing."""
    known = {one.number: (one.first_seq, one.last_seq) for one in before}
    first, last = known.get(planned.number, (planned.seqs[0], planned.seqs[-1]))
    known[planned.number] = (min(first, planned.seqs[0]), max(last, planned.seqs[-1]))
    return sorted((number, *span) for number, span in known.items())


def test_where_there_is_no_number_for_another_segment_tasks_stay_recent() -> None:
    full, last = segment(0, 1, 10, 6), segment(bitmaps.LAST_SEGMENT, 100, 110, 6)
    assert sealing.plan([120, 121], [full, last], SMALL) is None
    assert sealing.plan([120, 121], [full, segment(bitmaps.LAST_SEGMENT, 100, 110, 5)], SMALL) == Planned(
        bitmaps.LAST_SEGMENT, (120,)
    )
    assert sealing.plan([105, 106], [full, last], SMALL) == Planned(bitmaps.LAST_SEGMENT, (105, 106))
    assert sealing.plan([5, 120, 121], [full, last], SMALL) == Planned(0, (5,), bitmaps.LAST_SEGMENT // 2)
