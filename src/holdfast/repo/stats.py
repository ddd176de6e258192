"""Figures of a repository: what it takes, what of that is needed, and what compression gains."""

from dataclasses import dataclass

from .progress import SILENT, Progress
from .repository import Repository, stored_bytes
from .survey import Survey


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """Counts, and bytes: `stored_bytes` is all that is in the store, `pack_bytes` packs with their headers.

    `blobs` counts each blob once: `blob_bytes` is what they take sealed, `plain_bytes` what they hold. Of the
    packs in the index, `unused_bytes` are needed by no snapshot, copies of `duplicate_blobs` among them.
    `marked` packs wait to be removed; `unindexed` ones are in no index and not marked.
    """

    snapshots: int
    index_files: int
    stored_bytes: int
    packs: int
    pack_bytes: int
    blobs: int
    blob_bytes: int
    plain_bytes: int
    unused_bytes: int
    duplicate_blobs: int
    duplicate_bytes: int
    marked_packs: int
    marked_bytes: int
    unindexed_packs: int
    unindexed_bytes: int

    @property
    def compression(self) -> float:
        """How many times larger the blobs are than what they take; 1 where there is none."""
        return self.plain_bytes / self.blob_bytes if self.blob_bytes else 1.0


def stats(repository: Repository, progress: Progress = SILENT) -> Stats:
    """Count. Call this inside `locked(repository)`; raises Damaged as a prune would."""
    survey = Survey(repository, progress)
    marked = [survey.unindexed[one] for one in survey.retired]
    return Stats(
        snapshots=len(survey.snapshots),
        index_files=len(survey.files),
        stored_bytes=stored_bytes(repository),
        packs=len(survey.packs),
        pack_bytes=sum(one.size for one in survey.packs),
        blobs=survey.blobs,
        blob_bytes=survey.blob_bytes,
        plain_bytes=survey.plain_bytes,
        unused_bytes=sum(one.unused for one in survey.packs),
        duplicate_blobs=survey.duplicates,
        duplicate_bytes=survey.duplicate_bytes,
        marked_packs=len(marked),
        marked_bytes=sum(marked),
        unindexed_packs=len(survey.unindexed) - len(marked),
        unindexed_bytes=sum(survey.unindexed.values()) - sum(marked),
    )
