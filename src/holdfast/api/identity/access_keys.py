"""Access keys over the wire: the calls of IAM that make, show, change and delete them.

Everybody looks after their own keys; an administrator after those of every user in their domain. A program
with an application credential looks at them, and changes none.
"""

from datetime import datetime
from typing import Literal

import msgspec

from holdfast.api.auth import session_of
from holdfast.api.request import Call, OpenRoute, Reply
from holdfast.model.access_key import AccessKey
from holdfast.model.errors import NotAllowed, NotFound
from holdfast.service import access_keys
from holdfast.service.access_keys import Change, Issued
from holdfast.service.context import House
from holdfast.service.sessions import Session

from .asking import recorded
from .errors import spoken

# Beside `/v3`, where the other calls are; and beside `/identity/v3`.
PLACES = ("/v3.0/OS-CREDENTIAL/credentials", "/identity/v3.0/OS-CREDENTIAL/credentials")
STATUS = {True: "active", False: "inactive"}


class NewKeyAsked(msgspec.Struct, frozen=True):
    """For whom the key shall be."""

    user_id: str
    description: str = ""


class NewKeyRequest(msgspec.Struct, frozen=True):
    """The body of a request for a new key."""

    credential: NewKeyAsked


class ChangeAsked(msgspec.Struct, frozen=True):
    """What shall be different; what is missing stays as it is."""

    status: Literal["active", "inactive"] | None = None
    description: str | None = None

    def asked(self) -> Change:
        """The same in the service's words."""
        return Change(self.description, None if self.status is None else self.status == STATUS[True])


class ChangeRequest(msgspec.Struct, frozen=True):
    """The body of a change."""

    credential: ChangeAsked


class KeyView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A key; its secret is told by the reply that makes it, and by no other."""

    access: str
    secret: str | None = None
    user_id: str
    description: str
    status: str
    create_time: str

    @classmethod
    def of(cls, key: AccessKey, secret: str | None = None) -> "KeyView":
        """The wire's words for a key."""
        return cls(
            access=key.id,
            secret=secret,
            user_id=key.user_id,
            description=key.description,
            status=STATUS[key.enabled],
            create_time=_moment(key.created_at),
        )


class KeyReply(msgspec.Struct, frozen=True):
    """One key."""

    credential: KeyView


class KeysReply(msgspec.Struct, frozen=True):
    """The keys of a user."""

    credentials: list[KeyView]


def create(house: House, call: Call) -> Reply:
    """POST credentials: a new key, and its secret, which is told this once."""
    session = _session(house, call)
    asked = call.read(NewKeyRequest).credential
    _check_may_manage(house, session, asked.user_id)
    issued: Issued = access_keys.make(recorded(house, call, session), asked.user_id, asked.description)
    return Reply(KeyReply(KeyView.of(issued.key, issued.secret)), 201)


def find(house: House, call: Call) -> Reply:
    """GET credentials: the caller's own, or those of the user in `user_id`."""
    session = session_of(house, call)
    user_id = call.query.text("user_id") or session.user.id
    _check_may_manage(house, session, user_id)
    return Reply(KeysReply([KeyView.of(key) for key in access_keys.find(house.db, user_id)]))


def show(house: House, call: Call) -> Reply:
    """GET credentials/{access_key}."""
    return Reply(KeyReply(KeyView.of(_key(house, session_of(house, call), call))))


def change(house: House, call: Call) -> Reply:
    """PUT credentials/{access_key}: another description, switched off or on."""
    session = _session(house, call)
    asked = call.read(ChangeRequest).credential.asked()
    key = _key(house, session, call)
    changed = access_keys.change(recorded(house, call, session), key.id, asked)
    return Reply(KeyReply(KeyView.of(changed)))


def delete(house: House, call: Call) -> Reply:
    """DELETE credentials/{access_key}: what it signs is worth nothing from now on."""
    session = _session(house, call)
    access_keys.delete(recorded(house, call, session), _key(house, session, call).id)
    return Reply(status=204)


def _session(house: House, call: Call) -> Session:
    """Who changes something; raises NotAllowed for every program with an application credential.

    A key may all that its user may, in every project: more than any such program.
    """
    session = session_of(house, call)
    if session.credential_id is not None:
        raise NotAllowed("an application credential manages no access keys, unrestricted or not")
    return session


def _key(house: House, session: Session, call: Call) -> AccessKey:
    """The key in the path, if the caller may know of it; raises NotFound also where they may not."""
    key = access_keys.get(house.db, call.path["access_key"])
    try:
        _check_may_manage(house, session, key.user_id)
    except NotAllowed:
        raise NotFound(f"access key {key.id}") from None
    return key


def _check_may_manage(house: House, session: Session, user_id: str) -> None:
    """Raises NotAllowed for a user that the caller does not look after, there or not."""
    if user_id == session.user.id:
        return
    domain_id = access_keys.domain_of(house.db, user_id)
    if domain_id is None or not session.administers(domain_id):
        raise NotAllowed("only an administrator of the user's domain manages the access keys of others")


def _moment(moment: datetime) -> str:
    """IAM's spelling: microseconds and Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


ROUTES = tuple(
    OpenRoute(method, place + rest, spoken(endpoint))
    for place in PLACES
    for method, rest, endpoint in (
        ("POST", "", create),
        ("GET", "", find),
        ("GET", "/{access_key}", show),
        ("PUT", "/{access_key}", change),
        ("DELETE", "/{access_key}", delete),
    )
)
