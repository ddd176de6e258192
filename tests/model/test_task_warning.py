"""The log of a task's warnings: bounded, no line twice, and whole whenever it is looked at."""

from hypothesis import given
from hypothesis import strategies as st

from holdfast.model import task_warning
from holdfast.model.task_warning import FIRST_LINES, LONGEST_LINE, MOST_LINES, Lines, WarningLog, cut

TEXTS = st.lists(st.one_of(st.text(max_size=8), st.integers(0, 30).map(str)), max_size=60)


class Kept:
    """What somebody keeps who writes down all that is taken, as the database does."""

    def __init__(self) -> None:
        self.lines: dict[int, str] = {}

    def write(self, lines: Lines | None) -> None:
        if lines is None:
            return
        if lines.anew:
            self.lines = {}
        self.lines.update(lines.lines)

    def read(self) -> list[str]:
        return [self.lines[place] for place in sorted(self.lines)]


@given(texts=TEXTS, stops=st.sets(st.integers(0, 60)))
def test_what_is_kept_is_each_line_once_in_order_however_often_it_is_written(
    texts: list[str], stops: set[int]
) -> None:
    log, kept = WarningLog(), Kept()
    for place, text in enumerate(texts):
        log.add(text)
        if place in stops:
            kept.write(log.take())
            assert kept.read() == list(dict.fromkeys(map(cut, texts[: place + 1])))
    kept.write(log.close())
    assert kept.read() == list(dict.fromkeys(map(cut, texts)))
    assert log.first == kept.read()[:FIRST_LINES]
    assert log.count == len(kept.read())
    assert log.take() is None


@given(earlier=TEXTS, later=TEXTS, resumes=st.booleans())
def test_a_later_execution_begins_anew_or_goes_on_and_says_nothing_twice(
    earlier: list[str], later: list[str], resumes: bool
) -> None:
    first, second, kept = WarningLog(), WarningLog(), Kept()
    for text in earlier:
        first.add(text)
    kept.write(first.close())
    second.begin_anew()
    if resumes:
        second.resume(kept.read(), first.count)
    for text in later:
        second.add(text)
    kept.write(second.close())
    assert kept.read() == list(dict.fromkeys(map(cut, [*(earlier if resumes else []), *later])))
    assert second.count == len(kept.read())


def test_an_execution_leaves_what_was_written_until_it_has_something_to_say_or_ends() -> None:
    log = WarningLog()
    log.begin_anew()
    assert log.take() is None
    assert log.close() == Lines(anew=True, lines=())
    assert log.close() is None


def test_beyond_the_bound_only_the_number_is_told_and_grows() -> None:
    log, kept = WarningLog(), Kept()
    for number in range(MOST_LINES + 1):
        log.add(f"file {number}")
    kept.write(log.take())
    assert kept.read()[-1] == "and 1 more"
    for number in range(1500):
        log.add(f"other {number}")
    kept.write(log.take())
    assert log.take() is None
    assert len(kept.read()) == MOST_LINES + 1
    assert kept.read()[-2:] == [f"file {MOST_LINES - 1}", "and 1,501 more"]
    assert log.count == MOST_LINES + 1501


def test_a_full_log_goes_on_counting_where_it_was() -> None:
    lines = [str(number) for number in range(MOST_LINES)]
    log = WarningLog()
    log.resume([*lines, "and 7 more"], MOST_LINES + 7)
    log.add("one thing more")
    assert log.take() == Lines(anew=False, lines=((MOST_LINES, "and 8 more"),))


def test_of_what_was_counted_and_not_written_nothing_is_left() -> None:
    log = WarningLog()
    log.resume(["a", "b"], 9)
    log.add("c")
    assert log.take() == Lines(anew=False, lines=((2, "c"),))
    assert log.count == 3


@given(text=st.text(st.characters(), max_size=3000))
def test_a_line_is_short_enough_and_can_be_kept(text: str) -> None:
    line = cut(text)
    assert len(line) <= LONGEST_LINE
    assert "\0" not in line
    line.encode()


def test_of_a_long_line_the_beginning_and_the_reason_are_left() -> None:
    line = cut(f"srv/{'deep/' * 500}letter.txt: Permission denied")
    assert line.startswith("srv/deep/")
    assert line.endswith("letter.txt: Permission denied")
    assert len(line) == LONGEST_LINE
    assert task_warning.cut(line) == line
