"""Eight callers at once, on both databases: nobody gets an answer that is none, and every limit holds."""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import sqlalchemy as sa
from tests.api.asking import House
from tests.api.sharing import Sharing
from tests.api.test_organization_policies import body as laid_down
from tests.api.test_policies import body as policy_body

from holdfast.db import policies, projects, vaults, work
from holdfast.db.task_tables import work as work_table
from holdfast.model import clock, ids
from holdfast.model.errors import Refusal
from holdfast.model.member import MAX_MEMBERS, Answer, MemberStatus
from holdfast.model.policy import MAX_OF_A_KIND
from holdfast.model.project import Project
from holdfast.model.tag import MAX_TAGS
from holdfast.model.task import Ending, Operation, RemoveResourcesDetail, Status
from holdfast.service import members, restores
from holdfast.service import projects as service_projects
from holdfast.service.members import MemberFilter, Receivers
from holdfast.service.projects import NewProject, made_project
from holdfast.service.restores import WantedRestore

AT_ONCE = 8
Ask = tuple[str, str, Any]


def all_at_once(house: House, *several: list[Ask]) -> list[int]:
    """Callers who all begin at the same moment, each with its requests in their order; the statuses."""
    barrier = Barrier(len(several))

    def one_caller(asked: list[Ask]) -> list[int]:
        barrier.wait()
        return [house.send(*one).status_code for one in asked]

    with ThreadPoolExecutor(len(several)) as people:
        return [status for told in people.map(one_caller, several) for status in told]


# ── limits ──


def test_a_vault_has_twenty_tags_at_most(house: House) -> None:
    vault = house.world.vault()
    path = f"/vault/{vault.id}/tags"
    asked = [
        [("POST", path, {"tag": {"key": f"{one}-{number}", "value": ""}}) for number in range(4)]
        for one in range(AT_ONCE)
    ]
    told = all_at_once(house, *asked)
    assert sorted(told) == [204] * MAX_TAGS + [400] * (4 * AT_ONCE - MAX_TAGS)
    assert len(house.ask("GET", path)["tags"]) == MAX_TAGS


def test_a_project_has_thirty_two_policies_of_a_kind_at_most(house: House) -> None:
    for number in range(MAX_OF_A_KIND - AT_ONCE):
        house.ask("POST", "/policies", policy_body(name=f"p{number}"))
    asked: list[list[Ask]] = [[("POST", "/policies", policy_body())] * 2] * AT_ONCE
    told = all_at_once(house, *asked)
    assert sorted(told) == [200] * AT_ONCE + [400] * AT_ONCE
    assert house.ask("GET", "/policies")["count"] == MAX_OF_A_KIND


def more_projects(house: House, number: int) -> list[Project]:
    made = [Project(id=ids.new_project(), name=f"p{one}", created_at=clock.now()) for one in range(number)]
    with house.world.db.transaction() as tx:
        for project in made:
            projects.add(tx, project)
    return made


def test_a_backup_has_ten_members_at_most(house: House) -> None:
    sharing = Sharing(house)
    receivers = [project.id for project in more_projects(house, 2 * AT_ONCE)]
    path = f"{sharing.path}/members"
    asked: list[list[Ask]] = [
        [("POST", path, {"members": [receivers[2 * one + number]]}) for number in range(2)]
        for one in range(AT_ONCE)
    ]
    told = all_at_once(house, *asked)
    assert sorted(told) == [200] * MAX_MEMBERS + [400] * (2 * AT_ONCE - MAX_MEMBERS)
    assert house.ask("GET", path)["count"] == MAX_MEMBERS


def test_a_receiver_is_a_member_once_whoever_asks(house: House) -> None:
    sharing = Sharing(house)
    asked: Ask = ("POST", f"{sharing.path}/members", {"members": [house.world.red.id]})
    assert sorted(all_at_once(house, *[[asked]] * AT_ONCE)) == [200] + [400] * (AT_ONCE - 1)


# ── what a vault holds ──


def requests(house: House, seed: int) -> Iterator[Ask]:
    """What somebody may do to the vaults of a project, in an order of their own."""
    chance = random.Random(seed)
    known = house.ask("GET", "/vaults")["vaults"]
    things = house.ask("GET", "/resources")["resources"]
    policies = [one["id"] for one in house.ask("GET", "/policies")["policies"]]
    for number in range(10):
        vault, other = (one["id"] for one in chance.sample(known, 2))
        thing, policy = chance.choice(things), chance.choice(policies)
        add = {"resources": [{"id": thing["id"], "type": thing["type"]}]}
        tag = {"tag": {"key": f"k{chance.randrange(30)}", "value": str(seed)}}
        yield chance.choice(
            (
                ("POST", f"/vaults/{vault}/addresources", add),
                ("POST", f"/vaults/{vault}/removeresources", {"resource_ids": [thing["id"]]}),
                (
                    "POST",
                    f"/vaults/{vault}/migrateresources",
                    {"resource_ids": [thing["id"]], "destination_vault_id": other},
                ),
                ("POST", f"/vaults/{vault}/associatepolicy", {"policy_id": policy}),
                ("POST", f"/vaults/{vault}/dissociatepolicy", {"policy_id": policy}),
                ("PUT", f"/vaults/{vault}", {"vault": {"name": f"n{seed}-{number}"}}),
                ("PUT", f"/vaults/{vault}", {"vault": {"billing": {"size": 100 + seed}}}),
                ("POST", f"/vault/{vault}/tags", tag),
                ("GET", "/vaults", None),
                ("POST", "/checkpoints", {"checkpoint": {"vault_id": vault}}),
            )
        )


