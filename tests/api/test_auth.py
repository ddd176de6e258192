from collections.abc import Mapping

import pytest
from tests.service.people import enrol

from holdfast.api.auth import authenticate
from holdfast.api.query import Query
from holdfast.api.request import Call
from holdfast.config import Config
from holdfast.db.database import Database
from holdfast.model.errors import NotAllowed, NotAuthenticated
from holdfast.model.project import Role
from holdfast.service import accounts
from holdfast.service.accounts import Named, Scope
from holdfast.service.context import House

DEFAULT = Named(name="Default")
BLUE = Scope(project=Named(name="blue", domain=DEFAULT))
SIGNATURE = "SDK-HMAC-SHA256 Access=AKTEST, SignedHeaders=host;x-sdk-date, Signature=" + "5a" * 32


def asked(headers: Mapping[str, str]) -> Call:
    return Call(
        method="GET",
        route="/v3/{project_id}/vaults",
        address="http://testserver",
        target="/v3/p/vaults",
        path={"project_id": "p"},
        query=Query([]),
        headers=headers,
        body=b"",
        request_id="req-1",
    )


@pytest.fixture
def house(database: Database) -> House:
    project = accounts.add_project(database, "blue")
    user = enrol(database, "ann", "secret of ann")
    accounts.grant(database, user.id, project.id, Role.OPERATOR)
    return House(db=database, config=Config(), wake=lambda: None)


def token(house: House, scope: Scope) -> str:
    who = Named(name="ann", domain=DEFAULT)
    return accounts.sign_in(house.db, who, "secret of ann", scope, hours=1).token


def test_a_token_makes_a_caller(house: House) -> None:
    caller = authenticate(house, asked({"x-auth-token": token(house, BLUE)}))
    assert (caller.user_name, caller.project_name, caller.role) == ("ann", "blue", Role.OPERATOR)


@pytest.mark.parametrize("authorization", ["Token", "Basic eDp4", SIGNATURE, "", " "])
def test_a_token_wins_over_whatever_authorization_says(house: House, authorization: str) -> None:
    headers = {"authorization": authorization, "x-auth-token": token(house, BLUE)}
    assert authenticate(house, asked(headers)).user_name == "ann"


def test_a_wrong_token_is_not_rescued_by_authorization(house: House) -> None:
    with pytest.raises(NotAuthenticated, match="unknown, expired or revoked"):
        authenticate(house, asked({"authorization": SIGNATURE, "x-auth-token": "wrong"}))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-auth-token": ""},
        {"authorization": ""},
        {"authorization": " "},
        {"authorization": "Token"},
        {"authorization": "Bearer abc"},
        {"x-auth-token": "tökén"},
        {"x-auth-token": "x" * 100_000},
    ],
)
def test_whoever_brings_nothing_of_ours_is_nobody(house: House, headers: Mapping[str, str]) -> None:
    with pytest.raises(NotAuthenticated):
        authenticate(house, asked(headers))


def test_a_signature_is_refused_and_told_what_to_send_instead(house: House) -> None:
    with pytest.raises(NotAuthenticated, match=r"access key are not accepted; send .* as X-Auth-Token"):
        authenticate(house, asked({"authorization": SIGNATURE}))


@pytest.mark.parametrize("scope", [Scope(), Scope(domain=DEFAULT)])
def test_a_token_without_a_project_is_somebody_who_may_not(house: House, scope: Scope) -> None:
    with pytest.raises(NotAllowed):
        authenticate(house, asked({"x-auth-token": token(house, scope)}))


def test_a_revoked_token_is_nobody_any_more(house: House) -> None:
    revoked = token(house, BLUE)
    accounts.revoke(house.db, revoked)
    with pytest.raises(NotAuthenticated):
        authenticate(house, asked({"x-auth-token": revoked}))
