"""Whatever the served OpenAPI document allows, and much that it does not, is asked of a real server.

Half of the questions name things that are there. Nothing that is asked may be a fault of the server, and
every answer must be one that the document has: its status, its type, its headers and its members.
"""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from tests.contract.asked import OPERATIONS, Asked, Known, Question, furnish

EXAMPLES = 8


@pytest.fixture(scope="module")
def known(asked: Asked) -> Known:
    return furnish(asked)


@st.composite
def questions(draw: st.DrawFn, name: str) -> tuple[Question, bool, int]:
    """A question, whether it names what is there, and which of it."""
    mode = draw(st.sampled_from([GenerationMode.POSITIVE, GenerationMode.POSITIVE, GenerationMode.NEGATIVE]))
    try:
        question = draw(OPERATIONS[name].as_strategy(mode))
    except schemathesis.errors.SchemathesisError:  # there is nothing to ask wrongly
        question = draw(OPERATIONS[name].as_strategy(GenerationMode.POSITIVE))
    return question, draw(st.booleans()), draw(st.integers(0, 7))


def named(value: Any, known: Known, choice: int) -> Any:
    """The value, with ids of what is there wherever it has some id."""
    if isinstance(value, dict):
        return {key: one_of(key, inner, known, choice) for key, inner in value.items()}
    if isinstance(value, list):
        return [named(inner, known, choice) for inner in value]
    return value


def one_of(key: str, value: Any, known: Known, choice: int) -> Any:
    there = known.get(key)
    if there and isinstance(value, str):
        return there[choice % len(there)]
    if there and isinstance(value, list) and all(isinstance(one, str) for one in value):
        return [there[(choice + place) % len(there)] for place, _ in enumerate(value[: len(there)])]
    return named(value, known, choice)


@pytest.mark.parametrize("asked", ["postgresql"], indirect=True)  # the stricter one about what is a text
@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_answer_is_one_of_the_document(asked: Asked, known: Known, name: str) -> None:
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(questions(name))
    def answers(drawn: tuple[Question, bool, int]) -> None:
        question, there, choice = drawn
        if "project_id" in question.path_parameters:
            question.path_parameters["project_id"] = asked.world.blue.id
        if there:
            question.path_parameters = named(question.path_parameters, known, choice)
            question.query = named(question.query, known, choice)
            question.body = named(question.body, known, choice)
        asked.judge(question)

    answers()
