"""What the pages of docs/api must say."""

from pathlib import Path

import pytest

from holdfast.api import openapi
from holdfast.api.app import HOME_ROUTES, ROUTES
from holdfast.api.errors import CODES

PAGES = "\n".join(page.read_text() for page in (Path(__file__).parents[2] / "docs" / "api").glob("*.md"))
OUTSIDE = [
    *(f"{route.method} {route.path}" for route in HOME_ROUTES),
    *(f"{route.method} {route.path}" for route in openapi.ROUTES),
]


@pytest.mark.parametrize("call", [f"{route.method} /v3/{{project_id}}{route.path}" for route in ROUTES])
def test_every_call_is_documented(call: str) -> None:
    assert f"`{call}`" in PAGES


@pytest.mark.parametrize("call", OUTSIDE)
def test_every_call_outside_a_project_is_documented(call: str) -> None:
    assert f"`{call}`" in PAGES


@pytest.mark.parametrize("code", sorted({told.code for told in CODES.values()}))
def test_every_code_is_documented(code: str) -> None:
    assert code.rpartition(".")[2] in PAGES
