"""The bench itself: what it measures is true, and one command goes from nothing to the tables."""

import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from bench.data_sets import DATA_SETS
from bench.measure import Figures
from bench.results import Measured, Phase

from bench import contest, report, results, targets

_HOUSE = Path(__file__).parent.parent.parent
_MIB = 1 << 20
_SOME = ("tree", "image")

_LEAVES_A_CHILD_BEHIND = """
import subprocess, sys
burn = "import time\\nwhile time.process_time() < 0.4: pass"
subprocess.Popen([sys.executable, "-c", burn])
"""
_LETS_A_CHILD_HOLD_MEMORY = """
import subprocess, sys
hold = "import time; held = bytearray(b'x') * (100 << 20); time.sleep(0.5)"
subprocess.run([sys.executable, "-c", hold])
"""


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole run of the bench over two data sets, very small, by holdfast alone."""
    folder = tmp_path_factory.mktemp("bench")
    _bench(folder, "--data", *_SOME, "--tools", "holdfast")
    return folder


def test_every_row_of_every_data_set_is_measured(run_folder: Path) -> None:
    measured = results.find(run_folder / "results", DATA_SETS)
    assert [one.data_set for one in measured] == list(_SOME)
    for one in measured:
        assert one.failures() == []
        wanted = set(Phase) - (set() if DATA_SETS[one.data_set].one_file else {Phase.ONE_FILE})
        assert {sample.phase for sample in one.samples} == wanted
        for sample in one.samples:
            assert sample.figures.cpu > 0
            assert 0 < sample.figures.wall < 100
            assert 10 * _MIB < sample.figures.memory < 2000 * _MIB
        assert 0 < one.sizes["holdfast"][0] < one.sizes["holdfast"][1]


def test_the_tables_have_every_row(run_folder: Path) -> None:
    page = (run_folder / "benchmarks.md").read_text()
    for phase in Phase:
        assert f"| {phase} | " in page
    for name in _SOME:
        assert DATA_SETS[name].title in page
    assert (run_folder / "benchmarks.svg").read_text().startswith("<svg")


def test_nothing_but_results_is_left_behind(run_folder: Path) -> None:
    assert sum(path.stat().st_size for path in contest.files(run_folder)) < _MIB


def test_what_was_measured_is_not_measured_again(run_folder: Path) -> None:
    said = _bench(run_folder, "--data", "image", "--tools", "holdfast")
    assert "everything has been measured" in said


def test_a_run_that_is_ended_takes_its_programs_and_its_data_away(tmp_path: Path) -> None:
    program = [
        sys.executable,
        "-u",
        "-m",
        "bench",
        "--scale",
        "0.01",
        "--data",
        "logs",
        "--tools",
        "holdfast",
    ]
    with subprocess.Popen(
        [*program, "--folder", str(tmp_path)], cwd=_HOUSE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as run:
        assert run.stdout
        while not run.stdout.readline().startswith(b"  logs"):  # the first figure
            assert run.poll() is None
        run.terminate()
        assert run.wait() != 0
    assert not (tmp_path / "work").exists()
    assert not _programs_that_mention(tmp_path)


def test_a_program_that_takes_too_much_memory_is_stopped_and_the_page_says_so(tmp_path: Path) -> None:
    _bench(tmp_path, "--data", "logs", "--tools", "holdfast", "--memory-limit", "20")
    page = (tmp_path / "benchmarks.md").read_text()
    assert "| first backup | failed |" in page
    assert "first backup: stopped when it took" in page


@pytest.mark.skipif(shutil.which("restic") is None, reason="restic is not installed")
def test_restic_runs_beside_holdfast_on_the_same_data(tmp_path: Path) -> None:
    _bench(tmp_path, "--data", "logs", "--tools", "holdfast", "restic")
    (one,) = results.find(tmp_path / "results", DATA_SETS)
    assert one.failures() == []
    page = (tmp_path / "benchmarks.md").read_text()
    for phase in Phase:
        assert one.ratio("restic", phase, results.wall)
        assert f"| {phase} ÷ {one.tools['restic']} | " in page


def test_the_processor_time_of_a_process_that_was_left_behind_is_counted() -> None:
    assert _measured(_LEAVES_A_CHILD_BEHIND).cpu >= 0.4


def test_the_memory_of_all_processes_together_is_counted() -> None:
    assert _measured(_LETS_A_CHILD_HOLD_MEMORY).memory > 100 * _MIB


def test_a_program_that_fails_has_figures_and_the_last_thing_it_said() -> None:
    failure = _measured("import sys; sys.exit('the disk is on fire')").failure
    assert failure == "exit status 1: the disk is on fire"


@pytest.mark.parametrize("name", ["tree", "incompressible", "logs"])
def test_a_data_set_and_its_changes_are_the_same_every_time(name: str, tmp_path: Path) -> None:
    for folder in ("one", "other"):
        DATA_SETS[name].make(tmp_path / folder, 0.002)
    before = tmp_path / "before"
    shutil.copytree(tmp_path / "one", before, symlinks=True)
    for folder in ("one", "other"):
        DATA_SETS[name].change(tmp_path / folder, 2, 0.002)
    assert contest.difference(tmp_path / "one", tmp_path / "other") == ""
    assert contest.difference(before, tmp_path / "one") != ""


def test_a_restore_with_one_wrong_byte_is_found(tmp_path: Path) -> None:
    for name, content in (("saved", b"dear all"), ("restored", b"dear ail")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "letter").write_bytes(content)
    assert "letter" in contest.difference(tmp_path / "saved", tmp_path / "restored")


def test_a_hole_that_came_back_as_zeros_is_no_difference(tmp_path: Path) -> None:
    for name in ("saved", "restored"):
        (tmp_path / name).mkdir()
    with (tmp_path / "saved" / "disk").open("wb") as disk:
        disk.truncate(5 * _MIB)
    (tmp_path / "restored" / "disk").write_bytes(bytes(5 * _MIB))
    assert contest.difference(tmp_path / "saved", tmp_path / "restored") == ""


def test_a_page_keeps_what_people_wrote_around_the_tables(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Before\n<!-- bench: begin -->\nold\n<!-- bench: end -->\nAfter.\n")
    report.put(page, "bench", "new")
    assert page.read_text() == "# Before\n<!-- bench: begin -->\n\nnew\n\n<!-- bench: end -->\nAfter.\n"


def test_a_page_without_the_markers_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Letters\n")
    with pytest.raises(ValueError, match="has no"):
        report.put(page, "bench", "new")
    assert page.read_text() == "# Letters\n"


def test_a_hit_a_miss_and_a_defeat_look_different() -> None:
    marks = [targets.wall(ratio) for ratio in (0.5, 0.51, 1.01, None)]
    assert marks == ["0.50 ✓", "0.51 ✗", "1.01 ✗✗", "—"]


def test_a_run_that_failed_has_no_ratio() -> None:
    good = Figures(wall=1, cpu=1, memory=1, resident=1)
    bad = msgspec.structs.replace(good, failure="exit status 1")
    samples = [
        results.Sample(tool="holdfast", phase=Phase.FIRST, figures=bad),
        results.Sample(tool="restic", phase=Phase.FIRST, figures=good),
    ]
    assert _result(samples).ratio("restic", Phase.FIRST, results.wall) is None


def _result(samples: list[results.Sample]) -> Measured:
    return Measured(
        data_set="tree",
        scale=1,
        source_bytes=1,
        data_bytes=1,
        source_files=1,
        revisions=1,
        measured_on="",
        source_digest="",
        tools={one.tool: one.tool for one in samples},
        left_out=[],
        samples=samples,
        sizes={},
    )


def _bench(folder: Path, *options: str) -> str:
    small = ("--scale", "0.002", "--revisions", "2", "--runs", "1", "--quick-runs", "1")
    program = [sys.executable, "-m", "bench", *small, "--folder", str(folder), *options]
    done = subprocess.run(program, cwd=_HOUSE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _programs_that_mention(folder: Path) -> list[str]:
    """The command lines of running programs that name a folder."""
    lines = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            lines.append((process / "cmdline").read_bytes().decode(errors="replace"))
    return [line for line in lines if str(folder) in line]


def _measured(program: str) -> Figures:
    arguments = [sys.executable, "-m", "bench.measure", sys.executable, "-c", program]
    done = subprocess.run(arguments, cwd=_HOUSE, capture_output=True, check=True)
    return msgspec.json.decode(done.stdout, type=Figures)
