"""Tags: their words, adding and taking off, and looking for them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.model.errors import InvalidParameter, TooManyTags
from holdfast.model.tag import (
    Doomed,
    Tag,
    TagFilter,
    Wanted,
    check_all,
    check_all_plain,
    with_tags,
    without_tags,
)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("a", ""),
        ("k" * 36, "v" * 43),
        ("Size_1", "1.5"),
        ("钥匙", "值-_."),
    ],
)
def test_letters_digits_and_a_few_signs_make_a_tag(key: str, value: str) -> None:
    assert Tag.checked("tag", f" {key} ", f" {value} ") == Tag(key, value)


@pytest.mark.parametrize(
    ("key", "value", "field"),
    [
        ("", "v", "tag.key"),
        ("  ", "v", "tag.key"),
        ("k" * 37, "v", "tag.key"),
        ("a.b", "v", "tag.key"),
        ("a b", "v", "tag.key"),
        ("a\n", "v*", "tag.value"),
        ("k", "v" * 44, "tag.value"),
        ("k", "a=b", "tag.value"),
        ("k", "a\x01", "tag.value"),
    ],
)
def test_other_words_are_refused_by_name(key: str, value: str, field: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        Tag.checked("tag", key, value)
    assert caught.value.field == field


def test_a_key_is_there_once_and_at_most_twenty_are() -> None:
    twenty = [Tag(f"k{number}") for number in range(20)]
    assert check_all("tags", twenty) == tuple(twenty)
    with pytest.raises(InvalidParameter, match="tags"):
        check_all("tags", [Tag("k"), Tag(" k ")])
    with pytest.raises(TooManyTags):
        check_all("tags", [*twenty, Tag("one-more")])
    with pytest.raises(TooManyTags):
        with_tags(twenty, [Tag("one-more")])
    assert with_tags(twenty, [Tag("k3", "new")])[3] == Tag("k3", "new")


@pytest.mark.parametrize(("key", "value"), [("a", ""), ("k" * 36, "v" * 43), ("-Size_1", "_1-")])
def test_tags_of_policies_have_plainer_words(key: str, value: str) -> None:
    assert check_all_plain("tags", [Tag(key, value)]) == (Tag(key, value),)


@pytest.mark.parametrize(
    ("key", "value", "field"),
    [
        ("", "v", "tags[1].key"),
        (" k", "v", "tags[1].key"),
        ("k\n", "v", "tags[1].key"),
        ("k" * 37, "v", "tags[1].key"),
        ("钥匙", "v", "tags[1].key"),
        ("k", "1.5", "tags[1].value"),
        ("k", "v ", "tags[1].value"),
        ("k", "v" * 44, "tags[1].value"),
        ("good", "v", "tags"),
    ],
)
def test_other_words_are_refused_for_policies_by_name(key: str, value: str, field: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        check_all_plain("tags", [Tag("good"), Tag(key, value)])
    assert caught.value.field == field


def test_a_policy_has_at_most_ten_tags() -> None:
    ten = [Tag(f"k{number}") for number in range(10)]
    assert check_all_plain("tags", ten) == tuple(ten)
    with pytest.raises(TooManyTags):
        check_all_plain("tags", [*ten, Tag("one-more")])
    with pytest.raises(TooManyTags):
        with_tags(ten, [Tag("one-more")], 10)


def test_a_tag_is_taken_off_by_its_key_or_only_with_its_value() -> None:
    known = [Tag("a", "1"), Tag("b", "2")]
    assert without_tags(known, [Doomed("a")]) == (Tag("b", "2"),)
    assert without_tags(known, [Doomed("a", "2"), Doomed("c")]) == tuple(known)
    assert without_tags(known, [Doomed("a", "1"), Doomed("b"), Doomed("b")]) == ()


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("", []),
        ("k" * 128, []),
        ("k", ["*"]),
        ("k", ["v" * 256]),
        ("k", ["v", "v"]),
        ("k", [f"v{number}" for number in range(21)]),
    ],
)
def test_what_nothing_can_have_is_not_looked_for(key: str, values: list[str]) -> None:
    with pytest.raises(InvalidParameter):
        Wanted.checked("tags[0]", key, values)


BOTH = (Wanted("a", ("1",)), Wanted("b"))


@pytest.mark.parametrize(
    ("wanted", "tags", "found"),
    [
        (TagFilter(), [], True),
        (TagFilter(all_of=BOTH), [Tag("a", "1"), Tag("b", "x")], True),
        (TagFilter(all_of=BOTH), [Tag("a", "1")], False),
        (TagFilter(any_of=BOTH), [Tag("a", "1")], True),
        (TagFilter(any_of=BOTH), [Tag("a", "2")], False),
        (TagFilter(not_all_of=BOTH), [Tag("a", "1"), Tag("b")], False),
        (TagFilter(not_all_of=BOTH), [Tag("a", "1")], True),
        (TagFilter(none_of=BOTH), [Tag("a", "1")], False),
        (TagFilter(none_of=BOTH), [Tag("a", "2")], True),
        (TagFilter(all_of=(Wanted("a", ("*bc", "")),)), [Tag("a", "abcd")], True),
        (TagFilter(all_of=(Wanted("a", ("*bc", "")),)), [Tag("a", "")], True),
        (TagFilter(all_of=(Wanted("a", ("*bc", "")),)), [Tag("a", "b")], False),
        (TagFilter(untagged=True, all_of=BOTH), [], True),
        (TagFilter(untagged=True), [Tag("a")], False),
    ],
)
def test_vaults_are_found_by_the_tags_that_they_have_and_have_not(
    wanted: TagFilter, tags: list[Tag], found: object
) -> None:
    assert wanted.allows(tags) is found


TAGS = st.lists(st.builds(Tag, st.sampled_from("abc"), st.sampled_from("123")), unique_by=lambda tag: tag.key)


@given(known=TAGS, new=TAGS)
def test_what_was_added_is_there_and_can_be_taken_off_again(known: list[Tag], new: list[Tag]) -> None:
    tags = with_tags(known, new)
    assert set(new) <= set(tags)
    assert {tag.key for tag in tags} == {tag.key for tag in (*known, *new)}
    rest = without_tags(tags, [Doomed(tag.key) for tag in new])
    assert {tag.key for tag in rest} == {tag.key for tag in known} - {tag.key for tag in new}
