"""Asking for tasks by everything that the command line has, of a real server with a history."""

import csv
import io
import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import HOLDFAST, House, serving
from tests.cli.scripted import Script, scripted
from tests.cli.test_terminal import COLOUR, on_a_terminal

from holdfast import config, main
from holdfast.cli import task_export
from holdfast.cli.failures import Exit, Failure
from holdfast.cli.screen import Screen
from holdfast.db import projects, tasks
from holdfast.model import clock, ids
from holdfast.model.task import (
    BackupDetail,
    DeleteDetail,
    Figures,
    Operation,
    Status,
    Task,
    TaskError,
    TaskResource,
)

VAULTS = {"safe": ids.new(), "far, far away": ids.new()}
RESOURCES = {"letters": "r-letters", "photos": "r-photos", "mail": "r-mail"}
POLICIES = (ids.new(), ids.new())
ENDS = (Status.SUCCESS, Status.SUCCESS, Status.FAILED, Status.SUCCESS, Status.TIMEOUT, Status.SKIPPED)
ERRORS = {
    Status.FAILED: TaskError("Test.0001", "The disk is full."),
    Status.TIMEOUT: TaskError("Test.0002", "=slow"),
}
COUNT = 60
Told = dict[str, Any]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with serving(tmp_path_factory.mktemp("history") / "data") as served:
        with main.known(config.load({}, data=str(served.data))) as db, db.transaction() as tx:
            (project,) = projects.find(tx)
            now = clock.now()
            for number in range(COUNT):
                tasks.add(tx, made(number, project.id, now))
        yield served


