"""Bad input to every operation: refused as a problem that names all its fields, whoever sends it."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import pytest

from support import api, people

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    import httpx

    from jiebang.web.assembly import Application
    from support.api import Operation

OPERATIONS = api.operations()
WITH_BODY = [o for o in OPERATIONS if o.schema is not None]
IF_MATCH = [o for o in OPERATIONS if o.wants("If-Match")]
KEYED = [o for o in OPERATIONS if o.wants("Idempotency-Key")]
PAGED = [o for o in OPERATIONS if "limit" in o.names("query")]
named = pytest.mark.parametrize
WRONG = {"string": 7, "integer": "seven", "number": "seven", "boolean": "yes", "array": {}, "object": []}


@pytest.fixture(scope="module")
async def clients(whole: Application) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    """Somebody of each class, and nobody."""
    org = await people.organisation("agency")
    actors = {
        "member": await people.actor(org, ["member"]),
        "officer": await people.actor(org, ["agency_officer"]),
        "reviewer": await people.actor(org, ["member"], reviewer=True),
    }
    async with AsyncExitStack() as stack:
        signed_in = {k: await stack.enter_async_context(api.client(whole, a)) for k, a in actors.items()}
        yield signed_in | {"nobody": await stack.enter_async_context(api.client(whole))}


def sender(clients: dict[str, httpx.AsyncClient], operation: Operation) -> httpx.AsyncClient:
    """Somebody whom the operation admits."""
    return clients["nobody" if operation.public else operation.role]


async def send(clients: dict[str, httpx.AsyncClient], operation: Operation, **options: Any) -> httpx.Response:
    return await api.call(sender(clients, operation), operation, api.absent(operation), **options)


def pointers(answer: httpx.Response) -> set[str]:
    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid"), answer.text
    return {error["pointer"] for error in answer.json()["errors"]}


@named("operation", OPERATIONS, ids=lambda o: o.id)
async def test_nobody(operation: Operation, clients: dict[str, httpx.AsyncClient]) -> None:
    for language in ("zh-CN", "en"):
        headers = operation.headers() | {"accept-language": f"{language},*;q=0.1"}
        answer = await api.call(clients["nobody"], operation, api.absent(operation), headers=headers)
        if operation.public:
            assert answer.status_code != 401, answer.text
            continue
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
        assert answer.json()["detail"] == {"zh-CN": "请先登录。", "en": "Sign in first."}[language]
        assert answer.headers["content-language"] == language
        assert "accept-language" in answer.headers["vary"].lower()
        assert answer.headers["www-authenticate"] == "Cookie"


@named("operation", [o for o in OPERATIONS if not o.public], ids=lambda o: o.id)
async def test_nobody_is_told_so_before_anything_else(
    operation: Operation, clients: dict[str, httpx.AsyncClient]
) -> None:
    answer = await api.call(
        clients["nobody"], operation, api.absent(operation), content=b"{", headers={"content-type": "text/plain"}
    )
    assert answer.status_code == 401


@named("operation", [o for o in OPERATIONS if o.method != "GET" and not o.public], ids=lambda o: o.id)
async def test_a_forged_request(operation: Operation, clients: dict[str, httpx.AsyncClient]) -> None:
    for forged in ({"x-csrf-token": "guessed"}, {"origin": "https://evil.example"}):
        answer = await send(clients, operation, headers=operation.headers() | forged)
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf")


@named("operation", WITH_BODY, ids=lambda o: o.id)
async def test_bodies_that_are_none(operation: Operation, clients: dict[str, httpx.AsyncClient]) -> None:
    headers = operation.headers() | {"content-type": "application/json"}
    for content in (b"{", b'{"a": }', b"\xff\xfe", b"nul", b"[" * 100_000):
        answer = await send(clients, operation, content=content, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "request.malformed_json"), content[:20]
    for content in (b"", b"null", b"[]", b"7", b'"text"'):
        answer = await send(clients, operation, content=content, headers=headers)
        assert answer.status_code in {400, 422}, (content, answer.text)
    big = b'{"a": "' + b"x" * 1024 * 1024 + b'"}'
    assert (await send(clients, operation, content=big, headers=headers)).status_code == 413
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = await send(clients, operation, content=b"{}", headers=headers | {"content-type": kind})
        assert (answer.status_code, answer.json()["code"]) == (415, "request.media_type"), kind


@named("operation", WITH_BODY, ids=lambda o: o.id)
async def test_every_field_is_named_at_once(operation: Operation, clients: dict[str, httpx.AsyncClient]) -> None:
    assert operation.schema is not None
    properties = operation.schema["properties"]
    wrong = {name: next(_wrong(schema)) for name, schema in properties.items()}
    named_by = pointers(await send(clients, operation, json=wrong | {"no_such_field": 1}))
    missed = {f"/{name}" for name in properties} - {f"/{pointer.split('/')[1]}" for pointer in named_by}
    assert not missed
    assert "/no_such_field" in named_by
    if required := operation.schema.get("required"):
        assert pointers(await send(clients, operation, json={})) == {f"/{name}" for name in required}
    assert pointers(await send(clients, operation, json=operation.example | {"no_such_field": 1})) == {"/no_such_field"}


@named("operation", WITH_BODY, ids=lambda o: o.id)
async def test_texts_that_cannot_be_stored(operation: Operation, clients: dict[str, httpx.AsyncClient]) -> None:
    places = dict(_strings(operation.example, ""))
    answer = await send(clients, operation, json=_each(operation.example, lambda text: f"{text}\0"))
    assert pointers(answer) >= places.keys()
    answer = await send(
        clients, operation, content=b'{"a": "\\ud800"}', headers=operation.headers() | {"content-type": "application/json"}
    )
    assert answer.status_code in {400, 422}


@named("operation", IF_MATCH, ids=lambda o: o.id)
async def test_if_match(operation: Operation, clients: dict[str, httpx.AsyncClient]) -> None:
    headers = operation.headers()
    del headers["if-match"]
    assert (await send(clients, operation, headers=headers)).status_code == 428
    for garbage in ("*", 'W/"1-x"', "1-x", '"x"', '"1-x", "2-x"', '"-1-x"', '"99999999999999-x"'):
        answer = await send(clients, operation, headers=headers | {"if-match": garbage})
        assert (answer.status_code, answer.json()["code"]) == (412, "stale"), garbage


@named("operation", KEYED, ids=lambda o: o.id)
async def test_idempotency_key(operation: Operation, clients: dict[str, httpx.AsyncClient]) -> None:
    headers = operation.headers()
    del headers["idempotency-key"]
    for sent, code in (({}, "idempotency.key_missing"), *(({"idempotency-key": k}, "idempotency.key_invalid") for k in ("", "k" * 129, "a b"))):
        answer = await send(clients, operation, headers=headers | sent)
        assert (answer.status_code, answer.json()["code"]) == (400, code)


@named("operation", PAGED, ids=lambda o: o.id)
async def test_pages_are_bounded(operation: Operation, clients: dict[str, httpx.AsyncClient]) -> None:
    http, path = sender(clients, operation), operation.path.format(**api.absent(operation))
    for limit in ("0", "101", "-1", "many", "1.5", "9" * 30):
        answer = api.checked(operation, await http.get(path, params={"limit": limit}))
        assert pointers(answer) == {"/limit"}
        assert answer.json()["errors"][0]["in"] == "query"
    for cursor in ("garbage", "AAAA", "é", "x" * 5000, "", "%00"):
        answer = api.checked(operation, await http.get(path, params={"cursor": cursor}))
        assert (answer.status_code, answer.json()["code"]) == (400, "pagination.cursor_invalid"), cursor


@named("operation", [o for o in OPERATIONS if o.names("path") or o.names("query")], ids=lambda o: o.id)
async def test_parameters_that_make_no_sense(operation: Operation, clients: dict[str, httpx.AsyncClient]) -> None:
    http = sender(clients, operation)
    for name in operation.names("path"):
        for value in ("7", "%00", "..%2f..", "%F0%9F", "x" * 300):
            path = operation.path.format(**api.absent(operation) | {name: value})
            answer = await http.request(operation.method, path, headers=operation.headers(), json=operation.example)
            assert api.checked(operation, answer).status_code in {400, 404, 422}, (value, answer.text)
    for name in operation.names("query"):
        for value in ("\0", "\ud83d".encode("utf-8", "surrogatepass"), "x" * 300):
            url = operation.path.format(**api.absent(operation))
            answer = api.checked(operation, await http.get(url, params={name: value}))
            assert answer.status_code in {200, 400, 404, 422}


def _wrong(schema: dict[str, Any]) -> Iterator[Any]:
    """A value that no branch of the schema takes."""
    branches = cast("list[dict[str, Any]]", schema.get("anyOf") or schema.get("oneOf") or [schema])
    kinds = {kind for b in branches for kind in ([b["type"]] if isinstance(b.get("type"), str) else b.get("type", ["string"]))}
    for kind, value in WRONG.items():
        if kind in kinds and not _fits(value, kinds):
            yield value
    yield 7.5


def _fits(value: Any, kinds: set[str]) -> bool:
    natural = {int: {"integer", "number"}, str: {"string"}, dict: {"object"}, list: {"array"}}
    return bool(natural[type(value)] & kinds)


def _strings(value: Any, at: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield at, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in cast("Any", items):
        yield from _strings(item, f"{at}/{key}")


def _each(value: Any, change: Any) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: _each(item, change) for key, item in cast("dict[str, Any]", value).items()}
    return [_each(item, change) for item in cast("list[Any]", value)] if isinstance(value, list) else value
