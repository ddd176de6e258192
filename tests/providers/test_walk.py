"""What an exclude pattern means."""

import glob

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.model.errors import InvalidParameter
from holdfast.providers.walk import Selection, excluding


@pytest.mark.parametrize(
    ("pattern", "path", "left_out"),
    [
        ("*.tmp", b"srv/a.tmp", True),
        ("*.tmp", b"srv/a.tmp.txt", False),
        ("*.tmp", b"srv/deep/below/a.tmp", True),
        ("cache", b"srv/cache", True),
        ("cache", b"srv/mycache", False),
        ("cache/", b"srv/cache", True),
        ("build/out", b"srv/x/build/out", True),
        ("build/out", b"srv/build/x/out", False),
        ("build/**/out", b"srv/build/x/y/out", True),
        ("build/**/out", b"srv/build/out", True),
        ("/srv/data", b"srv/data", True),
        ("/srv/data", b"mnt/srv/data", False),
        ("/srv/*", b"srv/data", True),
        ("/srv/*", b"srv/data/deep", False),
        ("/srv/**", b"srv/data/deep", True),
        ("file?", b"srv/file1", True),
        ("file?", b"srv/file", False),
        ("file[0-9]", b"srv/file7", True),
        ("file[!0-9]", b"srv/file7", False),
        ("file[!0-9]", b"srv/filex", True),
        ("file[]]", b"srv/file]", True),
        ("[", b"srv/[", True),
        ("a[b", b"srv/a[b", True),
        ("[^a]", b"srv/^", True),
        ("[^a]", b"srv/b", False),
        ("[a--]", b"srv/-", True),
        ("a.b", b"srv/axb", False),
        ("a\nb", b"srv/a\nb", True),
        ("*", b"srv/a\nb", True),
        ("ä*", "srv/äö".encode(), True),
        ("*\udcff", b"srv/a\xff", True),
    ],
)
def test_a_pattern_means_names_not_their_neighbours(pattern: str, path: bytes, left_out: bool) -> None:
    assert Selection(excluding([pattern])).leaves_out(path) is left_out


def test_any_of_several_patterns_is_enough() -> None:
    selection = Selection(excluding(["a", "b"]))
    assert [selection.leaves_out(name) for name in (b"x/a", b"x/b", b"x/c")] == [True, True, False]


def test_no_patterns_leave_nothing_out() -> None:
    assert not Selection(excluding([])).leaves_out(b"srv/a")


names = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1)


@given(st.lists(names, min_size=1), st.lists(names, min_size=1))
def test_an_escaped_path_means_itself_alone(wanted: list[str], other: list[str]) -> None:
    selection = Selection(excluding(["/" + glob.escape("/".join(wanted))]))
    assert selection.leaves_out("/".join(wanted).encode())
    assert selection.leaves_out("/".join(other).encode()) is (wanted == other)


@given(st.lists(st.text("[]!^\\*?/a&|~.(){}"), max_size=3), names)
def test_any_text_is_a_pattern(patterns: list[str], name: str) -> None:
    Selection(excluding(patterns)).leaves_out(name.encode())


def test_a_range_that_runs_backwards_is_refused() -> None:
    with pytest.raises(InvalidParameter, match=r"exclude: ok, \[z-a\]: bad character range"):
        excluding(["ok", "[z-a]"])
