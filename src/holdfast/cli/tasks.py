"""`holdfast tasks`: what was asked for, how far it is, and how it ended."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import click
from rich.live import Live
from rich.text import Text

from holdfast.model import clock, ids
from holdfast.model.task import Operation, Status

from . import names, options, outcome, task_warnings
from .client import Client
from .failures import Failure
from .screen import Screen, state, table
from .words import between, moment, plain, plural, since, size, span

COLUMNS = ("ID", "CREATED", "TYPE", "RESOURCE", "VAULT", "STATUS", ">DONE", ">SIZE", ">TOOK", "NOTE")
PAUSE_SECONDS = 1.0
Task = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """Which tasks: parameters of the API, and how many of the newest."""

    parameters: dict[str, str | None]
    limit: int


def _moment_ago(_context: click.Context, _parameter: click.Parameter, text: str | None) -> str | None:
    """`--since` as the API's start_time."""
    if text is None:
        return None
    try:
        return f"{since(text, clock.now()):%Y-%m-%dT%H:%M:%SZ}"
    except ValueError:
        raise click.BadParameter(f"{text!r} is neither like 24h, 30m, 7d nor a date and time") from None


@click.group("tasks", invoke_without_command=True)
@click.option(
    "--status", type=click.Choice([one.value for one in Status]), help="Only tasks with this status."
)
@click.option(
    "--type", "operation", type=click.Choice([one.value for one in Operation]), help="Only this kind of work."
)
@click.option("--resource", metavar="NAME|ID", help="Only tasks of this resource.")
@click.option("--vault", metavar="NAME|ID", help="Only tasks of this vault.")
@click.option(
    "--since",
    "begin",
    metavar="TIME",
    callback=_moment_ago,
    help="Only tasks made since: 30m, 24h, 7d, or a date and time.",
)
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many of the newest."
)
@click.option("--follow", "-f", is_flag=True, help="Go on showing what changes, until interrupted.")
@options.connected
def tasks(client: Client, screen: Screen, **asked: Any) -> None:
    """List tasks, newest first; `tasks show ID` tells all about one."""
    wanted = Wanted(_parameters(client, asked), asked["limit"])
    if asked["follow"]:
        follow(client, screen, wanted)
        return
    answer = client.get("/operation-logs", limit=wanted.limit, **wanted.parameters)
    if screen.as_json:
        screen.document(answer)
        return
    found = answer["operation_logs"]
    if not found:
        narrowed = any(wanted.parameters.values())
        screen.note("no such tasks" if narrowed else "no tasks yet: holdfast backup")
        return
    screen.table(COLUMNS, (row(screen, task) for task in found))
    if answer["count"] > len(found):
        screen.note(f"the newest {len(found)} of {answer['count']:,}; see more with --limit")


tasks.add_command(task_warnings.warnings)


@tasks.command("show")
@click.argument("task_id", metavar="ID")
@options.connected
def show(client: Client, screen: Screen, task_id: str) -> None:
    """Tell all about one task, named by its id or the beginning of it."""
    task = names.task(client, task_id)
    if screen.as_json:
        screen.document({"operation_log": task})
        return
    screen.table(("", ""), (_labelled(label, value) for label, value in facts(task)))
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


def row(screen: Screen, task: Task) -> tuple[str | Text, ...]:
    """A task as a row under COLUMNS."""
    moved = outcome.figures(task)
    warned = plural(moved["warning_count"], "warning") if moved["warning_count"] else ""
    ended = task["ended_at"] if outcome.is_over(task) else None
    return (
        screen.short(task["id"]),
        moment(task["created_at"]),
        task["operation_type"],
        outcome.subject(task),
        task["vault_name"] or "-",
        state(task["status"]),
        f"{outcome.progress(task)}%",
        size(moved["bytes_done"]) if moved["bytes_done"] else "-",
        between(task["started_at"], ended),
        outcome.reason(task) or outcome.flags(task) or outcome.obstacle(task) or warned,
    )


def has_begun(task: Task) -> bool:
    """Whether anybody began it: the wire tells its creation as the start of one that nobody has."""
    return bool(task["status"] != "waiting" and task["started_at"] != task["created_at"])


def facts(task: Task) -> Iterator[tuple[str, str | Text]]:
    """Everything a person may want to know of a task, with its label; what is unknown is left out."""
    extra, ours = task["extra_info"], task.get("holdfast") or {}
    told: tuple[tuple[str, str | Text | None], ...] = (
        ("task", task["id"]),
        ("type", task["operation_type"]),
        ("status", state(task["status"])),
        ("phase", ours.get("phase")),
        ("waits", outcome.waits(task)),
        ("progress", f"{outcome.progress(task)}%"),
        ("error", outcome.reason(task)),
        ("look at this", outcome.flags(task)),
        ("resource", f"{outcome.subject(task)}  {extra['resource']['type']}  {extra['resource']['id']}"),
        ("vault", task["vault_id"] and f"{task['vault_name']}  {task['vault_id']}"),
        ("checkpoint", task["checkpoint_id"]),
        ("policy", task["policy_id"]),
        ("due", (due := ours.get("due_at")) and moment(due)),
        ("retry of", ours.get("retry_of")),
        *((label, text) for label, text in _block(task)),
        ("created", moment(task["created_at"])),
        ("started", moment(task["started_at"]) if has_begun(task) else None),
        ("may take", (limit := ours.get("time_limit_seconds")) and span(limit)),
        ("ended", task["ended_at"] and moment(task["ended_at"])),
        (
            "took",
            between(task["started_at"], task["ended_at"]) if has_begun(task) and task["ended_at"] else None,
        ),
        *_moved(outcome.figures(task)),
        ("request", extra["common"].get("request_id")),
    )
    for label, value in told:
        if value:
            yield label, value


