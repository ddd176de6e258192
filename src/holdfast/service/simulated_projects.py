"""Simulated projects: one for each test, say, with an administrator of its own and made-up resources in it.

Only a house that is gone afterwards makes them: passwords are told again to whoever asks for one.
"""

import secrets
from collections.abc import Mapping

import msgspec

from holdfast.db import accounts as stored
from holdfast.model import ids
from holdfast.model.audit import Asked, Method
from holdfast.model.project import DEFAULT_DOMAIN_NAME, Role

from . import access_keys, passwords, sessions, simulated_resources
from .context import Context, House
from .projects import NewProject, made_project
from .sessions import Named, Scope
from .simulated_resources import Simulated
from .users import NewUser, made_user


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """How an administrator of a project signs in, by password or by key."""

    project_id: str
    project_name: str
    domain_name: str
    username: str
    password: str
    access_key: str
    secret_key: str


class SimulatedProject(msgspec.Struct, frozen=True, kw_only=True):
    """A project for throwing away: its administrator, a token of theirs, and what there is to protect."""

    account: Account
    region: str
    endpoint: str
    token: str
    resources: tuple[Simulated, ...]

    @property
    def auth_url(self) -> str:
        """Where to sign in."""
        return f"{self.endpoint}/identity/v3"

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables by which known clients find this project, and nothing else of their machine."""
        known = self.account
        return {
            "OS_AUTH_TYPE": "password",
            "OS_AUTH_URL": self.auth_url,
            "OS_IDENTITY_API_VERSION": "3",
            "OS_INTERFACE": "public",
            "OS_REGION_NAME": self.region,
            "OS_USERNAME": known.username,
            "OS_PASSWORD": known.password,
            "OS_USER_DOMAIN_NAME": known.domain_name,
            "OS_PROJECT_NAME": known.project_name,
            "OS_PROJECT_DOMAIN_NAME": known.domain_name,
            "OS_DOMAIN_NAME": known.domain_name,
            "HUAWEICLOUD_SDK_AK": known.access_key,
            "HUAWEICLOUD_SDK_SK": known.secret_key,
            "HUAWEICLOUD_SDK_PROJECT_ID": known.project_id,
            "HW_AUTH_URL": self.auth_url,
            "HW_REGION_NAME": self.region,
            "HW_PROJECT_NAME": known.project_name,
            "HW_ACCESS_KEY": known.access_key,
            "HW_SECRET_KEY": known.secret_key,
            "HW_INSECURE": "true",
        }


def create(context: Context, name: str | None = None) -> SimulatedProject:
    """A new project, called after the region unless a name is given.

    Raises NotAllowed, and InvalidParameter where the name is taken or none.
    """
    context.check_may_name_paths()
    mark = ids.new()[:8]
    password = secrets.token_urlsafe(24)
    password_hash = passwords.hashed("password", password)
    with context.changing() as tx:
        project = made_project(tx, NewProject(name=name or f"{context.config.region}_{mark}"))
        user = made_user(tx, NewUser(name=f"user-{mark}"), password_hash)
        stored.grant(tx, user.id, project.id, Role.ADMIN)
        key = access_keys.issue(tx, user.id, "of the simulated project")
    account = Account(
        project_id=project.id,
        project_name=project.name,
        domain_name=DEFAULT_DOMAIN_NAME,
        username=user.name,
        password=password,
        access_key=key.key.id,
        secret_key=key.secret,
    )
    return furnished(House(context.db, context.config, context.wake), account)


def furnished(house: House, account: Account) -> SimulatedProject:
    """The project of an account, signed in to, with what it has to protect made up."""
    domain = Named(name=account.domain_name)
    opened = sessions.sign_in(
        house.db,
        Named(name=account.username, domain=domain),
        account.password,
        Scope(project=Named(id=account.project_id)),
        hours=house.config.token_hours,
    )
    caller, place = sessions.caller(house.db, opened.token), "/v3/{project_id}/simulated-resources"
    asked = Asked(Method.POST, place, place.format(project_id=account.project_id))
    context = Context.of(house, caller, ids.new_request(), asked)
    return SimulatedProject(
        account=account,
        region=house.config.region,
        endpoint=house.config.endpoint_url,
        token=opened.token,
        resources=tuple(simulated_resources.furnish(context)),
    )
