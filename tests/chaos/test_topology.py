"""The topology of compose.yaml as processes: two API hosts, two workers, a relay; one of each dies, and service goes on."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import time
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from jiebang.platform.db import ENGINE, Role
from jiebang.web.csrf import csrf_token
from support import applications, people, topics
from support.launch import process
from support.measure import Wire, ground

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

SECONDS = 12.0


async def _until(condition, seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.1)


async def _send(addresses: Iterator[str], path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
    """As a client behind a proxy: another host where one does not answer; the key makes repeating safe."""
    for address in itertools.islice(addresses, 6):
        wire = Wire(address)
        try:
            async with asyncio.timeout(10):
                return await wire.send("POST", path, headers, body)
        except (OSError, asyncio.IncompleteReadError):
            continue
        finally:
            await wire.close()
    raise AssertionError("no host answers")


@pytest.mark.long
async def test_one_of_each_dies_and_service_goes_on() -> None:
    async with ground(0) as at:
        topic = await topics.published_topic()
        ports = at.installation.engines.data.ports(["host-1", "host-2"])
        addresses = [f"http://127.0.0.1:{port}" for port in ports.values()]
        with contextlib.ExitStack() as stack:
            apis = [stack.enter_context(process(at, "serve", "--port", str(port))) for port in ports.values()]
            workers = [stack.enter_context(process(at, "worker")) for _ in range(2)]
            stack.enter_context(process(at, "relay"))
            for address in addresses:
                await _until(lambda address=address: _ready(address), 30)
            receipts = await _load(topic.id, addresses, kill=lambda: (apis[1].kill(), workers[1].kill()))
            assert apis[0].poll() is None
            assert apis[1].wait(5) == workers[1].wait(5) == -9
            await _until(_jobs_done, 60)
        async with ENGINE.unit_of_work(Role.OWNER) as db:
            stored = {r[0] for r in await db.fetch("select receipt_no from submission where n > 1")}
            mails = await db.fetchval(
                "select count(*) from outbox where kind = 'applications.mail_receipt' and done_at is not null"
            )
            dead = await db.fetchval("select count(*) from outbox where dead_at is not null")
    assert receipts == stored
    assert mails == len(stored) > 50
    assert dead == 0


async def _ready(address: str) -> bool:
    wire = Wire(address)
    try:
        return (await wire.send("GET", "/ready", {}))[0] == 200
    except (OSError, asyncio.IncompleteReadError):
        return False
    finally:
        await wire.close()


async def _jobs_done() -> bool:
    async with ENGINE.unit_of_work(Role.WORKER) as db:
        return await db.fetchval("select not exists (select from outbox where done_at is null and dead_at is null)")


async def _load(topic: UUID, addresses: list[str], kill) -> set[str]:
    """Submissions for a while, a kill in the middle; the receipts that were told."""
    told: set[str] = set()
    began = time.monotonic()

    async def team(n: int) -> None:
        bid = await applications.submitted_application(topic, opened=False, promised={"depth": "4500", "latency": "20"})
        _, token = await people.sign_in(bid.lead.person_id, bid.lead_org)
        turn = itertools.cycle(addresses[n % 2 :] + addresses[: n % 2])
        body = json.dumps({"material_ids": [str(one) for one in bid.materials.values()]}).encode()
        headers = {"cookie": f"jiebang={token}", "x-csrf-token": csrf_token(token), "content-type": "application/json"}
        while time.monotonic() - began < SECONDS:
            key = {"idempotency-key": uuid4().hex}
            status, answer = await _send(
                turn, f"/api/v1/applications/{bid.application_id}/submissions", headers | key, body
            )
            assert status == 201, answer
            told.add(json.loads(answer)["receipt_no"])

    async def killer() -> None:
        while time.monotonic() - began < SECONDS / 2:
            await asyncio.sleep(0.05)
        kill()

    await asyncio.gather(killer(), *(team(n) for n in range(4)))
    return told
