"""PostgreSQL and S3 behind a bad network: nothing acknowledged is lost or done twice, memory stays, service returns."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest

from jiebang.platform.db import ENGINE, Role
from jiebang.web.csrf import csrf_token
from support import applications, files, people, topics
from support.faulty import FaultyProxy, Mode
from support.measure import Ground, ground

if TYPE_CHECKING:
    from uuid import UUID

SECONDS = float(os.environ.get("JIEBANG_FAULT_SECONDS", "60"))
"""300 by hand: docs/reliability.md has the figures."""
FAULT, REST = 4.0, 6.0
RECOVERY = 30.0
GROWTH = 32 << 20
MODES: tuple[Mode, ...] = ("cut", "delay", "half_close", "trickle")


@dataclass(slots=True)
class Seen:
    """What the clients saw."""

    receipts: set[str] = field(default_factory=set)
    uploads: set[str] = field(default_factory=set)
    answers: Counter[str] = field(default_factory=Counter)
    last: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Client:
    """A team's lead, who tries again until he is told."""

    http: httpx.AsyncClient
    bid: applications.Submitted
    seen: Seen
    end: asyncio.Event

    async def insist(
        self, kind: str, method: str, path: str, wanted: set[int], **request: Any
    ) -> httpx.Response | None:
        """Send until the status is wanted, with one key; None when the test ended meanwhile."""
        headers = {"idempotency-key": uuid4().hex}
        while not self.end.is_set():
            try:
                answer = await self.http.request(method, path, headers=headers, **request)
            except httpx.TransportError as error:
                self.seen.answers[f"{kind} {type(error).__name__}"] += 1
            else:
                self.seen.answers[f"{kind} {answer.status_code}"] += 1
                if answer.status_code in wanted:
                    self.seen.last[kind] = time.monotonic()
                    return answer
                assert answer.status_code in {409, 503}, answer.text
            await asyncio.sleep(0.2)
        return None

    async def submit(self) -> None:
        path = f"/api/v1/applications/{self.bid.application_id}"
        body = {"material_ids": [str(one) for one in self.bid.materials.values()]}
        while not self.end.is_set():
            if (told := await self.insist("submit", "POST", f"{path}/submissions", {201}, json=body)) is not None:
                self.seen.receipts.add(told.json()["receipt_no"])
            await self.insist("read", "GET", path, {200})
            await asyncio.sleep(0.05)

    async def upload(self) -> None:
        for n in itertools.count():
            if self.end.is_set():
                return
            body = files.pdf(f"{self.bid.team_id} {n}")
            path = f"/api/v1/teams/{self.bid.team_id}/materials"
            told = await self.insist("announce", "POST", path, {201}, json=files.announced(body))
            if told is None:
                return
            link = told.json()
            while not self.end.is_set():
                with contextlib.suppress(httpx.TransportError):
                    async with httpx.AsyncClient(trust_env=False, timeout=8) as http:
                        put = await http.request(link["method"], link["url"], content=body, headers=link["headers"])
                    self.seen.answers[f"put {put.status_code}"] += 1
                    if put.status_code in {200, 412}:  # 412: it arrived before, and only the answer was lost
                        self.seen.last["put"] = time.monotonic()
                        break
                await asyncio.sleep(0.2)
            done = await self.insist("complete", "POST", f"/api/v1/materials/{link['material_id']}/complete", {202})
            path = f"/api/v1/materials/{link['material_id']}"
            while done is not None and (found := await self.insist("look", "GET", path, {200})) is not None:
                assert found.json()["status"] in {"pending", "checked"}, found.text
                if found.json()["status"] == "checked":
                    self.seen.uploads.add(link["material_id"])
                    break
                await asyncio.sleep(0.1)
            await self.insist("delete", "DELETE", path, {204, 404})


def rss(pid: int) -> int:
    """Resident bytes."""
    line = next(x for x in Path(f"/proc/{pid}/status").read_text().splitlines() if x.startswith("VmRSS"))
    return int(line.split()[1]) * 1024


async def _start(at: Ground, database: FaultyProxy, store: FaultyProxy) -> str:
    installation = at.installation
    url = urlsplit(installation.settings.database_url or "")
    installation.settings = installation.settings.model_copy(
        update={
            "database_url": url._replace(netloc=f"127.0.0.1:{database.port}").geturl(),
            "s3_endpoint": f"http://127.0.0.1:{store.port}",
        }
    )
    port = installation.engines.data.ports(["behind"])["behind"]
    await installation.supervisor.start(installation.api(port, name="behind"), installation.worker())
    return f"http://127.0.0.1:{port}"


