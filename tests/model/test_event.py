"""Where a client of the events begins, and which of them it wants."""

import pytest
from tests.db.making import NOON, task

from holdfast.model.event import Event, EventFilter, Start, start
from holdfast.model.task import Operation, Status, Task


def test_a_client_that_knows_nothing_begins_behind_the_last_event() -> None:
    assert start(None, None, 0) == Start(number=0, last=0)
    assert start(None, 3, 9) == Start(number=9, last=9)


@pytest.mark.parametrize("known", [2, 3, 8, 9])
def test_a_client_goes_on_behind_what_it_knows_while_all_that_follows_is_kept(known: int) -> None:
    assert start(known, 3, 9) == Start(number=known, last=9)


@pytest.mark.parametrize("known", [0, 1, 10, 1 << 62])
def test_a_client_begins_anew_where_something_is_gone_or_never_was(known: int) -> None:
    assert start(known, 3, 9) == Start(number=9, last=9, gap=True)


def test_where_nothing_is_kept_only_the_last_event_leads_on() -> None:
    assert start(9, None, 9) == Start(number=9, last=9)
    assert start(8, None, 9) == Start(number=9, last=9, gap=True)
    assert start(0, None, 0) == Start(number=0, last=0)


def event(of: Task | None, status: Status = Status.RUNNING) -> Event:
    return Event(number=1, at=NOON, task_id="t1", request_id="q1", status=status, task=of)


RESTORE = task(Operation.RESTORE, "r1", id="t1", request_id="q1", vault_id="v1")


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        (EventFilter(), True),
        (EventFilter(operations=(Operation.BACKUP, Operation.RESTORE)), True),
        (EventFilter(operations=(Operation.BACKUP,)), False),
        (EventFilter(statuses=(Status.RUNNING,)), True),
        (EventFilter(statuses=(Status.FAILED, Status.TIMEOUT)), False),
        (EventFilter(resource_ids=("r2", "r1"), vault_ids=("v1",)), True),
        (EventFilter(resource_ids=("r1",), vault_ids=("v2",)), False),
        (EventFilter(task_ids=("t1",), request_ids=("q1",)), True),
        (EventFilter(task_ids=("t2",)), False),
        (EventFilter(request_ids=("q2",)), False),
    ],
)
def test_every_condition_of_a_filter_must_hold_for_changes_and_for_progress(
    wanted: EventFilter, fits: bool
) -> None:
    assert wanted.fits(event(RESTORE)) is fits
    assert wanted.fits_running(RESTORE) is fits


def test_progress_comes_to_those_who_want_it_and_what_they_want_can_run() -> None:
    assert not EventFilter(progress=False).fits_running(RESTORE)
    assert not EventFilter(statuses=(Status.SUCCESS,)).fits_running(RESTORE)
    assert EventFilter(progress=False).fits(event(RESTORE))


def test_of_a_task_that_is_gone_only_what_the_event_tells_is_known() -> None:
    assert EventFilter(task_ids=("t1",), statuses=(Status.RUNNING,)).fits(event(None))
    assert not EventFilter(vault_ids=("v1",)).fits(event(None))
    assert not EventFilter(operations=(Operation.RESTORE,)).fits(event(None))
