"""Exports of operation logs, word for word."""

import csv
import gzip
import io
import json
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.api.asking import House

from holdfast.api import gzipped
from holdfast.api.v3 import operation_log_tables as tables
from holdfast.db import tasks
from holdfast.model import ids
from holdfast.model.task import (
    CANCELLED,
    BackupDetail,
    Figures,
    Operation,
    Status,
    SyncDetail,
    Task,
    TaskError,
    TaskResource,
)

BEGIN = datetime(2025, 5, 23, 14, 31, 36, 7365, tzinfo=UTC)
EXPORT = "/operation-logs/export"


def ended(house: House, **given: Any) -> Task:
    """A task that is over, known to the blue project."""
    values: dict[str, Any] = {
        "id": ids.new(),
        "project_id": house.world.blue.id,
        "operation": Operation.SYNC,
        "status": Status.SUCCESS,
        "provider_id": "a provider",
        "resource": TaskResource(id="r1", name="letters", type="OS::Sfs::Turbo"),
        "request_id": "req-1",
        "asked_by": "ann",
        "created_at": BEGIN,
        "started_at": BEGIN + timedelta(seconds=1),
        "ended_at": BEGIN + timedelta(seconds=3.5),
        "updated_at": BEGIN,
        "detail": SyncDetail(),
    }
    task = Task(**values | given)
    with house.world.db.transaction() as tx:
        tasks.add(tx, task)
    return task


def export(house: House, form: str = "ndjson", **parameters: Any) -> httpx.Response:
    reply = house.send("GET", EXPORT, format=form, **parameters)
    assert reply.status_code == 200, reply.text
    return reply


def lines(reply: httpx.Response) -> list[dict[str, Any]]:
    return [json.loads(line) for line in reply.text.splitlines()]


def table(reply: httpx.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(reply.text, newline="")))


def test_a_line_is_what_the_list_shows(house: House) -> None:
    for place in range(7):
        ended(house, created_at=BEGIN + timedelta(seconds=place))
    ended(house, status=Status.WAITING, started_at=None, ended_at=None)
    reply = export(house)
    assert reply.headers["Content-Type"] == "application/x-ndjson"
    assert lines(reply) == house.ask("GET", "/operation-logs")["operation_logs"]
    assert reply.text.endswith("}\n")


def test_it_takes_the_filters_the_order_and_the_fields_of_the_list(house: House) -> None:
    for place in range(6):
        status = (Status.SUCCESS, Status.FAILED, Status.SKIPPED)[place % 3]
        ended(house, status=status, created_at=BEGIN + timedelta(seconds=place))
    asked: dict[str, Any] = {
        "status": "failed,success",
        "sort_key": "status",
        "sort_dir": "asc",
        "fields": "status",
    }
    shown = lines(export(house, **asked))
    assert shown == house.ask("GET", "/operation-logs", **asked)["operation_logs"]
    assert [set(one) for one in shown] == [{"id", "status"}] * 4
    assert [one["status"] for one in shown] == ["failed", "failed", "success", "success"]


def test_it_goes_on_behind_a_marker_and_ends_at_a_limit(house: House) -> None:
    known = [ended(house, created_at=BEGIN - timedelta(seconds=place)).id for place in range(5)]
    assert [one["id"] for one in lines(export(house, marker=known[1], limit=2))] == known[2:4]
    assert [one["id"] for one in lines(export(house, limit=1))] == known[:1]


def test_a_table_has_a_row_for_each(house: House) -> None:
    task = ended(
        house,
        operation=Operation.BACKUP,
        status=Status.FAILED,
        vault_id="v1",
        vault_name='safe, "old"\nand new',
        policy_id="y1",
        checkpoint_id="c1",
        backup_id="b1",
        retry_of="t1",
        detail=BackupDetail(backup_id="b1", backup_name="n"),
        figures=Figures(bytes_done=1 << 60, bytes_stored=7, files_done=3, warning_count=2),
        error=TaskError(CANCELLED, "The task was cancelled."),
    )
    ended(house, status=Status.WAITING, started_at=None, ended_at=None, created_at=BEGIN - timedelta(1))
    reply = export(house, "csv")
    assert reply.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert reply.text.startswith(",".join(tables.COLUMNS) + "\r\n")
    first, second = table(reply)
    assert first == {
        "id": task.id,
        "operation_type": "backup",
        "status": "failed",
        "outcome": "cancelled",
        "project_id": house.world.blue.id,
        "provider_id": "a provider",
        "resource_id": "r1",
        "resource_name": "letters",
        "resource_type": "OS::Sfs::Turbo",
        "vault_id": "v1",
        "vault_name": 'safe, "old"\nand new',
        "enterprise_project_id": "0",
        "policy_id": "y1",
        "checkpoint_id": "c1",
        "backup_id": "b1",
        "parent_id": "t1",
        "request_id": "req-1",
        "asked_by": "ann",
        "created_at": "2025-05-23T14:31:36.007Z",
        "started_at": "2025-05-23T14:31:37.007Z",
        "ended_at": "2025-05-23T14:31:39.507Z",
        "duration_seconds": "2.500",
        "bytes_done": "1152921504606846976",
        "bytes_stored": "7",
        "files_done": "3",
        "error_code": "Holdfast.0001",
        "error_message": "The task was cancelled.",
        "warning_count": "2",
    }
    assert (second["outcome"], second["started_at"], second["duration_seconds"]) == ("waiting", "", "")


