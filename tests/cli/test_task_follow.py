"""Following tasks by the stream of events, whatever becomes of the connection."""

import json
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from rich.console import Console
from tests.cli.scripted import Script, scripted
from tests.cli.wire import task

from holdfast.cli import events, task_board, task_follow
from holdfast.cli.events import AWAY, Event
from holdfast.cli.failures import Exit, Failure
from holdfast.cli.screen import Screen
from holdfast.cli.task_board import Board
from holdfast.cli.task_follow import Wanted

EVERYTHING = Wanted({}, {}, 50)


def written(name: str, told: dict[str, Any], number: int | None = None) -> bytes:
    """An event as the API writes it."""
    numbered = b"" if number is None else b"id: %d\n" % number
    text = json.dumps(told, ensure_ascii=False)
    return b"retry: 1\n%sevent: %s\ndata: %s\n\n" % (numbered, name.encode(), text.encode())


def hello(number: int) -> bytes:
    return written("hello", {"number": number, "last": number}, number)


def changed(number: int, one: dict[str, Any] | None, **told: str) -> bytes:
    known = one or {"id": "gone", "status": "success"}
    return written(
        "task",
        {
            "number": number,
            "task_id": known["id"],
            "request_id": "req-1",
            "status": known["status"],
            "operation_log": one,
        }
        | told,
        number,
    )


def further(one: dict[str, Any], percent: int) -> bytes:
    figures = one["holdfast"]["figures"] | {"bytes_done": percent, "bytes_total": 100}
    told = {
        "task_id": one["id"],
        "request_id": "req-1",
        "status": "running",
        "progress": percent,
        "phase": "reading",
        "figures": figures,
        "updated_at": f"2026-03-01T12:00:{percent:02}.000+00:00",
    }
    return written("progress", told)


NAMES = some.text(some.characters(exclude_categories=["Cs"]), max_size=8)


@given(some.lists(some.tuples(NAMES, some.integers(0, 9)), max_size=6), some.data())
def test_events_are_the_same_however_the_bytes_come(
    told: list[tuple[str, int]], cuts: some.DataObject
) -> None:
    stream = b": hi\n\n" + b"".join(written("task", {"name": name}, number) for name, number in told)
    places = cuts.draw(some.lists(some.integers(0, len(stream)), max_size=8).map(sorted))
    pieces = [stream[begin:end] for begin, end in zip([0, *places], [*places, len(stream)], strict=True)]
    found = [one for one in events.messages(pieces) if one.event]
    assert [one.event and one.event.told["name"] for one in found] == [name for name, _ in told]
    assert [one.fields["id"] for one in found] == [str(number) for _, number in told]
    assert len(list(events.messages([stream[:-1]]))) == len(told) if told else True


def test_ends_of_lines_may_be_those_of_windows_and_data_may_have_several_lines() -> None:
    (message,) = events.messages([b'event: x\r\ndata: {"a":\r\nda', b"ta: 1}\r\n\r\n"])
    assert message.event == Event("x", {"a": 1})


def test_after_a_break_it_goes_on_after_the_last_event_that_was_whole() -> None:
    one, other = task("running"), task("failed")
    cut = changed(9, other)
    script = Script({"events": [[hello(7), changed(8, one), cut[:-1]], [hello(8), cut, None], [hello(9)]]})
    with scripted(script) as client:
        heard = list(islice(events.coming(client, {"vault_id": ["v1", "v2"]}), 6))
    assert [event.name for event in heard] == ["hello", "task", AWAY, "hello", "task", AWAY]
    assert [event.told["operation_log"]["id"] for event in heard if event.name == "task"] == [
        one["id"],
        other["id"],
    ]
    assert [last for _, last in script.asked_of("events")] == [None, "8"]
    assert script.asked_of("events")[1][0] == {"vault_id": ["v1", "v2"]}


def test_a_server_that_stays_away_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "PATIENCE_SECONDS", -1.0)
    with scripted(Script({"events": [[hello(7)]]})) as client:
        heard = events.coming(client, {})
        assert next(heard).name == "hello"
        with pytest.raises(Failure) as failure:
            next(heard)
    assert failure.value.code is Exit.UNREACHABLE


def test_what_there_is_comes_first_the_oldest_before_the_newest_then_what_changes() -> None:
    old, new, made = task("success"), task("running", progress=1), task("waiting", progress=0)
    stream = [
        hello(3),
        changed(4, new),  # heard of already, by the list
        changed(5, None),  # trimmed meanwhile
        changed(6, made),
        further(new, 40),
        further(new, 40),
        further(new, 41),
        written("position", {"number": 6}, 6),
        written("something-new", {"odd": 1}),
        changed(7, new | {"status": "failed"}),
    ]
    script = Script({"events": [stream]}, {"operation_logs": [new, old], "count": 2})
    with scripted(script) as client:
        told = list(islice(task_follow.changes(client, EVERYTHING), 6))
    assert [(one["id"], one["status"]) for one in told] == [
        (old["id"], "success"),
        (new["id"], "running"),
        (made["id"], "waiting"),
        (new["id"], "running"),
        (new["id"], "running"),
        (new["id"], "failed"),
    ]
    assert [one["extra_info"]["common"]["progress"] for one in told[3:5]] == [40, 41]
    assert told[4]["holdfast"]["figures"]["bytes_done"] == 41


