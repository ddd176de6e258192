"""Backups by the command line: each is shown whole, and says why it stays."""

from pathlib import Path

from tests.cli.conftest import House


def test_a_backup_says_what_it_is_and_why_it_stays(house: House, letters: Path) -> None:
    (done,) = house.ask("protect", str(letters), "--name", "kept letters")["protected"]
    (task,) = house.ask("backup", "kept letters")["operation_logs"]
    backup_id = task["extra_info"]["backup"]["backup_id"]
    told = house.run("backups", "show", backup_id[:13])
    assert told.code == 0, told.err
    for word in (backup_id, "kept letters", done["resource"]["id"], "by hand", "last good backup, manual"):
        assert word in told.out
    (shown,) = house.ask("backups", "show", backup_id).values()
    assert shown["holdfast"] == {
        "policy_id": None,
        "kept_because": ["last_good_backup", "manual"],
        "goes_because": [],
        "read_bytes": 19,
        "stored_bytes": shown["holdfast"]["stored_bytes"],
        "file_count": 2,
    }
    assert shown["holdfast"]["stored_bytes"] > 0
    told = house.run("backups", "--resource", "kept letters", "--why")
    assert told.code == 0, told.err
    header, line = told.out.splitlines()
    assert header.split()[-3:] == ["EXPIRES", "GOES", "BECAUSE"]
    assert line.split("  ")[-1].strip() == "last good backup, manual"
    assert "BECAUSE" not in house.run("backups").out
    assert house.run("backups", "show", "nosuch").code == 5
