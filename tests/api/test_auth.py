from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from msgspec.structs import replace as changed
from tests.service.people import enrol
from tests.statements import noted

from holdfast.api import signature
from holdfast.api.auth import authenticate, session_of, trusting
from holdfast.api.query import Query
from holdfast.api.request import Call
from holdfast.api.signature import Claim
from holdfast.config import Config
from holdfast.db import access_keys as stored
from holdfast.db import accounts as stored_accounts
from holdfast.db import projects as stored_projects
from holdfast.db.database import Database
from holdfast.db.tables import used_signature
from holdfast.model import clock
from holdfast.model.errors import NotAllowed, NotAuthenticated, ProjectNotFound
from holdfast.model.project import DEFAULT_DOMAIN_ID, Caller, Project, Role, User
from holdfast.service import access_keys, accounts, sessions
from holdfast.service.access_keys import Change, Issued
from holdfast.service.context import House
from holdfast.service.sessions import Named, Scope

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

DEFAULT = Named(name="Default")
BLUE = Scope(project=Named(name="blue", domain=DEFAULT))
SIGNATURE = "SDK-HMAC-SHA256 Access=AKTEST, SignedHeaders=host;x-sdk-date, Signature=" + "5a" * 32


def asked(
    headers: Mapping[str, str], project_id: str = "p", *, method: str = "GET", body: bytes = b""
) -> Call:
    return Call(
        method=method,
        route="/v3/{project_id}/vaults",
        address="http://testserver",
        target=f"/v3/{project_id}/vaults",
        path={"project_id": project_id} if project_id else {},
        query=Query([]),
        headers=headers,
        body=body,
        request_id="req-1",
    )


@dataclass(frozen=True)
class Ann:
    """Somebody with a role in two projects, and a key."""

    user: User
    blue: Project
    green: Project
    red: Project
    key: Issued

    def signed(
        self,
        project_id: str,
        *,
        method: str = "GET",
        body: bytes = b"",
        late: timedelta = timedelta(),
        secret: str | None = None,
        **headers: str,
    ) -> Call:
        """A request as a client of hers signs it."""
        date = f"{clock.now() - late:{signature.DATE_FORM}}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        call = asked({"host": "h", "x-sdk-date": date, **named}, project_id, method=method, body=body)
        claim = Claim(self.key.key.id, "host;x-sdk-date", "")
        made = signature.make(call, claim, secret or self.key.secret)
        said = f"SDK-HMAC-SHA256 Access={claim.access_key}, SignedHeaders=host;x-sdk-date, Signature={made}"
        return replace(call, headers={**call.headers, "authorization": said})


@pytest.fixture
def house(database: Database) -> House:
    return House(db=database, config=Config(), wake=lambda: None)


@pytest.fixture
def ann(house: House) -> Ann:
    blue, green, red = (accounts.add_project(house.db, name) for name in ("blue", "green", "red"))
    user = enrol(house.db, "ann", "secret of ann")
    accounts.grant(house.db, user.id, blue.id, Role.OPERATOR)
    accounts.grant(house.db, user.id, green.id, Role.READER)
    return Ann(user, blue, green, red, access_keys.make(house.db, user.id))


def token(house: House, scope: Scope) -> str:
    who = Named(name="ann", domain=DEFAULT)
    return sessions.sign_in(house.db, who, "secret of ann", scope, hours=1).token


# ── tokens ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("ann")
def test_a_token_makes_a_caller(house: House) -> None:
    caller = authenticate(house, asked({"x-auth-token": token(house, BLUE)}))
    assert (caller.user_name, caller.project_name, caller.role) == ("ann", "blue", Role.OPERATOR)


@pytest.mark.usefixtures("ann")
@pytest.mark.parametrize("authorization", ["Token", "Basic eDp4", SIGNATURE, "SDK-HMAC-SHA256", "", " "])
def test_a_token_wins_over_whatever_authorization_says(house: House, authorization: str) -> None:
    headers = {"authorization": authorization, "x-auth-token": token(house, BLUE)}
    assert authenticate(house, asked(headers)).user_name == "ann"


def test_a_wrong_token_is_not_rescued_by_a_signature(house: House, ann: Ann) -> None:
    with pytest.raises(NotAuthenticated, match="unknown, expired or revoked"):
        authenticate(house, ann.signed(ann.blue.id, x_auth_token="wrong"))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-auth-token": ""},
        {"authorization": ""},
        {"authorization": " "},
        {"authorization": "Token"},
        {"authorization": "Bearer abc"},
        {"authorization": SIGNATURE},
        {"authorization": SIGNATURE.replace("AKTEST", "A" * 100_000)},
        {"x-auth-token": "tökén"},
        {"x-auth-token": "x" * 100_000},
    ],
)
def test_whoever_brings_nothing_of_ours_is_nobody(house: House, headers: Mapping[str, str]) -> None:
    with pytest.raises(NotAuthenticated):
        authenticate(house, asked(headers))


