"""For how long a project keeps its history, word for word."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.api.asking import House

from holdfast.model import clock

PATH = "/holdfast/history"


def test_the_configuration_says_it_where_the_project_does_not(house: House) -> None:
    told = house.ask("GET", PATH, who="reader")["history"]
    assert (told["days"], told["default_days"]) == (None, 400)
    begins_at = datetime.fromisoformat(told["begins_at"])
    assert abs(clock.now() - timedelta(days=400) - begins_at) < timedelta(minutes=1)


def test_an_administrator_says_it_for_the_project(house: House) -> None:
    told = house.ask("PUT", PATH, {"history": {"days": 30}})["history"]
    assert told["days"] == 30
    again = house.ask("GET", PATH)["history"]
    assert again["days"] == 30
    begins_at = datetime.fromisoformat(again["begins_at"])
    assert abs(clock.now() - timedelta(days=30) - begins_at) < timedelta(minutes=1)
    assert house.ask("GET", PATH, who="stranger", project=house.world.red)["history"]["days"] is None
    assert house.ask("PUT", PATH, {"history": {"days": None}})["history"]["days"] is None
    assert house.ask("GET", PATH)["history"]["days"] is None


@pytest.mark.parametrize("who", ["operator", "reader"])
def test_nobody_else_does(house: House, who: str) -> None:
    assert house.refused("PUT", PATH, {"history": {"days": 1}}, who=who)[:2] == (403, "8600")
    assert house.ask("GET", PATH)["history"]["days"] is None


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"history": {"days": 0}}, "history.days"),
        ({"history": {"days": 36_501}}, "history.days"),
        ({"history": {"days": 1 << 70}}, "history.days"),
        ({"history": {"days": "30"}}, "history.days"),
        ({"history": {"days": 1.5}}, "history.days"),
        ({"history": {}}, "history.days"),
        ({}, "history"),
        ([], "body"),
    ],
)
def test_what_is_no_rule_is_refused_by_name(house: House, body: Any, named: str) -> None:
    status, code, message = house.refused("PUT", PATH, body)
    assert (status, code) == (400, "9900")
    assert f" {named}: " in message


def test_the_longest_rule_is_a_hundred_years(house: House) -> None:
    assert house.ask("PUT", PATH, {"history": {"days": 36_500}})["history"]["begins_at"].startswith("19")
