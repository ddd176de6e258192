"""What may be said in a store's URL."""

from pathlib import Path

import pytest

from holdfast.store.objects import BadName, StoreError, open_store


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("gopher://hole/in/the/ground", "gopher"),
        ("s3:///prefix", "names no bucket"),
        ("s3://bucket/prefix?patients=3", "patients"),
        ("s3://bucket/prefix?patience=long", "number of seconds"),
        ("s3://bucket/prefix?patience=-1", "number of seconds"),
        ("s3://bucket?endpoint=not an address", "address of a server"),
        ("file://relative/path", "three slashes"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused(url: str, complaint: str) -> None:
    with pytest.raises(StoreError, match=complaint):
        open_store(url).size("config")


def test_a_prefix_is_a_name() -> None:
    with pytest.raises(BadName):
        open_store("s3://bucket/a prefix/../up")


def test_a_folder_with_a_question_mark_and_a_space_is_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "really? yes & no"
    open_store(folder.as_uri()).put("config", b"x")
    assert (folder / "config").read_bytes() == b"x"
