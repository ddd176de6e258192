from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.repo.pattern import Pattern

NAMES = st.text(st.sampled_from("ab-]^!äß\n "), min_size=1, max_size=6)
PATTERNS = st.text(st.sampled_from("ab-]^!äß*?[\n "), min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        (b"letter.txt", b"srv/data/letter.txt"),
        (b"*.txt", b"srv/data/letter.txt"),
        (b"data", b"srv/data"),
        (b"l?tter.tx[a-t]", b"srv/letter.txt"),
        (b"[!a-k]etter.txt", b"srv/letter.txt"),
        (b"[^a-k]etter.txt", b"letter.txt"),
        (b"/srv/data/*.txt", b"srv/data/letter.txt"),
        (b"srv/*/letter.txt", b"srv/data/letter.txt"),
        (b"srv/", b"srv"),
        (b"**/letter.txt", b"letter.txt"),
        (b"**/letter.txt", b"srv/data/letter.txt"),
        (b"srv/**/letter.txt", b"srv/letter.txt"),
        (b"srv/**/letter.txt", b"srv/a/b/c/letter.txt"),
        (b"srv/**", b"srv/a/b"),
        (b"srv/**/a/**/b", b"srv/a/a/x/a/b"),
        (b"**", b"srv/data"),
        (b"caf?", "café".encode()),
        (b"caf?", b"caf\xe9"),
        ("caf[é-ë]".encode(), "café".encode()),
        (b"\xff*", b"srv/\xff\xfe"),
        (b"two?lines", b"two\nlines"),
        (b"*", b"two\nlines"),
        (rb"\*", b"*"),
        (rb"\[a\]", b"[a]"),
        (b"[a", b"[a"),
        (b"[]]", b"]"),
        (b"[a-]", b"-"),
        (b"a.c", b"a.c"),
    ],
)
def test_it_fits(pattern: bytes, path: bytes) -> None:
    assert Pattern(pattern).matches(path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        (b"*.txt", b"letter.txt/other"),
        (b"data", b"srv/data/letter.txt"),
        (b"letter", b"letter.txt"),
        (b"etter.txt", b"letter.txt"),
        (b"srv/*.txt", b"srv/data/letter.txt"),
        (b"data/*.txt", b"srv/data/letter.txt"),
        (b"srv/**", b"srv"),
        (b"srv/**/letter.txt", b"srv/a/letter.txt/b"),
        (b"srv?data", b"srv/data"),
        (b"srv[!a]data/x", b"srv/data/x"),
        (b"caf?", b"caf\xc3\xa9\xc3\xa9"),
        (b"[b-a]", b"a"),
        (b"[!a]", b"a"),
        (b"*.TXT", b"letter.txt"),
        (b"a.c", b"abc"),
        (b"", b"a"),
        (b"line", b"line\n"),
    ],
)
def test_it_does_not_fit(pattern: bytes, path: bytes) -> None:
    assert not Pattern(pattern).matches(path)


@given(PATTERNS.filter(lambda pattern: "[^" not in pattern), st.lists(NAMES, min_size=1))
def test_names_fit_as_python_has_it_that_only_knows_another_sign_for_not(
    pattern: str, names: list[str]
) -> None:
    expected = [number for number, name in enumerate(names) if fnmatchcase(name, pattern)]
    assert Pattern(pattern.encode()).rows("\0".join(names).encode()) == expected


def test_a_pattern_of_many_stars_ends_soon() -> None:
    assert not Pattern(b"*a" * 40 + b"b").matches(b"a" * 250)
    assert not Pattern(b"**/a/" * 20 + b"b").matches(b"a/" * 200 + b"c")
