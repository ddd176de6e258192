"""Shares of disks' backups across backups: found as the filter says, in every order, by either side."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection
from tests.db.making import NOON, OTHER_PROJECT, PROJECT, add_project, add_projects, add_vault, backup, later

from holdfast.db import backups, members, shares
from holdfast.db.database import Database
from holdfast.db.shares import ShareFilter, ShareKey
from holdfast.model import ids
from holdfast.model.backup import BackupState, BackupStatus
from holdfast.model.errors import MemberNotFound
from holdfast.model.member import Member, MemberStatus
from holdfast.model.resource import ResourceType
from holdfast.model.share import Share, Side
from holdfast.model.task import Page

THIRD = "b0ce0000000000000000000000000003"
NAMES = ("data", "Data 10%", "a_b")
ALL = Page(limit=1000)


def member(backup_id: str, project_id: str, **given: Any) -> Member:
    values: dict[str, Any] = {"created_at": NOON, "updated_at": NOON}
    return Member(id=ids.new(), backup_id=backup_id, project_id=project_id, **values | given)


def fill(tx: Connection) -> list[Share]:
    """Disks' backups of two projects, each shared with the two other ones; also a server's, which is none."""
    add_projects(tx)
    add_project(tx, THIRD)
    made = []
    for place, owner in enumerate((PROJECT, PROJECT, PROJECT, OTHER_PROJECT)):
        disk = backup(
            add_vault(tx, project_id=owner),
            resource_type=ResourceType.DISK,
            resource_id=f"disk-{place % 2}",
            resource_size_gb=place % 3 + 1,
            name=NAMES[place % 3],
            state=BackupState.ERROR if place == 2 else BackupState.AVAILABLE,
        )
        backups.add(tx, disk)
        others = [one for one in (PROJECT, OTHER_PROJECT, THIRD) if one != owner]
        statuses = (MemberStatus.PENDING, MemberStatus.REJECTED if place == 1 else MemberStatus.PENDING)
        for number, (other, status) in enumerate(zip(others, statuses, strict=True)):
            at = {"created_at": later(place), "updated_at": later(10 - place + number)}
            one = member(disk.id, other, status=status, **at)
            members.add(tx, one)
            made.append(Share(member=one, backup=backups.get(tx, owner, disk.id)))
    server = backup(add_vault(tx), resource_type=ResourceType.SERVER, state=BackupState.AVAILABLE)
    backups.add(tx, server)
    members.add(tx, member(server.id, OTHER_PROJECT))
    return made


def fits(share: Share, wanted: ShareFilter) -> bool:
    """Whether a share is asked for, said once more."""
    given, owner = share.member, share.backup.project_id
    if wanted.side is Side.GIVEN and owner != wanted.project_id:
        return False
    if wanted.side is Side.RECEIVED and (
        given.project_id != wanted.project_id or given.status is MemberStatus.REJECTED
    ):
        return False
    return all(
        (
            wanted.volume_id in (None, share.backup.resource_id),
            wanted.name is None or wanted.name in share.backup.name,
            wanted.statuses is None or share.backup.status in wanted.statuses,
            wanted.backup_id in (None, share.backup.id),
            wanted.from_project_id in (None, owner),
            wanted.to_project_id in (None, given.project_id),
        )
    )


ORDERS: dict[ShareKey, Callable[[Share], Any]] = {
    ShareKey.CREATED_AT: lambda share: share.member.created_at,
    ShareKey.UPDATED_AT: lambda share: share.member.updated_at,
    ShareKey.ID: lambda share: share.member.id,
    ShareKey.NAME: lambda share: share.backup.name,
    ShareKey.STATUS: lambda share: share.backup.status is BackupStatus.ERROR,
    ShareKey.SIZE: lambda share: share.backup.resource_size_gb,
}
PROJECTS = st.sampled_from([PROJECT, OTHER_PROJECT, THIRD, "nobody"])


@st.composite
def filters(draw: st.DrawFn) -> ShareFilter:
    statuses = st.lists(st.sampled_from(BackupStatus), max_size=3).map(tuple)
    return ShareFilter(
        project_id=draw(PROJECTS),
        side=draw(st.sampled_from(Side)),
        volume_id=draw(st.none() | st.sampled_from(["disk-0", "disk-1", "disk-2"])),
        name=draw(st.none() | st.sampled_from(["a", "D", "%", "_", "data", "x"])),
        statuses=draw(st.none() | statuses),
        from_project_id=draw(st.none() | PROJECTS),
        to_project_id=draw(st.none() | PROJECTS),
        key=draw(st.sampled_from(ShareKey)),
        descending=draw(st.booleans()),
    )


def test_a_list_holds_what_fits_in_its_order_and_counts_it(database: Database) -> None:
    with database.transaction() as tx:
        made = fill(tx)

    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    @given(filters(), st.integers(1, 4), st.integers(0, 4))
    def holds(wanted: ShareFilter, limit: int, offset: int) -> None:
        fitting = [one for one in made if fits(one, wanted)]
        with database.reading() as tx:
            found = shares.find(tx, wanted, ALL)
            assert shares.count(tx, wanted) == len(found) == len(fitting)
            assert shares.find(tx, wanted, Page(limit=limit, offset=offset)) == found[offset:][:limit]
        assert sorted(one.member.id for one in found) == sorted(one.member.id for one in fitting)
        assert all(one in made for one in found)
        order = [(ORDERS[wanted.key](one), one.member.id) for one in found]
        if wanted.key is not ShareKey.NAME:  # which letters come first is the database's affair
            assert order == sorted(order, reverse=wanted.descending)

    holds()


def test_names_are_sorted(database: Database) -> None:
    with database.transaction() as tx:
        fill(tx)
        wanted = ShareFilter(project_id=PROJECT, key=ShareKey.NAME, descending=False)
        names = [one.backup.name for one in shares.find(tx, wanted, ALL)]
        assert sorted(names) == sorted(["data"] * 2 + ["Data 10%"] * 2 + ["a_b"] * 2)
        back = shares.find(tx, ShareFilter(project_id=PROJECT, key=ShareKey.NAME), ALL)
        assert [one.backup.name for one in back] == names[::-1]


def test_one_is_there_for_its_two_sides_alone(database: Database) -> None:
    with database.transaction() as tx:
        made = fill(tx)
        share = next(one for one in made if one.member.status is MemberStatus.REJECTED)
        for project_id in (PROJECT, THIRD):
            assert shares.get(tx, project_id, share.member.id) == share
        for project_id in (OTHER_PROJECT, "nobody"):
            with pytest.raises(MemberNotFound):
                shares.get(tx, project_id, share.member.id)
        for share_id in (share.backup.id, "no such share"):
            with pytest.raises(MemberNotFound):
                shares.get(tx, PROJECT, share_id)


def test_an_accepted_one_whose_vault_is_gone_waits_again(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        disk = backup(add_vault(tx), resource_type=ResourceType.DISK, state=BackupState.AVAILABLE)
        backups.add(tx, disk)
        taken = member(disk.id, OTHER_PROJECT, status=MemberStatus.ACCEPTED, vault_id="gone")
        members.add(tx, taken)
        (share,) = shares.find(tx, ShareFilter(project_id=OTHER_PROJECT, side=Side.RECEIVED), ALL)
        assert (share.member.status, share.member.vault_id) == (MemberStatus.PENDING, None)