def _moved(figures: dict[str, int]) -> Iterator[tuple[str, str]]:
    if figures["bytes_total"]:
        yield "bytes", f"{size(figures['bytes_done'])} of {size(figures['bytes_total'])}"
    if figures["bytes_per_second"]:
        yield "rate", f"{size(figures['bytes_per_second'])}/s"
    if figures["bytes_stored"]:
        yield "new in vault", size(figures["bytes_stored"])
    if figures["files_total"]:
        yield "files", f"{figures['files_done']:,} of {figures['files_total']:,}"
    if figures["warning_count"]:
        yield "warnings", f"{figures['warning_count']:,}"


def _block(task: Task) -> Iterator[tuple[str, str | None]]:
    """What the operation's own block of extra_info tells."""
    extra, ours = task["extra_info"], task.get("holdfast") or {}
    for name in ("backup", "restore", "delete"):
        if name in extra:
            yield "backup", f"{extra[name].get('backup_name') or ''}  {extra[name]['backup_id']}".strip()
    restore = extra.get("restore") or {}
    yield (
        "onto",
        f"{restore.get('target_resource_name') or ''}  {restore.get('target_resource_id') or ''}".strip(),
    )
    yield "because", ", ".join(ours.get("because") or []).replace("_", " ")
    yield "into", ours.get("destination_path")
    yield "only", ", ".join(ours.get("paths") or [])
    for name in ("vault_delete", "remove_resources"):
        if name in extra:
            yield "deleted", plural(extra[name].get("total_count", 0), "backup")
            yield (
                "not deleted",
                extra[name].get("fail_count") and plural(extra[name]["fail_count"], "resource"),
            )


def follow(client: Client, screen: Screen, wanted: Wanted) -> None:
    """Show tasks as they come and change, until interrupted: a live table, or line by line in a pipe."""
    if not screen.as_json and screen.out.is_terminal:
        _follow_live(client, screen, wanted)
        return
    for task in changes(client, wanted):
        if screen.as_json:
            screen.record(task)
        else:
            cells = (str(cell) for cell in row(screen, task))
            screen.line("  ".join(plain(cell) for cell in cells if cell not in ("", "-")))


def changes(client: Client, wanted: Wanted) -> Iterator[Task]:
    """The tasks that match, oldest first, and then each again whenever it has changed; never ends."""
    seen: dict[str, str] = {}
    while True:
        found = client.get("/operation-logs", limit=wanted.limit, **wanted.parameters)["operation_logs"]
        for task in reversed(found):
            version = f"{task['status']} {task['updated_at']} {outcome.progress(task)}"
            if seen.get(task["id"]) != version:
                seen[task["id"]] = version
                yield task
        time.sleep(PAUSE_SECONDS)


def _follow_live(client: Client, screen: Screen, wanted: Wanted) -> None:
    with Live(console=screen.out, auto_refresh=False) as live:
        while True:
            shown = max(1, min(wanted.limit, screen.out.height - 2))
            found = client.get("/operation-logs", limit=shown, **wanted.parameters)["operation_logs"]
            live.update(table(COLUMNS, (row(screen, task) for task in found)), refresh=True)
            time.sleep(PAUSE_SECONDS)


def _parameters(client: Client, asked: dict[str, Any]) -> dict[str, str | None]:
    parameters: dict[str, str | None] = {
        "status": asked["status"],
        "operation_type": asked["operation"],
        "start_time": asked["begin"],
    }
    for noun in ("vault", "resource"):
        if asked[noun] is not None:
            parameters.update(_of(client, noun, asked[noun]))
    return parameters


def _of(client: Client, noun: str, given: str) -> dict[str, str | None]:
    """The filter for tasks of a vault or resource; one that is gone is found by its name in the tasks."""
    if ids.is_uuid(given):
        return {f"{noun}_id": given}
    found = names.matches(given, client.each(f"/{noun}s", f"{noun}s"))
    if len(found) > 1:
        raise names.ambiguous(noun, given, found)
    return {f"{noun}_id": found[0]["id"]} if found else {f"{noun}_name": given}


def _labelled(label: str, value: str | Text) -> tuple[Text, str | Text]:
    return Text(label, style="bold"), value
