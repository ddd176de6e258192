"""Where the credentials come from, and what wins."""

import json
from pathlib import Path

import pytest

from holdfast.cli import credentials
from holdfast.cli.failures import Exit, Failure

OPENSTACK = {
    "OS_AUTH_URL": "http://cloud:5000/v3",
    "OS_USERNAME": "anna",
    "OS_PASSWORD": "secret",
    "OS_PROJECT_NAME": "letters",
    "OS_USER_DOMAIN_NAME": "people",
}


def write(folder: Path, user: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "credentials.json"
    content = {
        "endpoint": "http://127.0.0.1:8776",
        "auth_url": "http://127.0.0.1:8776/identity/v3",
        "project_id": "p1",
        "project_name": "local-1",
        "domain_name": "Default",
        "username": user,
        "password": "secret",
        "access_key": "",
        "secret_key": "",
    }
    path.write_text(json.dumps(content))
    return path


def test_the_order_in_which_credentials_are_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "holdfast-data", "default")
    flag, data = write(tmp_path / "a", "flag"), write(tmp_path / "b", "data").parent
    variable, folder = write(tmp_path / "c", "variable"), write(tmp_path / "d", "folder").parent
    said = {"HOLDFAST_CREDENTIALS": str(variable), "HOLDFAST_DATA": str(folder), **OPENSTACK}

    def user(environment: dict[str, str], data: str | None = None, file: str | None = None) -> str | None:
        return credentials.find(environment, data, file).username

    assert user(said, str(data), str(flag)) == "flag"
    assert user(said, str(data)) == "data"
    assert user(said) == "variable"
    del said["HOLDFAST_CREDENTIALS"]
    assert user(said) == "folder"
    assert user(OPENSTACK) == "anna"
    assert user({}) == "default"


def test_a_configuration_file_says_where_the_data_lies(tmp_path: Path) -> None:
    write(tmp_path / "data", "configured")
    file = tmp_path / "holdfast.toml"
    file.write_text(f'data = "{tmp_path / "data"}"\n')
    assert credentials.find({"HOLDFAST_CONFIG": str(file)}, None, None).username == "configured"


def test_a_file_becomes_a_password_request_for_its_project(tmp_path: Path) -> None:
    known = credentials.read(write(tmp_path / "data", "admin"))
    assert known.endpoint == "http://127.0.0.1:8776"
    assert known.password_request == {
        "auth": {
            "identity": {
                "methods": ["password"],
                "password": {"user": {"password": "secret", "name": "admin", "domain": {"name": "Default"}}},
            },
            "scope": {"project": {"id": "p1"}},
        }
    }


def test_openstack_variables_name_users_and_projects_by_name_or_id() -> None:
    by_name = credentials.find(OPENSTACK, None, None).password_request["auth"]
    assert by_name["identity"]["password"]["user"]["domain"] == {"name": "people"}
    assert by_name["scope"]["project"] == {"name": "letters", "domain": {"name": "Default"}}
    ids = {**OPENSTACK, "OS_USER_ID": "u1", "OS_PROJECT_ID": "p1"}
    by_id = credentials.find(ids, None, None).password_request["auth"]
    assert by_id["identity"]["password"]["user"] == {"password": "secret", "id": "u1"}
    assert by_id["scope"]["project"] == {"id": "p1"}


@pytest.mark.parametrize("missing", ["OS_USERNAME", "OS_PASSWORD", "OS_PROJECT_NAME"])
def test_a_missing_openstack_variable_is_named(missing: str) -> None:
    environment = {name: value for name, value in OPENSTACK.items() if name != missing}
    with pytest.raises(Failure, match=missing) as refused:
        credentials.find(environment, None, None)
    assert refused.value.code is Exit.NOT_ALLOWED


@pytest.mark.parametrize("content", ["", "[]", "{}", "\x00", '{"endpoint": 1}'])
def test_a_file_that_holds_no_credentials_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "credentials.json"
    path.write_text(content)
    with pytest.raises(Failure, match=r"credentials\.json") as refused:
        credentials.read(path)
    assert refused.value.code is Exit.NOT_ALLOWED
