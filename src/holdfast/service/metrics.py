"""The figures of a house at this moment, for a monitoring system."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from holdfast.db import metrics, policies, projects, workers
from holdfast.model import clock
from holdfast.model.metric import Metrics, OverdueCount

from . import overdue
from .context import House


def read(house: House) -> Metrics:
    """All figures, of one moment."""
    with house.db.reading() as tx:
        known = projects.find(tx)
        return Metrics(
            projects=tuple(known),
            unfinished=tuple(metrics.unfinished(tx)),
            ended=tuple(metrics.ended(tx)),
            overdue=tuple(_overdue(tx, project.id, clock.now()) for project in known),
            vaults=tuple(metrics.vaults(tx)),
            workers=_workers(tx, house.config.lease_seconds),
            oldest_waiting_at=metrics.oldest_waiting(tx),
        )


def _workers(tx: Connection, lease_seconds: float) -> Mapping[str, int]:
    """How many workers are alive, by site; one that serves several sites counts in each."""
    alive = [one for one in workers.find(tx, lease_seconds) if one.alive]
    return dict(sorted(Counter(site for one in alive for site in one.sites).items()))


def _overdue(tx: Connection, project_id: str, now: datetime) -> OverdueCount:
    """The resources that are overdue; one that two policies wait for counts once."""
    late = overdue.of_policies(tx, policies.find(tx, project_id), now)
    lacking = {one.resource_id for one in late if not one.running}
    running = {one.resource_id for one in late} - lacking
    return OverdueCount(project_id=project_id, running=len(running), lacking=len(lacking))
