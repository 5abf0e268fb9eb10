"""Limits hold across processes on the real Valkey, and per process without it."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from jiebang.kernel.errors import TooMany
from jiebang.platform.limits import Limiter, Windows
from jiebang.platform.telemetry import Metrics
from jiebang.web.assembly import WebConfig
from jiebang.web.client import client_key, networks

from .web_app import browser, build

CHILD = """
import asyncio, sys
from jiebang.platform.limits import Limiter, Windows
async def main():
    limiter = Limiter(sys.argv[1])
    print(sum([(await limiter.hit("10/minute", "shared", sys.argv[2])).allowed for _ in range(8)]))
    await limiter.aclose()
asyncio.run(main())
"""


@pytest.fixture
async def limiter(endpoints):
    limiter = Limiter(endpoints.redis_url, Metrics())
    yield limiter
    await limiter.aclose()


async def test_two_processes_share_one_limit(endpoints):
    def run() -> int:
        command = [sys.executable, "-c", CHILD, endpoints.redis_url, "two"]
        return int(subprocess.run(command, check=True, capture_output=True, timeout=30).stdout)

    allowed = await asyncio.gather(asyncio.to_thread(run), asyncio.to_thread(run))
    assert sum(allowed) == 10


async def test_hits_at_once_never_exceed_the_limit(limiter):
    quotas = await asyncio.gather(*(limiter.hit("7/minute", "burst") for _ in range(40)))
    assert sum(q.allowed for q in quotas) == 7
    refused = [q for q in quotas if not q.allowed]
    assert all(q.limit == 7 and q.remaining == 0 and 1 <= q.reset_after <= 60 for q in refused)


async def test_a_window_moves_on(limiter):
    assert (await limiter.hit("1/1 second", "window")).allowed
    with pytest.raises(TooMany) as refused:
        await limiter.require("1/1 second", "window")
    assert refused.value.retry_after == 1
    async with asyncio.timeout(5):
        while not (await limiter.hit("1/1 second", "window")).allowed:
            await asyncio.sleep(0.02)


async def test_without_redis_the_limit_still_holds_and_says_so():
    metrics = Metrics()
    limiter = Limiter("redis://127.0.0.1:1/0", metrics)
    quotas = [await limiter.hit("3/minute", "alone") for _ in range(5)]
    assert [q.allowed for q in quotas] == [True, True, True, False, False]
    assert b"jiebang_limiter_fallback_total 5.0" in metrics.exposition()
    await limiter.aclose()


async def test_a_route_answers_429_with_retry_after(limiter):
    app, door, _ = build(limiter=limiter)
    token = door.open()
    async with browser(app, token) as http:
        good = [await http.get("/api/v1/limited") for _ in range(3)]
        assert [r.headers["ratelimit-remaining"] for r in good] == ["2", "1", "0"]
        refused = await http.get("/api/v1/limited")
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many")
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    async with browser(app, door.open()) as http:
        assert (await http.get("/api/v1/limited")).status_code == 200


@pytest.mark.parametrize(("trusted", "statuses"), [((), [200, 200, 200, 429]), (("127.0.0.0/8",), [200] * 4)])
async def test_a_forwarded_address_counts_only_from_a_trusted_proxy(trusted, statuses):
    app, _, _ = build(config=WebConfig(trusted_proxies=trusted))
    async with browser(app) as http:
        answers = [await http.get("/api/v1/limited", headers={"x-forwarded-for": f"203.0.113.{n}"}) for n in range(4)]
    assert [a.status_code for a in answers] == statuses


@pytest.mark.parametrize(
    ("peer", "forwarded", "key"),
    [
        ("10.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("10.0.0.1", "198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("10.0.0.1", "203.0.113.7, 10.0.0.2", "203.0.113.7"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.7\0", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.07", "10.0.0.1"),
        ("10.0.0.1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::"),
        (None, "", "unknown"),
    ],
)
def test_the_nearest_untrusted_address_is_the_client(peer, forwarded, key):
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    scope = {"type": "http", "client": (peer, 1) if peer else None, "headers": headers}
    assert client_key(scope, networks(["10.0.0.0/8"])) == key  # pyright: ignore[reportArgumentType]


async def test_what_counts_in_a_process_moves_on_and_is_bounded():
    windows = Windows(most=2)
    assert [windows.hit(3, 60, ("a",), 600.0).remaining for _ in range(3)] == [2, 1, 0]
    refused = windows.hit(3, 60, ("a",), 615.0)
    assert (refused.allowed, refused.reset_after) == (False, 45)
    # Half of the next window's time on, half of the former's hits still count.
    assert [windows.hit(3, 60, ("a",), 690.0).allowed for _ in range(3)] == [True, False, False]
    assert windows.hit(3, 60, ("a",), 780.0).remaining == 2
    for other in ("b", "c"):
        windows.hit(3, 60, (other,), 780.0)
    assert windows.hit(3, 60, ("a",), 780.0).remaining == 2, "forgotten, as two were seen since"