@pytest.mark.long
async def test_bad_networks_lose_nothing_and_end() -> None:
    chance = random.Random(7)  # noqa: S311
    async with ground(0) as at:
        topic = await topics.published_topic()
        settings = at.installation.settings
        pg, s3 = urlsplit(settings.database_url or "").port, urlsplit(settings.s3_endpoint or "").port
        assert pg
        assert s3
        async with FaultyProxy(pg) as database, FaultyProxy(s3) as store:
            address = await _start(at, database, store)
            seen, end = Seen(), asyncio.Event()
            clients = [await _client(address, topic.id, seen, end) for _ in range(3)]
            work = [asyncio.create_task(step()) for c in clients for step in (c.submit, c.upload)]
            await asyncio.sleep(5)
            pids = [at.pid("behind"), at.pid("worker")]
            before = [rss(pid) for pid in pids]
            plan = [(proxy, mode) for proxy in (database, store) for mode in MODES]
            chance.shuffle(plan)
            returned: dict[str, float] = {}
            ends = time.monotonic() + SECONDS
            for proxy, mode in itertools.cycle(plan):
                if time.monotonic() > ends:
                    break
                proxy.set(mode)
                await asyncio.sleep(FAULT)
                proxy.set("pass")
                name = f"{'database' if proxy is database else 'store'} {mode}"
                returned[name] = max(returned.get(name, 0), await _back(name, seen))
                failed = [task for task in work if task.done() and task.exception()]
                assert not failed, failed
                await asyncio.sleep(REST)
            healed = time.monotonic()
            await _jobs_end()
            end.set()
            await asyncio.gather(*work)
            after = [rss(pid) for pid in pids]
            assert pids == [at.pid("behind"), at.pid("worker")], "nobody fell"
            print(json.dumps({
                "seconds": SECONDS, "recovery_s": {k: round(v, 1) for k, v in sorted(returned.items())},
                "jobs_settled_s": round(time.monotonic() - healed, 1),
                "rss_mib": [[round(b / 2**20), round(a / 2**20)] for b, a in zip(before, after, strict=True)],
                "answers": dict(seen.answers), "receipts": len(seen.receipts), "uploads": len(seen.uploads),
            }))  # fmt: skip
            assert max(returned.values()) <= RECOVERY
            assert all(a - b < GROWTH for b, a in zip(before, after, strict=True))
            for client in clients:
                await client.http.aclose()
        async with ENGINE.unit_of_work(Role.OWNER) as db:
            stored = {r[0] for r in await db.fetch("select receipt_no from submission where n > 1")}
    assert stored >= seen.receipts
    assert len(stored) - len(seen.receipts) <= len(clients), "at most the one that each was waiting for"
    assert len(seen.receipts) > 30
    assert len(seen.uploads) > 10


async def _client(address: str, topic: UUID, seen: Seen, end: asyncio.Event) -> Client:
    bid = await applications.submitted_application(topic, opened=False, promised={"depth": "4500", "latency": "20"})
    _, token = await people.sign_in(bid.lead.person_id, bid.lead_org)
    headers = {"cookie": f"jiebang={token}", "x-csrf-token": csrf_token(token)}
    return Client(httpx.AsyncClient(base_url=address, headers=headers, trust_env=False, timeout=8), bid, seen, end)


async def _back(name: str, seen: Seen) -> float:
    """Seconds until a submission, and a file's way into the store, have succeeded again."""
    healed = time.monotonic()
    while True:
        if time.monotonic() - healed > 2 * RECOVERY:
            ago = {kind: round(healed - at, 1) for kind, at in seen.last.items()}
            raise AssertionError(f"after {name}: seconds before the end of it {ago}; {seen.answers}")
        if min(seen.last.get("submit", 0), seen.last.get("put", 0)) >= healed:
            return time.monotonic() - healed
        await asyncio.sleep(0.05)


async def _jobs_end() -> None:
    async with asyncio.timeout(90):
        while True:
            async with ENGINE.unit_of_work(Role.WORKER) as db:
                if await db.fetchval(
                    "select not exists (select from outbox where done_at is null and kind = 'applications.check_material')"
                ):
                    return
            await asyncio.sleep(0.2)