def made(number: int, project_id: str, now: datetime) -> Task:
    """The task of this number: number 0 is the oldest, one every four hours."""
    created_at = now - timedelta(hours=4 * (COUNT - number) - 2)
    status, name = ENDS[number % len(ENDS)], list(RESOURCES)[number % len(RESOURCES)]
    vault = list(VAULTS)[number // 30]
    detail = (BackupDetail, DeleteDetail)[number % 4 == 3](backup_id=f"backup-{number}", backup_name="b")
    return Task(
        id=ids.new(),
        project_id=project_id,
        operation=Operation.DELETE if number % 4 == 3 else Operation.BACKUP,
        status=status,
        provider_id=("provider-a", "provider-b")[number % 2],
        resource=TaskResource(
            id=RESOURCES[name], name=name, type=("OS::Sfs::Turbo", "OS::Cinder::Volume")[number % 2]
        ),
        vault_id=VAULTS[vault],
        vault_name=vault,
        policy_id=POLICIES[number % 2],
        checkpoint_id=f"checkpoint-{number // 10}",
        backup_id=f"backup-{number}",
        enterprise_project_id=f"enterprise-{number % 5}",
        request_id=f"req-{number // 6}",
        asked_by="anna",
        created_at=created_at,
        started_at=created_at + timedelta(seconds=1),
        ended_at=created_at + timedelta(seconds=1 + number),
        updated_at=created_at + timedelta(seconds=1 + number),
        progress=100,
        error=ERRORS.get(status, TaskError()),
        detail=detail,
        figures=Figures(bytes_done=number << 20, bytes_total=number << 20, bytes_stored=number << 10),
        retry_of=VAULTS["safe"] if number == 7 else None,
    )


def listed(home: House, *arguments: str) -> list[Told]:
    found: list[Told] = home.ask("tasks", *arguments, "--limit", "1000")["operation_logs"]
    return found


@pytest.fixture(scope="module")
def everything(home: House) -> list[Told]:
    return listed(home)


def hours_ago(one: Told) -> float:
    return (clock.now() - datetime.fromisoformat(one["created_at"])).total_seconds() / 3600


@pytest.mark.parametrize(
    ("arguments", "fits"),
    [
        (("--status", "failed,timeout"), lambda one: one["status"] in ("failed", "timeout")),
        (("--status", "failed", "--status", "skipped"), lambda one: one["status"] in ("failed", "skipped")),
        (("--type", "delete"), lambda one: one["operation_type"] == "delete"),
        (("--resource", "mail"), lambda one: one["extra_info"]["resource"]["name"] == "mail"),
        (
            ("--resource", "mail", "--resource", "photos"),
            lambda one: one["extra_info"]["resource"]["name"] != "letters",
        ),
        (
            ("--resource-type", "disk"),
            lambda one: one["extra_info"]["resource"]["type"] == "OS::Cinder::Volume",
        ),
        (("--vault", "far, far away"), lambda one: one["vault_name"] == "far, far away"),
        (("--vault", VAULTS["safe"]), lambda one: one["vault_name"] == "safe"),
        (
            ("--policy", POLICIES[1], "--type", "backup"),
            lambda one: one["policy_id"] == POLICIES[1] and one["operation_type"] == "backup",
        ),
        (
            ("--checkpoint", "checkpoint-1,checkpoint-3"),
            lambda one: one["checkpoint_id"] in ("checkpoint-1", "checkpoint-3"),
        ),
        (("--backup", "backup-12"), lambda one: "backup-12" in str(one["extra_info"])),
        (("--request", "req-2"), lambda one: one["extra_info"]["common"]["request_id"] == "req-2"),
        (("--parent", VAULTS["safe"]), lambda one: one["holdfast"]["parent_id"] == VAULTS["safe"]),
        (("--provider", "provider-b"), lambda one: one["provider_id"] == "provider-b"),
        (("--error", "Test.0002"), lambda one: one["error_info"]["code"] == "Test.0002"),
        (("--search", "disk is"), lambda one: one["error_info"]["code"] == "Test.0001"),
        (("--since", "24h"), lambda one: hours_ago(one) < 24),
        (("--since", "5d", "--until", "2d"), lambda one: 48 < hours_ago(one) < 120),
        (("--started", "3d..2d"), lambda one: 48 < hours_ago(one) < 72),
        (("--ended", "..2d"), lambda one: hours_ago(one) > 48),
        (("--ended", "1d"), lambda one: hours_ago(one) < 24),
    ],
)
def test_every_option_narrows_the_list(
    home: House, everything: list[Told], arguments: tuple[str, ...], fits: Callable[[Told], bool]
) -> None:
    assert len(everything) == COUNT
    wanted = [one for one in everything if fits(one)]
    assert 0 < len(wanted) < COUNT
    assert listed(home, *arguments) == wanted


def test_enterprise_projects_narrow_it_too(home: House) -> None:
    assert len(listed(home, "--enterprise-project", "enterprise-1,enterprise-2")) == COUNT * 2 // 5


def test_a_list_says_how_many_there_are_and_how_to_go_on(home: House, everything: list[Told]) -> None:
    known = [one["id"] for one in everything]
    told = home.run("tasks", "--limit", "7")
    assert [line.split()[0] for line in told.out.splitlines()[1:]] == known[:7]
    assert told.err == f"7 of {COUNT} tasks; go on with --marker {known[6]}, or see --all\n"
    told = home.run("tasks", "--limit", "7", "--marker", known[6])
    assert [line.split()[0] for line in told.out.splitlines()[1:]] == known[7:14]
    told = home.run("tasks", "--marker", known[50][:13])
    assert [line.split()[0] for line in told.out.splitlines()[1:]] == known[51:]
    assert told.err == f"9 of {COUNT} tasks, to the end\n"
    assert home.run("tasks", "--marker", known[-1]).err == f"{COUNT} tasks, none of them after {known[-1]}\n"
    assert home.run("tasks", "--status", "failed").err == f"{COUNT // 6} tasks\n"


def test_all_are_printed_page_by_page(
    home: House, everything: list[Told], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("holdfast.cli.client.PAGE", 9)
    told = home.run("tasks", "--all")
    heading, *lines = told.out.splitlines()
    assert heading.startswith("ID ")
    assert [line.split()[0] for line in lines] == [one["id"] for one in everything]
    assert told.err == f"{COUNT} tasks\n"
    assert home.ask("tasks", "--all") == {"operation_logs": everything, "count": COUNT}
    assert home.ask("tasks", "--limit", "20") == {"operation_logs": everything[:20], "count": COUNT}
    assert home.ask("tasks", "--all", "--status", "running") == {"operation_logs": [], "count": 0}


def test_it_is_sorted_and_cut_to_members(home: House, everything: list[Told]) -> None:
    shown = listed(home, "--sort", "status", "--reverse", "--fields", "status,created_at")
    assert {tuple(one) for one in shown} == {("id", "status", "created_at")}
    assert listed(home, "--reverse") == everything[::-1]
    assert [one["id"] for one in shown if one["status"] == "failed"] == [
        one["id"] for one in everything[::-1] if one["status"] == "failed"
    ]


def test_a_table_has_what_matters_where_the_terminal_is_narrow(home: House) -> None:
    code, shown = on_a_terminal(home, "tasks", "--limit", "3", COLUMNS="80", NO_COLOR="1")
    assert code == 0
    assert not COLOUR.search(shown)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines()
    assert lines[0].split() == ["ID", "WHEN", "TYPE", "RESOURCE", "STATUS", "TOOK", "NOTE"]
    assert len(lines) >= 5
    assert max(map(len, lines[:-1])) <= 80


def test_a_task_says_who_asked_for_it_by_which_request(home: House) -> None:
    (task,) = listed(home, "--parent", VAULTS["safe"])
    told = home.run("tasks", "show", task["id"][:13]).out
    lines = dict(line.split(maxsplit=1) for line in told.splitlines() if line.strip())
    assert (lines["request"].strip(), lines["asked"].split()) == ("req-1", ["by", "anna"])
    assert VAULTS["safe"] in lines["retry"]


def test_a_query_is_exported_as_a_table(home: House, tmp_path: Path) -> None:
    told = home.run("tasks", "--export", "csv", "--status", "failed,timeout", "--reverse")
    rows = list(csv.DictReader(io.StringIO(told.out)))
    assert [row["id"] for row in rows] == [
        one["id"] for one in listed(home, "--status", "failed,timeout", "--reverse")
    ]
    file = tmp_path / "tasks.csv"
    file.write_text("what was there before")
    to_file = home.run(
        "tasks", "--status", "failed,timeout", "--export", "csv", "--reverse", "--output", str(file)
    )
    assert (to_file.code, to_file.out) == (0, "")
    assert to_file.err.startswith("wrote ")
    assert file.read_bytes().decode() == told.out
    assert os.listdir(tmp_path) == ["tasks.csv"]


def test_a_query_is_exported_as_lines_of_json(home: House) -> None:
    told = home.run("tasks", "--export", "ndjson", "--fields", "status", "--limit", "5")
    assert [json.loads(line) for line in told.out.splitlines()] == [
        {"id": one["id"], "status": one["status"]} for one in listed(home)[:5]
    ]


def test_an_export_that_nobody_reads_is_no_error(home: House) -> None:
    with subprocess.Popen(
        [*HOLDFAST, "tasks", "--export", "csv"],
        env={**os.environ, "HOLDFAST_DATA": str(home.data)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
        assert process.wait(30) == 0


def test_an_export_that_breaks_off_leaves_no_file_and_the_one_before_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "tasks.csv"
    file.write_text("whole")
    with (
        scripted(Script({"export": [[b"id,status\n", b"1,suc"]]})) as client,
        pytest.raises(Failure) as failure,
    ):
        task_export.export(client, Screen(as_json=False), {"format": "csv"}, str(file))
    assert failure.value.code is Exit.UNREACHABLE
    assert file.read_text() == "whole"
    assert os.listdir(tmp_path) == ["tasks.csv"]


def test_an_export_goes_where_a_link_leads_and_into_what_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "there" / "tasks.csv")
    with scripted(Script({"export": [[b"id\n", None]] * 2})) as client:
        task_export.export(client, Screen(as_json=False), {}, str(link))
        task_export.export(client, Screen(as_json=False), {}, os.devnull)
    assert link.is_symlink()
    assert (tmp_path / "there" / "tasks.csv").read_text() == "id\n"
    assert not Path(os.devnull).is_file()


def test_a_summary_tells_the_figures_and_draws_the_days(home: House) -> None:
    answer = home.ask("tasks", "summary", "--vault", "safe")["summary"]
    assert answer["count"] == COUNT // 2
    told = home.run("tasks", "summary", "--vault", "safe", "--timezone", "Europe/Berlin")
    assert told.code == 0, told.err
    assert f"\n{COUNT // 2} tasks, 60.0% success, " in told.out
    assert "days of Europe/Berlin" in told.out
    words = {line.split()[0]: line.split() for line in told.out.splitlines() if line}
    assert words["failed"][1] == "5"
    assert words["Test.0001"][1] == "5"
    assert words["safe"][1:4] == ["30", "60.0%", "10"]
    assert len(words["failures"][1]) == 30
    assert home.run("tasks", "--vault", "safe", "summary", "--timezone", "Europe/Berlin") == told


def test_a_summary_of_nothing_says_so(home: House) -> None:
    told = home.run("tasks", "summary", "--status", "running")
    assert (told.code, told.out.splitlines()[-1]) == (0, "no such tasks")


def test_a_summary_speaks_ascii_where_nothing_else_is_understood(home: House) -> None:
    done = subprocess.run(
        [*HOLDFAST, "tasks", "summary", "--until", "1h"],
        env={**os.environ, "HOLDFAST_DATA": str(home.data), "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=True,
    )
    assert done.stdout.isascii()
    assert b"#" in done.stdout


def test_tasks_are_watched_until_they_end_and_their_end_is_the_commands(home: House) -> None:
    (good,) = home.ask("tasks", "--status", "success", "--limit", "1")["operation_logs"]
    (bad,) = home.ask("tasks", "--status", "failed", "--limit", "1")["operation_logs"]
    told = home.run("tasks", "--watch", good["id"][:13])
    assert (told.code, told.out.count("success")) == (Exit.SUCCESS, 1)
    told = home.run("tasks", "--watch", good["id"], "--watch", bad["id"], "--json")
    assert told.code == Exit.WORK_FAILED
    assert told.document == {"operation_logs": [good, bad]}
    assert bad["id"] in told.err
    assert home.run("tasks", "--watch", ids.new()).code == Exit.NOT_FOUND


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--status", "failed,nosuch"), "--status"),
        (("--type", "backup,,delete"), "--type"),
        (("--resource", ""), "--resource"),
        (("--search", ""), "--search"),
        (("--until", "tomorrow"), "--until"),
        (("--since", "999999w"), "--since"),
        (("--started", ".."), "--started"),
        (("--ended", "1h..never"), "--ended"),
        (("--sort", "size"), "--sort"),
        (("--limit", "5", "--all"), "--limit"),
        (("--follow", "--export", "csv"), "--follow"),
        (("--follow", "--all"), "--all"),
        (("--output", "x.csv"), "--output"),
        (("--export", "csv", "--output", ""), "--output"),
        (("--export", "csv", "--fields", "id"), "--fields"),
        (("--export", "xls"), "--export"),
        (("--fields", "id"), "--fields"),
        (("--watch", "some", "--status", "failed"), "--watch"),
        (("--marker", ""), "--marker"),
        (("--vault", "safe", "--vault", VAULTS["safe"]), "--vault"),
        (("--resource-type", "dirctory"), "--resource-type"),
        (("--started", "24h-1h"), "24h..1h"),
        (("--started", "1h..24h"), "--started"),
        (("--since", "1h", "--until", "24h"), "--until"),
        (("--json", "--export", "csv"), "--json"),
        (("--export", "csv", "--output", "/nowhere/x.csv"), "--output"),
        (("--export", "csv", "--output", "/"), "--output"),
        (("--search", "\udcff"), "UTF-8"),
        (("summary", "--top", "0"), "--top"),
        (("summary", "--timezone", ""), "--timezone"),
        (("summary", "--until", "2d", "--since", "1d"), "--until"),
        (("--limit", "3", "summary"), "--limit"),
        (("--follow", "show", "some"), "--follow"),
        (("--status", "failed", "cancel", "some"), "--status"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_the_name_of_its_option(
    home: House, arguments: tuple[str, ...], named: str
) -> None:
    told = home.run("tasks", *arguments)
    assert (told.code, told.out) == (Exit.USAGE, "")
    assert named in told.err


def test_what_is_said_before_a_summary_counts_for_it(home: House) -> None:
    told = home.ask("tasks", "--status", "failed", "summary", "--since", "30d")["summary"]
    assert told["count"] == told["statuses"]["failed"] == 10


@pytest.mark.parametrize("noun", ["vault", "resource"])
def test_a_name_that_nothing_has_now_is_told_beside_what_is_found_by_it(home: House, noun: str) -> None:
    told = home.run("tasks", f"--{noun}", "f\\")
    assert (told.code, told.out) == (0, "")
    assert f"no {noun} is called 'f\\\\'" in told.err
    assert f"no {noun} is called" not in home.run("tasks", f"--{noun}", ids.new()).err


def test_what_only_the_server_knows_to_be_wrong_is_told_in_its_words(home: House) -> None:
    told = home.run("tasks", "--fields", "nosuch", "--json")
    assert (told.code, "fields" in told.err) == (Exit.REFUSED, True)
    told = home.run("tasks", "summary", "--timezone", "Nowhere/Atall")
    assert (told.code, "timezone" in told.err) == (Exit.REFUSED, True)
    assert home.run("tasks", "--policy", "nosuch").code == Exit.NOT_FOUND