def finish_removals(house: House) -> None:
    """What a worker does with resources that are to leave their vaults."""
    with house.world.db.transaction() as tx:
        for task in work.unfinished(tx, house.world.blue.id):
            detail = task.detail
            if task.operation is Operation.REMOVE_RESOURCE and isinstance(detail, RemoveResourcesDetail):
                claim = work.claim(tx, task.id, "w1")
                assert claim is not None
                work.finish(tx, task.id, claim.epoch, Ending(status=Status.SUCCESS))
                for one in detail.resources:
                    vaults.detach(tx, task.vault_id or "", one.id)


def test_whatever_is_done_to_vaults_at_once_is_answered_and_leaves_them_in_order(house: House) -> None:
    things = [house.world.directory(f"home-{number}") for number in range(4)]
    for number in range(3):
        house.world.vault(name=f"v{number}")
        house.ask("POST", "/policies", policy_body(name=f"p{number}"))
    for round_ in range(2):
        several = [list(requests(house, AT_ONCE * round_ + one)) for one in range(AT_ONCE)]
        assert max(all_at_once(house, *several)) < 500
        finish_removals(house)
    known = house.ask("GET", "/vaults")["vaults"]
    held = [one["id"] for vault in known for one in vault["resources"]]
    assert len(held) == len(set(held)) <= len(things)
    for vault in known:
        followed = house.ask("GET", "/policies", vault_id=vault["id"])["policies"]
        assert len(followed) <= 1
        assert len(vault["tags"]) <= MAX_TAGS
    unfinished: dict[str, int] = {}
    with house.world.db.reading() as tx:
        for task in work.unfinished(tx, house.world.blue.id):
            leaving = task.operation in (Operation.REMOVE_RESOURCE, Operation.MIGRATE_RESOURCES)
            for thing in things:
                unfinished[thing.id] = unfinished.get(thing.id, 0) + (leaving and task.touches(thing.id))
    assert max(unfinished.values()) <= 1


# ── between projects ──


def test_sharing_taking_back_restoring_and_deleting_end_for_everybody(house: House) -> None:
    """Two projects lock each other's rows here, in every order that there is."""
    sharing = Sharing(house)
    blue, red = house.world.context(), house.world.context(project=house.world.red)
    theirs = sharing.red_vault()
    wanted = WantedRestore(destination=str(house.world.folder / "elsewhere"))

    def share() -> None:
        members.add(blue, sharing.backup.id, Receivers((house.world.red.id,)))

    def accept() -> None:
        said = Answer(MemberStatus.ACCEPTED, theirs.id)
        members.answer(red, sharing.backup.id, house.world.red.id, said)

    def restore() -> None:
        restores.create(red, sharing.backup.id, wanted)

    def take_back() -> None:
        members.remove(blue, sharing.backup.id, house.world.red.id)

    asked: list[Callable[[], None]] = [share, accept, restore, take_back] * AT_ONCE
    share()
    accept()
    with ThreadPoolExecutor(AT_ONCE) as people:
        ends = [one.exception() for one in [people.submit(one) for one in asked]]
    assert [one for one in ends if one is not None and not isinstance(one, Refusal)] == []
    accepted = [one.status for one in members.find(blue, sharing.backup.id, MemberFilter())]
    with house.world.db.reading() as tx:
        going_on = sa.select(work_table.c.cancel_requested).where(
            work_table.c.project_id == house.world.red.id
        )
        stopped = list(tx.scalars(going_on))
    assert MemberStatus.ACCEPTED in accepted or all(stopped)


def test_a_project_that_goes_while_it_is_shared_with_is_no_receiver(house: House) -> None:
    sharing = Sharing(house)
    going = more_projects(house, 2 * AT_ONCE)

    def share(project: Project) -> None:
        receivers = Receivers((project.id,))
        members.add(house.world.context(), sharing.backup.id, receivers)

    def remove(project: Project) -> None:
        service_projects.remove(house.world.db, project.domain_id, project.id)

    asked = [(do, project) for project in going for do in (share, remove)]
    with ThreadPoolExecutor(AT_ONCE) as people:
        ends = [one.exception() for one in [people.submit(do, project) for do, project in asked]]
    assert [one for one in ends if one is not None and not isinstance(one, Refusal)] == []
    assert members.find(house.world.context(), sharing.backup.id, MemberFilter()) == []


def test_an_organization_lays_policies_down_while_its_projects_change(house: House) -> None:
    laying: list[list[Ask]] = [[("POST", "/organization-policies", laid_down(effective_scope="all"))] * 2] * 3
    working: list[list[Ask]] = [[("POST", "/policies", policy_body())] * 3] * 3

    def make(name: str) -> Project:
        with house.world.db.transaction() as tx:
            return made_project(tx, NewProject(name=name))

    with ThreadPoolExecutor(2) as makers:
        made = [makers.submit(make, f"late-{number}") for number in range(4)]
        assert set(all_at_once(house, *laying, *working)) == {200}
        late = [one.result() for one in made]
    laid = house.ask("GET", "/organization-policies", operation_type="backup")["policies"]
    assert len(laid) == 6
    with house.world.db.reading() as tx:
        for project in (house.world.blue, house.world.red, *late):
            delivered = [one.organization_policy_id for one in policies.find(tx, project.id)]
            assert sorted(filter(None, delivered)) == sorted(one["id"] for one in laid), project.name
