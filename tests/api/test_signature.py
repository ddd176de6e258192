"""Signatures, held against recorded requests of four clients and against the signer of a real one."""

import string
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer
from hypothesis import assume, given
from hypothesis import strategies as st

from holdfast.api import signature
from holdfast.api.query import Query
from holdfast.api.request import Call
from holdfast.api.signature import Claim
from holdfast.model.errors import NotAuthenticated

SECRET = "SKTESTSECRET"
DATE = "20261120T172815Z"
HUAWEI = Claim("AKTEST", "host;x-sdk-date", "0" * 64)
OTC = Claim("AKTEST", "host;x-sdk-date", "0" * 64, scope="20261120///sdk_request")


class Recorded(msgspec.Struct, frozen=True):
    """A request as a client sent it, with the headers that it signed."""

    client: str
    method: str
    target: str
    headers: dict[str, str]
    body: str

    @property
    def call(self) -> Call:
        return call(self.method, self.target, self.body.encode(), **self.headers)


def call(method: str, target: str, body: bytes = b"", **headers: str) -> Call:
    return Call(
        method=method,
        route="",
        address="",
        target=target,
        path={},
        query=Query([]),
        headers=headers,
        body=body,
        request_id="",
    )


def asked(method: str = "GET", target: str = "/v3/p/vaults", body: bytes = b"", **headers: str) -> Call:
    dated = {"host": "127.0.0.1", "x-sdk-date": DATE}
    return call(method, target, body, **dated, **{name.replace("_", "-"): headers[name] for name in headers})


LINES = (Path(__file__).parent / "signed_requests.jsonl").read_bytes().splitlines()
RECORDED = [msgspec.json.decode(line, type=Recorded) for line in LINES]


def fits(call: Call, claim: Claim, secret: str = SECRET) -> bool:
    try:
        signature.check(call, claim, secret)
    except NotAuthenticated:
        return False
    return True


def signed(call: Call, claim: Claim) -> Claim:
    return replace(claim, signature=signature.make(call, claim, SECRET))


# ── what clients send ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda one: f"{one.client}-{one.method}-{one.target[:60]}")
def test_what_a_client_signed_fits(recorded: Recorded) -> None:
    claim = signature.read(recorded.headers["authorization"])
    assert claim.access_key == "AKTEST"
    assert fits(recorded.call, claim)
    assert not fits(recorded.call, claim, "another secret")
    assert not fits(replace(recorded.call, method="PATCH"), claim)
    assert not fits(replace(recorded.call, target=f"{recorded.target}0"), claim)
    assert not fits(replace(recorded.call, body=recorded.call.body + b" "), claim)


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda one: f"{one.client}-{one.method}-{one.target[:60]}")
def test_every_signed_header_counts_and_no_other(recorded: Recorded) -> None:
    claim = signature.read(recorded.headers["authorization"])
    for name in claim.names:
        changed = {**recorded.headers, name: f"{recorded.headers[name]}0"}
        assert not fits(replace(recorded.call, headers=changed), claim), name
    assert fits(replace(recorded.call, headers={**recorded.headers, "x-unsigned": "anything"}), claim)


texts = st.text(st.characters(blacklist_categories=["Cs"]), max_size=12)
names = st.text(string.ascii_letters + "_-", min_size=1, max_size=8)
steps = texts.map(lambda text: text.replace("/", "").replace("%", "")).filter(lambda step: step != "")
queries = st.dictionaries(names, st.one_of(texts, st.lists(texts, min_size=1, max_size=3)), max_size=4)


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    path=st.lists(steps, min_size=1, max_size=4),
    query=queries,
    body=st.one_of(st.just(""), texts),
)
def test_whatever_the_sdk_signs_fits(method: str, path: list[str], query: dict[str, Any], body: str) -> None:
    request = SdkRequest(
        method=method,
        host="127.0.0.1",
        resource_path="/" + "/".join(quote(step, safe="") for step in path),
        query_params=list(query.items()),
        header_params={"Content-Type": "application/json", "X-Sdk-Date": DATE},
        body=body,
    )
    sent = Signer(BasicCredentials("AKTEST", SECRET, "p")).sign(request)
    headers = {name.lower(): value for name, value in sent.header_params.items()}
    came = call(method, sent.uri, body.encode(), **headers)
    claim = signature.read(headers["authorization"])
    assert fits(came, claim)
    assert not fits(replace(came, body=b"other " + came.body), claim)


