"""PostgreSQL and S3 behind a bad network: nothing acknowledged is lost or done twice, memory stays, service returns."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from jiebang.platform.db import ENGINE, Role
from support import topics
from support.faulty import FaultyProxy, Mode
from support.load import Seen, client, jobs_end
from support.measure import ground

if TYPE_CHECKING:
    from support.measure import Ground

SECONDS = float(os.environ.get("JIEBANG_FAULT_SECONDS", "60"))
"""300 by hand: docs/reliability.md has the figures."""
FAULT, REST = 4.0, 6.0
RECOVERY = 30.0
GROWTH = 32 << 20
MODES: tuple[Mode, ...] = ("cut", "delay", "half_close", "trickle")


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
            clients = [await client([address], topic.id, seen, end) for _ in range(3)]
            work = [asyncio.create_task(step()) for c in clients for step in (c.submit, c.upload)]
            await asyncio.sleep(5)
            pids = [at.pid("behind"), at.pid("worker")]
            before = [rss(pid) for pid in pids]
            plan: list[tuple[FaultyProxy, Mode]] = [(proxy, mode) for proxy in (database, store) for mode in MODES]
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
            await jobs_end()
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
            for one in clients:
                await one.close()
        async with ENGINE.unit_of_work(Role.OWNER) as db:
            stored = {r[0] for r in await db.fetch("select receipt_no from submission where n > 1")}
    assert stored >= seen.receipts
    assert len(stored) - len(seen.receipts) <= len(clients), "at most the one that each was waiting for"
    assert len(seen.receipts) > 30
    assert len(seen.uploads) > 10


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
