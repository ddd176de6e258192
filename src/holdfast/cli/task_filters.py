"""Which tasks a command is about: the options that narrow them down, as the parameters of the API.

What is said before a subcommand counts for it too: `tasks --vault files summary` is `tasks summary --vault
files`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import wraps
from types import MappingProxyType
from typing import Any

import click
from click.core import ParameterSource

from holdfast.model import ids
from holdfast.model.resource import ResourceType
from holdfast.model.task import Operation, Status

from . import names, options, quantities
from .client import Client, Parameters
from .failures import Exit, Failure
from .screen import Screen

KEPT = "holdfast.task_filters"
UNTIL = ".."
RESOURCE_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "directory": ResourceType.FILE_SHARE.value,
        "disk": ResourceType.DISK.value,
        "server": ResourceType.SERVER.value,
    }
)
# What goes to the API as it was given, by the option; `start_time` is CBR's own.
PLAIN: Mapping[str, str] = MappingProxyType(
    {
        "status": "status",
        "type": "operation_type",
        "resource_type": "resource_type",
        "checkpoint": "checkpoint_id",
        "request": "request_id",
        "provider": "provider_id",
        "enterprise_project": "enterprise_project_id",
        "error": "error_code",
        "search": "q",
        "since": "start_time",
        "until": "created_before",
    }
)
NAMED = ("resource", "vault")
FILTERS = (*PLAIN, *NAMED, "policy", "backup", "parent", "started", "ended")
Values = tuple[str, ...]
Callback = Callable[[click.Context, click.Parameter, Any], None]


class Narrowed(click.Command):
    """A command whose help tells the options that narrow it down apart from the others."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Both kinds of options, and the commands below it."""
        told = [(one.name in FILTERS, one.get_help_record(ctx)) for one in self.get_params(ctx)]
        for heading, kind in (("Which tasks", True), ("Options", False)):
            with formatter.section(heading):
                formatter.write_dl([record for of_kind, record in told if record and of_kind is kind])
        if isinstance(self, click.Group):
            self.format_commands(ctx, formatter)


class NarrowedGroup(Narrowed, click.Group):
    """The same, of a command with others below it."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command below; raises UsageError for an option before it of which it would know nothing."""
        name, command, rest = super().resolve_command(ctx, args)
        for option in self.params:
            of_filters = option.name in FILTERS
            counts = isinstance(command, Narrowed) if of_filters else not option.expose_value
            if not counts and _is_given(ctx, option):
                raise click.UsageError(f"{option.opts[0]} does not go with '{self.name} {name}'.", ctx)
        return name, command, rest


def narrowed(command: options.Callback) -> options.Callback:
    """Give a connected command the options, and `wanted`: the parameters that they mean."""

    @wraps(command)
    def run(client: Client, screen: Screen, /, **asked: Any) -> None:
        given = click.get_current_context().meta.get(KEPT, {})
        wanted = parameters(client, given)
        for noun in NAMED:
            for name in given[noun] if f"{noun}_name" in wanted else ():
                screen.note(
                    f"no {noun} is called {name!r}: looking for tasks of one whose name had this in it"
                )
        command(client, screen, wanted=wanted, **asked)

    made: options.Callback = run
    for option in reversed(_OPTIONS):
        made = option(made)
    return made


def parameters(client: Client, given: Mapping[str, Any]) -> Parameters:
    """What the API is asked for the options given; raises Failure where a name fits nothing, or several."""
    quantities.check_span(given.get("since"), given.get("until"))
    asked: Parameters = {PLAIN[name]: value for name, value in given.items() if name in PLAIN}
    for noun in NAMED:
        if noun in given:
            asked |= _of(client, noun, given[noun])
    if "policy" in given:
        asked["policy_id"] = [_policy(client, one) for one in given["policy"]]
    if "backup" in given:
        asked["backup_id"] = _backups(client, given["backup"])
    if "parent" in given:
        asked["parent_id"] = [names.task_id(client, one) for one in given["parent"]]
    for name in ("started", "ended"):
        for end, moment in zip(("after", "before"), given.get(name, ()), strict=False):
            asked[f"{name}_{end}"] = moment
    return asked


def _of(client: Client, noun: str, given: Values) -> Parameters:
    """The filter for tasks of vaults or resources; one that is gone is found by its name in the tasks."""
    known_ids: list[str] = []
    lost: list[str] = []
    there = None if all(map(ids.is_uuid, given)) else list(client.each(f"/{noun}s", f"{noun}s"))
    for one in given:
        found = [{"id": one}] if ids.is_uuid(one) else names.matches(one, there or ())
        if len(found) > 1:
            raise names.ambiguous(noun, one, found)
        known_ids.extend(item["id"] for item in found)
        lost.extend(() if found else (one,))
    if known_ids and lost:
        told = f"--{noun}: {lost[0]!r} is gone, and looked for by its name: ask for it alone, or by its id"
        raise Failure(Exit.USAGE, told)
    return {f"{noun}_id": known_ids} if known_ids else {f"{noun}_name": lost}


