"""`GET /metrics`: the figures of the house, as Prometheus reads them. Only whoever has the token is told.

Series are by project, vault, site, type and status; there are none by resource, backup or task.
"""

import secrets
from collections.abc import Iterable, Iterator
from datetime import datetime
from importlib import metadata

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from holdfast.model import clock
from holdfast.model.metric import Metrics
from holdfast.model.project import Project
from holdfast.model.task import Operation, Status
from holdfast.service import health, metrics
from holdfast.service.context import House

from .errors import NOT_AUTHENTICATED, ErrorView
from .request import Call, OpenRoute, Pieces, Reply

OF_PROJECT = ("project_id", "project")
OF_VAULT = (*OF_PROJECT, "vault_id", "vault")
OF_TASKS = (*OF_PROJECT, "operation", "status")
ANY_SITE = ""
ENDS = tuple(status for status in Status if status.is_end)


class _Figures(Collector):
    """What the library writes down."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = tuple(families)

    def collect(self) -> Iterable[Metric]:
        """All series."""
        return self._families


def show(house: House, call: Call) -> Reply:
    """GET /metrics."""
    wanted = f"Bearer {house.config.metrics_token}"
    given = call.headers.get("authorization", "")
    if not secrets.compare_digest(given.encode(), wanted.encode()):
        told = ErrorView(NOT_AUTHENTICATED.code, NOT_AUTHENTICATED.message)
        return Reply(told, NOT_AUTHENTICATED.status, {"WWW-Authenticate": "Bearer"})
    registry = CollectorRegistry()
    registry.register(_Figures(_families(house)))
    write, content_type = choose_encoder(call.headers.get("accept", ""))
    return Reply(Pieces(iter((write(registry),)), content_type))


def _families(house: House) -> Iterator[Metric]:
    """Every family of series; only that the house is down where its database does not answer."""
    up = health.is_well(house)
    yield GaugeMetricFamily("holdfast_up", "Whether the database answers.", value=up)
    yield InfoMetricFamily("holdfast_build", "This holdfast.", {"version": metadata.version("holdfast")})
    if up:
        told = metrics.read(house)
        known = {project.id: project for project in told.projects}
        yield from _of_tasks(told, known)
        yield from _of_vaults(told, known)
        yield from _of_workers(told, clock.now())
        yield _overdue(told, known)


def _of_tasks(told: Metrics, known: dict[str, Project]) -> Iterator[Metric]:
    unfinished = GaugeMetricFamily("holdfast_tasks", "Tasks that wait or run.", labels=OF_TASKS)
    for one in told.unfinished:
        if one.project_id in known:
            labels = [*_names(known[one.project_id]), one.operation, one.status]
            unfinished.add_metric(labels, one.count)
    yield unfinished
    # Also those that are 0: a series that begins with its first failure would not be seen to rise.
    ended = CounterMetricFamily("holdfast_tasks_ended", "Tasks that have ended.", labels=OF_TASKS)
    counts = {(one.project_id, one.operation, one.status): one.count for one in told.ended}
    for project in known.values():
        for operation in Operation:
            for status in ENDS:
                labels = [*_names(project), operation, status]
                ended.add_metric(labels, counts.get((project.id, operation, status), 0))
    yield ended


def _of_vaults(told: Metrics, known: dict[str, Project]) -> Iterator[Metric]:
    used = GaugeMetricFamily("holdfast_vault_used_bytes", "What a vault takes.", labels=OF_VAULT)
    size = GaugeMetricFamily("holdfast_vault_size_bytes", "What a vault may take.", labels=OF_VAULT)
    last = GaugeMetricFamily(
        "holdfast_vault_last_good_backup_timestamp_seconds",
        "When the last good backup in a vault was begun.",
        labels=OF_VAULT,
    )
    for one in told.vaults:
        labels = [*_names(known[one.project_id]), one.vault_id, one.name]
        used.add_metric(labels, one.used_bytes)
        size.add_metric(labels, one.size_bytes)
        if one.last_good_at is not None:
            last.add_metric(labels, one.last_good_at.timestamp())
    yield from (used, size, last)


def _of_workers(told: Metrics, now: datetime) -> Iterator[Metric]:
    alive = GaugeMetricFamily("holdfast_workers", "Workers that are alive, by site.", labels=["site"])
    for site, count in told.workers.items():
        alive.add_metric([site], count)
    yield alive
    oldest = GaugeMetricFamily(
        "holdfast_oldest_waiting_task_age_seconds",
        "How long the oldest task that waits for a worker of a site, or of any, has waited.",
        labels=["site"],
    )
    made = {site or ANY_SITE: since for site, since in told.oldest_waiting_at.items()}
    for site in sorted({ANY_SITE, *told.workers, *made}):
        oldest.add_metric([site], max(0.0, (now - made.get(site, now)).total_seconds()))
    yield oldest


def _overdue(told: Metrics, known: dict[str, Project]) -> Metric:
    overdue = GaugeMetricFamily(
        "holdfast_overdue_resources",
        "Resources of which a policy let one expect a backup or a replica that did not come.",
        labels=[*OF_PROJECT, "running"],
    )
    for one in told.overdue:
        for running, count in (("true", one.running), ("false", one.lacking)):
            overdue.add_metric([*_names(known[one.project_id]), running], count)
    return overdue


def _names(project: Project) -> tuple[str, str]:
    return project.id, project.name


ROUTES = (OpenRoute("GET", "/metrics", show),)
