"""400 days of tasks, drawn: when they were made, what they did, with what, and how they ended."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from holdfast.db.codes import CODE_OF_OPERATION, CODE_OF_STATUS
from holdfast.db.sequences import PLACES
from holdfast.model.task import Operation, Status

from .columns import NEVER, NONE, Column, Columns, Integers
from .world import ERRORS, RENAMED_EVERY, WORDINGS, World

SECOND = 1_000_000
DAY = 86_400 * SECOND
DAYS = 400
END = 20_605 * DAY  # 2026-06-01
_SEED = 6
_NIGHTLY = 0.7
_MOST_UNFINISHED = 200

_OPERATIONS = {
    Operation.BACKUP: 0.80,
    Operation.DELETE: 0.115,
    Operation.REPLICATION: 0.04,
    Operation.RESTORE: 0.02,
    Operation.SYNC: 0.01,
    Operation.UPDATE_EXPIRATION_TIME: 0.008,
    Operation.REMOVE_RESOURCE: 0.004,
    Operation.COPY: 0.002,
    Operation.VAULT_DELETE: 0.001,
}
# Those of a whole vault, which stands for itself; and those with a backup.
OF_VAULT = (
    Operation.SYNC,
    Operation.UPDATE_EXPIRATION_TIME,
    Operation.REMOVE_RESOURCE,
    Operation.VAULT_DELETE,
)
WITH_BACKUP = (Operation.BACKUP, Operation.DELETE, Operation.REPLICATION, Operation.RESTORE, Operation.COPY)
_STATUSES = {Status.SUCCESS: 0.955, Status.FAILED: 0.03, Status.SKIPPED: 0.01, Status.TIMEOUT: 0.005}
_TIMEOUT_ERROR = [code for code, _ in ERRORS].index("Holdfast.0003")
_MINUTES = {Operation.BACKUP: 4.0, Operation.REPLICATION: 6.0, Operation.RESTORE: 10.0}
_TIMEOUT_SECONDS = 6 * 3600


def draw(world: World) -> Columns:
    """The tasks of this world, oldest first; the same ones each time."""
    dice = np.random.default_rng(_SEED)
    drawn: Columns = {}
    _moments(dice, world.rows, drawn)
    _things(dice, world, drawn)
    _endings(dice, drawn)
    _figures(dice, drawn)
    _groups(drawn)
    _lineage(dice, drawn)
    return drawn


def unfinished(rows: int) -> int:
    """How many of the newest tasks have not ended."""
    return min(_MOST_UNFINISHED, rows // 50)


def is_one_of(operations: Column, wanted: tuple[Operation, ...]) -> NDArray[np.bool_]:
    """Which of these codes are of such operations."""
    return np.isin(operations, [CODE_OF_OPERATION[one] for one in wanted])


def _moments(dice: Generator, rows: int, drawn: Columns) -> None:
    """Most are made in the night, all others at any hour."""
    days = dice.integers(0, DAYS, rows)
    nightly = dice.random(rows) < _NIGHTLY
    hours = np.where(nightly, np.abs(dice.normal(0, 1.6, rows)) % 24, dice.random(rows) * 24)
    created = END - DAYS * DAY + days * DAY + (hours * 3600 * SECOND).astype(np.int64)
    created.sort()
    seqs = created * PLACES + dice.integers(0, 200, rows)
    seqs.sort()
    while (same := np.flatnonzero(np.diff(seqs) <= 0)).size:
        seqs[same + 1] = seqs[same] + 1
    drawn["seq"], drawn["created_at"] = seqs, seqs // PLACES


def _things(dice: Generator, world: World, drawn: Columns) -> None:
    rows = world.rows
    projects = np.searchsorted(np.cumsum(world.shares), dice.random(rows)).clip(0, world.projects - 1)
    vaults = world.first_vaults[projects] + _skewed(dice, world.vault_counts[projects], 2.0)
    operations = _drawn(dice, rows, {CODE_OF_OPERATION[one]: share for one, share in _OPERATIONS.items()})
    inside = world.first_resources[vaults] + _skewed(dice, world.resource_counts[vaults], 1.5)
    of_vault = is_one_of(operations, OF_VAULT)
    moved = (vaults % RENAMED_EVERY == 0) & (drawn["created_at"] > END - DAYS * DAY // 2)
    planned = is_one_of(operations, (Operation.BACKUP, Operation.DELETE)) & (dice.random(rows) < 0.9)
    types = world.type_of_vault[vaults]
    drawn |= {
        "project": projects.astype("i4"),
        "vault": vaults.astype("i4"),
        "vault_row": (vaults + np.where(moved, world.vaults, 0)).astype("i4"),
        "resource": np.where(of_vault, world.resources + vaults, inside).astype("i4"),
        "operation": operations.astype("i1"),
        "type": types.astype("i1"),
        "provider": types.astype("i1"),
        "enterprise": world.enterprise_of_vault[vaults].astype("i1"),
        "policy": np.where(planned, world.policy_of_vault[vaults], NONE).astype("i4"),
    }


def _endings(dice: Generator, drawn: Columns) -> None:
    rows = len(drawn["seq"])
    statuses = _drawn(dice, rows, {CODE_OF_STATUS[one]: share for one, share in _STATUSES.items()})
    waited = dice.exponential(40, rows) + np.where(dice.random(rows) < 0.02, dice.random(rows) * 7200, 0)
    minutes = np.ones(rows)
    for operation, usual in _MINUTES.items():
        minutes[drawn["operation"] == CODE_OF_OPERATION[operation]] = usual
    took = dice.lognormal(np.log(minutes * 60), 1.0)
    took[statuses == CODE_OF_STATUS[Status.TIMEOUT]] = _TIMEOUT_SECONDS
    started = drawn["created_at"] + (waited * SECOND).astype(np.int64)
    ended = started + (took * SECOND).astype(np.int64)
    errors = np.zeros(rows, dtype=np.int64)
    failed = statuses == CODE_OF_STATUS[Status.FAILED]
    errors[failed] = 1 + _skewed(dice, np.full(int(failed.sum()), len(ERRORS) - 1), 1.5)
    errors[statuses == CODE_OF_STATUS[Status.TIMEOUT]] = _TIMEOUT_ERROR
    wordings = np.where(errors > 0, _skewed(dice, np.full(rows, WORDINGS), 2.0), 0)
    drawn |= {
        "status": statuses.astype("i1"),
        "started_at": started,
        "ended_at": ended,
        "error": errors.astype("i1"),
        "message": (errors * WORDINGS + wordings).astype("i4"),
    }
    _leave_unfinished(drawn, unfinished(rows))


def _leave_unfinished(drawn: Columns, count: int) -> None:
    """The newest ones wait or run, turn by turn."""
    rows = len(drawn["seq"])
    running = np.arange(rows - count, rows) % 2 == 0
    codes = np.where(running, CODE_OF_STATUS[Status.RUNNING], CODE_OF_STATUS[Status.WAITING])
    drawn["status"][rows - count :] = codes
    drawn["started_at"][rows - count :][~running] = NEVER
    drawn["ended_at"][rows - count :] = NEVER
    drawn["error"][rows - count :] = 0
    drawn["message"][rows - count :] = 0


def _figures(dice: Generator, drawn: Columns) -> None:
    rows = len(drawn["seq"])
    moved = is_one_of(drawn["operation"], (Operation.BACKUP, Operation.RESTORE, Operation.REPLICATION))
    moved &= drawn["status"] == CODE_OF_STATUS[Status.SUCCESS]
    done = np.where(moved, dice.lognormal(np.log(2e9), 1.5, rows), 0).astype(np.int64)
    drawn["bytes_done"] = done
    drawn["bytes_stored"] = (done * dice.random(rows) * 0.1).astype(np.int64)


def _groups(drawn: Columns) -> None:
    """One firing of a policy is one request, and makes one checkpoint of the vault."""
    rows = len(drawn["seq"])
    planned = drawn["policy"] != NONE
    days = drawn["created_at"] // DAY - (END // DAY - DAYS)
    alone = (1 << 40) + np.arange(rows)
    firings = drawn["vault"].astype(np.int64) * 1024 + days
    _, requests = np.unique(np.where(planned, firings, alone), return_inverse=True)
    drawn["request"] = requests.astype("i4")
    backups = is_one_of(drawn["operation"], (Operation.BACKUP, Operation.COPY))
    drawn["checkpoint"] = np.where(backups, drawn["request"], NONE).astype("i4")


def _lineage(dice: Generator, drawn: Columns) -> None:
    """What is deleted, restored and replicated is the last backup of the resource; half of the failed tasks
    are done once more by the next task of the resource."""
    rows = len(drawn["seq"])
    order = np.argsort(drawn["resource"], kind="stable")
    resources = drawn["resource"][order]
    first = np.concatenate([[True], resources[1:] != resources[:-1]])
    begins = np.maximum.accumulate(np.where(first, np.arange(rows), 0))
    backed_up = drawn["operation"][order] == CODE_OF_OPERATION[Operation.BACKUP]
    last = np.maximum.accumulate(np.where(backed_up, np.arange(rows), -1))
    backups = np.where(last >= begins, order[last.clip(0)], NONE)
    backups[~is_one_of(drawn["operation"][order], WITH_BACKUP)] = NONE
    failed = drawn["status"][order] == CODE_OF_STATUS[Status.FAILED]
    again = ~first & np.concatenate([[False], failed[:-1]]) & (dice.random(rows) < 0.5)
    parents = np.where(again, np.concatenate([[NONE], order[:-1]]), NONE)
    drawn["backup"], drawn["parent"] = np.empty(rows, "i4"), np.empty(rows, "i4")
    drawn["backup"][order], drawn["parent"][order] = backups, parents


def _skewed(dice: Generator, counts: Integers, steepness: float) -> Integers:
    """A number below each count, the low ones most often."""
    return (counts * dice.random(len(counts)) ** steepness).astype(np.int64)


def _drawn(dice: Generator, rows: int, shares: dict[int, float]) -> Integers:
    return dice.choice(np.array(list(shares)), rows, p=np.array(list(shares.values())))
