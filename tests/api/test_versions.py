"""Which versions there are."""

import pytest
from tests.api.asking import House


@pytest.mark.parametrize("path", ["/", "/v3", "/v3/"])
def test_anybody_is_told_the_one_version_there_is(house: House, path: str) -> None:
    reply = house.client.request("GET", path)
    assert reply.status_code == 300
    assert reply.json() == {
        "versions": [
            {
                "id": "v3",
                "status": "CURRENT",
                "links": [{"href": "http://testserver/v3", "rel": "self"}],
            }
        ]
    }


@pytest.mark.parametrize("path", ["/v4", "/cbr", "/V3"])
def test_another_version_is_not_there(house: House, path: str) -> None:
    reply = house.client.request("GET", path)
    assert (reply.status_code, reply.json()["error_code"]) == (404, "APIGW.0101")
