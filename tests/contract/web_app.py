"""A small application with every web concern on, for the contract tests of `web`."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any, cast
from uuid import UUID, uuid4

import asyncpg
import httpx
import msgspec
import pydantic
import uvicorn
from litestar import Request, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.exceptions import ServiceUnavailableException
from litestar.params import FromPath, FromQuery, JSONBody

from jiebang.kernel.actor import Actor
from jiebang.kernel.errors import (
    FieldProblem,
    Forbidden,
    Invalid,
    NotFound,
    Refused,
    Rule,
    Stale,
    TooMany,
    Unauthenticated,
)
from jiebang.kernel.malformed import malformed
from jiebang.platform.crypto import new_token, token_hash
from jiebang.platform.limits import Limiter
from jiebang.platform.telemetry import Metrics
from jiebang.web import wire
from jiebang.web.assembly import Application, WebConfig, create_app
from jiebang.web.csrf import csrf_token
from jiebang.web.pagination import DEFAULT_LIMIT, Limit
from jiebang.web.session import (
    RequestContext,
    SessionCookie,
    SessionResolver,
    Sessions,
)

LATE = Rule("application.late", "申报已于 {closed} 截止。", "Submission closed at {closed}.")
ODD = Rule("topic.odd", "应为偶数。", "Must be even.")
BOOM = "postgres://secret@db"


class Body(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)


class Unit(enum.Enum):
    METRE = "m"
    SECOND = "s"


class Indicator(Body):
    name: Annotated[str, pydantic.Field(min_length=2, max_length=5)]
    unit: Unit
    threshold: Annotated[int, pydantic.Field(gt=0)]


class Draft(Body):
    title: Annotated[str, pydantic.Field(min_length=1, max_length=20)]
    agency: UUID
    closes_at: datetime
    open: bool
    even: int = 2
    indicators: tuple[Indicator, ...] = ()

    @pydantic.field_validator("even")
    @classmethod
    def _even(cls, value: int) -> int:
        if value % 2:
            raise malformed(ODD)
        return value


class Answer(msgspec.Struct):
    id: str
    title: str


class Versioned(msgspec.Struct):
    title: str
    version: int


class Door:
    """Sessions in memory, in the place of identity."""

    def __init__(self) -> None:
        self.known: dict[bytes, Actor] = {}
        self.looked_up = 0

    async def __call__(self, token_hash: bytes, /) -> Actor | None:
        self.looked_up += 1
        return self.known.get(token_hash)

    def open(self) -> str:
        token = new_token()
        digest = token_hash(token)
        self.known[digest] = Actor(
            digest, uuid4(), "演示甲", "a@example.org", "en", None, frozenset({"jiebang_member"}), frozenset()
        )
        return token


@post("/api/v1/drafts", operation_id="draft_create")
async def create_draft(data: JSONBody[Draft], dry: FromQuery[bool] = False) -> Answer:
    return Answer(str(data.agency), data.title)


@get("/api/v1/topics/{topic_id:uuid}", operation_id="topic_read")
async def read_topic(topic_id: FromPath[UUID], limit: Limit = DEFAULT_LIMIT) -> Versioned:
    return Versioned("t", 7)


@patch("/api/v1/topics/{topic_id:uuid}", operation_id="topic_edit", opt={"if_match": True})
async def edit_topic(if_match: NamedDependency[int], topic_id: FromPath[UUID]) -> Versioned:
    if if_match != 7:
        raise Stale
    return Versioned("edited", 8)


@delete("/api/v1/topics/{topic_id:uuid}", operation_id="topic_delete")
async def delete_topic(topic_id: FromPath[UUID]) -> None:
    return None


def errors() -> dict[str, Exception]:
    return {
        "refused": Refused(LATE, closed="17:00"),
        "forbidden": Forbidden(LATE, closed="17:00"),
        "not_found": NotFound("topic 17 of agency 4"),
        "unauthenticated": Unauthenticated(),
        "stale": Stale(),
        "invalid": Invalid([FieldProblem("/a", ODD), FieldProblem("/b/0", LATE)]),
        "too_many": TooMany(7),
        "unique": asyncpg.UniqueViolationError('duplicate key value violates "person_email_key"'),
        "foreign": asyncpg.ForeignKeyViolationError("x"),
        "check": asyncpg.CheckViolationError("x"),
        "privilege": asyncpg.InsufficientPrivilegeError("permission denied for table person"),
        "data": asyncpg.DataError("invalid byte sequence"),
        "deadlock": asyncpg.DeadlockDetectedError("x"),
        "serialization": asyncpg.SerializationError("x"),
        "lost": asyncpg.ConnectionDoesNotExistError("x"),
        "closed": asyncpg.InterfaceError("connection is closed"),
        "timeout": TimeoutError(),
        "unavailable": ServiceUnavailableException(detail=BOOM),
        "crash": RuntimeError(BOOM),
        "syntax": asyncpg.PostgresSyntaxError(BOOM),
        "msgspec": msgspec.ValidationError(BOOM),
    }


@get("/api/v1/errors/{kind:str}", operation_id="error")
async def fail(kind: FromPath[str]) -> None:
    raise errors()[kind]


@get("/api/v1/me", operation_id="me", opt={"public": False})
async def me(context: NamedDependency[RequestContext]) -> dict[str, str]:
    return {"person": str(context.actor and context.actor.person_id)}


@get("/api/v1/session", operation_id="session_read")
async def read_session(context: NamedDependency[RequestContext]) -> dict[str, str | None]:
    token = context.token
    return {
        "person": str(context.actor and context.actor.person_id),
        "csrf": None if token is None else csrf_token(token),
    }


@post("/api/v1/session", operation_id="session_create")
async def sign_in(
    request: Request[Any, Any, Any],
    context: NamedDependency[RequestContext],
    sessions: NamedDependency[Sessions],
) -> Response[None]:
    door: Door = request.app.state.door
    if context.actor is not None:  # rotation: the session that came with the request ends
        door.known.pop(context.actor.token_hash)
        sessions.forget(context.actor.token_hash)
    response: Response[None] = Response(None)
    sessions.cookie.set(response, door.open())
    return response


@get("/page", operation_id="page", media_type="text/html")
async def page() -> str:
    return "<!doctype html>"


@get("/api/v1/limited", operation_id="limited", opt={"rate": "3/minute"})
async def limited() -> dict[str, bool]:
    return {"ok": True}


ROUTES = [
    create_draft, read_topic, edit_topic, delete_topic, fail, me, read_session, sign_in, page, limited,
]  # fmt: skip


def build(
    *,
    routes: list[Any] | None = None,
    config: WebConfig | None = None,
    limiter: Limiter | None = None,
    resolver: SessionResolver | None = None,
    **options: Any,
) -> tuple[Application, Door, Metrics]:
    door, metrics = Door(), Metrics()
    app = create_app(
        ROUTES if routes is None else routes,
        config=config or WebConfig(),
        resolver=resolver or door,
        limiter=limiter or Limiter(None, metrics),
        metrics=metrics,
        opt={"public": resolver is None},
        **options,
    )
    app.state.door = door
    return app, door, metrics


@asynccontextmanager
async def served(app: Any) -> AsyncIterator[int]:
    """The application behind our protocol on a real socket; its port."""
    config = uvicorn.Config(app, "127.0.0.1", 0, http=wire.Wire, lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:  # it tells nobody
        await asyncio.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await running


@asynccontextmanager
async def browser(
    app: Application, token: str | None = None, client: tuple[str, int] = ("127.0.0.1", 9), **headers: str
):
    """An HTTP client of the application, in English, signed in when it has a token."""
    transport = httpx.ASGITransport(app=cast("Any", app), client=client, raise_app_exceptions=False)
    sent = {"accept-language": "en", **{k.replace("_", "-"): v for k, v in headers.items()}}
    if token is not None:
        cookie = SessionCookie()
        response: Response[None] = Response(None)
        cookie.set(response, token)
        sent |= {"cookie": f"{cookie.name}={response.cookies[0].value}", "x-csrf-token": csrf_token(token)}
    async with httpx.AsyncClient(transport=transport, base_url="https://jiebang.example", headers=sent) as http:
        yield http
