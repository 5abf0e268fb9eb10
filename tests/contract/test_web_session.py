"""Sessions are made here, never taken from a client; forged and stale requests find nobody."""

from __future__ import annotations

import pydantic
import pytest
from litestar import Response, get, post
from litestar.exceptions import ImproperlyConfiguredException
from litestar.params import JSONBody

from jiebang.web.assembly import WebConfig
from jiebang.web.csrf import csrf_token
from jiebang.web.session import SessionCookie, Sessions, token_hash

from .web_app import ROUTES, browser, build

NAME = "__Host-jiebang"


async def test_a_planted_token_never_becomes_a_session():
    app, door, _ = build()
    planted = "p" * 43
    async with browser(app, cookie=f"{NAME}={planted}") as http:
        signed = await http.post("/api/v1/session")
    assert signed.status_code == 201
    given = signed.cookies[NAME]
    assert given != planted
    assert token_hash(planted) not in door.known
    async with browser(app, cookie=f"{NAME}={planted}") as http:
        assert (await http.get("/api/v1/me")).status_code == 401
    async with browser(app, cookie=f"{NAME}={given}") as http:
        assert (await http.get("/api/v1/me")).status_code == 200


async def test_signing_in_again_rotates_and_ends_the_session_it_came_with():
    app, door, _ = build()
    first = door.open()
    async with browser(app, first) as http:
        assert (await http.get("/api/v1/me")).status_code == 200
        signed = await http.post("/api/v1/session")
        assert signed.cookies[NAME] != first
    async with browser(app, first) as http:
        assert (await http.get("/api/v1/me")).status_code == 401


async def test_the_cookie_is_host_only_secure_and_unreadable():
    app, _, _ = build()
    async with browser(app) as http:
        headers = (await http.post("/api/v1/session")).headers
    assert headers["cache-control"] == "no-store", "nobody keeps an answer that carries it"
    name, *attributes = headers["set-cookie"].split("; ")
    assert name.startswith(f"{NAME}=")
    assert {a.lower() for a in attributes} == {"secure", "httponly", "samesite=lax", "path=/"}


async def test_plain_http_development_has_its_own_cookie():
    app, _, _ = build(config=WebConfig(https=False))
    async with browser(app) as http:
        response = await http.post("/api/v1/session")
    assert response.headers["set-cookie"].startswith("jiebang=")
    assert "secure" not in response.headers["set-cookie"].lower()
    assert "strict-transport-security" not in response.headers


def test_clearing_expires_the_cookie_and_short_tokens_are_refused():
    response: Response[None] = Response(None)
    SessionCookie().clear(response)
    assert (response.cookies[0].max_age, response.cookies[0].value) == (0, "")
    with pytest.raises(ValueError, match="token"):
        SessionCookie().set(response, "short")


@pytest.mark.parametrize("value", ["", "x", "é", "a" * 43 + "!", "a" * 4000, "%00"])
async def test_a_malformed_cookie_is_nobody(value):
    app, door, _ = build()
    async with browser(app) as http:
        response = await http.get("/api/v1/me", headers=[(b"cookie", f"{NAME}={value}".encode())])
    assert response.status_code == 401
    assert door.looked_up == 0


async def test_the_resolver_is_asked_once_per_ttl():
    app, door, _ = build(config=WebConfig(session_cache=5))
    token = door.open()
    async with browser(app, token) as http:
        for _ in range(5):
            assert (await http.get("/api/v1/me")).status_code == 200
    assert door.looked_up == 1
    with pytest.raises(ValueError, match="5 s"):
        Sessions(SessionCookie(), door, 5.1)


async def test_a_session_that_ended_is_forgotten_with_whatever_mark_it_came():
    app, door, _ = build(config=WebConfig(session_cache=5))
    token, other = door.open(), door.open()
    sent = [f"{NAME}={token}", f"{NAME}={token}.0000abcd", f"theme=dark;{NAME}={token}"]
    for cookie in (*sent, f"{NAME}={other}"):
        async with browser(app, cookie=cookie) as http:
            assert (await http.get("/api/v1/me")).status_code == 200
    assert door.looked_up == 3
    async with browser(app, token) as http:
        assert (await http.post("/api/v1/session")).status_code == 201  # ends the session that it came with
    for cookie in sent:
        async with browser(app, cookie=cookie) as http:
            assert (await http.get("/api/v1/me")).status_code == 401
    door.known.clear()
    async with browser(app, cookie=f"{NAME}={other}") as http:
        assert (await http.get("/api/v1/me")).status_code == 200, "another one's is kept for its time"


