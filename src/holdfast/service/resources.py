"""Resources: telling a project what there is to protect, and seeing it from the protector's side."""

import json
import logging
from collections.abc import Mapping, Sequence
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
from holdfast.model.resource import Resource, ResourceType
from holdfast.model.tag import Tag, check_all
from holdfast.providers.catalogue import (
    UnknownProviderError,
    UnknownTypeError,
    open_provider,
    resource_type,
)
from holdfast.providers.provider import Provider

from . import binding
from .context import Context

log = logging.getLogger(__name__)


class NewResource(msgspec.Struct, frozen=True, kw_only=True):
    """Something to be protected: its kind, the provider that opens it, and that provider's own keys.

    Without `tags` a resource that is known keeps those that it has.
    """

    type: str
    name: str
    provider: str
    settings: Mapping[str, Any] = {}
    tags: tuple[Tag, ...] | None = None


class ResourceFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which resources of a project; every given condition must hold. `name` matches as a substring."""

    type: str | None = None
    name: str | None = None
    id: str | None = None
    parent_id: str | None = None


def register(context: Context, asked: NewResource) -> Resource:
    """Make a resource known to the project, its parts included; doing so again finds the same one.

    Only an administrator may, for it names paths of the machine. Raises NotAllowed, InvalidParameter or
    ResourceNotFound (there is nothing at that path).
    """
    context.check_may_name_paths()
    if ":" in asked.provider and asked.provider not in {one.provider for one in context.config.resources}:
        raise InvalidParameter("resource.provider", "is a foreign one that the configuration does not name")
    found = _inspected(context.project_id, asked, configured=False)
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
    """Make the resources of the configuration known to their projects.

    One that is not there now is left as it was: a disk that is not mounted must not keep the service from
    starting. Raises ConfigError naming a resource that can never be used.
    """
    return [found for one in config.resources if (found := _configured(db, one)) is not None]


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
    asked = NewResource(type=one.type, name=one.name, provider=one.provider, settings=one.settings)
    tags = None if one.tags is None else tuple(Tag(key, value) for key, value in one.tags.items())
    with db.reading() as tx:
        project = _project(tx, one)
    try:
        tags = _checked(tags)
        found = _inspected(project.id, asked, configured=True)
    except ResourceNotFound as refusal:
        log.warning("resource %s is not there: %s", one.name, refusal)
        return None
    except Refusal as refusal:
        raise ConfigError(f"resource {one.name}: {refusal}") from refusal
    with db.transaction() as tx:
        projects.lock(tx, project.id)
        return _put(tx, found, tags)


def _checked(tags: Sequence[Tag] | None) -> tuple[Tag, ...] | None:
    return None if tags is None else check_all("resource.tags", tags)


def _project(tx: Connection, one: ConfiguredResource) -> Project:
    """The project that is to have it. Names count in the default domain: others choose theirs themselves."""
    for project in projects.find(tx):
        at_home = project.domain_id == DEFAULT_DOMAIN_ID and one.project in (None, project.name)
        if at_home or one.project == project.id:
            return project
    raise ConfigError(f"resource {one.name}: there is no project {one.project or ''}")


def _inspected(project_id: str, asked: NewResource, *, configured: bool) -> Sequence[Resource]:
    """The resource as it is now, followed by its parts."""
    try:
        return _looked_at(project_id, asked, configured=configured)
    except OSError as error:
        raise InvalidParameter("resource.settings", f"{error.filename}: {error.strerror}") from error


def _looked_at(project_id: str, asked: NewResource, *, configured: bool) -> Sequence[Resource]:
    kind = _kind("resource.type", asked.type)
    provider = _provider(asked.provider)
    if provider.resource_type is not kind:
        raise InvalidParameter("resource.type", f"{asked.provider} opens {provider.resource_type}")
    whole = Resource(
        id=_stable_id(project_id, asked.provider, asked.settings),
        project_id=project_id,
        name=asked.name,
        type=kind,
        provider=asked.provider,
        settings=dict(asked.settings),
        size_bytes=provider.inspect(asked.settings).size_bytes,
        configured=configured,
        created_at=clock.now(),
    )
    parts = [
        Resource(
            id=_stable_id(project_id, part.provider, part.settings),
            project_id=project_id,
            name=part.name,
            type=part.type,
            provider=part.provider,
            settings=dict(part.settings),
            size_bytes=_provider(part.provider).inspect(part.settings).size_bytes,
            parent_id=whole.id,
            configured=configured,
            created_at=whole.created_at,
        )
        for part in provider.parts(asked.settings)
    ]
    return [whole, *parts]


def _put(tx: Connection, found: Sequence[Resource], tags: tuple[Tag, ...] | None) -> Resource:
    """Write a resource and its parts, and bind it where it is new or its tags are."""
    whole, *parts = found
    before, after = _written(tx, whole, tags)
    for part in parts:
        _written(tx, part, None)
    if before is None or before.tags != after.tags:
        binding.of_resource(tx, after)
    return after


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


def _stable_id(project_id: str, provider: str, settings: Mapping[str, Any]) -> str:
    """The same id for the same thing, always: it is made of where the thing is, where that is said.

    How it is read (what is excluded, say) may change without making another thing of it.
    """
    place = settings.get("path", settings)
    return ids.derived(project_id, provider, json.dumps(place, sort_keys=True, separators=(",", ":")))
