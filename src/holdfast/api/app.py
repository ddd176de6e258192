"""The front room: every route of the service as one ASGI application.

| Where | What |
|---|---|
| `/`, `/v3` | which versions there are (300, nobody is asked who they are) |
| `/healthz` | whether the database answers |
| `/metrics` | figures for a monitoring system, where there is a token for it |
| `/openapi.json` | what may be asked, for machines |
| `/v3/auth/…`, `/identity/v3/…` | signing in; `/v3/auth/session` is that of browsers |
| `/v3/domain/…`, `/v3/migrates`, `/v3/region-projects` | a known caller asks beyond their project |
| `/v3/{project_id}/…` | everything else: the caller is known, and the project is the caller's |
| `/v2/{project_id}/…`, `/v1/{project_id}/jobs/…`, `/vbs/…` | the same for the Volume Backup Service v2 |

Endpoints are plain functions, run in threads when their turn has come (`turns`). What they refuse is spoken
through one table of each API (`voices`); what they did not expect is logged once, with the request's id, and
told as 500.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import TypeVar

import anyio
import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route as Mounted

from holdfast.config import Config, Ephemeral
from holdfast.model import ids
from holdfast.model.errors import InvalidParameter, NotAuthenticated, ProjectNotFound, Refusal
from holdfast.model.project import Caller
from holdfast.service import health, log_lines, tasks
from holdfast.service.context import Context, Database, House

from . import accepts, auth, cookies, desk, errors, journal, keystone, metrics, openapi, streams, voices
from .auth import Authenticate
from .errors import Answer, Voice
from .events import EventStream, Following
from .hub import Hub
from .identity import browser_sessions
from .identity import routes as identity
from .query import Query
from .request import MAX_BODY, Call, HomeRoute, Later, OpenRoute, Pieces, Reply, Route, StreamRoute
from .streams import Costly, Streamed
from .turns import in_turn
from .v2 import routes as volume_backups
from .v3 import (
    agents,
    audits,
    backup_files,
    backups,
    checkpoints,
    downloads,
    events,
    features,
    histories,
    incoming_replications,
    members,
    migrates,
    operation_log_exports,
    operation_log_summaries,
    operation_logs,
    orders,
    organization_policies,
    overdue,
    policies,
    policy_firings,
    protectables,
    protection,
    region_projects,
    regions,
    replication,
    repositories,
    resources,
    restore_previews,
    retention_previews,
    schedule_previews,
    simulated_projects,
    simulated_resources,
    storage_usage,
    sync,
    tags,
    task_warnings,
    usage_history,
    vault_policies,
    vault_resources,
    vaults,
    versions,
    workers,
)
from .waits import Waiting, Waits

log = logging.getLogger(__name__)

Answering = Callable[[Call], Reply]
AnyRoute = TypeVar("AnyRoute", Route, OpenRoute)

BODY_SECONDS = 60.0
NOTHING: Mapping[str, str] = MappingProxyType({})
IDENTITY = ("/v3", "/identity/v3")
PROJECT = "/v3/{project_id}"
ROUTES: tuple[Route, ...] = (
    *vaults.ROUTES,
    *vault_resources.ROUTES,
    *vault_policies.ROUTES,
    *orders.ROUTES,
    *tags.ROUTES,
    *checkpoints.ROUTES,
    *backups.ROUTES,
    *backup_files.ROUTES,
    *downloads.ROUTES,
    *members.ROUTES,
    *replication.ROUTES,
    *incoming_replications.ROUTES,
    *regions.ROUTES,
    *sync.ROUTES,
    *protectables.ROUTES,
    *operation_logs.ROUTES,
    *operation_log_summaries.ROUTES,
    *operation_log_exports.ROUTES,
    *histories.ROUTES,
    *events.ROUTES,
    *task_warnings.ROUTES,
    *policies.ROUTES,
    *policy_firings.ROUTES,
    *schedule_previews.ROUTES,
    *overdue.ROUTES,
    *protection.ROUTES,
    *audits.ROUTES,
    *restore_previews.ROUTES,
    *retention_previews.ROUTES,
    *organization_policies.ROUTES,
    *storage_usage.ROUTES,
    *usage_history.ROUTES,
    *features.ROUTES,
    *agents.ROUTES,
    *resources.ROUTES,
    *workers.ROUTES,
    *repositories.ROUTES,
)
# Only in a house that is gone afterwards.
EPHEMERAL_ROUTES: tuple[Route, ...] = (*simulated_resources.ROUTES, *simulated_projects.ROUTES)
HOME_ROUTES: tuple[HomeRoute, ...] = (*region_projects.ROUTES, *migrates.ROUTES)


def build(
    db: Database, config: Config, wake: Callable[[], None], authenticate: Authenticate | None = None
) -> Starlette:
    """The application over these rows; `wake` is called when a request has left tasks to do."""
    house = House(db=db, config=config, wake=wake)
    people_desk = desk.of(config)
    authenticate = authenticate or people_desk.authenticate
    signing_in = [_under(prefix, route) for prefix in IDENTITY for route in identity.ROUTES]
    people = keystone.signposted(config, [*identity.VERSIONS, *signing_in])
    measured = metrics.ROUTES if config.metrics_token else ()
    open_routes = [
        *versions.ROUTES,
        *volume_backups.VERSIONS,
        *openapi.ROUTES,
        *measured,
        *identity.ACCESS_KEYS,
        *browser_sessions.routes(people_desk),
        *people,
    ]
    simulated_routes = EPHEMERAL_ROUTES if isinstance(config, Ephemeral) else ()
    closed_routes = [_under(PROJECT, route) for route in (*ROUTES, *simulated_routes)]
    closed_routes += [_under(prefix, route) for prefix, route in volume_backups.mounted()]
    answers: dict[str, dict[str, Answering]] = defaultdict(dict)
    for open_route in open_routes:
        answers[open_route.path][open_route.method] = _anybody(house, open_route)
    for home_route in HOME_ROUTES:
        answers[home_route.path][home_route.method] = _at_home(house, home_route, authenticate)
    for route in closed_routes:
        answers[route.path][route.method] = _known_caller(house, route, authenticate)
    app = Starlette(
        routes=[_mounted(path, answers[path]) for path in sorted(answers, key=_narrow_first)],
        exception_handlers={HTTPException: _not_routed},
    )
    app.router.redirect_slashes = False
    app.state.waits = Waits(partial(tasks.unended, db))
    app.state.events = Hub(db)
    return app


def stop(app: Starlette) -> None:
    """Keep nobody waiting or listening any longer; for any thread."""
    app.state.waits.stop()
    app.state.events.stop()


def _under(prefix: str, route: AnyRoute) -> AnyRoute:
    return replace(route, path=prefix + route.path)


def _narrow_first(path: str) -> tuple[tuple[bool, str], ...]:
    """The order in which paths are tried: a word before a name that fits anything, at every step."""
    return tuple((step.startswith("{"), step) for step in path.split("/"))


def _at_home(house: House, route: HomeRoute, authenticate: Authenticate) -> Answering:
    """The endpoint behind one question: who asks?"""

    def answering(call: Call) -> Reply:
        context = _context(house, call, authenticate(house, call))
        if route.method != "GET":
            context.check_may_change()
        return route.endpoint(context, call)

    return answering


def _anybody(house: House, route: OpenRoute) -> Answering:
    def answering(call: Call) -> Reply:
        call.trace.often = route.often
        return route.endpoint(house, call)

    return answering


def _known_caller(house: House, route: Route, authenticate: Authenticate) -> Answering:
    """The endpoint behind the two questions of every call: who asks, and is the project theirs?"""
    if isinstance(route, StreamRoute):
        return Streamed(_for_project(house, route, auth.or_shown_key(authenticate)))
    answering = _for_project(house, route, authenticate)
    return Costly(answering) if route.costly else answering


def _for_project(house: House, route: Route, authenticate: Authenticate) -> Answering:
    def answering(call: Call) -> Reply:
        call.trace.often = route.often or route.only_asks
        context = _context(house, call, authenticate(house, call))
        if call.path["project_id"] != context.project_id:
            raise ProjectNotFound(call.path["project_id"])
        if route.changes:
            context.check_may_change()
        return route.endpoint(context, call)

    return answering


def _context(house: House, call: Call, caller: Caller) -> Context:
    call.trace.user_name, call.trace.project_id = caller.user_name, caller.project_id
    return Context.of(house, caller, call.request_id, call.asked)


def _mounted(path: str, methods: Mapping[str, Answering]) -> Mounted:
    voice = voices.of(path)

    async def serve(request: Request) -> Response:
        request_id = ids.new_request()
        if voice.not_acceptable is not None and not accepts.json(request.headers.getlist("accept")):
            return _refusal(voice, voice.not_acceptable, request_id)
        answering = methods["GET" if request.method == "HEAD" else request.method]
        if isinstance(answering, Streamed) and streams.is_large(request):
            call = _call(request, path, b"", request_id)
            return await streams.serve(request, call, partial(_respond, answering))
        try:
            body = await (_file if isinstance(answering, Streamed) else _body)(request, voice)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to read it
        if isinstance(body, Answer):
            return _refusal(voice, body, request_id)
        call = _call(request, path, body, request_id)
        if isinstance(answering, Streamed):
            return await streams.in_thread(partial(_respond, answering, replace(call, upload=iter((body,)))))
        if isinstance(answering, Costly):
            return await streams.in_share(call.path["project_id"], partial(_respond, answering, call))
        return await in_turn(partial(_respond, answering, call))

    return Mounted(path, serve, methods=list(methods))


async def _body(request: Request, voice: Voice) -> bytes | Answer:
    """The body, or what is said as soon as it is known to be too large, or to take too long."""
    parts = bytearray()
    with anyio.move_on_after(BODY_SECONDS) as waiting:
        async for part in request.stream():
            parts += part
            if len(parts) > MAX_BODY:
                return voice.body_too_large
    return voice.body_too_slow if waiting.cancelled_caught else bytes(parts)


async def _file(request: Request, voice: Voice) -> bytes | Answer:
    """The same of a file that is put somewhere: lines may be slow, only silence ends it."""
    try:
        return await streams.held(request)
    except InvalidParameter as refusal:
        return voice.answer(refusal)


def _call(request: Request, route: str, body: bytes, request_id: str) -> Call:
    return Call(
        method=request.method,
        route=route,
        address=str(request.base_url).rstrip("/"),
        target=_target(request),
        path=request.path_params,
        query=Query(request.query_params.multi_items()),
        headers=dict(request.headers),
        body=body,
        request_id=request_id,
    )


def _target(request: Request) -> str:
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    query: bytes = request.scope["query_string"]
    return (raw + b"?" + query if query else raw).decode("latin-1")


def _respond(answering: Answering, call: Call) -> Response:
    began = time.monotonic()
    response = _answered(answering, call)
    journal.tell(call, response, time.monotonic() - began)
    if cookies.held(call):  # whoever has the browser next shall not find it there
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _answered(answering: Answering, call: Call) -> Response:
    voice = voices.of(call.route)
    try:
        _check_path(call)
        with log_lines.about(request=call.request_id):
            return _spoken(answering, call)
    except Refusal as refusal:
        return _refusal(voice, voice.answer(refusal), call.request_id, _challenge(refusal, call))
    except Exception as fault:
        if health.is_outage(fault):
            log.warning("%s %s %s: %s", call.request_id, call.method, call.route, fault)
            return _refusal(voice, voice.unavailable, call.request_id)
        log.exception("%s %s %s failed", call.request_id, call.method, call.route)
        return _refusal(voice, voice.unexpected, call.request_id)


def _spoken(answering: Answering, call: Call) -> Response:
    reply = answering(call)
    later = reply.body
    if isinstance(later, Later):
        return Waiting(later, partial(_respond, lambda _: later.reply(), call))
    if isinstance(later, Following):
        return EventStream(
            later,
            call.request_id,
            lambda refusal: _refusal(errors.CBR, errors.answer(refusal), call.request_id),
            partial(answering, call),
        )
    return _written(reply, call.request_id, call.path.get("project_id", ""))


def _check_path(call: Call) -> None:
    for name, value in call.path.items():
        if "\x00" in value:
            raise InvalidParameter(name, "must not contain NUL")


def _challenge(refusal: Refusal, call: Call) -> dict[str, str]:
    """401 tells where to sign in, as HTTP asks of it."""
    if not isinstance(refusal, NotAuthenticated):
        return {}
    return {"WWW-Authenticate": f'Keystone uri="{call.address}/identity/v3"'}


def _written(reply: Reply, request_id: str, project_id: str = "") -> Response:
    headers = {**reply.headers, "X-Request-Id": request_id}
    if reply.body is None:
        return Response(status_code=reply.status, headers=headers)
    if isinstance(reply.body, Pieces):
        return streams.Pulled(project_id, reply.body, reply.status, headers)
    content = msgspec.json.encode(reply.body)
    return Response(content, reply.status, headers=headers, media_type="application/json")


def _refusal(voice: Voice, told: Answer, request_id: str, headers: Mapping[str, str] = NOTHING) -> Response:
    return _written(Reply(voice.view(told), told.status, headers), request_id)


async def _not_routed(request: Request, error: Exception) -> Response:
    """What Starlette says of a path or method that nobody serves, in the words of the API that it is near."""
    voice = voices.of(request.scope["path"])
    told = voice.of_error(getattr(error, "status_code", 404), request.method)
    return _refusal(voice, told, ids.new_request(), getattr(error, "headers", None) or NOTHING)
