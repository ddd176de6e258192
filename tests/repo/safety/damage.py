"""What can have happened to a repository's files, each made on purpose: `DAMAGES[name](scene)`."""

from collections.abc import Callable
from pathlib import Path

from tests.repo.safety.scene import Scene

from holdfast.repo import index, pack
from holdfast.repo.blob import Blob, BlobKind
from holdfast.repo.pack import Pack
from holdfast.repo.repository import file_names, get_file, put_file

FOREIGN = ("README", "a file with spaces", ".hidden", "ab#1", "lost+found/x")
FOLDERS = ("", "data/", "data/ab/", "index/", "keys/", "locks/", "snapshots/")


def missing_index(scene: Scene) -> None:
    """The older of two index files is gone."""
    path_of(scene, "index", index_names(scene)[0]).unlink()


def missing_data_pack(scene: Scene) -> None:
    oldest_pack(scene, BlobKind.DATA).unlink()


def missing_tree_pack(scene: Scene) -> None:
    newest_pack(scene, BlobKind.TREE).unlink()


def missing_first_tree_pack(scene: Scene) -> None:
    """Later backups name the listings in it, where nothing changed."""
    oldest_pack(scene, BlobKind.TREE).unlink()


def truncated_data_pack(scene: Scene) -> None:
    truncate(oldest_pack(scene, BlobKind.DATA), 5000)


def truncated_tree_pack(scene: Scene) -> None:
    truncate(newest_pack(scene, BlobKind.TREE), 100)


def empty_pack(scene: Scene) -> None:
    truncate(oldest_pack(scene, BlobKind.DATA), 0)


def pack_with_a_byte_changed(scene: Scene) -> None:
    path = oldest_pack(scene, BlobKind.DATA)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    replace(path, content)


def duplicate_index(scene: Scene) -> None:
    """Two index files tell the same."""
    opened = scene.restic.open()
    put_file(opened, "index", get_file(opened, "index", file_names(opened, "index")[0]))


def index_of_a_pack_that_nobody_needs_and_is_gone(scene: Scene) -> None:
    opened = scene.restic.open()
    gone = Pack("ab" * 32, (Blob(BlobKind.DATA, b"x" * 32, 0, 1000, 0),))
    put_file(opened, "index", index.encode([gone]))


def empty_index(scene: Scene) -> None:
    truncate(path_of(scene, "index", index_names(scene)[0]), 0)


def unreadable_index(scene: Scene) -> None:
    replace(path_of(scene, "index", index_names(scene)[0]), b"not an index")


def empty_files(scene: Scene) -> None:
    """Files of no bytes under good names, beside the good ones, as after a power failure."""
    for folder in ("data/ab", "index", "keys", "snapshots"):
        (scene.restic.folder / folder).mkdir(exist_ok=True)
        (scene.restic.folder / folder / ("ab" * 32)).touch()


def foreign_files(scene: Scene) -> None:
    for folder in FOLDERS:
        for name in FOREIGN:
            path = scene.restic.folder / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("somebody put this here")


def half_written_files(scene: Scene) -> None:
    """What a process that was killed in the middle of a write leaves, whoever's it was."""
    for folder in FOLDERS[1:]:
        (scene.restic.folder / folder).mkdir(exist_ok=True)
        for name in ("ab" * 32 + "#1", "ab" * 32 + "-tmp-1234567", ".tmp-ab", "ab" * 32 + ".part"):
            (scene.restic.folder / folder / name).write_bytes(b"\0" * 1000)


def missing_snapshot(scene: Scene) -> None:
    """The parent is gone, as if somebody had forgotten it."""
    path_of(scene, "snapshots", scene.newest).unlink()
    del scene.kept[scene.newest]


def truncated_snapshot(scene: Scene) -> None:
    truncate(path_of(scene, "snapshots", scene.newest), 50)


def lock_left_over(scene: Scene) -> None:
    """A lock of a process of another host that ended long ago."""
    lock = b'{"time":"2020-01-01T00:00:00Z","exclusive":true,"hostname":"elsewhere","username":"ada","pid":1}'
    put_file(scene.restic.open(), "locks", lock)


DAMAGES: dict[str, Callable[[Scene], None]] = {
    one.__name__: one
    for one in (
        missing_index,
        missing_data_pack,
        missing_tree_pack,
        missing_first_tree_pack,
        truncated_data_pack,
        truncated_tree_pack,
        empty_pack,
        pack_with_a_byte_changed,
        duplicate_index,
        index_of_a_pack_that_nobody_needs_and_is_gone,
        empty_index,
        unreadable_index,
        empty_files,
        foreign_files,
        half_written_files,
        missing_snapshot,
        truncated_snapshot,
        lock_left_over,
    )
}


def path_of(scene: Scene, folder: str, name: str) -> Path:
    return scene.restic.folder / folder / name


def index_names(scene: Scene) -> list[str]:
    """The index files, oldest first."""
    names = file_names(scene.restic.open(), "index")
    return sorted(names, key=lambda name: path_of(scene, "index", name).stat().st_mtime_ns)


def oldest_pack(scene: Scene, kind: BlobKind) -> Path:
    """The pack of the first backup: later ones need what is in it too."""
    return pack_paths(scene, kind)[0]


def newest_pack(scene: Scene, kind: BlobKind) -> Path:
    """The pack of the last backup."""
    return pack_paths(scene, kind)[-1]


def pack_paths(scene: Scene, kind: BlobKind) -> list[Path]:
    """The packs with blobs of a kind, oldest first."""
    opened = scene.restic.open()
    return [
        scene.restic.folder / pack.name(one.id)
        for name in index_names(scene)
        for one in index.decode(get_file(opened, "index", name))
        if one.blobs[0].kind is kind
    ]


def truncate(path: Path, size: int) -> None:
    """Cut a file off."""
    replace(path, path.read_bytes()[:size])


def replace(path: Path, content: bytes | bytearray) -> None:
    """Give a file another content, though nobody may write to it."""
    path.unlink()
    path.write_bytes(content)
