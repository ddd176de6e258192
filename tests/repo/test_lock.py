import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import msgspec
import pytest

from holdfast.model import clock
from holdfast.repo import moment
from holdfast.repo.errors import RepositoryLocked, RepositoryLockLost
from holdfast.repo.lock import STALE, locked, unlock
from holdfast.repo.repository import Repository, get_file, put_file

HOST = os.uname().nodename


def locks(repository: Repository) -> list[str]:
    return [name for name, _ in repository.store.names("locks")]


def lock_of(
    repository: Repository, *, age: timedelta, hostname: str, pid: int, exclusive: bool = True
) -> str:
    """Write a lock as another process would have done a while ago."""
    written = clock.now_ns() - age // timedelta(microseconds=1) * 1000
    lock = {
        "time": moment.text(written),
        "exclusive": exclusive,
        "hostname": hostname,
        "username": "ada",
        "pid": pid,
    }
    return put_file(repository, "locks", msgspec.json.encode(lock))[0]


def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_lock_is_there_while_the_block_runs_and_no_longer(repository: Repository) -> None:
    with locked(repository):
        (name,) = locks(repository)
        lock = msgspec.json.decode(get_file(repository, "locks", name.rpartition("/")[2]))
        assert (lock["exclusive"], lock["hostname"], lock["pid"]) == (False, HOST, os.getpid())
    assert locks(repository) == []


def test_a_lock_is_let_go_when_the_block_fails(repository: Repository) -> None:
    with pytest.raises(ZeroDivisionError), locked(repository, exclusive=True):
        raise ZeroDivisionError
    assert locks(repository) == []


def test_shared_locks_go_together(repository: Repository) -> None:
    with locked(repository), locked(repository):
        assert len(locks(repository)) == 2


@pytest.mark.parametrize(("held", "wanted"), [(True, True), (True, False), (False, True)])
def test_an_exclusive_lock_goes_with_no_other(repository: Repository, held: bool, wanted: bool) -> None:
    with locked(repository, exclusive=held):
        with (
            pytest.raises(RepositoryLocked, match=f"@{HOST}, process {os.getpid()}"),
            locked(repository, wanted),
        ):
            pass
        assert len(locks(repository)) == 1
    with locked(repository, wanted):
        pass


def test_a_lock_of_another_host_counts_until_it_is_stale(repository: Repository) -> None:
    lock_of(repository, age=STALE - timedelta(minutes=1), hostname="elsewhere", pid=1)
    with pytest.raises(RepositoryLocked, match="ada@elsewhere"), locked(repository):
        pass


@pytest.mark.parametrize("exclusive", [True, False])
def test_a_lock_that_was_not_renewed_is_stale_and_removed(repository: Repository, exclusive: bool) -> None:
    lock_of(repository, age=STALE + timedelta(seconds=1), hostname="elsewhere", pid=1)
    with locked(repository, exclusive):
        assert len(locks(repository)) == 1


def test_a_lock_of_a_dead_process_of_this_host_is_stale_at_once(repository: Repository) -> None:
    lock_of(repository, age=timedelta(0), hostname=HOST, pid=dead_pid())
    with locked(repository):
        assert len(locks(repository)) == 1


def test_a_lock_that_nobody_can_read_is_honoured(repository: Repository) -> None:
    repository.store.put("locks/" + "ab" * 32, b"torn")
    with pytest.raises(RepositoryLocked, match="cannot be read"), locked(repository):
        pass


def test_a_lock_is_renewed_before_it_becomes_stale(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("holdfast.repo.lock.REFRESH", timedelta(milliseconds=20))
    with locked(repository):
        (first,) = locks(repository)
        while first in locks(repository):
            pass
        assert locks(repository)
    assert locks(repository) == []


def test_who_waits_gets_the_lock_when_it_is_free(repository: Repository) -> None:
    holding, release = threading.Event(), threading.Event()

    def hold() -> None:
        with locked(repository, exclusive=True):
            holding.set()
            release.wait(60)

    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(hold)
        holding.wait(60)
        threading.Timer(0.3, release.set).start()
        with locked(repository, wait=timedelta(minutes=1)):
            assert release.is_set()
        held.result()


def test_who_waited_in_vain_is_refused_and_leaves_nothing(repository: Repository) -> None:
    with locked(repository):
        (own,) = locks(repository)
        with (
            pytest.raises(RepositoryLocked, match="in use"),
            locked(repository, exclusive=True, wait=timedelta(milliseconds=300)),
        ):
            pass
        assert locks(repository) == [own]


def test_who_waits_can_be_told_to_stop(repository: Repository) -> None:
    def stop() -> None:
        raise InterruptedError

    with locked(repository):
        (own,) = locks(repository)
        with (
            pytest.raises(InterruptedError),
            locked(repository, exclusive=True, wait=timedelta(minutes=1), meanwhile=stop),
        ):
            pass
        assert locks(repository) == [own]


def test_a_shared_lock_becomes_exclusive_for_a_while_and_is_never_let_go(repository: Repository) -> None:
    with locked(repository) as held:
        with held.alone():
            (name,) = locks(repository)
            assert msgspec.json.decode(get_file(repository, "locks", name.rpartition("/")[2]))["exclusive"]
            with pytest.raises(RepositoryLocked, match="exclusively"), locked(repository):
                pass
        with locked(repository):
            assert len(locks(repository)) == 2
    assert locks(repository) == []


def test_beside_others_a_shared_lock_stays_shared(repository: Repository) -> None:
    with locked(repository), locked(repository) as held:
        before = locks(repository)
        with pytest.raises(RepositoryLocked, match="in use"), held.alone():
            pass
        assert locks(repository) == before
        held.check()


def test_a_lock_that_somebody_removed_is_lost_for_good(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("holdfast.repo.lock.REFRESH", timedelta(milliseconds=50))
    with locked(repository) as held:
        held.check()
        assert unlock(repository, everything=True).removed == 1
        while not locks(repository):
            pass  # until it is renewed
        with pytest.raises(RepositoryLockLost, match="somebody has removed"):
            held.check()


def test_a_lock_that_could_not_be_renewed_for_long_is_lost(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    with locked(repository) as held:
        monkeypatch.setattr("holdfast.repo.lock.STALE", timedelta(minutes=5))
        with pytest.raises(RepositoryLockLost, match="could not be renewed"):
            held.check()


def test_unlocking_removes_what_is_stale_and_tells_of_the_rest(repository: Repository) -> None:
    lock_of(repository, age=timedelta(0), hostname=HOST, pid=dead_pid())
    lock_of(repository, age=STALE + timedelta(seconds=1), hostname="elsewhere", pid=1)
    kept = lock_of(repository, age=timedelta(0), hostname="elsewhere", pid=1)
    repository.store.put(f"locks/{'ab' * 32}", b"torn by a power failure")
    unlocked = unlock(repository)
    assert unlocked.removed == 3
    assert locks(repository) == [f"locks/{kept}"]
    assert "ada@elsewhere" in " ".join(unlocked.left)
    assert unlock(repository, everything=True).removed == 1
    assert locks(repository) == []
