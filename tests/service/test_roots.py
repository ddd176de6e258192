"""Paths of any bytes, kept as text."""

from hypothesis import given
from hypothesis import strategies as st

from holdfast.service import roots


@given(st.binary().filter(lambda path: b"\0" not in path))
def test_any_path_comes_back_from_text_that_a_database_keeps(path: bytes) -> None:
    text = roots.write(path)
    text.encode()
    assert roots.read(text) == path


def test_an_ordinary_path_stays_as_it_is() -> None:
    assert roots.write("srv/müller/日本".encode()) == "srv/müller/日本"
