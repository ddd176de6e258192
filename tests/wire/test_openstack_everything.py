"""All that otcextensions adds to the openstack command line and to openstacksdk for cbr, asked for real."""

import inspect
from collections.abc import Iterator
from importlib.metadata import entry_points
from typing import Any

import pytest
from otcextensions.sdk.cbr.v3._proxy import Proxy
from tests.wire.connecting import connected
from tests.wire.neighbours import Neighbour, settled_next_door
from tests.wire.test_openstack_cli import CommandLine
from tests.wire.town import Town, until

SERVER = "OS::Nova::Server"
WEEKLY = "FREQ=WEEKLY;BYDAY=MO;BYHOUR=14;BYMINUTE=00"

# These fail inside the client, which asks its own SDK for something that the SDK does not have.
BROKEN_COMMANDS = {"cbr_policy_show", "cbr_policy_update", "cbr_policy_delete"}

# What otcextensions and openstacksdk complain about to each other.
pytestmark = [
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]


def as_somebody(home: Neighbour) -> CommandLine:
    known = home.known
    return CommandLine(
        home.town.openstack_environment
        | {
            "OS_USERNAME": known["username"],
            "OS_PASSWORD": known["password"],
            "OS_PROJECT_NAME": known["project_name"],
        }
    )


class Terminal:
    """Types commands, and remembers which of otcextensions' commands were typed."""

    def __init__(self, line: CommandLine) -> None:
        self._line = line
        self.typed: set[str] = set()

    def __call__(self, *commands: str) -> list[Any]:
        told = self._line.tell(*commands)
        self.typed |= {"_".join(command.split()[:3]) for command in commands}
        return told


def test_every_command_of_the_command_line_does_what_it_says(town: Town) -> None:
    home = settled_next_door(town, "typist")
    machine = home.new_server("machine")
    say = Terminal(as_somebody(home))
    (policy,) = say(
        f"cbr policy create --pattern '{WEEKLY}' --operation-type backup --day-backups 1"
        " --timezone UTC+08:00 --max-backups 5 -f json weekly"
    )
    vault, bare = say(
        "cbr vault create --consistent-level crash_consistent --object-type server --size 100"
        f" --description d --backup-policy {policy['ID']} --bind-rule k=v --tag a=b"
        f" --resource id={machine.id},type={SERVER},name=machine --auto-bind true -f json full",
        "cbr vault create --consistent-level crash_consistent --object-type server --size 100 -f json bare",
    )
    listed, policies = say(
        f"cbr vault list --name full --limit 1 --object-type server --status available --protect-type backup"
        f" --cloud-type public --id {vault['ID']} --policy-id {policy['ID']} --offset 0 -f json",
        f"cbr policy list --vault-id {vault['ID']} --operation-type backup -f json",
    )
    assert [one["ID"] for one in listed] == [vault["ID"]]
    assert [one["ID"] for one in policies] == [policy["ID"]]
    say(
        f"cbr vault unbind {vault['ID']} {policy['ID']}",
        f"cbr vault bind {vault['ID']} {policy['ID']}",
        f"cbr vault dissociate --resource {machine.id} {vault['ID']}",
    )
    home.settle()
    say(f"cbr vault associate --resource id={machine.id},type={SERVER},name=machine bare")
    changed, shown = say(
        "cbr vault update --name renamed --size 200 --auto-expand true --bind-rule k=v -f json bare",
        "cbr vault show -f json renamed",
    )
    assert changed["ID"] == shown["ID"] == bare["ID"]
    checkpoint, _ = say(
        f"cbr checkpoint create --vault-id {bare['ID']} --backup-name b1 --description dd"
        f" --resources {machine.id} -f json",
        "cbr task list -f json",
    )
    home.settle()
    backups, seen, tasks = say(
        f"cbr backup list --limit 1 --vault-id {bare['ID']} --status available"
        " --start-time 2019-01-01T00:00:00Z --sort created_at:desc --own-type private -f json",
        f"cbr checkpoint show {checkpoint['id']} -f json",
        "cbr task list -f json",
    )
    assert seen["status"] == "available"
    (backup,) = backups
    (shown,) = say(f"cbr backup show -f json {backup['id']}")
    assert shown["name"] == "b1"
    say(f"cbr task show {tasks[0]['id']} -f json")
    machine.spoil()
    say(f"cbr backup restore --server-id {machine.id} {backup['id']}")
    home.settle()
    assert machine.is_whole
    say(f"cbr backup delete {backup['id']}")
    home.settle()
    say("cbr vault delete renamed", "cbr vault delete full")
    home.settle()
    assert home.ask("GET", "/vaults")["count"] == 0
    commands = {command.name for command in entry_points(group="openstack.cbr.v3")}
    assert say.typed == commands - BROKEN_COMMANDS


# ── the same client in Python ───────────────────────────────────────────────────────────────────────────


class Watched:
    """otcextensions' proxy for cbr, with a note of what was called."""

    def __init__(self, proxy: Any) -> None:
        self._proxy = proxy
        self.called: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        self.called.add(name)
        return getattr(self._proxy, name)


