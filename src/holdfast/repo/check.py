"""Checking: is everything that the snapshots need there, and, if asked, is every byte of it sound?

Each file of the repository is read and proven: config, keys, locks, marks, snapshots, index files, and every
listing that a snapshot leads to. Packs of data are compared with the index by their size, and read as far as
is asked for. Call this inside `locked(repository)`: snapshots are listed before the index, and that before
the packs, so that what is saved meanwhile is no false alarm.
"""

from contextlib import closing
from dataclasses import dataclass

import msgspec

from holdfast.model.entry import Kind
from holdfast.store.objects import ObjectMissing, StoreError

from . import key_file, lock, marks, pack, read_packs, snapshot, tree, trees
from .blob import BlobKind
from .errors import Damaged, SnapshotMissing
from .findings import Findings
from .ids import file_id, is_file_id
from .index import Index
from .layout import Layout
from .node import Node
from .progress import SILENT, Progress
from .repository import Repository, file_names
from .source import Source

_FOLDERS = ("index", "keys", "locks", "snapshots", marks.FOLDER)
_ALL = 100.0


@dataclass(frozen=True, slots=True)
class Checked:
    """What was looked at, and what was found; `problem_count` counts more than the first 1,000 problems."""

    snapshots: int
    packs: int
    read_packs: int
    read_bytes: int
    problem_count: int
    problems: tuple[str, ...]
    remarks: tuple[str, ...]


def check(repository: Repository, read_data: bool | float) -> list[str]:
    """What is wrong with the repository, as sentences; empty when nothing is.

    Without `read_data`, data is only looked up in the index; with it, every pack is read and every blob
    opened, or those of so many percent of the packs, chosen by chance.
    """
    share = _ALL if read_data is True else read_data or None
    return list(examine(repository, share).problems)


def examine(repository: Repository, read_data: float | None = None, progress: Progress = SILENT) -> Checked:
    """The same, with remarks and counts; `read_data` is a percentage above 0, or None."""
    return _Check(repository, progress).run(read_data)


class _Check:
    """One check under way."""

    def __init__(self, repository: Repository, progress: Progress) -> None:
        self._repository = repository
        self._progress = progress
        self._found = Findings()
        self._source = Source(repository.store, repository.key)
        self._seen = bytearray()

    def run(self, read_data: float | None) -> Checked:
        repository, found = self._repository, self._found
        snapshots = file_names(repository, "snapshots")
        self._check_small_files()
        layout = Layout(repository, found, self._progress)
        self._list_files(layout)
        layout.compare()
        self._walk(snapshots, layout.index)
        chosen = layout.chosen(read_data) if read_data is not None else []
        read_bytes = read_packs.read(repository, layout, chosen, found, self._progress)
        if found.problem_count > len(found.problems):
            found.problems.append(f"and {found.problem_count - len(found.problems)} more problems")
        return Checked(
            snapshots=len(snapshots),
            packs=len(layout.packs),
            read_packs=len(chosen),
            read_bytes=read_bytes,
            problem_count=found.problem_count,
            problems=tuple(found.problems),
            remarks=tuple(found.remarks),
        )

    def _check_small_files(self) -> None:
        repository, found = self._repository, self._found
        try:
            opened = msgspec.json.decode(repository.key.open(repository.store.get("config")))
            if opened["id"] != repository.id:
                found.problem("config: it is that of another repository")
        except (Damaged, StoreError, msgspec.DecodeError, KeyError, TypeError) as error:
            found.problem(f"config: {error}")
        found.add(_bad_keys(repository))
        found.add(lock.unreadable(repository))
        try:
            marks.find(repository)
        except (Damaged, StoreError) as error:
            found.problem(str(error))

    def _list_files(self, layout: Layout) -> None:
        """Tell packs and foreign files apart."""
        for name, size in self._repository.store.names():
            folder, _, last = name.rpartition("/")
            if is_file_id(last) and name == pack.name(last):
                layout.stored[last] = size
            elif name != "config" and not (folder in _FOLDERS and is_file_id(last)):
                self._found.remark(f"{name} is no file of a repository")

    def _walk(self, snapshots: list[str], index: Index) -> None:
        self._seen = bytearray(index.numbers())
        self._progress.begin("reading the listings of folders", None)
        for name in snapshots:
            try:
                root = snapshot.get(self._repository, name).tree
            except SnapshotMissing:
                continue  # forgotten by somebody since the names were read
            except (Damaged, StoreError) as error:
                self._found.problem(f"snapshot {name}: {error}")
                continue
            self._walk_trees(name, root, index)

    def _walk_trees(self, name: str, root: bytes, index: Index) -> None:
        """Walk the trees that no snapshot before had."""
        level = self._unseen(name, [root], index)
        while level:
            below: list[bytes] = []
            with closing(trees.read(self._source, index, level, tree.decode)) as listings:
                for tree_id, nodes in listings:
                    self._progress.advance(1)
                    if isinstance(nodes, Damaged):
                        self._found.problem(f"snapshot {name}: tree {tree_id.hex()}: {nodes}")
                        continue
                    for node in nodes:
                        self._look_up(name, node, index)
                    folders = [node.subtree_id for node in nodes if node.type == Kind.DIRECTORY]
                    below += self._unseen(name, folders, index)
            level = below

    def _unseen(self, name: str, tree_ids: list[bytes], index: Index) -> list[bytes]:
        found = []
        for tree_id in tree_ids:
            number = index.number(BlobKind.TREE, tree_id)
            if number is None:
                self._found.problem(f"snapshot {name}: tree {tree_id.hex()}: it is in no index")
            elif not self._seen[number]:
                self._seen[number] = 1
                found.append(tree_id)
        return found

    def _look_up(self, name: str, node: Node, index: Index) -> None:
        for blob_id in index.unknown(BlobKind.DATA, node.content_ids):
            self._found.problem(f"snapshot {name}: {node.name}: blob {blob_id.hex()} is in no index")


def _bad_keys(repository: Repository) -> list[str]:
    bad = []
    for name in filter(is_file_id, key_file.names(repository.store)):
        try:
            content = repository.store.get(f"keys/{name}")
            if file_id(content) != name:
                bad.append(f"key {name}: the content is not what its id says")
            else:
                msgspec.json.decode(content, type=key_file.KeyFile)
        except ObjectMissing:
            continue  # removed by somebody since the names were read
        except (StoreError, msgspec.DecodeError) as error:
            bad.append(f"key {name}: {error}")
    return bad