@given(
    claim=st.sampled_from([HUAWEI, OTC]),
    target=st.text(string.ascii_letters + "/%?&=+", max_size=20),
    body=st.binary(max_size=10),
    method=st.sampled_from(["GET", "POST"]),
)
def test_any_target_has_a_signature_that_fits_it_alone(
    claim: Claim, target: str, body: bytes, method: str
) -> None:
    came = asked(method, f"/{target}", body)
    made = signed(came, claim)
    assert fits(came, made)
    assert not fits(replace(came, target=f"/x/{target}"), made)


@given(words=st.text(max_size=200))
def test_any_authorization_is_read_or_refused(words: str) -> None:
    assume("Signature" not in words)
    for said in (words, f"{signature.ALGORITHM} {words}"):
        with pytest.raises(NotAuthenticated):
            signature.read(said)


# ── the rules of the text ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("claim", [HUAWEI, OTC], ids=["huawei", "otc"])
@pytest.mark.parametrize(
    ("sent", "same"),
    [
        ("/v3/p/vaults", "/v3/p/vaults/"),
        ("/v3/p/va%75lts", "/v3/p/vaults"),
        ("/v3/p/a%7Eb", "/v3/p/a~b"),
        ("/v3/p/v?a=1&b=2", "/v3/p/v?b=2&a=1"),
        ("/v3/p/v?a=x+y", "/v3/p/v?a=x%20y"),
        ("/v3/p/v?a", "/v3/p/v?a="),
        ("/v3/p/v?", "/v3/p/v"),
        ("/v3/p/%c3%bc", "/v3/p/%C3%BC"),
    ],
)
def test_two_spellings_of_one_request_have_one_signature(claim: Claim, sent: str, same: str) -> None:
    assert signature.make(asked(target=sent), claim, SECRET) == signature.make(
        asked(target=same), claim, SECRET
    )


@pytest.mark.parametrize("claim", [HUAWEI, OTC], ids=["huawei", "otc"])
@pytest.mark.parametrize(
    ("sent", "other"),
    [("/v3/p/a%2Fb", "/v3/p/a/b"), ("/v3/p/v?a=x%2By", "/v3/p/v?a=x+y"), ("/v3/P/v", "/v3/p/v")],
)
def test_two_requests_have_two_signatures(claim: Claim, sent: str, other: str) -> None:
    assert not fits(asked(target=other), signed(asked(target=sent), claim))


def test_every_value_of_the_query_counts_for_huawei_and_the_first_for_otc() -> None:
    came, more = asked(target="/v3/p/v?id=a"), asked(target="/v3/p/v?id=a&id=b")
    assert not fits(more, signed(came, HUAWEI))
    assert fits(more, signed(came, OTC))
    assert not fits(asked(target="/v3/p/v?id=b&id=a"), signed(came, OTC))


EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(
    ("signed_one", "sent"),
    [
        (asked("DELETE", "/v3/p/v?id=a"), asked("DELETE", "/v3/p/v?id=a&id=b")),
        (asked("PUT", "/v3/p/v?id=a", b"{}"), asked("PUT", "/v3/p/v?id=a&id=b", b"{}")),
        (asked("POST", "/v3/p/v"), asked("POST", "/v3/p/v?id=b", x_sdk_content_sha256=EMPTY)),
    ],
    ids=["repeated", "repeated beside a body", "beside the hash of no body"],
)
def test_nothing_is_changed_by_what_otc_does_not_sign(signed_one: Call, sent: Call) -> None:
    claim = signed(signed_one, OTC)
    assert fits(signed_one, claim)
    with pytest.raises(NotAuthenticated, match="leaves out"):
        signature.check(sent, claim, SECRET)


