"""One real server for all clients of a test process."""

from collections.abc import Iterator

import pytest
from tests.wire.town import Town, founded


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with founded(tmp_path_factory.mktemp("wire")) as town:
        yield town
