"""No operation is forgotten."""

from holdfast.engine.operations.table import NOT_PERFORMED, OPERATIONS
from holdfast.model.task import Operation


def test_every_operation_is_performed_or_known_not_to_be() -> None:
    assert OPERATIONS.keys() | NOT_PERFORMED == set(Operation)
    assert not OPERATIONS.keys() & NOT_PERFORMED
