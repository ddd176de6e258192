"""How commands end, and what they say then."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.conftest import HOLDFAST, House, serving
from tests.command_line import run

UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with serving(tmp_path_factory.mktemp("empty") / "data") as served:
        yield served


def changed(house: House, folder: Path, **values: str) -> str:
    path = folder / "changed.json"
    path.write_text(json.dumps({**json.loads((house.data / "credentials.json").read_text()), **values}))
    return str(path)


@pytest.mark.parametrize(
    ("command", "hint"),
    [
        ("tasks", "no tasks yet: holdfast backup"),
        ("backups", "no backups yet: holdfast backup"),
        ("vaults", "no vaults yet: holdfast protect PATH"),
        ("resources", "no resources yet: holdfast protect PATH"),
    ],
)
def test_an_empty_house_says_how_to_begin(empty: House, command: str, hint: str) -> None:
    told = empty.run(command)
    assert (told.code, told.out) == (0, "")
    assert told.err.startswith(hint)
    assert empty.ask(command)["count"] == 0


def test_there_is_nothing_to_back_up_in_an_empty_house(empty: House) -> None:
    told = empty.run("backup")
    assert told.code == 5
    assert told.err == "holdfast: nothing is protected yet: holdfast protect PATH\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("tasks", "show", UNKNOWN),
        ("tasks", "show", "ffff"),
        ("restore", UNKNOWN, "--yes"),
        ("restore", "nothing", "--yes"),
        ("backups", "--vault", "nothing"),
        ("vaults", "delete", "nothing", "--yes"),
        ("backup", "nothing"),
        ("repo", "env", "nothing"),
    ],
)
def test_what_does_not_exist_is_not_found(empty: House, arguments: tuple[str, ...]) -> None:
    told = empty.run(*arguments)
    assert (told.code, told.out) == (5, "")
    assert told.err.startswith("holdfast: ")
    assert told.err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("nosuch",),
        ("tasks", "--status", "nosuch"),
        ("tasks", "--since", "yesterday"),
        ("tasks", "--limit", "0"),
        ("protect",),
        ("protect", "/no/such/path"),
        ("protect", "/etc", "/usr", "--name", "both"),
        ("restore", UNKNOWN, "--to", "/tmp/a", "--target", "b"),
        ("restore", UNKNOWN, "--to", "", "--yes"),
        ("restore", UNKNOWN, "--target", "", "--yes"),
        ("restore", UNKNOWN, "--to", "/tmp/a", "--path", ""),
        ("serve", "--listen", "nonsense"),
        ("up", "/no/such/path"),
        ("up", "/etc", "--listen", "127.0.0.1:70000"),
        ("serve", "--config", "/no/such/file"),
        ("accounts", "add", "anna", "--project", "p", "--role", "king"),
    ],
)
def test_wrong_usage_is_explained(empty: House, arguments: tuple[str, ...]) -> None:
    told = empty.run(*arguments)
    assert (told.code, told.out) == (2, "")
    assert told.err


def test_without_credentials_nobody_is_signed_in(tmp_path: Path) -> None:
    told = run("tasks", "--data", str(tmp_path))
    assert told.code == 4
    assert f"no credentials at {tmp_path}/credentials.json" in told.err


def test_a_wrong_password_is_not_accepted(empty: House, tmp_path: Path) -> None:
    told = run("tasks", "--credentials", changed(empty, tmp_path, password="wrong"))
    assert told.code == 4
    assert "does not accept this user and password" in told.err
    assert "holdfast accounts password admin" in told.err


def test_a_server_that_is_not_there_cannot_be_reached(empty: House, tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:9"
    told = run("tasks", "--credentials", changed(empty, tmp_path, endpoint=nowhere, auth_url=nowhere))
    assert told.code == 3
    assert "cannot reach http://127.0.0.1:9" in told.err


def test_the_servers_own_words_are_told_when_it_refuses(empty: House) -> None:
    told = empty.run("vaults", "create", "not a name")
    assert told.code == 6
    assert "BackupService.9900" in told.err
    assert "name" in told.err


def test_openstacks_variables_sign_in_too(empty: House) -> None:
    known = json.loads((empty.data / "credentials.json").read_text())
    variables = {
        "OS_AUTH_URL": known["auth_url"],
        "OS_USERNAME": known["username"],
        "OS_PASSWORD": known["password"],
        "OS_PROJECT_NAME": known["project_name"],
        "OS_USER_DOMAIN_NAME": known["domain_name"],
        "OS_PROJECT_DOMAIN_NAME": known["domain_name"],
    }
    told = run("tasks", "--json", **variables)
    assert told.code == 0, told.err
    assert told.document["count"] == 0
    elsewhere = run("tasks", **variables, OS_REGION_NAME="nowhere")
    assert elsewhere.code == 5
    assert "nowhere" in elsewhere.err


def test_an_option_may_stand_before_or_after_the_subcommand(empty: House) -> None:
    before, after = empty.run("tasks", "--json", "show", "ff"), empty.run("tasks", "show", "ff", "--json")
    assert before == after


def test_a_new_account_signs_in_with_the_password_that_is_told_once(empty: House) -> None:
    made = empty.ask("accounts", "add", "anna", "--project", "letters", "--role", "reader")
    known = json.loads((empty.data / "credentials.json").read_text())
    variables = {
        "OS_AUTH_URL": known["auth_url"],
        "OS_USERNAME": "anna",
        "OS_PASSWORD": made["password"],
        "OS_PROJECT_NAME": "letters",
    }
    assert run("vaults", **variables).code == 0
    told = run("vaults", "create", "mine", **variables)
    assert told.code == 4
    assert told.err.startswith("holdfast: ")


def test_a_token_is_good_for_other_clients(empty: House) -> None:
    told = empty.ask("token")
    answer = subprocess.run(
        [
            "curl",
            "-sS",
            "--noproxy",
            "*",
            "-H",
            f"X-Auth-Token: {told['token']}",
            f"{told['endpoint']}/vaults",
        ],
        capture_output=True,
        check=True,
    )
    assert json.loads(answer.stdout)["count"] == 0


def test_following_tells_every_change_until_interrupted(house: House, letters: Path) -> None:
    (done,) = house.ask("protect", str(letters), "--name", "followed")["protected"]
    environment = {**os.environ, "HOLDFAST_DATA": str(house.data)}
    follow = ["tasks", "--follow", "--json", "--resource", done["resource"]["id"]]
    with subprocess.Popen(
        [*HOLDFAST, *follow], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        house.ask("backup", "followed")
        assert process.stdout is not None
        for line in process.stdout:
            task = json.loads(line)
            assert task["extra_info"]["resource"]["name"] == "followed"
            if task["status"] == "success":
                break
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130


def test_a_reader_that_goes_away_is_no_error(house: House) -> None:
    house.ask("vaults", "create", "to-be-listed")
    with subprocess.Popen(
        [*HOLDFAST, "vaults", "--json"],
        env={**os.environ, "HOLDFAST_DATA": str(house.data)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
        assert process.wait(30) == 0


def test_a_path_that_json_cannot_carry_is_explained(house: House, tmp_path: Path) -> None:
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/odd-\xff")
    os.mkdir(odd)
    for arguments in (["protect", odd], ["restore", "some", "--yes", "--path", odd, "--to", "/tmp/x"]):
        done = subprocess.run(
            [*HOLDFAST, *arguments],
            env={**os.environ, "HOLDFAST_DATA": str(house.data)},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode in (2, 5), done.stderr
        assert "Traceback" not in done.stderr


def test_an_operator_with_a_mistyped_folder_makes_no_house_there(tmp_path: Path) -> None:
    for arguments in (["repo", "env", "letters"], ["accounts", "add", "zed", "--project", "p"]):
        done = subprocess.run(
            [*HOLDFAST, *arguments, "--data", str(tmp_path / "typo")],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 2
        assert "no holdfast has been started" in done.stderr
    assert not (tmp_path / "typo").exists()


def test_a_second_server_on_the_same_folder_is_refused_and_changes_nothing(house: House) -> None:
    before = (house.data / "credentials.json").read_text()
    done = subprocess.run(
        [*HOLDFAST, "serve", "--data", str(house.data), "--listen", "127.0.0.1:0"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert "another holdfast serves" in done.stderr
    assert (house.data / "credentials.json").read_text() == before


@pytest.mark.parametrize(
    ("setting", "named"),
    [
        ({"HOLDFAST_DATABASE": "mysql://x"}, "database"),
        ({"HOLDFAST_DATABASE": "postgresql://127.0.0.1:1/nothing"}, "database"),
        ({"HOLDFAST_STORE": "ftp://x"}, "store"),
        ({"HOLDFAST_DATA": "/etc/passwd"}, "data"),
    ],
)
def test_a_server_that_cannot_start_says_which_setting_in_one_line(
    setting: dict[str, str], named: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [*HOLDFAST, "serve", "--listen", "127.0.0.1:0"],
        env={**os.environ, "HOLDFAST_DATA": str(tmp_path / "data"), **setting},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert f"{named}:" in done.stderr
    assert "Traceback" not in done.stderr
