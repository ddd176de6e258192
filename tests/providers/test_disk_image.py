"""A disk image is read where it has data, and written so that nothing old shows through."""

import dataclasses
import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.providers.trees import as_root, copied, kept, listed, mounted, portraits, pulled

from holdfast.model.entry import Data, Entry, Hole, Kind, Range, Unreadable
from holdfast.model.errors import InvalidParameter, TargetTooSmall
from holdfast.model.resource import ResourceType
from holdfast.providers.disk_image import BLOCK, DiskImage
from holdfast.providers.provider import Target, Written

DISK = DiskImage()

pytestmark = pytest.mark.usefixtures("nothing_left_open")


def make_image(path: Path, size: int, *written: tuple[int, bytes]) -> Path:
    with path.open("wb") as image:
        image.truncate(size)
        for offset, content in written:
            os.pwrite(image.fileno(), content, offset)
    return path


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """9.5 blocks: data at the start, in the middle across a boundary, and at the very end."""
    size = 9 * BLOCK + BLOCK // 2
    middle = (4 * BLOCK - 5, b"m" * 10)
    return make_image(tmp_path / "disk.img", size, (0, b"first"), middle, (size - 4, b"last"))


def settings_of(path: Path) -> dict[str, str]:
    return {"path": str(path)}


def image_entry(path: Path) -> tuple[bytes, Entry]:
    root, entries = kept(DISK, settings_of(path))
    return root, entries[-1]


def test_it_is_a_disk_without_parts(image: Path) -> None:
    assert DISK.resource_type is ResourceType.DISK
    assert DISK.parts(settings_of(image)) == ()


def test_the_size_is_that_of_the_disk(image: Path) -> None:
    inspection = DISK.inspect(settings_of(image))
    assert inspection.size_bytes == 9 * BLOCK + BLOCK // 2
    assert inspection.detail["allocated_bytes"] == image.stat().st_blocks * 512


