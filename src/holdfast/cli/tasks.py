"""`holdfast tasks`: what was asked for, how far it is, and how it ended."""

from collections.abc import Iterator
from typing import Any

import click
from rich.text import Text

from . import (
    names,
    options,
    outcome,
    task_board,
    task_export,
    task_filters,
    task_follow,
    task_history,
    task_list,
    task_summary,
    task_warnings,
    watch,
)
from .client import Client, Parameters
from .failures import Failure
from .screen import Screen
from .task_facts import facts
from .words import plain

SORT_KEYS = {
    "created": "created_at",
    "started": "started_at",
    "ended": "ended_at",
    "status": "status",
    "type": "operation_type",
}
LIST = "list"
WAYS = ("follow", "watch", "export")
# Which of them each of the others goes with.
GO_WITH = {
    "sort": (LIST, "follow", "export"),
    "reverse": (LIST, "follow", "export"),
    "limit": (LIST, "follow", "export"),
    "every": (LIST,),
    "marker": (LIST, "export"),
    "fields": (LIST, "export"),
    "output": ("export",),
}
OPTIONS = {name: f"--{name}" for name in (*WAYS, *GO_WITH)} | {"every": "--all", LIST: "a list"}
MOST_FOLLOWED = 1000  # what there is already when following begins
Task = dict[str, Any]