def test_a_key_that_was_made_for_a_day_signs_on_no_other() -> None:
    claim = signed(asked(), replace(OTC, scope="20261119///sdk_request"))
    with pytest.raises(NotAuthenticated, match="the day in Credential"):
        signature.check(asked(), claim, SECRET)


def test_blanks_in_a_header_are_one_blank_for_otc() -> None:
    claim = replace(OTC, signed_headers="user-agent;x-sdk-date")
    came = asked(user_agent=" a   client ")
    assert fits(asked(user_agent="a client"), signed(came, claim))
    assert not fits(
        asked(user_agent="a client"), signed(came, replace(HUAWEI, signed_headers=claim.signed_headers))
    )


def test_a_post_without_a_body_signs_its_query_for_otc() -> None:
    came = asked("POST", "/v3/p/v?name=a+b")
    assert fits(came, signed(came, OTC))
    assert not fits(asked("POST", "/v3/p/v?name=a+c"), signed(came, OTC))


@pytest.mark.parametrize("claim", [HUAWEI, OTC], ids=["huawei", "otc"])
def test_a_hash_of_the_body_that_is_sent_must_be_right(claim: Claim) -> None:
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    for method in ("GET", "POST"):
        assert fits(asked(method, x_sdk_content_sha256=empty), signed(asked(method), HUAWEI))
    for told in ("UNSIGNED-PAYLOAD", empty, ""):
        came = asked("POST", body=b"{}", x_sdk_content_sha256=told)
        with pytest.raises(NotAuthenticated, match="X-Sdk-Content-Sha256"):
            signature.check(came, signed(came, claim), SECRET)


# ── what is refused ─────────────────────────────────────────────────────────────────────────────────────

GOOD = "Signature=" + "5a" * 32


@pytest.mark.parametrize(
    ("authorization", "reason"),
    [
        ("Basic eDp4", "SDK-HMAC-SHA256"),
        (f"V11-HMAC-SHA256 Credential=AK/x, SignedHeaders=x-sdk-date, {GOOD}", "SDK-HMAC-SHA256"),
        (f"SDK-HMAC-SM3 Access=AK, SignedHeaders=x-sdk-date, {GOOD}", "SDK-HMAC-SHA256"),
        ("SDK-HMAC-SHA256", "Signature"),
        ("SDK-HMAC-SHA256 Access=AK, SignedHeaders=x-sdk-date, Signature=5a", "Signature"),
        (f"SDK-HMAC-SHA256 Access=AK, {GOOD}", "SignedHeaders"),
        (f"SDK-HMAC-SHA256 Access=AK, SignedHeaders=host, {GOOD}", "X-Sdk-Date"),
        (f"SDK-HMAC-SHA256 SignedHeaders=x-sdk-date, {GOOD}", "Access=KEY"),
        (f"SDK-HMAC-SHA256 Credential=AK, SignedHeaders=x-sdk-date, {GOOD}", "Credential=KEY"),
        (f"SDK-HMAC-SHA256 Credential=AK/2026/a/b/c, SignedHeaders=x-sdk-date, {GOOD}", "Credential=KEY"),
    ],
)
def test_what_is_no_claim_is_refused_with_the_reason(authorization: str, reason: str) -> None:
    with pytest.raises(NotAuthenticated, match=reason):
        signature.read(authorization)


@pytest.mark.parametrize("date", ["", "yesterday", "2026-11-20T17:28:15Z", "20261320T172815Z"])
def test_a_date_that_is_none_is_refused(date: str) -> None:
    with pytest.raises(NotAuthenticated, match="X-Sdk-Date"):
        signature.signed_at(replace(asked(), headers={"x-sdk-date": date}))
