"""What every provider that reads and writes keeps to, run once for each."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.providers.trees import as_nobody, as_root, kept, listed, pulled

from holdfast.model.entry import Data
from holdfast.model.errors import InvalidParameter, ResourceNotFound
from holdfast.providers.catalogue import open_provider
from holdfast.providers.provider import Provider, Target

pytestmark = pytest.mark.usefixtures("nothing_left_open")

Subject = tuple[Provider, Path]


@pytest.fixture(params=["directory", "disk_image"])
def subject(request: pytest.FixtureRequest, tmp_path: Path) -> Subject:
    """A provider and a resource for it."""
    path = tmp_path / "resource"
    if request.param == "directory":
        path.mkdir()
    with (path / "file" if path.is_dir() else path).open("wb") as file:
        file.write(os.urandom(5 << 20))
        file.truncate(20 << 20)
    return open_provider(request.param), path


def test_what_is_measured_is_what_is_pulled(subject: Subject) -> None:
    provider, path = subject
    with provider.read({"path": str(path)}, None) as reading:
        lengths = [
            piece.length
            for entry in listed(reading.entries).values()
            for piece in entry.content
            if isinstance(piece, Data)
        ]
    assert sum(lengths) == provider.measure({"path": str(path)}).bytes == 5 << 20


def test_the_ranges_of_an_entry_cover_its_size_and_can_be_pulled_again(subject: Subject) -> None:
    provider, path = subject
    with provider.read({"path": str(path)}, None) as reading:
        for entry in listed(reading.entries).values():
            assert len(pulled(entry.content)) == len(pulled(entry.content)) == entry.metadata.size


def test_what_is_written_counts_like_what_was_measured(subject: Subject) -> None:
    provider, path = subject
    root, entries = kept(provider, {"path": str(path)})
    written = provider.write(Target({"path": str(path)}, root), entries)
    measured = provider.measure({"path": str(path)})
    assert (written.bytes, written.files) == (measured.bytes, measured.files)


def test_a_resource_that_is_gone_is_not_found(subject: Subject) -> None:
    provider, path = subject
    wanted = {"path": str(path)}
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(ResourceNotFound, match=str(path)):
        provider.inspect(wanted)
    with pytest.raises(ResourceNotFound, match=str(path)):
        provider.measure(wanted)
    with pytest.raises(ResourceNotFound, match=str(path)), provider.read(wanted, None):
        pass
    path.parent.joinpath("file").write_text("no folder")
    with pytest.raises(ResourceNotFound):
        provider.inspect({"path": str(path.parent / "file" / "below")})


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({}, "path: missing"),
        ({"path": 7}, r"path: Expected `str`, got `int`"),
        ({"path": "relative"}, "path: 'relative' is not an absolute path"),
        ({"path": "/nul\0"}, "path: a path has no zero byte"),
        ({"path": "/\ud800"}, "path: "),
        ({"path": "/", "size": 1}, "size: no such setting"),
    ],
)
def test_wrong_settings_are_named(subject: Subject, wrong: dict[str, Any], reason: str) -> None:
    provider, _ = subject
    with pytest.raises(InvalidParameter, match=reason):
        provider.inspect(wrong)
    with pytest.raises(InvalidParameter, match=reason):
        provider.write(Target(wrong, b"x"), [])


@as_root
def test_a_resource_that_may_not_be_read_is_a_fault(subject: Subject) -> None:
    provider, path = subject

    def read() -> str:
        try:
            with provider.read({"path": str(path)}, None):
                return "read"
        except PermissionError as error:
            return str(error)

    assert as_nobody(read) == f"[Errno 13] Permission denied: '{path}'"


def test_stopping_in_the_middle_closes_everything(subject: Subject) -> None:
    provider, path = subject

    def cancel() -> None:
        with provider.read({"path": str(path)}, None) as reading:
            for entry in listed(reading.entries).values():
                for _ in entry.content:
                    raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cancel()
