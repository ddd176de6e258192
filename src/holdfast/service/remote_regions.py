"""Other installations that take replicas from this one, asked as any client asks them.

Nothing is asked while a transaction is open: what a region answers may take as long as the way there.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec
from keystoneauth1 import exceptions
from keystoneauth1.identity import v3
from keystoneauth1.session import Session

from holdfast.config import Config
from holdfast.model import clock, ids
from holdfast.model.errors import (
    DestinationFull,
    DestinationNotReplication,
    DestinationVaultNotFound,
    ProjectNotReplicable,
    RegionNotReplicable,
    ResourceTypeNotSupported,
    VaultBeingDeleted,
    VaultNotAvailable,
)
from holdfast.model.incoming_replication import IncomingTask
from holdfast.model.policy import Destination
from holdfast.model.region import RemoteRegion
from holdfast.model.region_errors import RegionRefused, RegionUnavailable, SnapshotNotArrived
from holdfast.model.resource import MIB, ObjectType
from holdfast.model.vault import ProtectType, Vault, VaultState

PATIENCE_SECONDS = 15.0
_PAGE = 1000
_PROJECT = re.compile(r"[A-Za-z0-9_\-]{1,255}")
_WEARY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT)
# What the other side says of itself, as the same thing said here.
_REFUSALS: Mapping[str, type[Exception]] = MappingProxyType(
    {
        "BackupService.6105": DestinationVaultNotFound,
        "BackupService.6119": DestinationNotReplication,
        "BackupService.6112": VaultBeingDeleted,
        "BackupService.6113": VaultNotAvailable,
        "BackupService.6102": ResourceTypeNotSupported,
        "BackupService.6129": DestinationFull,
        "Holdfast.0027": SnapshotNotArrived,
    }
)
Shape = TypeVar("Shape")


# ── what it tells ───────────────────────────────────────────────────────────────────────────────────────


class _Billing(msgspec.Struct, frozen=True):
    status: VaultState
    object_type: ObjectType
    protect_type: ProtectType
    size: int
    used: int


class _Vault(msgspec.Struct, frozen=True):
    name: str
    billing: _Billing
    auto_expand: bool = False
    demand_billing: bool = False


class _VaultReply(msgspec.Struct, frozen=True):
    vault: _Vault


class _Backup(msgspec.Struct, frozen=True):
    id: str


class _BackupsReply(msgspec.Struct, frozen=True):
    backups: list[_Backup]


class _KeyReply(msgspec.Struct, frozen=True):
    password: str


class _Region(msgspec.Struct, frozen=True):
    id: str


class _RegionsReply(msgspec.Struct, frozen=True):
    regions: list[_Region]


class _IncomingReply(msgspec.Struct, frozen=True):
    incoming_replication: IncomingTask


class _Refused(msgspec.Struct, frozen=True):
    error_code: str = ""
    error_msg: str = ""


# ── asking it ───────────────────────────────────────────────────────────────────────────────────────────


class Elsewhere:
    """One project of another installation. Every method may raise RegionUnavailable or RegionRefused.

    The first that is asked signs in; it raises ProjectNotReplicable where the account may not work in the
    project.
    """

    def __init__(self, region: RemoteRegion, project_id: str) -> None:
        """Nothing is asked yet."""
        if _PROJECT.fullmatch(project_id) is None:
            raise ProjectNotReplicable(project_id)
        self.region = region
        self._project_id = project_id
        self._auth = _auth(region, project_id)
        self._session = _session(region)

    def close(self) -> None:
        """Hang up."""
        self._session.session.close()

    def headers(self) -> Mapping[str, str]:
        """What proves to the other side who asks; a token that ends soon is replaced by a new one."""
        try:
            told = self._auth.get_headers(self._session) or {}
            if self.region.by_credential and self._auth.get_project_id(self._session) != self._project_id:
                raise ProjectNotReplicable(self._project_id)
        except exceptions.Unauthorized as fault:
            self._check_account()
            raise ProjectNotReplicable(self._project_id) from fault
        except exceptions.ClientException as fault:
            raise _unanswered(self.region, fault) from fault
        return told

    def renew(self) -> None:
        """What proved who asks is worth nothing any more: sign in again."""
        self._auth.invalidate()

    def vault(self, vault_id: str) -> Vault:
        """The vault as far as replicas are concerned; raises DestinationVaultNotFound."""
        if not ids.is_uuid(vault_id):
            raise DestinationVaultNotFound(vault_id)
        told = self._ask("GET", f"/vaults/{vault_id}", _VaultReply).vault
        return Vault(
            id=vault_id,  # whatever it says: policies are kept by this id
            project_id=self._project_id,
            user_id="",
            name=told.name,
            object_type=told.billing.object_type,
            protect_type=told.billing.protect_type,
            size_gb=told.billing.size,
            used_bytes=told.billing.used * MIB,
            status=told.billing.status,
            auto_expand=told.auto_expand,
            demand_billing=told.demand_billing,
            created_at=clock.now(),
        )

    def kept(self, vault_id: str, backup_ids: Collection[str]) -> set[str]:
        """Those of these that are backups in the vault."""
        missing, found = set(backup_ids), set[str]()
        offset, more = 0, True
        while missing and more:
            path = f"/backups?vault_id={vault_id}&limit={_PAGE}&offset={offset}"
            page = {one.id for one in self._ask("GET", path, _BackupsReply).backups}
            found |= missing & page
            missing -= page
            offset, more = offset + _PAGE, len(page) == _PAGE
        return found

    def password(self, vault_id: str) -> str:
        """What opens the vault's repository, which is made if there is none."""
        return self._ask("GET", f"/vaults/{vault_id}/repository-key", _KeyReply).password

    def repository_url(self, vault_id: str) -> str:
        """Where the vault's repository is."""
        return f"{self._address}/vaults/{vault_id}/repository"

    def announce(self, vault_id: str, body: Mapping[str, Any]) -> IncomingTask:
        """Tell of a replication that begins or goes on; the task that the other side has for it."""
        path = f"/vaults/{vault_id}/incoming-replications"
        return self._ask("POST", path, _IncomingReply, {"incoming_replication": body}).incoming_replication

    def tell(self, vault_id: str, task_id: str, what: str, body: Mapping[str, Any]) -> IncomingTask:
        """Tell of its `progress`, or that it is `complete` or did `fail`; the other side's task."""
        path = f"/vaults/{vault_id}/incoming-replications/{task_id}/{what}"
        method = "PUT" if what == "progress" else "POST"
        return self._ask(method, path, _IncomingReply, {what: body}).incoming_replication

    @property
    def _address(self) -> str:
        return f"{self.region.address}/v3/{self._project_id}"

    def _ask(self, method: str, path: str, shape: type[Shape], body: Any = None) -> Shape:
        self.headers()  # signs in, or says why not
        try:
            answer = self._session.request(
                f"{self._address}{path}",
                method,
                json=body,
                auth=self._auth,
                headers={"Accept": "application/json"},
                raise_exc=False,
                log=False,
            )
        except exceptions.ClientException as fault:
            raise _unanswered(self.region, fault) from fault
        if answer.status_code >= HTTPStatus.BAD_REQUEST:
            raise _refusal(self.region, answer.status_code, answer.content)
        try:
            return msgspec.json.decode(answer.content, type=shape)
        except msgspec.MsgspecError as fault:
            raise RegionRefused(f"{self.region.name} does not answer as holdfast does: {fault}") from fault

    def _check_account(self) -> None:
        """Raises RegionRefused where not even the account is known there."""
        try:
            _auth(self.region, None).get_access(self._session)
        except exceptions.Unauthorized as fault:
            raise RegionRefused(f"{self.region.name} does not accept the account") from fault


