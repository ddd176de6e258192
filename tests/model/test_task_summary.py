from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from holdfast.model.task import Status
from holdfast.model.task_filter import Span, TaskFilter
from holdfast.model.task_summary import MOST_DAYS, OfOne, Tally, View, days_of, rank, view_of

NOW = datetime(2026, 3, 30, 12, tzinfo=UTC)
DAY = timedelta(days=1)
EVERYTHING = TaskFilter(project_id="p")
# Clocks of these go forward or back at midnight, or did; one place skipped a day, one never had a whole hour.
PLACES = ("UTC", "America/St_Johns", "America/Havana", "Pacific/Apia", "Asia/Kathmandu", "Asia/Beirut")

minutes = timedelta(minutes=1)
moments = st.integers(-50_000_000, 7_000_000).map(lambda n: NOW + n * minutes)  # from 1930 to 2039
places = st.sampled_from(PLACES).map(ZoneInfo)


def view(created: Span, at: datetime = NOW) -> View:
    return View(at=at, wanted=EVERYTHING, created=created, is_usual=False)


def days(created: Span, made: tuple[datetime, datetime] | None = None) -> list[str]:
    return [one.day.isoformat() for one in days_of(view(created), made, ZoneInfo("UTC"))]


def test_a_filter_that_says_nothing_of_creation_looks_at_thirty_days() -> None:
    seen = view_of(EVERYTHING, NOW, ZoneInfo("Europe/Berlin"))
    assert seen.is_usual
    assert seen.created == seen.wanted.created == Span(after=datetime(2026, 2, 28, 23, tzinfo=UTC))


def test_both_ways_of_bounding_the_creation_count() -> None:
    wanted = TaskFilter(
        project_id="p", begin=NOW - 3 * DAY, end=NOW, created=Span(after=NOW - 2 * DAY, before=NOW + DAY)
    )
    seen = view_of(wanted, NOW, ZoneInfo("UTC"))
    assert not seen.is_usual
    assert seen.wanted == wanted
    assert seen.created == Span(after=NOW - 2 * DAY, before=NOW + timedelta(seconds=1))


def test_an_end_alone_is_a_span() -> None:
    last = datetime.max.replace(tzinfo=UTC)
    seen = view_of(TaskFilter(project_id="p", end=last), NOW, ZoneInfo("UTC"))
    assert (seen.created, seen.is_usual) == (Span(before=last), False)


def test_days_end_today_or_with_the_newest_task_or_with_the_span() -> None:
    created = Span(after=NOW - DAY)
    assert days(created) == ["2026-03-29", "2026-03-30"]
    assert days(created, (NOW, NOW + DAY)) == ["2026-03-29", "2026-03-30", "2026-03-31"]
    midnight = datetime(2026, 3, 30, tzinfo=UTC)
    assert days(Span(after=NOW - DAY, before=midnight)) == ["2026-03-29"]


def test_a_span_that_holds_nothing_has_no_days() -> None:
    assert days(Span(after=NOW, before=NOW)) == []
    assert days(Span(after=NOW + DAY)) == []
    assert days(Span(before=datetime(1, 1, 2, tzinfo=UTC))) == []


def test_a_span_of_all_times_has_the_days_from_the_oldest_task_on() -> None:
    created = Span(after=datetime(1, 1, 2, tzinfo=UTC), before=datetime(9999, 12, 30, tzinfo=UTC))
    assert days(created, (NOW - DAY, NOW)) == ["2026-03-29", "2026-03-30"]
    assert days(created) == ["2026-03-30"]
    assert len(days(created, (NOW - 9999 * DAY, NOW))) == MOST_DAYS


@given(moments, st.integers(0, 800), places)
def test_days_follow_one_another_and_hold_every_moment_of_the_span(
    after: datetime, hours: int, zone: ZoneInfo
) -> None:
    before = after + timedelta(hours=hours, seconds=1)
    found = days_of(view(Span(after=after, before=before), at=before), None, zone)
    begins = [one.begins for one in found]
    assert begins == sorted(begins)
    assert [one.day for one in found] == [found[0].day + n * DAY for n in range(len(found))]
    assert begins[0] <= after
    assert found[-1].day >= (before - timedelta(microseconds=1)).astimezone(zone).date()
    for one in found:
        # No clock has shown the date before.
        assert one.begins.astimezone(zone).date() >= one.day
        earlier = one.begins - timedelta(microseconds=1)
        assert earlier.astimezone(zone).date() < one.day


def test_where_midnight_comes_twice_a_day_begins_with_the_first() -> None:
    """Clocks there went back by an hour at one minute past midnight."""
    zone, before = ZoneInfo("America/St_Johns"), datetime(2010, 11, 8, tzinfo=UTC)
    (*_, day) = days_of(view(Span(after=before - DAY, before=before), at=before), None, zone)
    assert (day.day, day.begins) == (date(2010, 11, 7), datetime(2010, 11, 7, 2, 30, tzinfo=UTC))


def test_what_was_skipped_or_has_not_ended_is_neither_success_nor_failure() -> None:
    counts = {Status.SUCCESS: 3, Status.FAILED: 1, Status.TIMEOUT: 2, Status.SKIPPED: 9, Status.RUNNING: 5}
    assert Tally(counts=counts).success_rate == 0.5
    assert Tally(counts={Status.SKIPPED: 1, Status.WAITING: 1}).success_rate is None
    assert Tally(counts=counts).count == 20


def test_the_rest_of_a_ranking_is_in_one_line() -> None:
    lines = [of(None, 2), of("b", 2), of("a", 3), of("c", 1)]
    ranking = rank(lines, 2)
    assert [one.id for one in ranking.first] == ["a", None]
    assert (ranking.others, ranking.rest.count, ranking.rest.bytes_done) == (2, 3, 3)
    assert rank(lines, 4).others == 0


def of(id: str | None, count: int) -> OfOne:
    return OfOne(id=id, name=None, tally=Tally(counts={Status.SUCCESS: count}, bytes_done=count))