def test_ranges_are_whole_blocks_and_holes_are_not_read(image: Path) -> None:
    with DISK.read(settings_of(image), None) as reading:
        *leading, entry = listed(reading.entries).values()
        found = [(type(piece), piece.offset // BLOCK, piece.length / BLOCK) for piece in entry.content]
        assert pulled(entry.content) == image.read_bytes()
    assert leading[-1].path + b"/disk.img" == reading.root
    assert {one.kind for one in leading} == {Kind.DIRECTORY}
    assert (entry.path, entry.kind, entry.block_size) == (reading.root, Kind.FILE, BLOCK)
    assert found == [(Data, 0, 1), (Hole, 1, 2), (Data, 3, 2), (Hole, 5, 4), (Data, 9, 0.5)]
    assert DISK.measure(settings_of(image)).bytes == 3 * BLOCK + BLOCK // 2


def test_data_comes_in_buffers_of_a_few_blocks(tmp_path: Path) -> None:
    content = os.urandom(9 * BLOCK)
    full = make_image(tmp_path / "full.img", 9 * BLOCK, (0, content))
    with DISK.read(settings_of(full), None) as reading:
        *_, entry = listed(reading.entries).values()
        assert [piece.length // BLOCK for piece in entry.content] == [4, 4, 1]
        assert pulled(entry.content) == content


def test_a_vast_empty_disk_costs_nothing(tmp_path: Path) -> None:
    size = 10 << 40
    vast = make_image(tmp_path / "vast.img", size, (5 << 40, b"x"))
    assert DISK.measure(settings_of(vast)).bytes == BLOCK
    written = copied(DISK, settings_of(vast), tmp_path / "copy.img")
    assert written == Written(BLOCK, 1)
    assert (tmp_path / "copy.img").stat().st_size == size
    with DISK.read(settings_of(tmp_path / "copy.img"), None) as reading:
        *_, entry = listed(reading.entries).values()
        assert [piece.length for piece in entry.content] == [5 << 40, BLOCK, (5 << 40) - BLOCK]


def test_an_empty_image_is_an_image(tmp_path: Path) -> None:
    empty = make_image(tmp_path / "empty.img", 0)
    assert copied(DISK, settings_of(empty), tmp_path / "copy.img") == Written(0, 1)
    assert (tmp_path / "copy.img").read_bytes() == b""


def test_a_link_in_the_path_leads_to_the_image(image: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(image)
    through_link, straight = (kept(DISK, settings_of(path)) for path in (tmp_path / "link", image))
    assert through_link[0] == straight[0]
    assert through_link[1][-1] == straight[1][-1]  # the folders above may change at any moment


def test_what_is_no_file_is_no_image(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match=r"path: .* is not an image file"):
        DISK.inspect(settings_of(tmp_path))


@pytest.mark.parametrize("change", ["replaced", "cut off"])
def test_an_image_that_is_exchanged_while_being_read_is_unreadable(image: Path, change: str) -> None:
    with DISK.read(settings_of(image), None) as reading:
        *_, entry = listed(reading.entries).values()
        if change == "replaced":
            image.unlink()
            make_image(image, BLOCK)
        else:
            os.truncate(image, 5 * BLOCK + 1)
        with pytest.raises(Unreadable, match=f"disk.img: was {change} while it was being read"):
            pulled(entry.content)


def test_a_copy_has_the_same_bytes_holes_and_metadata(image: Path, tmp_path: Path) -> None:
    image.chmod(0o640)
    os.setxattr(image, "user.origin", b"here")
    os.utime(image, ns=(1, 987654321))
    copied(DISK, settings_of(image), tmp_path / "copy")
    wanted, found = portraits(tmp_path)[b"disk.img"], portraits(tmp_path)[b"copy"]
    assert found._replace(same_as=b"") == wanted._replace(same_as=b"")
    blocks = (tmp_path / "copy").stat().st_blocks * 512
    assert (
        DISK.measure(settings_of(image)).bytes == blocks == DISK.measure(settings_of(tmp_path / "copy")).bytes
    )


def test_in_place_nothing_old_shows_through_and_what_is_beyond_stays(image: Path) -> None:
    root, entry = image_entry(image)
    content = image.read_bytes()
    image.write_bytes(b"old" * (5 * BLOCK))
    inode = image.stat().st_ino
    written = DISK.write(Target(settings_of(image), root), [entry])
    assert image.read_bytes() == content + (b"old" * (5 * BLOCK))[len(content) :]
    assert image.stat().st_ino == inode
    assert image.stat().st_blocks * 512 < 15 * BLOCK - 5 * BLOCK
    assert written == Written(3 * BLOCK + BLOCK // 2, 1)


@as_root
def test_where_there_can_be_no_holes_zeros_are_written(image: Path, tmp_path: Path) -> None:
    root, entry = image_entry(image)
    with mounted(tmp_path / "memory", "ramfs", "mode=700") as memory:
        target = memory / "disk.img"
        target.write_bytes(b"old" * (5 * BLOCK))
        DISK.write(Target(settings_of(image), root, str(target)), [entry])
        assert target.read_bytes()[: image.stat().st_size] == image.read_bytes()
        assert target.read_bytes()[image.stat().st_size :] == (b"old" * (5 * BLOCK))[image.stat().st_size :]


def test_an_image_that_is_too_small_is_refused_and_untouched(image: Path) -> None:
    root, entry = image_entry(image)
    image.write_bytes(b"small")
    with pytest.raises(TargetTooSmall, match=r"disk\.img holds 5 bytes, the backup 9961472"):
        DISK.write(Target(settings_of(image), root), [entry])
    assert image.read_bytes() == b"small"


def test_an_image_that_is_gone_is_made_again(image: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o710)
    moved = folder / "disk.img"
    image.rename(moved)
    wanted = portraits(folder)
    root, entries = kept(DISK, settings_of(moved))
    shutil.rmtree(folder)
    DISK.write(Target(settings_of(moved), root), entries)
    assert portraits(folder)[b"disk.img"] == wanted[b"disk.img"]
    assert portraits(folder)[b"."].mode == wanted[b"."].mode


@pytest.mark.parametrize(
    ("destination", "made"),
    [
        ("new.img", "new.img"),
        ("folder", "folder/disk.img"),
        ("new/", "new/disk.img"),
        ("new/deep/other.img", "new/deep/other.img"),
    ],
)
def test_a_destination_is_a_file_or_a_folder(
    image: Path, tmp_path: Path, destination: str, made: str
) -> None:
    (tmp_path / "folder").mkdir()
    copied(DISK, settings_of(image), f"{tmp_path}/{destination}")
    assert (tmp_path / made).read_bytes() == image.read_bytes()


def test_a_destination_that_exists_has_to_be_large_enough(image: Path, tmp_path: Path) -> None:
    (tmp_path / "small.img").write_bytes(b"small")
    with pytest.raises(TargetTooSmall):
        copied(DISK, settings_of(image), tmp_path / "small.img")
    large = make_image(tmp_path / "large.img", 20 * BLOCK, (15 * BLOCK, b"beyond"))
    copied(DISK, settings_of(image), large)
    assert large.read_bytes()[: image.stat().st_size] == image.read_bytes()
    assert large.read_bytes()[15 * BLOCK :].startswith(b"beyond")


def test_a_destination_that_is_a_link_or_a_pipe_is_refused(image: Path, tmp_path: Path) -> None:
    victim = make_image(tmp_path / "victim.img", 20 * BLOCK)
    (tmp_path / "link.img").symlink_to(victim)
    (tmp_path / "folder").mkdir()
    (tmp_path / "way").symlink_to(tmp_path / "folder")
    os.mkfifo(tmp_path / "pipe.img")
    for destination in ("link.img", "way/disk.img", "way", "pipe.img"):
        with pytest.raises(InvalidParameter, match="destination: "):
            copied(DISK, settings_of(image), tmp_path / destination)
    assert victim.stat().st_blocks == 0
    assert list((tmp_path / "folder").iterdir()) == []


def test_a_damaged_backup_makes_no_new_image(image: Path, tmp_path: Path) -> None:
    root, entry = image_entry(image)

    def content() -> Iterator[Range]:
        yield Data(0, b"half")
        raise Unreadable(root, "pack 1234 is damaged")

    broken = dataclasses.replace(entry, content=content())
    (tmp_path / "folder").mkdir()
    written = DISK.write(Target(settings_of(image), root, str(tmp_path / "folder")), [broken])
    assert (written.files, [one.reason for one in written.failures]) == (0, ["pack 1234 is damaged"])
    assert list((tmp_path / "folder").iterdir()) == []


@pytest.mark.parametrize("content", [(Data(0, b"short"),), (Hole(0, 100 * BLOCK),), ()])
def test_a_content_of_another_length_than_the_disk_is_a_failure(
    image: Path, tmp_path: Path, content: tuple[Range, ...]
) -> None:
    root, entry = image_entry(image)
    wrong = dataclasses.replace(entry, content=content)
    written = DISK.write(Target(settings_of(image), root, str(tmp_path / "new.img")), [wrong])
    assert "of 9961472 bytes" in written.failures[0].reason
    assert not (tmp_path / "new.img").exists()


def test_what_is_not_the_image_is_not_written(image: Path, tmp_path: Path) -> None:
    root, entry = image_entry(image)
    stranger = dataclasses.replace(entry, path=root + b"/../../stranger")
    items: list[Entry | Unreadable] = [stranger, Unreadable(b"lost", "gone"), entry]
    written = DISK.write(Target(settings_of(image), root, f"{tmp_path}/new/"), items)
    assert written.files == 1
    assert [one.reason for one in written.failures] == ["is not the image of this disk", "gone"]
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["disk.img"]


@as_root
def test_a_full_disk_ends_the_restore_and_leaves_nothing(image: Path, tmp_path: Path) -> None:
    with mounted(tmp_path / "memory", "tmpfs") as memory:
        with pytest.raises(OSError, match="No space left") as caught:
            copied(DISK, settings_of(image), memory)
        assert caught.value.errno == errno.ENOSPC
        assert list(memory.iterdir()) == []


def test_a_real_file_system_survives(tmp_path: Path) -> None:
    tools = f"{os.environ['PATH']}:/sbin:/usr/sbin"
    if shutil.which("mkfs.ext4", path=tools) is None:
        pytest.skip("there is no mkfs.ext4 here")
    content = tmp_path / "content"
    content.mkdir()
    for number in range(200):
        (content / f"{number}").write_bytes(os.urandom(number * 50))
    disk = make_image(tmp_path / "ext4.img", 64 * BLOCK)
    environment = {**os.environ, "PATH": tools}
    subprocess.run(["mkfs.ext4", "-q", "-F", "-d", content, disk], env=environment, check=True)
    copy = tmp_path / "copy.img"
    measured = DISK.measure(settings_of(disk))
    written = copied(DISK, settings_of(disk), copy)
    assert (written.bytes, written.files) == (measured.bytes, measured.files)
    assert DISK.measure(settings_of(copy)) == measured
    assert copy.read_bytes() == disk.read_bytes()
    subprocess.run(["e2fsck", "-fn", copy], env=environment, check=True, capture_output=True)
