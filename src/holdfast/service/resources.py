"""Resources: telling a project what there is to protect, and seeing it from the protector's side."""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from holdfast.config import Config, ConfigError, ConfiguredResource
from holdfast.db import backups, projects, resources, vaults
from holdfast.db.backups import BackupFilter
from holdfast.db.database import Database
from holdfast.model import clock, ids
from holdfast.model.errors import InvalidParameter, Refusal, ResourceAlreadyProtected, ResourceNotFound
from holdfast.model.project import DEFAULT_DOMAIN_ID, Project
from holdfast.model.resource import Resource, ResourceType, check_site
from holdfast.model.tag import Tag, check_all
from holdfast.providers.catalogue import (
    UnknownProviderError,
    UnknownTypeError,
    open_provider,
    resource_type,
)
from holdfast.providers.provider import Provider

from . import binding, sites
from .context import Context

log = logging.getLogger(__name__)


class NewResource(msgspec.Struct, frozen=True, kw_only=True):
    """Something to be protected: its kind, the provider that opens it, and that provider's own keys.

    Without `tags` a resource that is known keeps those that it has. Only workers of `site` can reach it;
    without one, any.
    """

    type: str
    name: str
    provider: str
    settings: Mapping[str, Any] = {}
    tags: tuple[Tag, ...] | None = None
    site: str | None = None


class ResourceFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which resources of a project; every given condition must hold. `name` matches as a substring."""

    type: str | None = None
    name: str | None = None
    id: str | None = None
    parent_id: str | None = None


def register(context: Context, asked: NewResource) -> Resource:
    """Make a resource known to the project, its parts included; doing so again finds the same one.

    Only an administrator may, for it names paths of the machine. What is of a site that this server does not
    serve is taken on trust, its size unknown until its first backup. Raises NotAllowed, InvalidParameter or
    ResourceNotFound (there is nothing at that path).
    """
    context.check_may_name_paths()
    check_site("resource.site", asked.site)
    if ":" in asked.provider and asked.provider not in {one.provider for one in context.config.resources}:
        raise InvalidParameter("resource.provider", "is a foreign one that the configuration does not name")
    if not sites.serves(context.config, asked.site):
        found = _described(context.project_id, asked, _unknown_size)
        with context.changing() as tx:
            return _put(tx, _with_known_sizes(tx, found), _checked(asked.tags))
    found = _inspected(context.project_id, asked)
    with context.changing() as tx:
        return _put(tx, found, _checked(asked.tags))


def set_tags(context: Context, resource_id: str, tags: Sequence[Tag]) -> Resource:
    """The resource has these tags and no others; a vault that takes it by itself for them does so now.

    Raises NotAllowed, ResourceNotFound, InvalidParameter or TooManyTags.
    """
    checked = check_all("tags", tags)
    with context.changing() as tx:
        known = resources.get(tx, context.project_id, resource_id)
        return _put(tx, [known], checked)


def register_configured(db: Database, config: Config) -> list[Resource]:
    """Make the resources of the configuration known to their projects, but for those of foreign sites.

    One that is not there now is left as it was: a disk that is not mounted must not keep the service from
    starting. Raises ConfigError naming a resource that can never be used.
    """
    ours = [one for one in config.resources if sites.serves(config, _site(one))]
    return [found for one in ours if (found := _configured(db, one)) is not None]


def register_of_sites(db: Database, config: Config) -> list[Resource]:
    """Make known what the configuration names at the sites that this process serves: others cannot see it.

    What is of no site is left to the server. Before the first server has made a project there is nobody to
    know them: a later start does it then. Raises ConfigError naming a resource that can never be used.
    """
    sited = tuple(one for one in config.resources if one.site is not None)
    with db.reading() as tx:
        if sited and not projects.find(tx):
            log.warning(
                "there is no project yet that could know the resources: start this worker again later"
            )
            return []
    return register_configured(db, msgspec.structs.replace(config, resources=sited))


def find(context: Context, wanted: ResourceFilter) -> list[Resource]:
    """The project's resources, by name; raises InvalidParameter for a type that there is not."""
    with context.db.reading() as tx:
        found = resources.find(
            tx,
            context.project_id,
            type=None if wanted.type is None else _kind("type", wanted.type),
            ids=None if wanted.id is None else [wanted.id],
            parent_id=wanted.parent_id,
            name=wanted.name,
        )
    return sorted(found, key=lambda resource: (resource.name, resource.id))


