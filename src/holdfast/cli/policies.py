"""`holdfast policies`: when vaults are backed up, what is kept, and which vault follows which policy."""

from collections.abc import Sequence
from typing import Any

import click
from rich.text import Text

from . import names, options
from .client import Client
from .screen import Screen
from .words import moment, plain

VERDICTS = ("ID", "TAKEN", "NAME", "RESOURCE", "VAULT", "GOES", "BECAUSE")
COLUMNS = ("ID", "NAME", "TYPE", "ENABLED", "WHEN", "KEEPS", "VAULTS")
KEEPING = {
    "max_backups": "{} backups",
    "retention_duration_days": "{} days",
    "day_backups": "{} daily",
    "week_backups": "{} weekly",
    "month_backups": "{} monthly",
    "year_backups": "{} yearly",
}
MEMBERS = {
    "keep": "max_backups",
    "days": "retention_duration_days",
    "keep_daily": "day_backups",
    "keep_weekly": "week_backups",
    "keep_monthly": "month_backups",
    "keep_yearly": "year_backups",
    "timezone": "timezone",
    "region": "destination_region",
    "project": "destination_project_id",
}
Policy = dict[str, Any]


def _time(_context: click.Context, _parameter: click.Parameter, values: Sequence[str]) -> list[str]:
    """Times of day as rules."""
    rules = []
    for value in values:
        hour, colon, minute = value.partition(":")
        if not colon:
            raise click.BadParameter(f"{value!r} is not HH:MM.")
        rules.append(f"FREQ=DAILY;INTERVAL=1;BYHOUR={hour};BYMINUTE={minute}")
    return rules


_terms = (
    click.option(
        "--at",
        multiple=True,
        metavar="HH:MM",
        callback=_time,
        help="Every day at this time, UTC; repeatable.",
    ),
    click.option("--pattern", multiple=True, metavar="RULE", help="By an iCalendar rule; repeatable."),
    click.option("--keep", type=int, metavar="N", help="Keep the last N backups; -1 for no limit."),
    click.option("--days", type=int, metavar="N", help="Keep backups for N days; -1 for no limit."),
    click.option("--keep-daily", type=int, metavar="N", help="Keep the last backup of N days."),
    click.option("--keep-weekly", type=int, metavar="N", help="Keep the last backup of N weeks."),
    click.option("--keep-monthly", type=int, metavar="N", help="Keep the last backup of N months."),
    click.option("--keep-yearly", type=int, metavar="N", help="Keep the last backup of N years."),
    click.option("--timezone", metavar="UTC+HH:MM", help="Where days and longer spans begin."),
    click.option("--region", metavar="NAME", help="Replicate to this region instead of backing up."),
    click.option("--project", metavar="ID", help="Replicate to this project of the region."),
)


def terms(command: options.Callback) -> options.Callback:
    """The options that say what a policy does."""
    for option in reversed(_terms):
        command = option(command)
    return command


@click.group("policies", invoke_without_command=True)
@options.connected
def policies(client: Client, screen: Screen) -> None:
    """List policies; the commands below make, change, delete, bind and unbind them."""
    found = list(client.each("/policies", "policies"))
    if screen.as_json:
        screen.document({"policies": found, "count": len(found)})
    elif found:
        vault_names = {vault["id"]: str(vault["name"]) for vault in client.each("/vaults", "vaults")}
        screen.table(COLUMNS, (row(screen, policy, vault_names) for policy in found))
    else:
        screen.note("no policies yet: holdfast policies create NAME --at HH:MM makes one")


@policies.command("create")
@click.argument("name")
@terms
@click.option("--disabled", is_flag=True, help="Make it, but do not let it work yet.")
@options.connected
def create(client: Client, screen: Screen, name: str, disabled: bool, **asked: Any) -> None:
    """Make a policy. A backup policy needs a time, a replication policy a region and a project too."""
    policy = {
        "name": name,
        "enabled": not disabled,
        "operation_type": "replication" if asked["region"] else "backup",
        "operation_definition": _definition(asked),
        "trigger": {"properties": {"pattern": _patterns(asked)}},
    }
    made = client.post("/policies", {"policy": policy})["policy"]
    _say(screen, made, "made")


@policies.command("update")
@click.argument("policy")
@click.option("--name", metavar="NAME", help="Its new name.")
@terms
@click.option("--enable/--disable", default=None, help="Let it work, or not.")
@options.connected
def update(client: Client, screen: Screen, policy: str, enable: bool | None, **asked: Any) -> None:
    """Change a policy. What is not said stays; new times replace the old ones.

    What is kept changes as a whole: name all of it.
    """
    found = named(client, policy)
    said = {
        "name": asked["name"],
        "enabled": enable,
        "operation_definition": _definition(asked) or None,
        "trigger": {"properties": {"pattern": _patterns(asked)}} if _patterns(asked) else None,
    }
    change = {member: value for member, value in said.items() if value is not None}
    if not change:
        raise click.UsageError("say what shall change.")
    _say(screen, client.put(f"/policies/{found['id']}", {"policy": change})["policy"], "changed")


