"""What the service says it can do."""

import pytest
from tests.api.asking import House

from holdfast.model.vault import MAX_RESOURCES


def test_features_are_names_with_a_truth_a_text_or_a_list(house: House) -> None:
    told = house.ask("GET", "/cbr-features", who="reader")
    assert all(
        isinstance(value, bool | str) or all(isinstance(one, str) for one in value) for value in told.values()
    )
    assert told["replication.source_region"] == house.world.config.region
    assert told["replication.enable"] is bool(told["replication.destination_regions"])
    assert told["features.backup_double_az"] is False
    assert told["limits.vault_resources"] == str(MAX_RESOURCES)


def test_features_are_told_page_by_page(house: House) -> None:
    everything = list(house.ask("GET", "/cbr-features").items())
    assert list(house.ask("GET", "/cbr-features", limit=2, offset=1).items()) == everything[1:3]
    last = everything[2][0]
    assert list(house.ask("GET", "/cbr-features", marker=last).items()) == everything[3:]
    assert house.ask("GET", "/cbr-features", offset=1000) == {}


def test_one_feature_is_told_alone(house: House) -> None:
    everything = house.ask("GET", "/cbr-features")
    for name, value in everything.items():
        assert house.ask("GET", f"/cbr-features/{name}", limit=1, offset=1) == {name: value}


@pytest.mark.parametrize("name", ["replication", "no.such.feature", "x" * 300])
def test_an_unknown_feature_is_refused(house: House, name: str) -> None:
    status, code, message = house.refused("GET", f"/cbr-features/{name}")
    assert (status, code) == (400, "9900")
    assert "feature_key" in message


def test_pages_of_features_are_read_strictly(house: House) -> None:
    for path in ("/cbr-features", "/cbr-features/replication.enable"):
        assert house.refused("GET", path, limit=0)[:2] == (400, "9900")
        assert house.refused("GET", path, offset=-1)[:2] == (400, "9900")
