"""What the client makes of servers that are away, foreign, or do not know us."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from tests.cli.conftest import House

from holdfast.cli import credentials
from holdfast.cli.client import open_client
from holdfast.cli.credentials import Credentials
from holdfast.cli.failures import Exit, Failure


def known(endpoint: str) -> Credentials:
    return Credentials(
        auth_url=f"{endpoint}/identity/v3",
        username="anna",
        password="secret",
        user_domain={"name": "Default"},
        project_name="letters",
        project_domain={"name": "Default"},
    )


@contextmanager
def foreign_server(status: int, body: bytes, **headers: str) -> Iterator[str]:
    """Something else that speaks HTTP and gives everybody the same answer."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def refused(endpoint: str) -> Failure:
    with open_client(known(endpoint)) as client, pytest.raises(Failure) as failure:
        client.sign_in()
    return failure.value


def test_a_server_that_is_not_there_cannot_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    failure = refused(f"http://127.0.0.1:{port}")
    assert failure.code is Exit.UNREACHABLE
    assert f"cannot reach http://127.0.0.1:{port}" in str(failure)


def test_a_server_that_is_no_holdfast_is_told_apart() -> None:
    with foreign_server(200, b"<html>hello</html>") as endpoint:
        assert "gave no token" in str(refused(endpoint))
    with foreign_server(201, b"<html>hello</html>", X_Subject_Token="t") as endpoint:
        assert "is not a holdfast server" in str(refused(endpoint))


@pytest.mark.parametrize(
    ("status", "code"),
    [(403, Exit.NOT_ALLOWED), (404, Exit.NOT_FOUND), (400, Exit.REFUSED), (502, Exit.UNREACHABLE)],
)
def test_an_answer_without_our_words_is_told_by_its_status(status: int, code: Exit) -> None:
    with foreign_server(status, b"oh no") as endpoint:
        failure = refused(endpoint)
    assert failure.code is code
    assert f"answered with {status}" in str(failure)


def test_a_catalogue_without_our_service_says_so() -> None:
    body = json.dumps({"token": {"project": {"id": "p1"}, "catalog": []}}).encode()
    with foreign_server(201, body, X_Subject_Token="t") as endpoint:
        failure = refused(endpoint)
    assert failure.code is Exit.NOT_FOUND
    assert "no service of type cbr" in str(failure)


@pytest.mark.parametrize("endpoint", ["127.0.0.1:8776", "ftp://127.0.0.1", "http://"])
def test_an_address_that_is_none_is_wrong_usage(endpoint: str) -> None:
    with pytest.raises(Failure) as failure, open_client(known(endpoint)):
        pass
    assert failure.value.code is Exit.USAGE


def test_an_expired_token_is_renewed_without_a_word(house: House) -> None:
    mine = credentials.read(house.data / "credentials.json")
    with open_client(mine) as client:
        first = client.sign_in()
        headers = {"X-Auth-Token": first.token, "X-Subject-Token": first.token}
        revoked = httpx.delete(f"{mine.auth_url}/auth/tokens", headers=headers, trust_env=False)
        assert revoked.status_code == 204
        assert "operation_logs" in client.get("/operation-logs", limit=1)
        assert client.sign_in().token != first.token


def test_a_list_is_pulled_page_by_page(house: House) -> None:
    with open_client(credentials.read(house.data / "credentials.json")) as client:
        client.page = 2
        made = [client.post("/vaults", {"vault": vault(f"page-{number}")}) for number in range(5)]
        found = list(client.each("/vaults", "vaults", name="page-"))
    assert {one["id"] for one in found} == {one["vault"]["id"] for one in made}
    assert len(found) == 5


def vault(name: str) -> dict[str, object]:
    billing = {
        "consistent_level": "crash_consistent",
        "object_type": "turbo",
        "protect_type": "backup",
        "size": 10,
    }
    return {"name": name, "billing": billing, "resources": []}