def _backups(client: Client, given: Values) -> list[str]:
    """Ids of backups; one that is gone, and so not found by its beginning, is taken as it is."""
    there = () if all(map(ids.is_uuid, given)) else list(names.backups(client))
    known_ids = []
    for one in given:
        found = [] if ids.is_uuid(one) else names.matches(one, there)
        if len(found) > 1:
            raise names.ambiguous("backup", one, found)
        known_ids.append(str(found[0]["id"]) if found else one)
    return known_ids


def _policy(client: Client, given: str) -> str:
    if ids.is_uuid(given):
        return given
    return str(names.pick("policy", given, client.each("/policies", "policies"))["id"])


def _is_given(context: click.Context, option: click.Parameter) -> bool:
    source = context.get_parameter_source(option.name or "")
    return source is ParameterSource.COMMANDLINE and not context.resilient_parsing


def _keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    if value:
        context.meta.setdefault(KEPT, {})[parameter.name] = value


def _texts(context: click.Context, parameter: click.Parameter, given: Values) -> None:
    """Values as they are: a name may hold a comma."""
    if "" in given:
        raise click.BadParameter("must not be empty.", param=parameter)
    _keep(context, parameter, given)


def _text(context: click.Context, parameter: click.Parameter, given: str | None) -> None:
    _texts(context, parameter, () if given is None else (given,))


def _listed(context: click.Context, parameter: click.Parameter, given: Values) -> None:
    """Values that come repeated, or separated by commas."""
    _keep(context, parameter, tuple(_parts(parameter, given)))


def _parts(parameter: click.Parameter, given: Values) -> Iterator[str]:
    for text in given:
        for part in text.split(","):
            if not part.strip():
                raise click.BadParameter(f"{text!r} has an empty part.", param=parameter)
            yield part.strip()


def _words(choices: type[StrEnum]) -> Callback:
    """Words of an enumeration."""

    def check(context: click.Context, parameter: click.Parameter, given: Values) -> None:
        for word in _parts(parameter, given):
            if word not in list(choices):
                raise click.BadParameter(f"{word!r} is none of {', '.join(choices)}.", param=parameter)
        _listed(context, parameter, given)

    return check


def _types(context: click.Context, parameter: click.Parameter, given: Values) -> None:
    """Types of resources, in our words or in those of the API."""
    for word in _parts(parameter, given):
        if word not in RESOURCE_TYPES and "::" not in word:
            known = f"{', '.join(RESOURCE_TYPES)}, nor a type such as {ResourceType.FILE_SHARE.value}"
            raise click.BadParameter(f"{word!r} is none of {known}.", param=parameter)
    _keep(context, parameter, tuple(RESOURCE_TYPES.get(one, one) for one in _parts(parameter, given)))


def _moment(context: click.Context, parameter: click.Parameter, given: str | None) -> None:
    _keep(context, parameter, quantities.moment(context, parameter, given))


def _range(context: click.Context, parameter: click.Parameter, given: str | None) -> None:
    """`24h..1h`: from the one moment on, and before the other; either may be left out."""
    if given is None:
        return
    sides = [side.strip() or None for side in given.partition(UNTIL)[::2]]
    try:
        begin, end = (quantities.moment(context, parameter, side) for side in sides)
    except click.BadParameter:
        begin = end = None
    if begin is end is None:
        raise click.BadParameter(f"{given!r} is not like 24h..1h, 7d or ..2026-11-01.", param=parameter)
    if begin and end and begin >= end:
        raise click.BadParameter(f"{given!r} ends before it begins.", param=parameter)
    _keep(context, parameter, [begin, end])


def _option(name: str, metavar: str, told: str, callback: Callback = _listed) -> Any:
    once = callback in (_text, _moment, _range)
    return click.option(
        name, metavar=metavar, help=told, callback=callback, multiple=not once, expose_value=False
    )


_OPTIONS: Sequence[Any] = (
    _option("--status", "STATUS,...", "Only with one of these statuses.", _words(Status)),
    _option("--type", "TYPE,...", "Only these kinds of work.", _words(Operation)),
    _option("--resource", "NAME|ID", "Only of this resource.", _texts),
    _option("--resource-type", "TYPE,...", "Only of a directory, disk or server.", _types),
    _option("--vault", "NAME|ID", "Only of this vault.", _texts),
    _option("--policy", "NAME|ID", "Only of this policy.", _texts),
    _option("--checkpoint", "ID,...", "Only of this checkpoint."),
    _option("--backup", "ID,...", "Only of this backup."),
    _option("--request", "ID,...", "Only what this request asked for."),
    _option("--parent", "ID,...", "Only what does this task once more."),
    _option("--provider", "ID,...", "Only of this provider."),
    _option("--enterprise-project", "ID,...", "Only of this enterprise project."),
    _option("--error", "CODE,...", "Only what ended with this error."),
    _option("--search", "TEXT", "Only with this in a name, or in the error.", _text),
    _option("--since", "TIME", "Made since: 30m, 24h, 7d, or a date and time.", _moment),
    _option("--until", "TIME", "Made before.", _moment),
    _option("--started", "FROM..TO", "Begun then: 24h..1h, 7d, ..2026-11-01.", _range),
    _option("--ended", "FROM..TO", "Ended then.", _range),
)
