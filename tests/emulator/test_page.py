"""What the page about the emulator gives to paste works as it stands there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]
PAGE = (Path(__file__).parents[2] / "docs" / "use" / "emulator.md").read_text()


def example(section: str, language: str) -> str:
    """The first example in this language below a heading."""
    found = re.search(rf"^## {section}$.*?^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


def test_the_python_example_is_a_test_that_passes(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(example("pytest and the Python SDK", "python"))
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


@pytest.mark.skipif(shutil.which("jq") is None, reason="the lines use jq")
def test_the_openstack_example_makes_a_backup(tmp_path: Path) -> None:
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-e"],
        input=example("openstack", "sh"),
        cwd=tmp_path,
        env={**os.environ, "PATH": programs, "NO_PROXY": "127.0.0.1", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"\| backup +\|", done.stdout), done.stdout
