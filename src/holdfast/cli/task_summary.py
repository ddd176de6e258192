"""`holdfast tasks summary`: what became of many tasks, in figures and small pictures."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import click
from rich.text import Text

from . import options, outcome, task_filters, zones
from .client import Client, Parameters
from .pictures import bar, folded, sparkline
from .screen import Screen, state
from .task_rows import Cell
from .words import moment, plain, plural, size, span

LABEL = 10  # columns before a line of pictures
BESIDE = 34  # and after it
MOST_COLUMNS = 120
DEFAULT_TOP = 10
Part = dict[str, Any]


@click.command("summary", cls=task_filters.Narrowed)
@click.option(
    "--timezone",
    metavar="ZONE",
    callback=options.filled,
    help="Where days begin, as Europe/Berlin; here unless said.",
)
@click.option(
    "--top",
    type=click.IntRange(1, 1000),
    default=DEFAULT_TOP,
    show_default=True,
    metavar="N",
    help="Lines of vaults, policies and errors.",
)
@options.connected
@task_filters.narrowed
def summary(client: Client, screen: Screen, wanted: Parameters, timezone: str | None, top: int) -> None:
    """Sum up tasks, of the last 30 days unless --since or --until says otherwise.

    Success is the share of what ended well in what ended well or badly; skipped tasks do not count.
    """
    asked = wanted | {"timezone": timezone or zones.here(), "top": top}
    answer = client.get("/operation-logs/summary", **asked)
    if screen.as_json:
        screen.document(answer)
        return
    told = answer["summary"]
    for line in totals(told):
        screen.line(line)
    if not told["count"]:
        return
    screen.line()
    for line in days(told["by_day"], screen.out.width, in_ascii=screen.is_ascii):
        screen.line(line)
    for columns, rows in tables(screen, told):
        screen.line()
        screen.table(columns, rows)


def totals(told: Part) -> Iterator[str]:
    """Which tasks they are, how many, how they went and how long they took."""
    ran = told["durations"]
    yield f"{_period(told['span'])}, days of {plain(told['timezone'])}"
    if not told["count"]:
        yield "no such tasks"
        return
    yield (
        f"{plural(told['count'], 'task')}, {rate(told['success_rate'])} success,"
        f" {size(told['bytes_done'])} moved, {size(told['bytes_stored'])} new in vaults"
    )
    if ran["count"]:
        yield (
            f"took {span(ran['mean_seconds'])} on average; half of them up to {span(ran['median_seconds'])},"
            f" 95% up to {span(ran['p95_seconds'])}, the longest {span(ran['longest_seconds'])}"
        )


def _period(told: Part) -> str:
    begin = f"since {moment(told['after'])}" if told["after"] else "from the beginning"
    end = f" until {moment(told['before'])}" if told["before"] else ""
    return f"{begin}{end}{' (30 days)' if told['is_default'] else ''}"


def days(by_day: Sequence[Part], width: int, *, in_ascii: bool) -> Iterator[str]:
    """Tasks, failures and durations, a character for each day, or for several where there are many."""
    if not by_day:
        return
    columns = max(1, min(MOST_COLUMNS, width - LABEL - BESIDE))
    each = -(-len(by_day) // columns)
    unit = "a day" if each == 1 else f"{each} days"
    lines: tuple[tuple[str, Callable[[Part], float | None], Any, Callable[[float], str]], ...] = (
        ("tasks", lambda day: day["count"], sum, lambda most: f"up to {most:,}"),
        ("failures", failures, sum, lambda most: f"up to {most:,}"),
        (
            "duration",
            lambda day: day["durations"]["median_seconds"],
            max,
            lambda most: f"median up to {span(most)}",
        ),
    )
    for label, value, together, told in lines:
        values = folded([value(day) for day in by_day], columns, together)
        most = max((one for one in values if one is not None), default=0)
        yield f"{label:<{LABEL}}{sparkline(values, in_ascii=in_ascii)}  {told(most)} in {unit}"
    yield f"{'':<{LABEL}}{by_day[0]['day']} to {by_day[-1]['day']}"


def failures(tally: Part) -> int:
    """How many ended badly."""
    return sum(tally["statuses"].get(status, 0) for status in outcome.BAD)


def rate(share: float | None) -> str:
    """A share as a percentage; 100% is said only of the whole."""
    if share is None:
        return "-"
    return "100%" if share == 1 else f"{min(share, 0.9994):.1%}"


def tables(screen: Screen, told: Part) -> Iterator[tuple[tuple[str, ...], Iterable[Sequence[Cell]]]]:
    """All tables that have a row."""
    moved = (">MOVED", ">STORED")
    every: tuple[tuple[tuple[str, ...], list[Sequence[Cell]]], ...] = (
        (("STATUS", ">TASKS", "SHARE", *moved), list(_statuses(screen, told))),
        (("TYPE", ">TASKS", ">SUCCESS", ">FAILED", *moved, ">MEDIAN", ">95%"), list(_operations(told))),
        (("VAULT", ">TASKS", ">SUCCESS", ">FAILED", *moved), list(_ranked(told, "vault"))),
        (("POLICY", ">TASKS", ">SUCCESS", ">FAILED", *moved), list(_ranked(told, "policy"))),
        (("ERROR", ">TASKS", "NEWEST", "RESOURCE", "MESSAGE"), list(_errors(screen, told))),
        (("LONGEST", "TYPE", "RESOURCE", "STATUS", ">TOOK", "STARTED"), list(_longest(screen, told))),
    )
    yield from ((columns, rows) for columns, rows in every if rows)


def _statuses(screen: Screen, told: Part) -> Iterator[Sequence[Cell]]:
    for one in told["by_status"]:
        if one["count"]:
            share = one["count"] / told["count"]
            picture = f"{bar(share, in_ascii=screen.is_ascii)} {rate(share):>6}"
            yield state(one["status"]), f"{one['count']:,}", picture, *_moved(one)


def _operations(told: Part) -> Iterator[Sequence[Cell]]:
    for one in told["by_operation_type"]:
        ran = one["durations"]
        took = [span(ran[name]) if ran["count"] else "-" for name in ("median_seconds", "p95_seconds")]
        yield one["operation_type"], *_tally(one), *took


def _ranked(told: Part, noun: str) -> Iterator[Sequence[Cell]]:
    for one in told[f"by_{noun}"]:
        yield plain(one["name"] or one["id"] or "(none)"), *_tally(one)
    rest = told[f"by_{noun}_rest"]
    if rest:
        yield f"({rest['others']:,} more)", *_tally(rest)


def _errors(screen: Screen, told: Part) -> Iterator[Sequence[Cell]]:
    for one in told["by_error_code"]:
        newest = one["newest"]
        named = plain(newest["resource_name"] or newest["resource_id"])
        yield one["code"], f"{one['count']:,}", screen.short(newest["id"]), named, plain(newest["message"])
    rest = told["by_error_code_rest"]
    if rest:
        yield f"({rest['others']:,} more)", f"{rest['count']:,}", "", "", ""


def _longest(screen: Screen, told: Part) -> Iterator[Sequence[Cell]]:
    for one in told["longest"]:
        named = plain(one["resource_name"] or one["resource_id"])
        took = "-" if one["seconds"] is None else span(one["seconds"])
        kind, status = one["operation_type"], state(one["status"])
        yield screen.short(one["id"]), kind, named, status, took, moment(one["started_at"])


def _tally(one: Part) -> tuple[Cell, ...]:
    bad = failures(one)
    failed = Text(f"{bad:,}", style="bold red" if bad else "")
    return f"{one['count']:,}", rate(one["success_rate"]), failed, *_moved(one)


def _moved(one: Part) -> tuple[str, str]:
    return size(one["bytes_done"]), size(one["bytes_stored"])
