"""Tables of an API page as data, and the check of a real answer against them, field by field."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple


class Field(NamedTuple):
    """A row of a table. `mandatory` is only said of requests; `values` are those that the page enumerates."""

    type: str
    mandatory: bool | None = None
    values: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None


class Table(NamedTuple):
    """A numbered table: the name of the object it describes, and its rows."""

    name: str
    fields: Mapping[str, Field]


class Document(NamedTuple):
    """A page: method, path, its tables by number, and the number of the table that describes each answer."""

    method: str
    path: str
    tables: Mapping[int, Table]
    answers: Mapping[int, int]

    def table_of(self, type_name: str, status: int) -> int:
        """The number of the table that describes an object in the answer with this status."""
        first = self.answers[status]
        later = [number for number in self.answers.values() if number > first]
        numbers = range(first, min(later, default=max(self.tables) + 1))
        return next(number for number in numbers if self.tables[number].name == type_name)


class Seen(NamedTuple):
    """A value found where a table says that a field is."""

    table: int
    field: str
    value: Any


Values = Mapping[str, frozenset[str]]


def seen(document: Document, number: int, value: Any, status: int, wider: Values) -> Iterator[Seen]:
    """Every field of the table found in an answer, and those of the tables it leads to.

    `wider` are values that a newer page allows for the field. Raises AssertionError, with the field's name,
    where an answer contradicts the table.
    """
    table = document.tables[number]
    assert isinstance(value, dict), f"{table.name} is an object, not {value!r}"
    for name, field in table.fields.items():
        if name not in value:
            continue
        yield Seen(number, name, value[name])
        if value[name] is not None:
            where = f"table {number}, {table.name}.{name}"
            _check(where, field, value[name], wider.get(name, frozenset()))
            for inner in _objects(field, value[name]):
                described = document.table_of(_object_name(field), status)
                yield from seen(document, described, inner, status, wider)


def _object_name(field: Field) -> str:
    """The table's name in `Array of X objects` and `X object`."""
    return field.type.removeprefix("Array of ").split()[0]


def _objects(field: Field, value: Any) -> list[Any]:
    match field.type.split():
        case ["Array", "of", _, "objects"]:
            return list(value)
        case [_, "object"]:
            return [value]
        case _:
            return []


def _check(where: str, field: Field, value: Any, wider: frozenset[str]) -> None:
    """That the value is of the field's type and none but its values; objects are checked by their tables."""
    match field.type.split():
        case ["Array", *of]:
            assert isinstance(value, list), f"{where} is a list, not {value!r}"
            for item in value if of == ["of", "strings"] else ():
                _check_text(where, Field("String"), item)
        case ["String"]:
            _check_text(where, field, value, wider)
        case ["Integer"]:
            _check_number(where, field, value)


def _check_text(where: str, field: Field, value: Any, wider: frozenset[str] = frozenset()) -> None:
    assert isinstance(value, str), f"{where} is a string, not {value!r}"
    assert not field.values or value in wider.union(field.values), f"{where} is none of its values: {value!r}"
    assert field.most is None or len(value) <= field.most, f"{where} is longer than {field.most}: {value!r}"


def _check_number(where: str, field: Field, value: Any) -> None:
    assert type(value) is int, f"{where} is an integer, not {value!r}"
    assert field.least is None or value >= field.least, f"{where} is at least {field.least}, not {value}"
    assert field.most is None or value <= field.most, f"{where} is at most {field.most}, not {value}"