async def test_without_a_cache_a_revoked_session_ends_with_the_next_request():
    app, door, _ = build(config=WebConfig(session_cache=0))
    token = door.open()
    async with browser(app, token) as http:
        assert (await http.get("/api/v1/me")).status_code == 200
        door.known.clear()
        assert (await http.get("/api/v1/me")).status_code == 401


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({}, True),
        ({"x-csrf-token": ""}, False),
        ({"x-csrf-token": csrf_token("x" * 43)}, False),
        ({"x-csrf-token": "é"}, False),
        ({"origin": "https://jiebang.example"}, True),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "http://jiebang.example"}, False),
        ({"origin": "https://evil.example@jiebang.example"}, False),
        ({"origin": "https://jiebang.example/"}, False),
        ({"origin": "null"}, False),
        ({"origin": "https://pages.example"}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
    ],
)
async def test_unsafe_requests_prove_that_they_come_from_our_page(headers, passes):
    app, door, _ = build(config=WebConfig(origins=("https://pages.example",)))
    async with browser(app, door.open()) as http:
        encoded = [
            (b"x-csrf-token", v.encode()) if k == "x-csrf-token" else (k.encode(), v.encode())
            for k, v in headers.items()
        ]
        response = await http.request("DELETE", "/api/v1/topics/019ab000-0000-7000-8000-000000000000", headers=encoded)
    assert (response.status_code == 204) is passes
    if not passes:
        assert (response.status_code, response.json()["code"]) == (403, "csrf")


async def test_signing_in_across_sites_is_refused_too_and_reading_is_not():
    app, door, _ = build()
    async with browser(app, origin="https://evil.example") as http:
        assert (await http.post("/api/v1/session")).status_code == 403
        assert (await http.get("/api/v1/session")).status_code == 200
    assert door.known == {}


async def test_the_token_that_the_session_delivers_opens():
    app, door, _ = build()
    token = door.open()
    async with browser(app, token) as http:
        delivered = (await http.get("/api/v1/session")).json()["csrf"]
        assert token not in delivered
        del http.headers["x-csrf-token"]
        path = "/api/v1/topics/019ab000-0000-7000-8000-000000000000"
        assert (await http.delete(path)).status_code == 403
        assert (await http.delete(path, headers={"x-csrf-token": delivered})).status_code == 204


async def test_what_one_person_reads_is_never_served_to_another():
    app, door, _ = build()
    answers = []
    for token in (door.open(), door.open()):
        async with browser(app, token) as http:
            response = await http.get("/api/v1/me")
            assert response.headers["cache-control"] == "no-store"
            assert "cookie" in response.headers["vary"].lower()
            answers.append(response.json()["person"])
    async with browser(app) as http:
        assert (await http.get("/api/v1/me")).status_code == 401
    assert len(set(answers)) == 2


@pytest.mark.parametrize("broken", ["cache", "no_operation_id", "twice", "open body"])
def test_dangerous_routes_do_not_start(broken):
    options = {
        "cache": {"cache": 60, "operation_id": "mine"},
        "no_operation_id": {},
        "twice": {"operation_id": "me"},
        "open body": {"operation_id": "mine"},
    }[broken]

    class Loose(pydantic.BaseModel):
        title: str

    @get("/api/v1/mine", **options)
    async def mine() -> dict[str, str]:
        return {}

    async def loose(data: JSONBody[Loose]) -> None:
        return None

    loose.__annotations__["data"] = JSONBody[Loose]
    route = post("/api/v1/mine", **options)(loose) if broken == "open body" else mine
    with pytest.raises(ImproperlyConfiguredException):
        build(routes=[*ROUTES, route])


async def test_a_signed_in_response_is_not_stored_even_by_a_handler_that_asks_for_it():
    @get("/api/v1/shared", operation_id="shared", sync_to_thread=False)
    def shared() -> Response[dict[str, str]]:
        return Response({}, headers={"cache-control": "public, max-age=60"})

    app, door, _ = build(routes=[shared])
    async with browser(app, door.open()) as http:
        assert (await http.get("/api/v1/shared")).headers["cache-control"] == "no-store"
    async with browser(app) as http:
        assert (await http.get("/api/v1/shared")).headers["cache-control"] == "public, max-age=60"