names = st.text(
    st.one_of(st.sampled_from("=+-@\t\r\n',\"＝－"), st.characters(exclude_categories=["Cs"])), max_size=8
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names)
def test_no_cell_is_a_formula_and_every_text_can_be_had_back(name: str) -> None:
    task = Task(
        id="t",
        project_id="p",
        operation=Operation.SYNC,
        provider_id="x",
        resource=TaskResource(id="r", name=name, type="y"),
        request_id="q",
        created_at=BEGIN,
        updated_at=BEGIN,
        detail=SyncDetail(),
    )
    written = (tables.header() + tables.rows([task])).decode()
    (row,) = csv.DictReader(io.StringIO(written, newline=""))
    cell = row["resource_name"]
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))
    assert (cell[1:] if cell.startswith("'") else cell) == name


def test_nothing_found_is_an_empty_answer_and_a_table_without_rows(house: House) -> None:
    assert export(house).content == b""
    assert export(house, "csv").text == ",".join(tables.COLUMNS) + "\r\n"


def test_it_comes_with_the_name_of_a_file(house: House) -> None:
    told = export(house, "csv").headers["Content-Disposition"]
    assert told.startswith('attachment; filename="operation-logs-2')
    assert told.endswith('Z.csv"')


def test_it_is_compressed_for_who_can_read_that(house: House) -> None:
    for _ in range(3):
        ended(house)
    path, headers = f"/v3/{house.world.blue.id}{EXPORT}", {"X-Auth-Token": house.tokens["admin"]}
    plain = house.client.request(
        "GET", path, params={"format": "csv"}, headers={**headers, "Accept-Encoding": "identity"}
    )
    packed = house.client.request(
        "GET", path, params={"format": "csv"}, headers={**headers, "Accept-Encoding": "br;q=1, gzip;q=0.8"}
    )
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert packed.text == plain.text


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("gzip", True),
        ("deflate, GZIP;q=0.5", True),
        ("*", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000, *", False),
        ("identity", False),
        ("", False),
        ("gzip;what", False),
        ("*;q=0", False),
    ],
)
def test_who_can_read_gzip_says_so(said: str, wanted: bool) -> None:
    assert gzipped.is_wanted({"accept-encoding": said}) is wanted


def test_what_is_compressed_is_the_whole_and_half_of_it_is_seen_to_be_half() -> None:
    content = [bytes([place % 256]) * 5000 for place in range(300)]
    packed = list(gzipped.pieces(iter(content)))
    assert all(packed)
    assert gzip.decompress(b"".join(packed)) == b"".join(content)
    half = zlib.decompressobj(31)
    half.decompress(b"".join(packed)[:-10])
    assert not half.eof


def test_head_tells_what_would_come(house: House) -> None:
    ended(house)
    reply = house.send("HEAD", EXPORT, format="csv")
    assert (reply.status_code, reply.content) == (200, b"")
    assert reply.headers["Content-Type"].startswith("text/csv")


def test_head_is_refused_what_get_is_refused(house: House) -> None:
    ended(house)
    marker = ids.new()
    for method in ("GET", "HEAD"):
        assert house.send(method, EXPORT, format="csv", marker=marker).status_code == 400


def test_a_name_ends_no_line(house: House) -> None:
    name = "a\x85b\u2028c\u2029d\ne\x1ef"
    task = ended(house, resource=TaskResource(id="r1", name=name, type="OS::Sfs::Turbo"))
    (line,) = export(house).text.splitlines()
    assert json.loads(line)["extra_info"]["resource"]["name"] == name
    assert json.loads(line)["id"] == task.id


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_nobody_on_the_way_keeps_a_copy(house: House, form: str) -> None:
    assert export(house, form).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({}, "format"),
        ({"format": "xml"}, "format"),
        ({"format": "csv", "fields": "id"}, "fields"),
        ({"format": "ndjson", "fields": "nothing"}, "fields"),
        ({"format": "csv", "offset": "1"}, "offset"),
        ({"format": "csv", "limit": "0"}, "limit"),
        ({"format": "csv", "limit": str(1 << 63)}, "limit"),
        ({"format": "csv", "marker": "nothing"}, "marker"),
        ({"format": "csv", "status": "wrong"}, "status"),
        ({"format": "csv", "sort_key": "wrong"}, "sort_key"),
        ({"format": "csv", "created_after": "yesterday"}, "created_after"),
    ],
)
def test_what_cannot_be_understood_is_refused_by_name(
    house: House, asked: dict[str, str], named: str
) -> None:
    status, code, message = house.refused("GET", EXPORT, **asked)
    assert (status, code) == (400, "9900")
    assert f" {named}: " in message


def test_nobody_sees_the_tasks_of_another_project(house: House) -> None:
    ended(house)
    assert house.send("GET", EXPORT, who="stranger", format="csv").status_code == 404
    reply = house.send("GET", EXPORT, who="stranger", project=house.world.red, format="ndjson")
    assert (reply.status_code, reply.content) == (200, b"")
    assert len(lines(house.send("GET", EXPORT, who="reader", format="ndjson"))) == 1
