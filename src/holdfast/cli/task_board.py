"""`holdfast tasks --follow` on a terminal: a live table, what runs first, with a bar for each."""

import queue
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from . import events, outcome
from .client import Client, open_client
from .credentials import Credentials
from .events import AWAY, Event
from .failures import Exit, Failure
from .pictures import BAR_WIDTH, bar
from .screen import GAP, STYLES, Screen, natural_width, table
from .task_follow import Wanted, with_progress
from .task_rows import WIDE_FROM, Cell, row
from .words import between, plural

WIDE = ("ID", "CREATED", "TYPE", "RESOURCE", "VAULT", "STATUS", "DONE", ">TOOK", "NOTE")
NARROW = ("ID", "TYPE", "RESOURCE", "STATUS", "DONE", "NOTE")
LOOK_SECONDS = 0.25  # how often it is drawn
AGAIN_SECONDS = 1.0  # the list is asked for no more often than that
STALE_SECONDS = 10.0  # why a task waits is no event
CHROME = 3  # lines beside the tasks: the headings, an empty one, and the last
MOST_HEARD = 10_000
Task = dict[str, Any]
Heard = queue.Queue[Event | Failure]


@dataclass
class Board:
    """The tasks that are shown, how many there are in all, and whether the server is there.

    `looked` is when the list was asked for, by a clock that only counts.
    """

    tasks: dict[str, Task] = field(default_factory=dict)
    count: int = 0
    is_away: bool = False
    is_stale: bool = True
    looked: float = 0.0

    def hear(self, event: Event) -> None:
        """Take down what an event tells."""
        self.is_away = event.name == AWAY
        self.is_stale |= event.name in ("hello", "reset", "task")
        known = self.tasks.get(event.told.get("task_id", ""))
        if event.name == "progress" and known is not None:
            self.tasks[known["id"]] = with_progress(known, event.told)

    def is_due(self, now: float) -> bool:
        """Whether the list is to be asked for."""
        return now - self.looked >= (AGAIN_SECONDS if self.is_stale else STALE_SECONDS)

    def look(self, client: Client, wanted: Wanted, room: int) -> None:
        """Ask the list what there is; what runs comes first. Raises Failure."""
        self.is_stale, self.looked = False, time.monotonic()
        running = () if "status" in wanted.filters else wanted.find(client, status="running", limit=room)[0]
        newest, self.count = wanted.find(client, limit=room)
        found = {task["id"]: task for task in (*running, *newest)}
        self.tasks = dict(list(found.items())[:room])


def show(client: Client, screen: Screen, wanted: Wanted) -> None:
    """Show the table until interrupted; raises Failure."""
    board = Board()
    with hearing(client, wanted) as heard, Live(console=screen.out, auto_refresh=False) as live:
        size = screen.out.size
        while True:
            if screen.out.size != size:  # where the table stood is not known any more
                size, board.is_stale = screen.out.size, True
                screen.out.clear()
            for event in _waiting(heard):
                board.hear(event)
            if board.is_due(time.monotonic()) and not board.is_away:
                board.look(client, wanted, min(wanted.limit, room(screen)))
            live.update(drawn(screen, board), refresh=True)
            time.sleep(LOOK_SECONDS)


def room(screen: Screen) -> int:
    """How many tasks have a line on this screen."""
    return max(1, screen.out.height - CHROME)


@contextmanager
def hearing(client: Client, wanted: Wanted) -> Iterator[Heard]:
    """What the stream of events tells, put down by a thread of its own while the table is drawn.

    It has a connection of its own, too: it may still read when this one is closed.
    """
    heard: Heard = queue.Queue(MOST_HEARD)  # when it is full the stream has to wait
    ended = threading.Event()
    threading.Thread(target=_listen, args=(client.credentials, wanted, heard, ended), daemon=True).start()
    try:
        yield heard
    finally:
        ended.set()


def _listen(known: Credentials, wanted: Wanted, heard: Heard, ended: threading.Event) -> None:
    # Not by status: what leaves the table has to be heard of.
    streamed = {name: value for name, value in wanted.streamed.items() if name != "status"}
    try:
        with open_client(known) as client:
            for event in events.coming(client, streamed | {"fields": "id"}):
                if ended.is_set():
                    return
                heard.put(event)
    except Failure as failure:
        if failure.code is not Exit.NOT_FOUND:
            heard.put(failure)
            return
    while not ended.wait(AGAIN_SECONDS):  # a server without such a stream
        heard.put(Event("reset", {}))


def _waiting(heard: Heard) -> Iterator[Event]:
    """What has been put down; raises the Failure that ended it."""
    while True:
        try:
            one = heard.get_nowait()
        except queue.Empty:
            return
        if isinstance(one, Failure):
            raise one
        yield one


def drawn(screen: Screen, board: Board) -> RenderableType:
    """The table, each task on one line, and a line about all of them."""
    headings = WIDE if screen.out.width >= WIDE_FROM else NARROW
    shown = list(board.tasks.values())[: room(screen)]
    made = table(headings, (_row(screen, task, headings) for task in shown))
    fit(made, screen.out.width, {"RESOURCE": screen.out.width // 6, "VAULT": screen.out.width // 6})
    state = "the server does not answer, asking again" if board.is_away else "live, Ctrl-C ends"
    told = f"{len(shown):,} of {plural(board.count, 'task')}, {state}"
    return Group(made, Text(), Text(told, style="yellow" if board.is_away else "dim"))


def fit(made: Table, width: int, most: Mapping[str, int]) -> None:
    """Keep each row on one line: long names are cut, and the last column has the room that is left."""
    for column in made.columns:
        column.no_wrap, column.overflow = True, "ellipsis"
        column.min_width = min(natural_width(column), most.get(str(column.header), width))
        column.max_width = column.min_width
    last = made.columns[-1]
    taken = sum((column.min_width or 0) + GAP for column in made.columns[:-1])
    last.min_width = last.max_width = max(1, width - taken)


def _row(screen: Screen, task: Task, headings: tuple[str, ...]) -> list[Cell]:
    cells = dict(zip(headings, row(screen, task, headings), strict=True))
    is_running, percent = task["status"] == "running", outcome.progress(task)
    picture = bar(percent / 100, in_ascii=screen.is_ascii) if is_running else " " * BAR_WIDTH
    cells["DONE"] = Text(f"{picture} {percent:>3}%", style=STYLES["running"] if is_running else "")
    if is_running:
        cells["NOTE"] = _pace(task, headings)
    elif headings is NARROW and outcome.is_over(task):
        cells["NOTE"] = cells["NOTE"] or between(task["started_at"], task["ended_at"])
    return list(cells.values())


def _pace(task: Task, headings: tuple[str, ...]) -> str:
    """How far it is; of that only the end, rate and time left, where there is little room."""
    pace = outcome.pace(task)
    return pace if headings is WIDE else ", ".join(pace.split(", ")[-2:])
