"""`holdfast serve --ephemeral`: one line when it answers, and nothing left when it has ended."""

import shlex
import signal
import subprocess
from pathlib import Path

import httpx
import pytest
from tests.emulator.serving import SERVE, environment, serving, told


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_it_answers_when_it_says_so_and_leaves_nothing(temporary: Path, how: signal.Signals) -> None:
    with serving(temporary) as process:
        known = told(process)
        assert httpx.get(f"{known['endpoint']}/healthz", timeout=1, trust_env=False).status_code == 200
        assert [one.name.startswith("holdfast-ephemeral-") for one in temporary.iterdir()] == [True]
        process.send_signal(how)
        rest, _ = process.communicate(timeout=30)
        assert (process.returncode, rest) == (0, "")
    assert list(temporary.iterdir()) == []


def test_the_line_says_how_to_sign_in_and_what_there_is(temporary: Path) -> None:
    with serving(temporary, HOLDFAST_REGION="eu-de") as process:
        known = told(process)
        assert (known["region"], known["project_name"], known["domain_name"]) == ("eu-de", "eu-de", "Default")
        user = {"name": known["username"], "password": known["password"], "domain": {"name": "Default"}}
        identity = {"methods": ["password"], "password": {"user": user}}
        scope = {"project": {"id": known["project_id"]}}
        signed_in = httpx.post(
            f"{known['auth_url']}/auth/tokens",
            json={"auth": {"identity": identity, "scope": scope}},
            trust_env=False,
        )
        address = f"{known['endpoint']}/v3/{known['project_id']}/protectables/server/instances"
        for token in (known["token"], signed_in.headers["X-Subject-Token"]):
            listed = httpx.get(address, headers={"X-Auth-Token": token}, trust_env=False).json()
            servers = {one["id"] for one in known["resources"] if one["type"] == "OS::Nova::Server"}
            assert {one["id"] for one in listed["instances"]} == servers
            assert [len(one["children"]) for one in listed["instances"]] == [2, 2]


def test_a_killed_house_is_cleared_away_by_the_next_and_a_living_one_is_not(temporary: Path) -> None:
    with serving(temporary) as living:
        told(living)
        (kept,) = temporary.iterdir()
        with serving(temporary) as killed:
            told(killed)
            (left,) = set(temporary.iterdir()) - {kept}
        assert left.exists()
        with serving(temporary) as third:
            told(third)
            assert kept.exists()
            assert not left.exists()
        living.terminate()
        assert living.wait(30) == 0


def test_it_ends_with_its_input_when_asked_to(temporary: Path) -> None:
    with serving(temporary, "--until-eof") as process:
        told(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(30) == 0
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("closed", "code"), [("<&-", 0), ("</dev/null >&-", 0), ("</dev/null >/dev/full", 1)]
)
def test_closed_and_full_streams_end_it_without_a_traceback(temporary: Path, closed: str, code: int) -> None:
    line = f"exec {shlex.join(SERVE)} --ephemeral --until-eof {closed}"
    ended = subprocess.run(
        ["bash", "-c", line],
        env=environment(temporary),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == code, ended.stderr
    assert "Traceback" not in ended.stderr
    assert list(temporary.iterdir()) == []


def test_a_signal_while_it_starts_leaves_nothing_either(temporary: Path) -> None:
    with serving(temporary) as process:
        while not any(temporary.iterdir()):
            assert process.poll() is None
        process.terminate()
        assert process.wait(30) == 0
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [("--ephemeral", "--data", "kept"), ("--ephemeral", "--config", "holdfast.toml"), ("--until-eof",)],
    ids=["data", "config", "no house of this kind"],
)
def test_what_does_not_go_together_is_refused(temporary: Path, arguments: tuple[str, ...]) -> None:
    refused = subprocess.run(
        [*SERVE, *arguments],
        cwd=temporary,
        env=environment(temporary),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "--ephemeral" in refused.stderr
    assert list(temporary.iterdir()) == []


def test_a_real_house_of_the_environment_is_not_touched(temporary: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    settings = {"HOLDFAST_DATA": str(data), "HOLDFAST_DATABASE": f"sqlite:///{tmp_path / 'kept.db'}"}
    with serving(temporary, HOLDFAST_LISTEN="127.0.0.1:1", **settings) as process:
        told(process)
    assert not data.exists()
    assert not (tmp_path / "kept.db").exists()
