"""Simulated projects: ours, beyond CBR. Testers get a fresh one for every test, in ephemeral houses."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from holdfast.api.request import Call, Reply, Route
from holdfast.service import simulated_projects
from holdfast.service.context import Context
from holdfast.service.simulated_projects import SimulatedProject

from .simulated_resources import SimulatedView


class CreateBody(msgspec.Struct, frozen=True, kw_only=True):
    """What the project is called; without a name, after the region."""

    name: Annotated[str, Meta(min_length=1, max_length=64)] | None = None


class SimulatedProjectView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a client needs to work in the project, and what there is to protect in it."""

    endpoint: str
    auth_url: str
    region: str
    project_id: str
    project_name: str
    domain_name: str
    username: str
    password: str
    access_key: str
    secret_key: str
    token: str
    environment: Mapping[str, str]
    resources: Sequence[SimulatedView]

    @classmethod
    def of(cls, made: SimulatedProject) -> "SimulatedProjectView":
        """The wire's view of a project."""
        return cls(
            endpoint=made.endpoint,
            auth_url=made.auth_url,
            region=made.region,
            project_id=made.account.project_id,
            project_name=made.account.project_name,
            domain_name=made.account.domain_name,
            username=made.account.username,
            password=made.account.password,
            access_key=made.account.access_key,
            secret_key=made.account.secret_key,
            token=made.token,
            environment=made.environment,
            resources=[SimulatedView.of(one) for one in made.resources],
        )


class SimulatedProjectReply(msgspec.Struct, frozen=True):
    """The project that was made."""

    project: SimulatedProjectView


def create(context: Context, call: Call) -> Reply:
    """POST simulated-projects."""
    asked = call.read(CreateBody) if call.body else CreateBody()
    made = simulated_projects.create(context, asked.name)
    return Reply(SimulatedProjectReply(SimulatedProjectView.of(made)))


ROUTES = (Route("POST", "/simulated-projects", create),)
