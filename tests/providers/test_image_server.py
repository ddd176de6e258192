"""A server is the sum of its disks."""

import os
from pathlib import Path
from typing import Any

import pytest
from tests.providers.trees import listed, pulled

from holdfast.model.errors import InvalidParameter, NotAllowed, ResourceNotFound
from holdfast.model.resource import ResourceType
from holdfast.providers.catalogue import open_provider
from holdfast.providers.image_server import ImageServer
from holdfast.providers.provider import Target

SERVER = ImageServer()


@pytest.fixture
def disks(tmp_path: Path) -> list[str]:
    """Two images: one full, one with a hole."""
    full, sparse = tmp_path / "system.img", tmp_path / "data.img"
    full.write_bytes(os.urandom(2 << 20))
    with sparse.open("wb") as image:
        image.truncate(8 << 20)
        os.pwrite(image.fileno(), b"data", 4 << 20)
    return [str(full), str(sparse)]


def test_the_disks_are_parts_that_open_by_themselves(disks: list[str]) -> None:
    parts = SERVER.parts({"disks": [disks[0], {"name": "data", "path": disks[1]}]})
    assert [part.name for part in parts] == ["system.img", "data"]
    for part, path in zip(parts, disks, strict=True):
        assert part.type is ResourceType.DISK
        with open_provider(part.provider).read(part.settings, None) as reading:
            assert pulled(listed(reading.entries)[reading.root].content) == Path(path).read_bytes()


def test_names_are_the_same_every_time(disks: list[str]) -> None:
    assert SERVER.parts({"disks": disks}) == SERVER.parts({"disks": tuple(disks)})


def test_the_size_is_the_sum(disks: list[str]) -> None:
    inspection = SERVER.inspect({"disks": disks})
    assert inspection.size_bytes == 10 << 20
    assert [one["name"] for one in inspection.detail["disks"]] == ["system.img", "data.img"]
    measured = SERVER.measure({"disks": disks})
    assert (2 << 20) < measured.bytes < (4 << 20)
    assert measured.files == 2


def test_a_missing_disk_is_named(disks: list[str]) -> None:
    os.unlink(disks[1])
    with pytest.raises(ResourceNotFound, match=r"data\.img"):
        SERVER.inspect({"disks": disks})


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({}, "disks: missing"),
        ({"disks": []}, "at least one"),
        ({"disks": "/a.img"}, "disks: "),
        ({"disks": ["a.img"]}, "not an absolute path"),
        ({"disks": ["/a/disk.img", "/b/disk.img"]}, "two disks are called disk.img"),
        ({"disks": [{"name": "one"}]}, r"disks\[0\]: .*path"),
        ({"disks": ["/"], "disk": 1}, "disk: no such setting"),
    ],
)
def test_wrong_settings_are_named(settings: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidParameter, match=reason):
        SERVER.parts(settings)


def test_a_folder_is_no_disk(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match="not an image file"):
        SERVER.inspect({"disks": [str(tmp_path)]})


def test_a_server_is_not_read_whole(disks: list[str]) -> None:
    with pytest.raises(NotAllowed, match="disk by disk"):
        SERVER.read({"disks": disks}, None)
    with pytest.raises(NotAllowed, match="disk by disk"):
        SERVER.write(Target({"disks": disks}, b"system.img"), [])
