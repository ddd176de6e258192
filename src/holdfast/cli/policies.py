"""`holdfast policies`: when vaults are backed up, what is kept, and which vault follows which policy."""

import re
from collections.abc import Sequence
from typing import Any

import click
from rich.text import Text

from . import names, options, quantities
from .client import Client
from .screen import Screen
from .words import moment, plain, span

VERDICTS = ("ID", "TAKEN", "NAME", "RESOURCE", "VAULT", "GOES", "BECAUSE")
COLUMNS = ("ID", "NAME", "TYPE", "ENABLED", "WHEN", "ZONE", "NEXT", "KEEPS", "VAULTS")
FIRINGS = ("DUE", "THERE", "UTC")
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
    "region": "destination_region",
    "project": "destination_project_id",
}
NO_TIMEOUT = "none"
Policy = dict[str, Any]
_OFFSET = re.compile(r"UTC[+-].*")
_TIME = re.compile(r"(?P<hour>[01]?[0-9]|2[0-3]):(?P<minute>[0-5]?[0-9])", re.ASCII)
_BY_DAYS = ("keep_daily", "keep_weekly", "keep_monthly", "keep_yearly")


def _time(_context: click.Context, _parameter: click.Parameter, values: Sequence[str]) -> list[str]:
    """Times of day as rules."""
    rules = []
    for value in values:
        time = _TIME.fullmatch(value)
        if time is None:
            raise click.BadParameter(f"{value!r} is not HH:MM, from 00:00 to 23:59.")
        rules.append(f"FREQ=DAILY;INTERVAL=1;BYHOUR={time['hour']};BYMINUTE={time['minute']}")
    return rules


def _zones(_context: click.Context, _parameter: click.Parameter, values: Sequence[str]) -> dict[str, str]:
    """Where times are meant, as `times`, and where days begin, as `days`: told apart by how they are said."""
    zones: dict[str, str] = {}
    for value in values:
        meaning = "days" if _OFFSET.fullmatch(value) else "times"
        if meaning in zones:
            raise click.BadParameter(f"{zones[meaning]!r} and {value!r} say the same of it.")
        zones[meaning] = value
    return zones


