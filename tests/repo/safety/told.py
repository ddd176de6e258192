"""What a load brings without complaint, in a form that compares."""

from tests.repo.trees import content_of

from holdfast.model.entry import Kind, Metadata, Unreadable
from holdfast.repo import load
from holdfast.repo.errors import RepositoryError
from holdfast.repo.repository import Repository
from holdfast.store.objects import StoreError

Told = dict[bytes, tuple[Kind, Metadata, bytes]]


def told(opened: Repository, snapshot_id: str) -> Told:
    """Every entry that comes whole, by its path; what is told to be unreadable is left out."""
    found: Told = {}
    try:
        for item in load.load(opened, snapshot_id):
            if isinstance(item, Unreadable):
                continue
            try:
                found[item.path] = (item.kind, item.metadata, content_of(item))
            except Unreadable:
                continue
    except (RepositoryError, StoreError):
        return found
    return found
