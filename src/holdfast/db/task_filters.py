"""A filter as callers write it becomes conditions on the integers that tasks are kept by."""

from collections.abc import Iterable
from functools import cache

import sqlalchemy as sa
from sqlalchemy import Connection, Select

from holdfast.model.task_filter import Span, TaskFilter

from . import sequences, task_marks, task_names
from .codes import CODE_OF_OPERATION, CODE_OF_STATUS
from .columns import end_of_second, microseconds_of
from .statements import one_of
from .task_conditions import Between, Conditions, OneOf
from .task_projects import TaskProject
from .task_tables import task_word

# Column, and field of the filter whose values are words.
_WORDS = (
    ("provider_key", "provider_ids"),
    ("enterprise_key", "enterprise_project_ids"),
    ("policy_key", "policy_ids"),
    ("type_key", "resource_types"),
    ("error_key", "error_codes"),
)


@cache
def _named(dialect: str) -> Select[tuple[str, int]]:
    """Built once: that takes longer than the database needs for it."""
    among = one_of(dialect, task_word.c.text, "texts")
    return sa.select(task_word.c.text, task_word.c.key).where(among)


def resolve(tx: Connection, project: TaskProject, wanted: TaskFilter) -> Conditions | None:
    """The filter of a project with keys for names; None if it names something that no task has."""
    words = _words(tx, wanted)
    keys = [*_named_keys(wanted, words), *_coded_keys(wanted), *_looked_up(tx, project, wanted)]
    if any(not one.keys for one in keys):
        return None
    either = None if wanted.text is None else task_names.either(tx, project, wanted.text)
    first, end = _numbers(wanted)
    return Conditions(
        project_key=project.project_key,
        keys=tuple(keys),
        marks=tuple(task_marks.asked(wanted)),
        moments=tuple(_moments(wanted)),
        either=either,
        first=first,
        end=end,
    )


def _words(tx: Connection, wanted: TaskFilter) -> dict[str, int]:
    """The keys of all the words that the filter names; of those that no task ever named there is none."""
    texts = {text for _, field in _WORDS for text in getattr(wanted, field)} - {""}
    if not texts:
        return {}
    rows = tx.execute(_named(tx.dialect.name), {"texts": list(texts)})
    return {row.text: row.key for row in rows}


def _named_keys(wanted: TaskFilter, words: dict[str, int]) -> Iterable[OneOf]:
    for column, field in _WORDS:
        texts = getattr(wanted, field)
        if texts:
            yield OneOf(column, frozenset(words[text] for text in texts if text in words))


def _coded_keys(wanted: TaskFilter) -> Iterable[OneOf]:
    if wanted.operations:
        yield OneOf("operation", frozenset(CODE_OF_OPERATION[one] for one in wanted.operations))
    if wanted.statuses:
        yield OneOf("status", frozenset(CODE_OF_STATUS[one] for one in wanted.statuses))


def _looked_up(tx: Connection, project: TaskProject, wanted: TaskFilter) -> Iterable[OneOf]:
    if wanted.vault_ids or wanted.vault_names:
        found = task_names.vaults(tx, project, wanted.vault_ids, wanted.vault_names)
        yield OneOf("vault_key", found)
    if wanted.resource_ids or wanted.resource_names:
        found = task_names.resources(tx, project, wanted.resource_ids, wanted.resource_names)
        yield OneOf("resource_key", found)


def _moments(wanted: TaskFilter) -> Iterable[Between]:
    for column, span in (("started_at", wanted.started), ("ended_at", wanted.ended)):
        if not span.is_all:
            after = None if span.after is None else microseconds_of(span.after)
            before = None if span.before is None else microseconds_of(span.before)
            yield Between(column, after, before)


def _numbers(wanted: TaskFilter) -> tuple[int | None, int | None]:
    """The range of numbers of the tasks made in both spans."""
    whole = Span(after=wanted.begin, before=None if wanted.end is None else end_of_second(wanted.end))
    spans = (whole, wanted.created)
    firsts = [sequences.first_of(span.after) for span in spans if span.after is not None]
    ends = [sequences.first_of(span.before) for span in spans if span.before is not None]
    return max(firsts, default=None), min(ends, default=None)
