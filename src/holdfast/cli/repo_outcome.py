"""What became of looking after a repository, in words."""

from rich.text import Text

from holdfast.repo.check import Checked
from holdfast.repo.prune import Pruned
from holdfast.repo.stats import Stats

from .screen import Screen
from .words import plain, plural, size


def tell_check(screen: Screen, checked: Checked) -> None:
    """Say what a check found."""
    read = (
        f", {plural(checked.read_packs, 'pack')} read ({size(checked.read_bytes)})"
        if checked.read_packs
        else ""
    )
    screen.line(f"{plural(checked.snapshots, 'snapshot')}, {plural(checked.packs, 'pack')}{read}")
    for sentence in checked.remarks:
        screen.line(plain(f"remark: {sentence}"))
    for sentence in checked.problems:
        screen.line(Text(plain(f"problem: {sentence}"), style="bold red"))
    if not checked.problems:
        screen.line(Text("no problems were found", style="green"))


def tell_prune(screen: Screen, pruned: Pruned, *, dry_run: bool) -> None:
    """Say what a prune did, or would do."""
    would = "would be " if dry_run else ""
    rows = (
        ("marked", pruned.marked_packs, pruned.marked_bytes),
        ("copied as far as needed", pruned.repacked_packs, pruned.repacked_bytes),
        ("removed", pruned.removed_packs, pruned.removed_bytes),
    )
    for done, packs, taken in rows:
        if packs:
            screen.line(f"{plural(packs, 'pack')} {would}{done} ({size(taken)})")
    if pruned.revived_packs:
        screen.line(
            f"{plural(pruned.revived_packs, 'marked pack')} {would}brought back: a backup needs what is in it"
        )
    if pruned.waiting_packs:
        waiting = plural(pruned.waiting_packs, "pack")
        screen.line(f"{waiting} marked, to be removed later ({size(pruned.waiting_bytes)})")
    for sentence in pruned.problems:
        screen.line(Text(plain(f"problem: {sentence}"), style="bold red"))
    kept = f"{plural(pruned.snapshots, 'snapshot')} in {plural(pruned.kept_packs, 'pack')}"
    screen.line(f"{kept} ({size(pruned.kept_bytes)}, {size(pruned.unused_bytes)} of it unused)")


def tell_stats(screen: Screen, counted: Stats) -> None:
    """Say what a repository takes."""
    rows = (
        ("snapshots", f"{counted.snapshots:,}", ""),
        ("content", f"{plural(counted.blobs, 'blob')}", size(counted.plain_bytes)),
        ("compressed and sealed", f"{counted.compression:.2f} times smaller", size(counted.blob_bytes)),
        ("packs", f"{counted.packs:,}", size(counted.pack_bytes)),
        ("unused in them", "", size(counted.unused_bytes)),
        ("copies among that", f"{plural(counted.duplicate_blobs, 'blob')}", size(counted.duplicate_bytes)),
        ("marked for removal", f"{plural(counted.marked_packs, 'pack')}", size(counted.marked_bytes)),
        ("in no index", f"{plural(counted.unindexed_packs, 'pack')}", size(counted.unindexed_bytes)),
        ("index files", f"{counted.index_files:,}", ""),
        ("all in the store", "", size(counted.stored_bytes)),
    )
    screen.table(("WHAT", ">COUNT", ">SIZE"), rows)
