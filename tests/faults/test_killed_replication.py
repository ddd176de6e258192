"""A worker killed in the middle of a replication."""

import os
import signal
from pathlib import Path

import pytest
from tests.engine.house import MIB, House, read_files, succeeded, wait_until
from tests.engine.working import process

from holdfast.model.policy import Destination
from holdfast.model.task import Page
from holdfast.model.vault import ProtectType
from holdfast.service import backups, replications
from holdfast.service.backups import BackupFilter
from holdfast.service.replications import WantedReplica

MEGABYTES = 96


def packs(repository: Path) -> int:
    """How many packs are whole."""
    return sum(len(one.name) == 64 for one in (repository / "data").rglob("*"))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_was_sent_before_a_worker_was_killed_is_not_sent_again(house: House) -> None:
    files = {f"{number}.raw": os.urandom(MIB) for number in range(MEGABYTES)}
    vault = house.vault(house.directory("home", files))
    to = house.vault(name="replicas", protect_type=ProtectType.REPLICATION)
    with house.working():
        source = house.backup(succeeded(house.back_up(vault)))
    destination = Destination(project_id=to.project_id, region=house.config.region)
    wanted = WantedReplica(destination=destination, vault_id=to.id)
    (task,) = replications.create(house.context(), source.id, wanted).tasks
    folder = house.folder / "store" / "vaults" / to.id
    with process(house, "w1") as worker:
        wait_until(lambda: packs(folder) > 0, lambda: f"{house.task(task.id)}")
        worker.send_signal(signal.SIGKILL)
    assert house.repository(to).snapshots() == []
    with house.working("w1"):
        ended = succeeded(house.ended(task.id))
        listed = BackupFilter(project_id=house.project.id, vault_id=to.id)
        (replica,) = backups.find(house.context(), listed, Page())[0]
        succeeded(house.restore(replica.id, destination=str(house.folder / "elsewhere")))
    assert 0 < ended.figures.bytes_done < MEGABYTES * MIB
    assert read_files(house.folder / "elsewhere") == files
    house.repository(to).check()