def show(context: Context, resource_id: str) -> Resource:
    """One resource; raises ResourceNotFound."""
    with context.db.reading() as tx:
        return resources.get(tx, context.project_id, resource_id)


def forget(context: Context, resource_id: str) -> None:
    """Take a resource and its parts off the project. What it is made of is not touched.

    Raises NotAllowed, ResourceNotFound, or ResourceAlreadyProtected while it is in a vault or has backups:
    these could not be restored without it.
    """
    context.check_may_name_paths()
    with context.changing() as tx:
        resource = resources.get(tx, context.project_id, resource_id)
        going = [*resources.find(tx, context.project_id, parent_id=resource.id), resource]
        kept = [BackupFilter(project_id=context.project_id, resource_id=one.id) for one in going]
        if vaults.taken(tx, context.project_id, [one.id for one in going]) or any(
            backups.count(tx, wanted) for wanted in kept
        ):
            raise ResourceAlreadyProtected(resource.name)
        for one in going:
            resources.remove(tx, context.project_id, one.id)


def _configured(db: Database, one: ConfiguredResource) -> Resource | None:
    asked = NewResource(
        type=one.type, name=one.name, provider=one.provider, settings=one.settings, site=one.site
    )
    tags = None if one.tags is None else tuple(Tag(key, value) for key, value in one.tags.items())
    with db.reading() as tx:
        project = _project(tx, one)
    try:
        tags = _checked(tags)
        found = [msgspec.structs.replace(each, configured=True) for each in _inspected(project.id, asked)]
    except ResourceNotFound as refusal:
        log.warning("resource %s is not there: %s", one.name, refusal)
        return None
    except Refusal as refusal:
        raise ConfigError(f"resource {one.name}: {refusal}") from refusal
    with db.transaction() as tx:
        projects.lock(tx, project.id)
        return _put(tx, found, tags)


def _site(one: ConfiguredResource) -> str | None:
    try:
        check_site("site", one.site)
    except Refusal as refusal:
        raise ConfigError(f"resource {one.name}: {refusal}") from refusal
    return one.site


def _checked(tags: Sequence[Tag] | None) -> tuple[Tag, ...] | None:
    return None if tags is None else check_all("resource.tags", tags)


def _project(tx: Connection, one: ConfiguredResource) -> Project:
    """The project that is to have it. Names count in the default domain: others choose theirs themselves."""
    for project in projects.find(tx):
        at_home = project.domain_id == DEFAULT_DOMAIN_ID and one.project in (None, project.name)
        if at_home or one.project == project.id:
            return project
    raise ConfigError(f"resource {one.name}: there is no project {one.project or ''}")


def _inspected(project_id: str, asked: NewResource) -> Sequence[Resource]:
    """The resource as it is now, followed by its parts."""
    try:
        return _described(project_id, asked, _size)
    except OSError as error:
        raise InvalidParameter("resource.settings", f"{error.filename}: {error.strerror}") from error


_Settings = Mapping[str, Any]


def _size(provider: Provider, settings: _Settings) -> int:
    return provider.inspect(settings).size_bytes


def _unknown_size(provider: Provider, settings: _Settings) -> int:  # noqa: ARG001 - as `_size`
    return 0


