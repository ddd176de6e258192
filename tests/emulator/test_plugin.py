"""The pytest plugin and the clients it hands out, as people use them."""

import subprocess
import sys
from pathlib import Path

import pytest

from holdfast.emulator import Cbr

pytest_plugins = ["pytester"]
OPENSTACK = str(Path(sys.executable).with_name("openstack"))

TWO_TESTS = """
import pytest

seen = set()

@pytest.mark.parametrize("time_round", ["first", "second"])
def test_a_project_is_fresh(cbr, cbr_server, time_round):
    assert cbr.http.get("/vaults").json()["count"] == 0
    billing = {"consistent_level": "crash_consistent", "object_type": "server", "size": 10}
    asked = {"name": "v", "billing": billing | {"protect_type": "backup"}, "resources": []}
    assert cbr.http.post("/vaults", json={"vault": asked}).is_success
    seen.add((cbr.endpoint, cbr.project_id))
    assert cbr.endpoint == cbr_server.endpoint
    assert len(seen) == (1 if time_round == "first" else 2)
"""

NOTHING_LOADED = """
import sys

def test_the_plugin_loads_no_house():
    loaded = {name for name in sys.modules if name.startswith("holdfast.")}
    assert loaded <= {"holdfast.pytest_plugin"}
    assert "httpx" not in sys.modules
    assert "sqlalchemy" not in sys.modules
"""


def test_every_test_has_a_project_of_its_own(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TWO_TESTS)
    pytester.runpytest_subprocess("-W", "error").assert_outcomes(passed=2)


def test_who_does_not_use_it_loads_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(NOTHING_LOADED)
    plain = ["-p", "no:hypothesispytest", "-p", "no:schemathesis", "-p", "no:anyio"]
    pytester.runpytest_subprocess("-W", "error", *plain).assert_outcomes(passed=1)


def test_it_can_be_turned_off(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_nothing(cbr): pass")
    ended = pytester.runpytest_subprocess("-p", "no:holdfast")
    ended.assert_outcomes(errors=1)
    ended.stdout.fnmatch_lines(["*fixture 'cbr' not found*"])


@pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning")
@pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning")
def test_the_openstack_connection_lists_vaults(cbr: Cbr) -> None:
    connection = cbr.openstack()
    assert list(connection.cbr.vaults()) == []
    connection.close()


def test_the_environment_leads_the_openstack_command_line_here(cbr: Cbr) -> None:
    done = subprocess.run(
        [OPENSTACK, "token", "issue", "-f", "value", "-c", "project_id"],
        env=cbr.environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.strip() == cbr.project_id, done.stderr