@policies.command("delete")
@click.argument("policy")
@options.yes
@options.connected
def delete(client: Client, screen: Screen, policy: str, yes: bool) -> None:
    """Delete a policy. Vaults that follow it, and their backups, stay."""
    found = named(client, policy)
    options.confirm(screen, f"Delete policy {plain(found['name'])}?", yes=yes)
    client.delete(f"/policies/{found['id']}")
    _say(screen, found, "deleted")


@policies.command("bind")
@click.argument("vault")
@click.argument("policy")
@click.option("--to", "destination", metavar="ID", help="Vault that receives the replicas, by its id.")
@options.connected
def bind(client: Client, screen: Screen, vault: str, policy: str, destination: str | None) -> None:
    """Let a vault follow a policy, instead of another of its kind."""
    found, chosen = names.vault(client, vault), named(client, policy)
    asked = {"policy_id": chosen["id"]} | ({"destination_vault_id": destination} if destination else {})
    told = client.post(f"/vaults/{found['id']}/associatepolicy", asked)
    _say_bound(screen, told, f"{plain(found['name'])} follows {plain(chosen['name'])}")


@policies.command("unbind")
@click.argument("vault")
@click.argument("policy")
@options.connected
def unbind(client: Client, screen: Screen, vault: str, policy: str) -> None:
    """Let a vault follow a policy no longer."""
    found, chosen = names.vault(client, vault), named(client, policy)
    told = client.post(f"/vaults/{found['id']}/dissociatepolicy", {"policy_id": chosen["id"]})
    _say_bound(screen, told, f"{plain(found['name'])} does not follow {plain(chosen['name'])} any more")


@policies.command("preview")
@click.argument("policy")
@click.option("--vault", metavar="NAME|ID", help="Only this vault, which need not follow the policy yet.")
@options.connected
def preview(client: Client, screen: Screen, policy: str, vault: str | None) -> None:
    """Tell which backups a policy would let go now, and why the others stay. Nothing is deleted."""
    found = named(client, policy)
    known = {one["id"]: one["name"] for one in client.each("/vaults", "vaults")}
    vault_id = names.vault(client, vault)["id"] if vault else None
    path = f"/policies/{found['id']}/retention-preview"
    verdicts = list(client.each(path, "retention_preview", vault_id=vault_id))
    if screen.as_json:
        screen.document({"retention_preview": verdicts, "count": len(verdicts)})
    elif verdicts:
        screen.table(VERDICTS, (verdict_row(screen, verdict, known) for verdict in verdicts))
    else:
        screen.note("no backups to weigh: no vault follows the policy, or none has backups")


def verdict_row(screen: Screen, verdict: dict[str, Any], vaults: dict[str, str]) -> tuple[str | Text, ...]:
    """A backup that would go or stay as a row under VERDICTS; `vaults` are the vaults' names by id."""
    because = ", ".join([*verdict["goes_because"], *verdict["kept_because"]])
    return (
        screen.short(verdict["id"]),
        moment(verdict["created_at"]),
        verdict["name"],
        verdict["resource_name"],
        vaults.get(verdict["vault_id"], screen.short(verdict["vault_id"])),
        "yes" if verdict["goes"] else "no",
        because.replace("_", " "),
    )


def named(client: Client, given: str) -> Policy:
    """The policy that is meant, by its name, its id or the beginning of that; raises Failure."""
    return names.pick("policy", given, client.each("/policies", "policies"))


def row(screen: Screen, policy: Policy, vault_names: dict[str, str]) -> tuple[str | Text, ...]:
    """A policy as a row under COLUMNS."""
    vaults = [vault_names.get(one["vault_id"], one["vault_id"]) for one in policy["associated_vaults"] or []]
    return (
        screen.short(policy["id"]),
        policy["name"],
        policy["operation_type"],
        "yes" if policy["enabled"] else "no",
        " ".join(policy["trigger"]["properties"]["pattern"]),
        keeps(policy["operation_definition"]),
        ", ".join(vaults) or "-",
    )


def keeps(definition: dict[str, Any]) -> str:
    """What a policy keeps, in words."""
    kept = [(words, definition.get(member) or 0) for member, words in KEEPING.items()]
    return ", ".join(words.format(count) for words, count in kept if count > 0) or "everything"


def _patterns(asked: dict[str, Any]) -> list[str]:
    return [*asked["pattern"], *asked["at"]]


def _definition(asked: dict[str, Any]) -> dict[str, Any]:
    return {MEMBERS[name]: asked[name] for name in MEMBERS if asked[name] is not None}


def _say(screen: Screen, policy: Policy, done: str) -> None:
    if screen.as_json:
        screen.document({"policy": policy})
    else:
        screen.line(f"{done} policy {plain(policy['name'])} ({policy['id']})")


def _say_bound(screen: Screen, told: dict[str, Any], sentence: str) -> None:
    if screen.as_json:
        screen.document(told)
    else:
        screen.line(sentence)