@pytest.fixture
def home(town: Town) -> Neighbour:
    return settled_next_door(town, "programmer")


@pytest.fixture
def cbr(home: Neighbour) -> Iterator[Watched]:
    with connected(home.known) as connection:
        yield Watched(connection.cbr)


def test_every_call_of_the_proxy_is_answered(town: Town, home: Neighbour, cbr: Watched) -> None:
    machine = home.new_server("machine")
    vault = new_vault(cbr, "proxy")
    changed = cbr.update_vault(cbr.get_vault(vault.id), name="renamed")
    assert cbr.find_vault("renamed").id == changed.id
    assert [one.id for one in cbr.vaults(limit=1)] == [vault.id]
    take_turns(cbr, vault, machine.id)
    backup = back_up(cbr, vault)
    assert [one.id for one in cbr.backups(vault_id=vault.id)] == [backup.id]
    assert cbr.find_backup(backup.name).id == cbr.get_backup(backup.id).id
    machine.spoil()
    cbr.restore_data(backup, server_id=machine.id)
    home.settle()
    assert machine.is_whole
    share(town, cbr, backup)
    assert {task.operation_type for task in cbr.tasks()} >= {"backup", "restore", "remove_resource"}
    assert cbr.get_task(next(iter(cbr.tasks(limit=1))).id).status == "success"
    cbr.delete_backup(backup)
    home.settle()
    cbr.delete_vault(vault)
    home.settle()
    assert list(cbr.vaults()) == []
    everything = {name for name, _ in inspect.getmembers(Proxy, inspect.isfunction) if name in vars(Proxy)}
    assert cbr.called == {name for name in everything if not name.startswith("_")}


def new_vault(cbr: Watched, name: str) -> Any:
    billing = {"consistent_level": "crash_consistent", "object_type": "server", "protect_type": "backup"}
    return cbr.create_vault(name=name, billing=billing | {"size": 10}, resources=[])


def take_turns(cbr: Watched, vault: Any, server_id: str) -> None:
    """A policy and a resource come to a vault and leave it; the resource comes back."""
    held = [{"id": server_id, "type": SERVER, "name": "machine"}]
    policy = cbr.create_policy(
        name="nightly",
        enabled=True,
        operation_type="backup",
        operation_definition={"max_backups": 3},
        trigger={"properties": {"pattern": [WEEKLY]}},
    )
    cbr.bind_policy(vault, policy)
    assert [one.id for one in cbr.policies(vault_id=vault.id)] == [policy.id]
    cbr.unbind_policy(vault, policy)
    assert cbr.update_policy(policy, enabled=False).enabled is False
    assert cbr.find_policy("nightly").id == cbr.get_policy(policy.id).id
    cbr.delete_policy(policy)
    cbr.associate_resources(vault, held)
    cbr.dissociate_resources(vault, [server_id])
    until(lambda: cbr.get_vault(vault.id).resources, lambda resources: not resources)
    cbr.associate_resources(vault, held)


def back_up(cbr: Watched, vault: Any) -> Any:
    checkpoint = cbr.create_checkpoint(vault_id=vault.id, parameters={"name": "proxied"})
    cbr.wait_for_checkpoint(checkpoint, interval=0.2, wait=60)
    shown = cbr.get_checkpoint(checkpoint.id)
    assert shown.status == "available"
    # otcextensions reads the resources of a checkpoint from `resource`, where the reference has `resources`.
    assert [one["protect_status"] for one in shown.vault.resources] == ["available"]
    return cbr.find_backup("proxied")


def share(town: Town, cbr: Watched, backup: Any) -> None:
    """Shared with somebody who accepts, and taken back; members are named by project and by themselves."""
    friend = settled_next_door(town, "reader")
    (member,) = cbr.add_members(backup, [friend.project_id])
    assert member.status == "pending"
    with connected(friend.known) as connection:
        theirs = Watched(connection.cbr)
        shelf = new_vault(theirs, "shelf")
        accepted = theirs.update_member(backup.id, friend.project_id, "accepted", shelf.id)
        assert accepted.status == "accepted"
    cbr.called |= theirs.called
    assert [one.status for one in cbr.members(backup)] == ["accepted"]
    (listed,) = cbr.members(backup)
    assert cbr.get_member(backup, listed).dest_project_id == friend.project_id
    cbr.delete_member(backup, listed)
    assert list(cbr.members(backup)) == []


def test_pages_by_marker_give_each_row_once(home: Neighbour, cbr: Watched) -> None:
    made = [new_vault(cbr, f"v{number}").id for number in range(5)]
    assert sorted(one.id for one in cbr.vaults(limit=2)) == sorted(made)
    for number in range(3):
        server = home.new_server(f"s{number}")
        vault_id = home.new_vault(f"w{number}", "server", (server.id, SERVER))
        home.backed_up(vault_id)
    for listed in (cbr.backups(limit=1), cbr.tasks(limit=2), cbr.tasks(limit=1)):
        ids = [one.id for one in listed]
        assert len(ids) == len(set(ids)) == 3