def test_a_gap_is_filled_by_the_list() -> None:
    one = task("success")
    script = Script({"events": [[hello(3)], [written("reset", {"number": 99, "last": 99}, 99)]]})
    with scripted(script) as client:
        followed = task_follow.changes(client, EVERYTHING)
        script.listed = {"operation_logs": [one], "count": 1}
        assert next(followed) == one
        other = task("failed")
        script.listed = {"operation_logs": [other, one], "count": 2}
        assert next(followed) == other


def test_what_the_stream_cannot_filter_is_asked_of_the_list() -> None:
    wanted, unwanted = task("success"), task("success")
    running = task("running", progress=1)
    stream = [hello(3), changed(4, unwanted), changed(5, wanted), further(running, 7), changed(6, wanted)]
    script = Script({"events": [stream], running["id"]: []}, {"operation_logs": [wanted], "count": 1})
    with scripted(script) as client:
        asked = Wanted({"q": "lett", "status": ["success"], "vault_name": ["safe"]}, {"sort_dir": "asc"}, 50)
        hearing = task_follow.Hearing(client, asked)
        told = [hearing.tasks(event) for event in islice(events.coming(client, asked.streamed), 5)]
    assert told == [[wanted], [], [wanted], [], [wanted]]
    assert script.asked_of("events")[0][0] == {"status": ["success"]}
    first, check, *_ = [query for query, _ in script.asked_of("operation-logs")]
    assert (first["q"], first["sort_dir"], first["limit"]) == (["lett"], ["asc"], ["50"])
    assert (check["q"], check["request_id"], check["fields"]) == (["lett"], ["req-1"], ["id"])


def test_a_server_without_events_is_asked_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_follow, "PAUSE_SECONDS", 0.01)
    one = task("running", progress=3)
    script = Script({"events": []}, {"operation_logs": [one], "count": 1})
    with scripted(script) as client:
        followed = task_follow.changes(client, EVERYTHING)
        assert next(followed) == one
        ended = one | {"status": "success"}
        script.listed = {"operation_logs": [ended], "count": 1}
        assert next(followed) == ended


def screen(width: int) -> Screen:
    made = Screen(as_json=False)
    made.out = Console(width=width, height=20, force_terminal=True, color_system=None, legacy_windows=False)
    return made


@pytest.mark.parametrize(
    ("width", "told"), [(200, "reading, 40 B of 100 B, 10 B/s, 6.0 s left"), (80, "10 B/s, 6.0 s left")]
)
def test_the_table_shows_what_runs_with_a_bar_and_each_task_on_one_line(width: int, told: str) -> None:
    running = task("running", progress=1, bytes_per_second=10)
    failed = task("failed", message="no " * 300, name="x" * 300)
    board = Board({one["id"]: one for one in (running, failed)}, count=1234)
    (message,) = events.messages([further(running, 40)])
    assert message.event
    board.hear(message.event)
    shown = screen(width)
    with shown.out.capture() as captured:
        shown.out.print(task_board.drawn(shown, board))
    lines = captured.get().splitlines()
    assert len(lines) == 5
    assert max(map(len, lines)) <= width
    assert "━━━━╌╌╌╌╌╌  40%" in lines[1]
    assert lines[1].rstrip().endswith(told)
    assert lines[-1].rstrip() == "2 of 1,234 tasks, live, Ctrl-C ends"
    board.hear(Event(AWAY, {}))
    with shown.out.capture() as captured:
        shown.out.print(task_board.drawn(shown, board))
    assert "the server does not answer" in captured.get()


def test_the_table_has_what_runs_first_and_looks_again_when_something_happened() -> None:
    running, newer = task("running"), task("waiting")
    script = Script({}, {"operation_logs": [newer, running], "count": 2})
    board = Board()
    with scripted(script) as client:
        board.look(client, EVERYTHING, 2)
    first, second = [query for query, _ in script.asked_of("operation-logs")]
    assert (first["status"], first["limit"], "status" in second) == (["running"], ["2"], False)
    assert (list(board.tasks), board.count) == ([newer["id"], running["id"]], 2)
    assert not board.is_due(board.looked + 5)
    board.hear(Event("task", {"task_id": "another"}))
    assert board.is_due(board.looked + 5)
    assert not board.is_due(board.looked + 0.5)


def test_the_table_has_no_more_lines_than_a_terminal_that_became_smaller() -> None:
    known = [task("success") for _ in range(30)]
    shown = screen(80)
    with shown.out.capture() as captured:
        shown.out.print(task_board.drawn(shown, Board({one["id"]: one for one in known}, count=30)))
    lines = captured.get().splitlines()
    assert len(lines) == shown.out.height
    assert lines[-1].startswith("17 of 30 tasks")


def test_the_table_is_told_by_a_thread_what_happens_and_why_it_ended() -> None:
    script = Script({"events": [[hello(3), changed(4, task("success"))]]})
    wanted = Wanted({"status": ["running"], "vault_id": ["v1"]}, {}, 50)
    with scripted(script) as client, task_board.hearing(client, wanted) as heard:
        names = [one.name for one in (heard.get(timeout=20) for _ in range(3)) if isinstance(one, Event)]
    assert names == ["hello", "task", AWAY]
    # What leaves the table has to be heard of: not only what runs.
    assert script.asked_of("events")[0][0] == {"vault_id": ["v1"], "fields": ["id"]}
