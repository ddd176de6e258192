"""A list of tasks: one page of it, or all, fetched page by page and shown as they come."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .client import Client, Parameters
from .screen import Screen
from .task_rows import columns, row
from .words import plural

DEFAULT = 50
Answer = dict[str, Any]


@dataclass(frozen=True)
class Cut:
    """How many tasks are shown, None for all, the id of the one that they come after, and whether they are
    some tasks only."""

    most: int | None
    marker: str | None
    narrowed: bool


def pages(client: Client, wanted: Parameters, cut: Cut) -> Iterator[Answer]:
    """The answers of the API until there is no more to show; raises Failure."""
    marker, left = cut.marker, cut.most
    while True:
        limit = client.page if left is None else min(client.page, left)
        answer = client.get("/operation-logs", **wanted, limit=limit, marker=marker)
        yield answer
        found = answer["operation_logs"]
        left = None if left is None else left - len(found)
        if len(found) < limit or left == 0:
            return
        marker = found[-1]["id"]


def show(client: Client, screen: Screen, wanted: Parameters, cut: Cut) -> None:
    """Print the list; beside it how many there are in all, and how to see more. Raises Failure."""
    answers = pages(client, wanted, cut)
    if not screen.as_json:
        _tell(screen, answers, cut)
    elif cut.most is not None and cut.most <= client.page:
        screen.document(next(answers))
    else:
        first = next(answers)
        screen.long_document("operation_logs", _each(first, answers), count=first["count"])


def _each(first: Answer, answers: Iterator[Answer]) -> Iterator[Answer]:
    yield from first["operation_logs"]
    for answer in answers:
        yield from answer["operation_logs"]


def _tell(screen: Screen, answers: Iterator[Answer], cut: Cut) -> None:
    shown, count, last, headings = 0, 0, None, columns(screen)
    rows = screen.long_table(headings)
    for answer in answers:
        found, count = answer["operation_logs"], answer["count"]
        if found:
            rows.add(row(screen, task, headings) for task in found)
            shown, last = shown + len(found), found[-1]["id"]
    if count == 0:
        screen.note("no such tasks" if cut.narrowed else "no tasks yet: holdfast backup")
    elif last is None:
        screen.note(f"{plural(count, 'task')}, none of them after {cut.marker}")
    elif cut.marker is None and shown >= count:
        screen.note(plural(count, "task"))
    elif cut.most is None or shown < cut.most:
        screen.note(f"{shown:,} of {plural(count, 'task')}, to the end")
    else:
        screen.note(
            f"{shown:,} of {plural(count, 'task')}; go on with --marker {screen.short(last)}, or see --all"
        )
