from hypothesis import example, given
from hypothesis import strategies as st

from holdfast.model import spelling

SIGNS = st.sampled_from([b"%", b"2", b"5", b"E", b"e", b"9", b"\xe9", b"\xc3", b"\xa9", "é".encode(), b"/"])


@given(st.lists(SIGNS, max_size=12).map(b"".join))
@example(b"%25E9")
@example(b"%C3%A9")
@example(b"\xc3%A9")
def test_every_path_comes_back(path: bytes) -> None:
    assert spelling.read(spelling.written(path)) == path


@given(st.binary(max_size=8))
def test_what_is_written_is_utf_8(path: bytes) -> None:
    assert spelling.read(spelling.written(path)) == path
    spelling.written(path).encode()


def test_most_names_with_a_percent_sign_are_spelled_as_they_are() -> None:
    for name in ("100%.txt", "a%20b", "50%25", "caf\u00e9", "%e9"):
        assert spelling.written(name.encode()) == name
        assert spelling.read(name) == name.encode()


def test_only_what_could_be_a_stray_byte_is_escaped() -> None:
    assert spelling.written(b"caf\xe9") == "caf%E9"
    assert spelling.written(b"caf%E9") == "caf%25E9"
    assert spelling.read("caf%25E9") == b"caf%E9"


def test_what_no_path_is_written_as_is_meant_literally() -> None:
    assert spelling.read("/%C3%A9") == b"/%C3%A9"  # é would be written as it is
    assert spelling.read("/%C3%A9/%FF") == b"/%C3%A9/\xff"
