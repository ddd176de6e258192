"""What is said of a task."""

from typing import Any

import pytest
from tests.cli.wire import task

from holdfast.cli import outcome
from holdfast.cli.failures import Exit, Failure
from holdfast.cli.task_facts import facts


def test_a_backup_that_went_well_says_what_it_read_and_what_the_vault_grew_by() -> None:
    done = task("success", bytes_done=3 << 20, bytes_stored=1 << 20, files_done=2)
    assert outcome.sentence(done) == (
        "backup of letters: success, 2 files, 3 MiB, 1 MiB new in the vault, 2.0 s"
    )


def test_a_task_that_failed_says_why() -> None:
    failed = task("failed", message="The disk is full.", code="BackupService.9910")
    assert (
        outcome.sentence(failed) == "backup of letters: failed, 2.0 s: The disk is full. (BackupService.9910)"
    )


def test_a_running_task_tells_its_rate_and_what_is_left() -> None:
    running = task("running", bytes_done=30 << 20, bytes_total=45 << 20)
    assert outcome.pace(running) == "30 MiB of 45 MiB, 15 MiB/s, 1.0 s left"


def test_the_rate_of_the_last_seconds_goes_before_the_mean() -> None:
    running = task(
        "running",
        bytes_done=30 << 20,
        bytes_total=45 << 20,
        bytes_per_second=5 << 20,
        files_done=2,
        files_total=7,
    )
    running["holdfast"]["phase"] = "reading"
    assert outcome.pace(running) == "reading, 30 MiB of 45 MiB, 2 of 7 files, 5 MiB/s, 3.0 s left"


def test_what_is_finishing_promises_nothing() -> None:
    running = task("running", bytes_done=45 << 20, bytes_total=45 << 20, bytes_per_second=1)
    running["holdfast"]["phase"] = "finishing"
    assert outcome.pace(running) == "finishing, 45 MiB of 45 MiB"


def test_an_operation_without_bytes_tells_what_it_is_at() -> None:
    running = task("running", operation="vault_delete", files_done=3, files_total=9)
    running["holdfast"]["phase"] = "deleting"
    assert outcome.pace(running) == "deleting, 3 of 9 files"


def test_a_backup_that_is_suspiciously_small_says_so_everywhere() -> None:
    done = task("success", files_done=1)
    done["holdfast"]["flags"] = ["suspiciously_small"]
    assert ", suspiciously small, 2.0 s" in outcome.sentence(done)
    assert ("look at this", "suspiciously small") in list(facts(done))


def test_all_that_is_known_of_a_running_task_is_told() -> None:
    running = task("running", bytes_done=1 << 20, bytes_total=2 << 20, bytes_per_second=1 << 20)
    running["holdfast"] |= {"phase": "reading", "time_limit_seconds": 3600}
    told = dict(facts(running))
    assert (told["phase"], told["rate"], told["may take"]) == ("reading", "1 MiB/s", "1 h")


def test_a_task_that_has_just_begun_promises_nothing() -> None:
    assert outcome.pace(task("running", bytes_total=45 << 20)) == "0 B of 45 MiB"


def test_a_resource_that_grew_while_it_was_read_has_nothing_left() -> None:
    grown = task("running", bytes_done=50 << 20, bytes_total=45 << 20)
    assert outcome.pace(grown).endswith(", 0.0 s left")


def test_warnings_are_counted() -> None:
    assert "1 warning," in outcome.sentence(task("success", warning_count=1))


def test_a_name_cannot_give_orders_to_the_terminal() -> None:
    assert outcome.subject(task("success", name="a\x1b]0;b")) == r"a\x1b]0;b"


@pytest.mark.parametrize("status", ["success", "skipped", "waiting"])
def test_what_did_not_fail_is_no_failure(status: str) -> None:
    outcome.check([task(status)])


@pytest.mark.parametrize("status", ["failed", "timeout"])
def test_one_failed_task_fails_the_command_and_is_named(status: str) -> None:
    bad = task(status)
    with pytest.raises(Failure, match=str(bad["id"])) as failed:
        outcome.check([task("success"), bad])
    assert failed.value.code is Exit.WORK_FAILED


def test_several_failed_tasks_are_counted() -> None:
    with pytest.raises(Failure, match="2 tasks failed"):
        outcome.check([task("failed"), task("timeout")])


def test_a_task_without_our_figures_has_none() -> None:
    foreign = task("success")
    del foreign["holdfast"]
    assert outcome.sentence(foreign) == "backup of letters: success, 0 B new in the vault, 2.0 s"


def told(one: dict[str, Any]) -> dict[str, str]:
    return {label: str(value) for label, value in facts(one)}


def test_the_facts_of_a_running_backup_leave_out_what_is_not_known_yet() -> None:
    known = told(task("running", progress=40, bytes_done=4 << 20, bytes_total=10 << 20))
    assert known["progress"] == "40%"
    assert known["bytes"] == "4 MiB of 10 MiB"
    assert known["backup"] == "manualbk_1  b1"
    assert not known.keys() & {"ended", "took", "error", "policy", "warnings", "onto", "into"}


def test_the_facts_of_a_restore_say_where_it_went() -> None:
    restored = task("success", operation="restore")
    restored["extra_info"]["restore"] = {
        "backup_id": "b1",
        "backup_name": "manualbk_1",
        "target_resource_id": "r2",
        "target_resource_name": "other",
    }
    restored["holdfast"].update(destination_path="/tmp/back", paths=["/srv/a", "/srv/b"])
    known = told(restored)
    assert (known["onto"], known["into"], known["only"]) == ("other  r2", "/tmp/back", "/srv/a, /srv/b")


def test_the_facts_of_a_deleted_vault_count_its_backups() -> None:
    deleted = task("success", operation="vault_delete")
    deleted["extra_info"]["vault_delete"] = {"fail_count": 1, "total_count": 3}
    known = told(deleted)
    assert (known["deleted"], known["not deleted"]) == ("3 backups", "1 resource")