@contextmanager
def asking(config: Config, destination: Destination) -> Iterator[Elsewhere]:
    """The project of another region; raises RegionNotReplicable, or what `Elsewhere` does."""
    elsewhere = Elsewhere(named(config, destination.region), destination.project_id)
    try:
        yield elsewhere
    finally:
        elsewhere.close()


def named(config: Config, name: str) -> RemoteRegion:
    """The other region of that name; raises RegionNotReplicable."""
    for region in config.remote_regions:
        if region.name == name:
            return region
    raise RegionNotReplicable(name)


def calls_itself(region: RemoteRegion) -> str:
    """The name that a region has for itself, as it tells whoever signs in there; empty where it tells none.

    Raises RegionUnavailable or RegionRefused.
    """
    session = _session(region)
    try:
        auth = _auth(region, None)
        auth.get_access(session)
        told = session.get(f"{region.identity_url}/regions", auth=auth, raise_exc=False, log=False)
        names = [one.id for one in msgspec.json.decode(told.content, type=_RegionsReply).regions]
    except msgspec.MsgspecError:
        return ""  # an identity service that tells such things not to everybody
    except exceptions.Unauthorized as fault:
        raise RegionRefused(f"{region.name} does not accept the account") from fault
    except exceptions.ClientException as fault:
        raise _unanswered(region, fault) from fault
    finally:
        session.session.close()
    return region.name if region.name in names else next(iter(names), "")


def _auth(region: RemoteRegion, project_id: str | None) -> v3.Password | v3.ApplicationCredential:
    if region.by_credential:
        return v3.ApplicationCredential(
            region.identity_url,
            application_credential_id=region.application_credential_id,
            application_credential_secret=region.application_credential_secret,
        )
    return v3.Password(
        region.identity_url,
        username=region.username,
        password=region.password,
        user_domain_name=region.domain_name,
        project_id=project_id,
        unscoped=project_id is None,
    )


def _session(region: RemoteRegion) -> Session:
    return Session(verify=str(region.ca_file) if region.ca_file else True, timeout=PATIENCE_SECONDS)


def _unanswered(region: RemoteRegion, fault: exceptions.ClientException) -> RegionUnavailable | RegionRefused:
    weary = isinstance(fault, exceptions.HttpError) and fault.http_status in _WEARY
    if weary or isinstance(fault, (exceptions.ConnectionError, exceptions.HttpServerError)):
        return RegionUnavailable(f"{region.name}: {fault}")
    return RegionRefused(f"{region.name}: {fault}")


def _refusal(region: RemoteRegion, status: int, body: bytes) -> Exception:
    """What an answer means that is no success."""
    try:
        told = msgspec.json.decode(body, type=_Refused)
    except msgspec.MsgspecError:
        told = _Refused()
    message = f"{region.name}: {told.error_msg or f'answered {status}'}"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _WEARY:
        return RegionUnavailable(message)
    return _REFUSALS.get(told.error_code, RegionRefused)(message)