@pytest.mark.usefixtures("ann")
@pytest.mark.parametrize("scope", [Scope(), Scope(domain=DEFAULT)])
def test_a_token_without_a_project_is_somebody_who_may_not(house: House, scope: Scope) -> None:
    with pytest.raises(NotAllowed):
        authenticate(house, asked({"x-auth-token": token(house, scope)}))


@pytest.mark.usefixtures("ann")
def test_a_revoked_token_is_nobody_any_more(house: House) -> None:
    revoked = token(house, BLUE)
    sessions.revoke(house.db, revoked)
    with pytest.raises(NotAuthenticated):
        authenticate(house, asked({"x-auth-token": revoked}))


def test_somebody_else_may_know_what_tokens_stand_for_while_keys_stay_ours(house: House, ann: Ann) -> None:
    known = Caller(user_id="u", user_name="zoe", project_id=ann.red.id, project_name="red", role=Role.READER)
    gate = trusting(
        lambda _house, told: changed(known, user_name=told),
        lambda _house, told, project_id: changed(known, user_name=told, project_id=project_id),
    )
    assert gate(house, asked({"x-auth-token": "zoe"})).user_name == "zoe"
    assert gate(house, ann.signed(ann.blue.id)).user_name == "ann"
    by_cookie = gate(house, asked({"cookie": "holdfast_session=kim"}))
    assert (by_cookie.user_name, by_cookie.project_id) == ("kim", "p")


# ── signatures ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_signature_makes_a_caller_in_the_project_of_the_path(house: House, ann: Ann) -> None:
    for project, role in ((ann.blue, Role.OPERATOR), (ann.green, Role.READER)):
        caller = authenticate(house, ann.signed(project.id))
        assert (caller.user_id, caller.project_id, caller.role) == (ann.user.id, project.id, role)
        assert authenticate(house, ann.signed(project.id, x_project_id=project.id)) == caller


@pytest.mark.parametrize("project", ["red", "missing"])
def test_a_project_of_others_is_not_there(house: House, ann: Ann, project: str) -> None:
    with pytest.raises(ProjectNotFound):
        authenticate(house, ann.signed(ann.red.id if project == "red" else "f" * 32))


def test_x_project_id_must_be_the_project_of_the_path(house: House, ann: Ann) -> None:
    with pytest.raises(NotAuthenticated, match="X-Project-Id"):
        authenticate(house, ann.signed(ann.blue.id, x_project_id=ann.green.id))


@pytest.mark.parametrize(
    "ask", [authenticate, lambda house, call: sessions.caller_of(session_of(house, call))]
)
def test_without_a_project_in_the_path_the_headers_or_the_age_say_which(
    house: House, ann: Ann, ask: Callable[[House, Call], Caller]
) -> None:
    assert ask(house, ann.signed("")).project_id == ann.blue.id
    assert ask(house, ann.signed("", x_domain_id=DEFAULT_DOMAIN_ID)).project_id == ann.blue.id
    assert ask(house, ann.signed("", x_project_id=ann.green.id)).project_id == ann.green.id
    with pytest.raises(NotAuthenticated, match="no role in that project"):
        ask(house, ann.signed("", x_project_id=ann.red.id))
    with pytest.raises(NotAuthenticated, match="X-Domain-Id"):
        ask(house, ann.signed("", x_domain_id="another"))


def test_a_signed_session_says_how_its_user_came_in(house: House, ann: Ann) -> None:
    session = session_of(house, ann.signed(""))
    assert (session.user, session.domain_id) == (ann.user, DEFAULT_DOMAIN_ID)
    assert (session.methods, session.manages_credentials) == ((sessions.ACCESS_KEY,), True)
    assert session.issued_at < session.expires_at


def test_what_is_wrong_is_told_and_nothing_else(house: House, ann: Ann) -> None:
    good = ann.signed(ann.blue.id, method="POST", body=b"{}")
    unknown = good.headers["authorization"].replace(ann.key.key.id, "AKNOBODY")
    wrong = {
        "does not fit": ann.signed(ann.blue.id, secret="another"),
        "doesn't fit|does not fit": replace(good, body=b"[]"),
        "is unknown": replace(good, headers={**good.headers, "authorization": unknown}),
        "must be a time": replace(good, headers={**good.headers, "x-sdk-date": "today"}),
        "sign with SDK-HMAC-SHA256": replace(good, headers={"authorization": "SDK-HMAC-SM3 Access=A"}),
    }
    for reason, call in wrong.items():
        with pytest.raises(NotAuthenticated, match=reason) as refused:
            authenticate(house, call)
        assert ann.key.secret not in str(refused.value)