def _described(
    project_id: str, asked: NewResource, size: Callable[[Provider, _Settings], int]
) -> Sequence[Resource]:
    kind = _kind("resource.type", asked.type)
    provider = _provider(asked.provider)
    if provider.resource_type is not kind:
        raise InvalidParameter("resource.type", f"{asked.provider} opens {provider.resource_type}")
    whole = Resource(
        id=_stable_id(project_id, asked.provider, asked.settings, asked.site),
        project_id=project_id,
        name=asked.name,
        type=kind,
        provider=asked.provider,
        settings=dict(asked.settings),
        size_bytes=size(provider, asked.settings),
        site=asked.site,
        created_at=clock.now(),
    )
    parts = [
        Resource(
            id=_stable_id(project_id, part.provider, part.settings, asked.site),
            project_id=project_id,
            name=part.name,
            type=part.type,
            provider=part.provider,
            settings=dict(part.settings),
            size_bytes=size(_provider(part.provider), part.settings),
            parent_id=whole.id,
            site=asked.site,
            created_at=whole.created_at,
        )
        for part in provider.parts(asked.settings)
    ]
    return [whole, *parts]


def _put(tx: Connection, found: Sequence[Resource], tags: tuple[Tag, ...] | None) -> Resource:
    """Write a resource and its parts, and bind it where it is new or its tags are."""
    whole, *parts = _by_known_ids(tx, found)
    before, after = _written(tx, whole, tags)
    for part in parts:
        _written(tx, part, None)
    if before is None or before.tags != after.tags:
        binding.of_resource(tx, after)
    return after


def _by_known_ids(tx: Connection, found: Sequence[Resource]) -> Sequence[Resource]:
    """The same; what was known before somebody said its site goes on under the id that it had."""
    ids_of = {one.id: _known_id(tx, one) for one in found}
    return [
        msgspec.structs.replace(one, id=ids_of[one.id], parent_id=ids_of.get(one.parent_id or ""))
        for one in found
    ]


def _known_id(tx: Connection, one: Resource) -> str:
    siteless = _stable_id(one.project_id, one.provider, one.settings, None)
    known = resources.find(tx, one.project_id, ids=[siteless])
    return siteless if known and known[0].site in (None, one.site) else one.id


def _with_known_sizes(tx: Connection, found: Sequence[Resource]) -> Sequence[Resource]:
    """The same, with the sizes of which the rows know."""
    named = _by_known_ids(tx, found)
    known = {
        one.id: one.size_bytes for one in resources.find(tx, named[0].project_id, ids=[o.id for o in named])
    }
    return [msgspec.structs.replace(one, size_bytes=known.get(one.id, 0)) for one in named]


def _written(tx: Connection, one: Resource, tags: tuple[Tag, ...] | None) -> tuple[Resource | None, Resource]:
    """What was known of a resource, and what is now; it keeps the server that it belongs to, and its tags."""
    known = resources.find(tx, one.project_id, ids=[one.id])
    before = known[0] if known else None
    merged = one if before is None else _again(one, before)
    resources.put(tx, merged if tags is None else msgspec.structs.replace(merged, tags=tags))
    return before, resources.get(tx, one.project_id, one.id)


def _again(one: Resource, known: Resource) -> Resource:
    return msgspec.structs.replace(
        one,
        parent_id=one.parent_id or known.parent_id,
        configured=one.configured or known.configured,
        tags=known.tags,
        site=one.site or known.site,
    )


def _kind(field: str, word: str) -> ResourceType:
    try:
        return resource_type(word)
    except UnknownTypeError as error:
        raise InvalidParameter(field, str(error)) from error


def _provider(name: str) -> Provider:
    try:
        return open_provider(name)
    except UnknownProviderError as error:
        raise InvalidParameter("resource.provider", str(error)) from error


def _stable_id(project_id: str, provider: str, settings: _Settings, site: str | None) -> str:
    """The same id for the same thing, always: it is made of where the thing is, where that is said.

    How it is read (what is excluded, say) may change without making another thing of it. The same path at
    another site is another thing.
    """
    place = json.dumps(settings.get("path", settings), sort_keys=True, separators=(",", ":"))
    return ids.derived(project_id, provider, place, *([] if site is None else [site]))
