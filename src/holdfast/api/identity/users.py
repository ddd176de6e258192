"""Users: administrators find and change those of their domain; everybody sees themselves."""

import msgspec

from holdfast.api.auth import session_of
from holdfast.api.request import Call, OpenRoute, Reply
from holdfast.model.errors import NotAllowed
from holdfast.model.project import User
from holdfast.service import users
from holdfast.service.context import House
from holdfast.service.users import NewUser, UserChange

from . import links
from .asking import about, administrator, check_own_domain, recorded
from .errors import spoken
from .links import ListLinks, SelfLink

# ── what is asked ───────────────────────────────────────────────────────────────────────────────────────


class NewUserAsked(msgspec.Struct, frozen=True, kw_only=True):
    """A user to make."""

    name: str
    password: str | None = None
    domain_id: str | None = None
    enabled: bool = True


class CreateAsked(msgspec.Struct, frozen=True):
    """The body of POST users."""

    user: NewUserAsked


class UserChangeAsked(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a user."""

    name: str | None = None
    password: str | None = None
    domain_id: str | None = None
    enabled: bool | None = None


class ChangeAsked(msgspec.Struct, frozen=True):
    """The body of PATCH users/{user_id}."""

    user: UserChangeAsked


class PasswordChangeAsked(msgspec.Struct, frozen=True):
    """A new password, and the present one."""

    password: str
    original_password: str


class PasswordAsked(msgspec.Struct, frozen=True):
    """The body of POST users/{user_id}/password."""

    user: PasswordChangeAsked


# ── what is told ────────────────────────────────────────────────────────────────────────────────────────


class UserView(msgspec.Struct, frozen=True, kw_only=True):
    """A user; a password here does not expire."""

    id: str
    name: str
    domain_id: str
    enabled: bool
    password_expires_at: str | None = None
    options: dict[str, str] = msgspec.field(default_factory=dict)
    links: SelfLink

    @classmethod
    def of(cls, house: House, call: Call, user: User) -> "UserView":
        """The view of a user."""
        return cls(
            id=user.id,
            name=user.name,
            domain_id=user.domain_id,
            enabled=user.enabled,
            links=links.to(house, call, "users", user.id),
        )


class UserReply(msgspec.Struct, frozen=True):
    """One user."""

    user: UserView


class UsersReply(msgspec.Struct, frozen=True):
    """A list of users."""

    users: list[UserView]
    links: ListLinks


# ── the calls ───────────────────────────────────────────────────────────────────────────────────────────


def find(house: House, call: Call) -> Reply:
    """GET users, by `name`, `domain_id` and `enabled`."""
    found = users.in_domain(house.db, administrator(house, call).domain_id)
    views = [UserView.of(house, call, user) for user in found if _fits(call, user)]
    return Reply(UsersReply(views, links.to_list(house, call, "users")))


def show(house: House, call: Call) -> Reply:
    """GET users/{user_id}: to the user, and to an administrator."""
    user_id = call.path["user_id"]
    return _one(house, call, users.show(house.db, about(house, call, user_id).domain_id, user_id))


def create(house: House, call: Call) -> Reply:
    """POST users."""
    session, asked = administrator(house, call), call.read(CreateAsked).user
    check_own_domain(session, "user.domain_id", asked.domain_id)
    if asked.password is not None:
        session.check_manages_credentials()
    wanted = NewUser(
        name=asked.name, domain_id=session.domain_id, password=asked.password, enabled=asked.enabled
    )
    return _one(house, call, users.add(recorded(house, call, session), wanted), 201)


def change(house: House, call: Call) -> Reply:
    """PATCH users/{user_id}: with a new password, or disabled, the user's tokens are over."""
    session, asked = administrator(house, call), call.read(ChangeAsked).user
    check_own_domain(session, "user.domain_id", asked.domain_id)
    if asked.password is not None:
        session.check_manages_credentials()
    wanted = UserChange(name=asked.name, password=asked.password, enabled=asked.enabled)
    db, user_id = recorded(house, call, session), call.path["user_id"]
    return _one(house, call, users.change(db, session.domain_id, user_id, wanted))


def change_own_password(house: House, call: Call) -> Reply:
    """POST users/{user_id}/password: by the user, who knows the present one; all their tokens are over."""
    session, asked = session_of(house, call), call.read(PasswordAsked).user
    session.check_manages_credentials()
    if session.user.id != call.path["user_id"]:
        raise NotAllowed("this is not your password")
    wanted = (asked.original_password, asked.password)
    db = recorded(house, call, session)
    users.change_own_password(db, house.attempts, session.user, wanted)
    return Reply(status=204)


def remove(house: House, call: Call) -> Reply:
    """DELETE users/{user_id}."""
    session = administrator(house, call)
    users.remove(recorded(house, call, session), session.domain_id, call.path["user_id"])
    return Reply(status=204)


def _one(house: House, call: Call, user: User, status: int = 200) -> Reply:
    return Reply(UserReply(UserView.of(house, call, user)), status)


def _fits(call: Call, user: User) -> bool:
    query = call.query
    return (
        query.text("name") in (None, user.name)
        and query.text("domain_id") in (None, user.domain_id)
        and query.truth("enabled") in (None, user.enabled)
    )


ROUTES = (
    OpenRoute("GET", "/users", spoken(find)),
    OpenRoute("POST", "/users", spoken(create)),
    OpenRoute("GET", "/users/{user_id}", spoken(show)),
    OpenRoute("PATCH", "/users/{user_id}", spoken(change)),
    OpenRoute("DELETE", "/users/{user_id}", spoken(remove)),
    OpenRoute("POST", "/users/{user_id}/password", spoken(change_own_password)),
)