@pytest.mark.parametrize(("minutes", "fits"), [(-16, False), (-14, True), (14, True), (16, False)])
def test_a_date_is_at_most_a_quarter_of_an_hour_away(
    house: House, ann: Ann, minutes: int, fits: bool
) -> None:
    call = ann.signed(ann.blue.id, late=timedelta(minutes=minutes))
    if fits:
        assert authenticate(house, call).user_id == ann.user.id
        return
    with pytest.raises(NotAuthenticated, match="more than 15 minutes"):
        authenticate(house, call)


def test_the_window_can_be_set(house: House, ann: Ann) -> None:
    narrow = replace(house, config=Config(signature_skew_minutes=1))
    with pytest.raises(NotAuthenticated, match="more than 1 minutes"):
        authenticate(narrow, ann.signed(ann.blue.id, late=timedelta(minutes=2)))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_a_change_is_accepted_once(house: House, ann: Ann, method: str) -> None:
    call = ann.signed(ann.blue.id, method=method, body=b"{}")
    assert authenticate(house, call).user_id == ann.user.id
    with pytest.raises(NotAuthenticated, match="used already"):
        authenticate(house, call)
    spelt_otherwise = replace(call, target=f"{call.target}/")
    with pytest.raises(NotAuthenticated, match="used already"):
        authenticate(house, spelt_otherwise)
    assert authenticate(house, ann.signed(ann.blue.id, method=method, body=b"[]")).user_id == ann.user.id


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_look_may_be_repeated(house: House, ann: Ann, method: str) -> None:
    call = ann.signed(ann.blue.id, method=method)
    assert authenticate(house, call) == authenticate(house, call)


def test_what_was_refused_uses_nothing_up(house: House, ann: Ann) -> None:
    with pytest.raises(NotAuthenticated):
        authenticate(house, ann.signed(ann.blue.id, method="POST", secret="another"))
    with house.db.reading() as tx:
        assert tx.scalar(sa.select(sa.func.count()).select_from(used_signature)) == 0


def test_used_signatures_are_forgotten_when_their_dates_refuse_them(house: House, ann: Ann) -> None:
    now = clock.now()
    with house.db.transaction() as tx:
        assert stored.use_up(tx, "old", now - timedelta(seconds=1))
        assert stored.use_up(tx, "new", now + timedelta(minutes=15))
        stored.trim_used(tx, now)
        assert tx.scalars(sa.select(used_signature.c.digest)).all() == ["new"]
    for number in range(100):
        authenticate(house, ann.signed(ann.blue.id, method="POST", body=str(number).encode()))
    with house.db.reading() as tx:
        assert tx.scalar(sa.select(sa.func.count()).select_from(used_signature)) == 101


def test_a_key_that_is_off_is_refused_only_to_whoever_has_its_secret(house: House, ann: Ann) -> None:
    access_keys.change(house.db, ann.key.key.id, Change(enabled=False))
    with pytest.raises(NotAuthenticated, match="the access key is disabled"):
        authenticate(house, ann.signed(ann.blue.id))
    with pytest.raises(NotAuthenticated, match="does not fit"):
        authenticate(house, ann.signed(ann.blue.id, secret="another"))
    access_keys.change(house.db, ann.key.key.id, Change(enabled=True))
    assert authenticate(house, ann.signed(ann.blue.id)).user_id == ann.user.id


def test_a_deleted_key_a_disabled_user_and_a_disabled_project_count_at_once(house: House, ann: Ann) -> None:
    with house.db.transaction() as tx:
        stored_projects.change(tx, changed(ann.blue, enabled=False))
    with pytest.raises(ProjectNotFound):
        authenticate(house, ann.signed(ann.blue.id))
    assert authenticate(house, ann.signed("")).project_id == ann.green.id
    with house.db.transaction() as tx:
        stored_accounts.change_user(tx, changed(ann.user, enabled=False))
    with pytest.raises(NotAuthenticated, match="user of the access key is disabled"):
        authenticate(house, ann.signed(ann.green.id))
    access_keys.delete(house.db, ann.key.key.id)
    with pytest.raises(NotAuthenticated, match="unknown"):
        authenticate(house, ann.signed(ann.green.id))


def test_a_role_that_is_taken_away_counts_at_once(house: House, ann: Ann) -> None:
    with house.db.transaction() as tx:
        for project in (ann.blue, ann.green):
            stored_accounts.revoke(tx, ann.user.id, project.id)
    with pytest.raises(ProjectNotFound):
        authenticate(house, ann.signed(ann.blue.id))
    with pytest.raises(NotAuthenticated, match="no role in that project, or in any"):
        authenticate(house, ann.signed(""))


def test_a_signed_look_reads_the_rows_once(house: House, ann: Ann) -> None:
    with noted(house.db) as told:
        authenticate(house, ann.signed(ann.blue.id))
    touching = ("SELECT", "INSERT", "UPDATE", "DELETE")
    statements = [one for one in told if one.lstrip().upper().startswith(touching)]
    assert len(statements) == 1, statements