def _minutes(context: click.Context, parameter: click.Parameter, given: str | None) -> int | None:
    """A span in minutes, 0 for none, or nothing."""
    if given is None or given == NO_TIMEOUT:
        return None if given is None else 0
    minutes = int(quantities.span(context, parameter, given).total_seconds() // 60)
    if minutes < 1:
        raise click.BadParameter(f"{given!r} is less than a minute.", param=parameter)
    return minutes


_terms = (
    click.option(
        "--at",
        multiple=True,
        metavar="HH:MM",
        callback=_time,
        help="Every day at this time; repeatable.",
    ),
    click.option("--pattern", multiple=True, metavar="RULE", help="By an iCalendar rule; repeatable."),
    click.option("--keep", type=int, metavar="N", help="Keep the last N backups; -1 for no limit."),
    click.option("--days", type=int, metavar="N", help="Keep backups for N days; -1 for no limit."),
    click.option("--keep-daily", type=int, metavar="N", help="Keep the last backup of N days."),
    click.option("--keep-weekly", type=int, metavar="N", help="Keep the last backup of N weeks."),
    click.option("--keep-monthly", type=int, metavar="N", help="Keep the last backup of N months."),
    click.option("--keep-yearly", type=int, metavar="N", help="Keep the last backup of N years."),
    click.option(
        "--keep-first-of-month/--no-keep-first-of-month",
        default=None,
        help="Keep the first backup of this month, or not.",
    ),
    click.option(
        "--timezone",
        multiple=True,
        metavar="ZONE",
        callback=_zones,
        help="Europe/Berlin: where times are meant. UTC+01:00: where days and longer spans begin.",
    ),
    click.option("--jitter", type=int, metavar="MINUTES", help="Come up to so late, each vault differently."),
    click.option(
        "--timeout", metavar="SPAN", callback=_minutes, help="End a task that has run so long: 8h, or none."
    ),
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
    _check_days(asked)
    if not _patterns(asked):
        raise click.UsageError("say when it comes due: --at HH:MM, or --pattern RULE.")
    if asked["region"] and not asked["project"]:
        raise click.UsageError("--region needs --project ID, the project there that takes the replicas.")
    policy = {
        "name": name,
        "enabled": not disabled,
        "operation_type": "replication" if asked["region"] else "backup",
        "operation_definition": _definition(asked),
        "trigger": {"properties": {"pattern": _patterns(asked)}},
        "holdfast": _execution(asked),
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

    What is kept changes as a whole: name all of it. The first of the month stays as it is unless it is said.
    """
    _check_days(asked)
    found = named(client, policy)
    said = {
        "name": asked["name"],
        "enabled": enable,
        "operation_definition": _definition(asked) or None,
        "trigger": {"properties": {"pattern": _patterns(asked)}} if _patterns(asked) else None,
        "holdfast": _execution(asked) or None,
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
@click.option("--also", is_flag=True, help="Besides the others of its kind, not instead of them.")
@options.connected
def bind(client: Client, screen: Screen, vault: str, policy: str, **asked: Any) -> None:
    """Let a vault follow a policy, instead of another of its kind."""
    found, chosen = names.vault(client, vault), named(client, policy)
    body: dict[str, Any] = {"policy_id": chosen["id"]}
    if asked["destination"]:
        body["destination_vault_id"] = asked["destination"]
    if asked["also"]:
        body["holdfast"] = {"keep_others": True}
    told = client.post(f"/vaults/{found['id']}/associatepolicy", body)
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


@policies.command("next")
@click.argument("policy")
@click.option("--limit", type=click.IntRange(1, 100), default=10, show_default=True, help="How many.")
@options.connected
def upcoming(client: Client, screen: Screen, policy: str, limit: int) -> None:
    """Tell when a policy comes due next: in your zone, in its own, and in UTC."""
    found = named(client, policy)
    told = client.get(f"/policies/{found['id']}/firings", limit=limit)
    if screen.as_json:
        screen.document(told)
        return
    if not found["enabled"]:
        screen.note(f"{plain(found['name'])} is not enabled: this is when it would come due")
    screen.table(FIRINGS, (firing_row(one) for one in told["firings"]))


def firing_row(firing: dict[str, str]) -> tuple[str, ...]:
    """A moment due as a row under FIRINGS."""
    return moment(firing["due_at"]), firing["local"], firing["due_at"].partition(".")[0]


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
    ours = policy.get("holdfast") or {}
    return (
        screen.short(policy["id"]),
        policy["name"],
        policy["operation_type"],
        "yes" if policy["enabled"] else "no",
        " ".join(policy["trigger"]["properties"]["pattern"]),
        zone(ours),
        next_due(ours),
        keeps(policy["operation_definition"], ours),
        ", ".join(vaults) or "-",
    )


def zone(ours: dict[str, Any]) -> str:
    """Where a policy's times are meant, how late it may come, and when its tasks end: `UTC, 15 min late`."""
    told = [ours.get("timezone", "UTC")]
    if ours.get("jitter_minutes"):
        told.append(f"up to {span(60 * ours['jitter_minutes'])} late")
    if ours.get("timeout_minutes"):
        told.append(f"ends after {span(60 * ours['timeout_minutes'])}")
    return ", ".join(told)


def next_due(ours: dict[str, Any]) -> str:
    """When the first of its vaults comes due next."""
    return moment(
        min((one["next_due_at"] for one in ours.get("vaults", ()) if one["next_due_at"]), default=None)
    )


def keeps(definition: dict[str, Any], ours: dict[str, Any]) -> str:
    """What a policy keeps, in words."""
    counts = [(words, definition.get(member) or 0) for member, words in KEEPING.items()]
    kept = [words.format(count) for words, count in counts if count > 0]
    if ours.get("keep_first_of_month"):
        kept.append("the first of the month")
    return ", ".join(kept) or "everything"


def _check_days(asked: dict[str, Any]) -> None:
    """What keeps by days and longer spans needs to know where they begin; raises UsageError."""
    if any(asked[option] for option in _BY_DAYS) and "days" not in asked["timezone"]:
        raise click.UsageError(
            "days, weeks, months and years that are kept begin in a zone: add --timezone UTC+01:00, say."
        )


def _patterns(asked: dict[str, Any]) -> list[str]:
    return [*asked["pattern"], *asked["at"]]


def _definition(asked: dict[str, Any]) -> dict[str, Any]:
    said = {member: asked[name] for name, member in MEMBERS.items() if asked[name] is not None}
    return said | ({"timezone": asked["timezone"]["days"]} if "days" in asked["timezone"] else {})


def _execution(asked: dict[str, Any]) -> dict[str, Any]:
    said = {
        "timezone": asked["timezone"].get("times"),
        "jitter_minutes": asked["jitter"],
        "keep_first_of_month": asked["keep_first_of_month"],
    }
    told = {member: value for member, value in said.items() if value is not None}
    return told if asked["timeout"] is None else told | {"timeout_minutes": asked["timeout"] or None}


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
