"""The whole composed API over HTTP on this process's pools, and its operations as its document tells them."""

from __future__ import annotations

import json
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID, uuid4

import httpx
from litestar import Response
from litestar.serialization import encode_json

from jiebang.app import create
from jiebang.settings import Settings
from jiebang.web.csrf import csrf_token
from jiebang.web.openapi import document
from jiebang.web.session import SessionCookie
from support import people

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from jiebang.engines.local import Endpoints
    from jiebang.kernel.actor import Actor
    from jiebang.web.assembly import Application
    from jiebang.web.build import Builds

HOST = "https://jiebang.example"
WORDS = {"role": "screener", "taxonomy": "no-such-version", "n": "1"}
"""Path parameters that are no ids."""


def composed(endpoints: Endpoints, builds: Builds | None = None) -> Application:
    """The application as a process composes it, with these pages if any are given; its lifespan is not run, since the
    test process has the pools open; limits count in this process.
    """
    settings = Settings().model_copy(  # pyright: ignore[reportCallIssue] - from the environment
        update={"base_url": HOST, "s3_endpoint": endpoints.s3_endpoint}
    )
    return create(settings, builds)


@asynccontextmanager
async def client(app: Application, actor: Actor | None = None, *, address: str = "127.0.0.1") -> AsyncIterator[Any]:
    """A browser of the app, in English, signed in as `actor` in a fresh session if one is given."""
    headers = {"accept-language": "en"}
    if actor is not None:
        _, token = await people.sign_in(actor.person_id, actor.org_id)
        response: Response[None] = Response(None)
        SessionCookie().set(response, token)
        headers |= {"cookie": f"{SessionCookie().name}={response.cookies[0].value}", "x-csrf-token": csrf_token(token)}
    transport = httpx.ASGITransport(app=cast("Any", app), client=(address, 9), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=HOST, headers=headers) as http:
        yield http


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the OpenAPI document, with what a probe must know of it."""

    id: str
    method: str
    path: str
    parameters: tuple[dict[str, Any], ...]
    schema: dict[str, Any] | None
    """Of its body, references resolved; None without a body."""
    example: Any
    responses: dict[str, Any]
    document: dict[str, Any]

    @property
    def public(self) -> bool:
        """Whether it wants no session."""
        return "security" not in self.document

    @property
    def role(self) -> str:
        """The privilege class that it names: member, officer or reviewer."""
        scopes = self.document.get("security", [{"session": []}])[0]["session"]
        return scopes[0] if scopes else "member"

    def names(self, place: str) -> list[str]:
        """The names of its parameters in path, query or header."""
        return [parameter["name"] for parameter in self.parameters if parameter["in"] == place]

    def wants(self, header: str) -> bool:
        """Whether it demands this header."""
        return any(p["name"] == header and p["required"] for p in self.parameters if p["in"] == "header")

    def url(self, values: dict[str, str]) -> str:
        """Its address; a parameter without a value fails, so that no new operation goes unprobed."""
        query = {"assignment": str(uuid4()), "uscc": "91310115000000000X"}
        wanted = [p["name"] for p in self.parameters if p["in"] == "query" and p["required"]]
        asked = "&".join(f"{name}={values.get(name) or query[name]}" for name in wanted)
        return self.path.format(**values) + (f"?{asked}" if asked else "")

    def headers(self, version: int = 1) -> dict[str, str]:
        """The headers that it demands, with a fresh key."""
        sent = {"idempotency-key": uuid4().hex} if self.wants("Idempotency-Key") else {}
        return sent | ({"if-match": f'"{version}-x"'} if self.wants("If-Match") else {})


def _resolve(node: Any, schemas: dict[str, Any], depth: int = 0) -> Any:
    if isinstance(node, list):
        return [_resolve(item, schemas, depth) for item in cast("list[Any]", node)]
    if not isinstance(node, dict) or depth > 8:
        return node
    members = cast("dict[str, Any]", node)
    if "$ref" in members:
        return _resolve(schemas[members["$ref"].rpartition("/")[2]], schemas, depth + 1)
    return {name: _resolve(item, schemas, depth) for name, item in members.items()}


@cache
def openapi() -> dict[str, Any]:
    """The composed application's document, as it goes over the wire."""
    return json.loads(encode_json(document(create(Settings()))))  # pyright: ignore[reportCallIssue]


@cache
def operations() -> tuple[Operation, ...]:
    """Every operation of the document."""
    schemas = openapi()["components"]["schemas"]
    found: list[Operation] = []
    for path, methods in openapi()["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            schema = _resolve(content["schema"], schemas) if content else None
            found.append(
                Operation(
                    operation["operationId"], method.upper(), path, tuple(operation.get("parameters", ())),
                    schema, schema and schema["examples"][0],
                    operation["responses"], operation,
                )
            )  # fmt: skip
    return tuple(found)


def absent(operation: Operation) -> dict[str, str]:
    """Values of its path parameters that name nothing."""
    return {name: WORDS.get(name) or str(uuid4()) for name in operation.names("path")}


async def call(http: httpx.AsyncClient, operation: Operation, values: dict[str, str], **options: Any) -> httpx.Response:
    """Call it with its example as body (or `json`, `content`) and the headers that it demands (or `headers`)."""
    if operation.schema is not None and not {"json", "content"} & options.keys():
        options["json"] = operation.example
    options.setdefault("headers", operation.headers())
    return checked(operation, await http.request(operation.method, operation.url(values), **options))


def checked(operation: Operation, answer: httpx.Response) -> httpx.Response:
    """The answer, if its status is documented and, from 400 on, its body is a whole problem that tells nothing."""
    told = f"{operation.id}: {answer.status_code} {answer.text[:300]}"
    assert str(answer.status_code) in operation.responses, f"not documented: {told}"
    assert answer.status_code < 500, told
    UUID(answer.headers["x-request-id"])
    if answer.status_code >= 400:
        problem = answer.json()
        assert answer.headers["content-type"] == "application/problem+json", told
        assert answer.headers["content-language"] in {"en", "zh-CN"}, told
        assert answer.headers["cache-control"] == "no-store", told
        assert problem["status"] == answer.status_code, told
        assert problem["type"] == f"/problems/{problem['code']}", told
        assert problem["title"], told
        assert problem["detail"], told
        hidden = answer.status_code == 404
        assert problem.get("instance") == (None if hidden else f"urn:uuid:{answer.headers['x-request-id']}"), told
        assert not re.search(r"asyncpg|Traceback|jiebang_|_key\b|_fkey|select |psycopg|File \"", answer.text), told
    return answer