@click.group("tasks", cls=task_filters.NarrowedGroup, invoke_without_command=True)
@click.option("--sort", type=click.Choice([*SORT_KEYS]), help="Sorted by this; created unless said.")
@click.option("--reverse", is_flag=True, help="The lowest, or the oldest, first.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="How many of the first; 50 unless said.")
@click.option("--all", "every", is_flag=True, help="All of them.")
@click.option("--marker", metavar="ID", callback=options.filled, help="Those after this task.")
@click.option(
    "--fields",
    metavar="NAME,...",
    callback=options.filled,
    help="Only these members, with --json or as ndjson.",
)
@click.option("--follow", "-f", is_flag=True, help="Go on showing what changes, until interrupted.")
@click.option(
    "--watch",
    metavar="ID",
    multiple=True,
    callback=options.filled,
    help="Wait until this task ends; repeatable.",
)
@click.option("--export", type=click.Choice(task_export.FORMATS), help="Write out all that match.")
@click.option(
    "--output",
    metavar="FILE",
    callback=options.filled,
    help="Where to export to; standard output unless said.",
)
@options.connected
@task_filters.narrowed
def tasks(client: Client, screen: Screen, wanted: Parameters, **asked: Any) -> None:
    """List tasks, newest first; `tasks show ID` tells all about one."""
    check_together(screen, asked)
    order = _order(asked)
    if asked["marker"]:
        asked["marker"] = names.task_id(client, asked["marker"])
    if asked["watch"]:
        if wanted:
            raise click.UsageError("--watch names its tasks: it does not go with filters.")
        watch.report(client, screen, [names.task_id(client, one) for one in asked["watch"]], wait=True)
    elif asked["follow"]:
        limit = min(asked["limit"] or task_list.DEFAULT, MOST_FOLLOWED)
        follow(client, screen, task_follow.Wanted(wanted, order, limit))
    elif asked["export"]:
        exported = wanted | order | {name: asked[name] for name in ("limit", "marker", "fields")}
        exported["format"] = asked["export"]
        task_export.export(client, screen, exported, asked["output"] or task_export.STANDARD_OUTPUT)
    else:
        most = None if asked["every"] else asked["limit"] or task_list.DEFAULT
        cut = task_list.Cut(most, asked["marker"], narrowed=bool(wanted))
        task_list.show(client, screen, wanted | order | {"fields": asked["fields"]}, cut)


def follow(client: Client, screen: Screen, wanted: task_follow.Wanted) -> None:
    """Show what changes until interrupted: a live table, or line by line in a pipe, and on a terminal on
    which nothing can be drawn. Raises Failure."""
    if screen.as_json or not screen.out.is_terminal or screen.out.is_dumb_terminal:
        task_follow.follow(client, screen, wanted)
    else:
        task_board.show(client, screen, wanted)


def check_together(screen: Screen, asked: dict[str, Any]) -> None:
    """Raises UsageError where options do not go together."""
    ways = [way for way in WAYS if asked[way]]
    if len(ways) > 1:
        raise click.UsageError(f"{' and '.join(OPTIONS[way] for way in ways)} do not go together.")
    way = ways[0] if ways else LIST
    for name, goes_with in GO_WITH.items():
        if asked[name] and way not in goes_with:
            raise click.UsageError(f"{OPTIONS[name]} does not go with {OPTIONS[way]}.")
    if asked["limit"] and asked["every"]:
        raise click.UsageError("--limit and --all do not go together.")
    if asked["export"] == "csv" and screen.as_json:
        raise click.UsageError("--json does not go with --export csv.")
    for_programs = asked["export"] == "ndjson" or (way == LIST and screen.as_json)
    if asked["fields"] and not for_programs:
        raise click.UsageError(
            "--fields goes with --json or --export ndjson: tables have columns of their own."
        )


def _order(asked: dict[str, Any]) -> Parameters:
    order: Parameters = {"sort_key": SORT_KEYS[asked["sort"]]} if asked["sort"] else {}
    return order | ({"sort_dir": "asc"} if asked["reverse"] else {})


tasks.add_command(task_warnings.warnings)
tasks.add_command(task_history.history)
tasks.add_command(task_summary.summary)


@tasks.command("show")
@click.argument("task_id", metavar="ID")
@options.connected
def show(client: Client, screen: Screen, task_id: str) -> None:
    """Tell all about one task, named by its id or the beginning of it."""
    task = names.task(client, task_id)
    if screen.as_json:
        screen.document({"operation_log": task})
        return
    screen.table(("", ""), ((Text(label, style="bold"), value) for label, value in facts(task)))
    for warning in (task.get("holdfast") or {}).get("warnings") or []:
        screen.line(Text(f"  {plain(warning)}", style="yellow"))


@tasks.command("cancel")
@click.argument("task_ids", metavar="ID...", nargs=-1, required=True)
@options.connected
def cancel(client: Client, screen: Screen, task_ids: tuple[str, ...]) -> None:
    """Ask tasks to stop, named by their ids or the beginnings of them.

    What waits ends at once, what runs within a second or two; both are `failed` then, and say why.
    """
    asked = []
    for task in posted(client, task_ids, "cancel"):
        asked.append(task)
        if not screen.as_json:
            screen.line(f"{task['operation_type']} of {outcome.subject(task)}: asked to stop")
    if screen.as_json:
        screen.document({"operation_logs": asked})


@tasks.command("retry")
@click.argument("task_ids", metavar="ID...", nargs=-1, required=True)
@options.connected
def retry(client: Client, screen: Screen, task_ids: tuple[str, ...]) -> None:
    """Do tasks once more that failed, named by their ids or the beginnings of them.

    Each becomes a new task, which names the old one; `--follow` of the list shows what comes of them.
    """
    made = []
    for task in posted(client, task_ids, "retry"):
        made.append(task)
        if not screen.as_json:
            screen.line(
                f"{task['operation_type']} of {outcome.subject(task)}: {state_of(task)}, task {task['id']}"
            )
    if screen.as_json:
        screen.document({"operation_logs": made})


def posted(client: Client, task_ids: tuple[str, ...], what: str) -> Iterator[Task]:
    """The answers for these tasks, one after the other; raises Failure, which names the task refused."""
    for task in [names.task(client, task_id) for task_id in task_ids]:
        try:
            yield client.post(f"/operation-logs/{task['id']}/{what}", {})["operation_log"]
        except Failure as failure:
            raise Failure(failure.code, f"task {task['id']}: {failure}") from failure


def state_of(task: Task) -> str:
    """A task's status in a word, with the reason where it is over already."""
    reason = outcome.reason(task)
    return f"{task['status']} ({reason})" if reason else str(task["status"])
