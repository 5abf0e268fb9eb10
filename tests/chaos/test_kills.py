"""Every process and engine is killed, again and again, under a load of submissions, uploads and file checks."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import time
from collections import defaultdict

import pytest

from jiebang.local import attached, verify_audit
from jiebang.platform.db import ENGINE, Role
from support import topics
from support.load import Seen, client, jobs_end
from support.measure import ground

FULL = {"api-1": 10, "api-2": 10, "worker": 20, "postgres": 10, "valkey": 10, "seaweedfs": 10}
TIMES = FULL if os.environ.get("JIEBANG_KILLS") == "full" else dict.fromkeys(FULL, 2)
"""All of them by hand (`JIEBANG_KILLS=full`): docs/reliability.md has the figures."""
READY, ORPHAN = 15.0, 30.0


@pytest.mark.drill
async def test_kills_lose_nothing_and_do_nothing_twice() -> None:
    chance = random.Random(11)  # noqa: S311
    victims = [name for name, times in TIMES.items() for _ in range(times)]
    chance.shuffle(victims)
    async with ground(2, worker=True) as at:
        topic = await topics.published_topic()
        seen, end = Seen(), asyncio.Event()
        clients = [await client(at.addresses[n % 2 :] + at.addresses[: n % 2], topic.id, seen, end) for n in range(4)]
        work = [asyncio.create_task(step()) for one in clients for step in (one.submit, one.upload)]
        supervisor, ready = at.installation.supervisor, defaultdict(list)
        for name in victims:
            await asyncio.sleep(chance.uniform(0.5, 2.5))
            pid = at.pid(name)
            os.kill(pid, signal.SIGKILL)
            killed = time.monotonic()
            async with asyncio.timeout(2 * READY):
                while supervisor.pid(name) in {None, pid} or not supervisor.is_ready(name):
                    await asyncio.sleep(0.02)
            ready[name].append(round(time.monotonic() - killed, 1))
            assert not [task for task in work if task.done() and task.exception()]
        await asyncio.sleep(5)
        end.set()
        await asyncio.gather(*work)
        await jobs_end()
        async with ENGINE.unit_of_work(Role.OWNER) as db:
            stored = {r[0] for r in await db.fetch("select receipt_no from submission where n > 1")}
            mails = await db.fetch(
                "select payload ->> 'submission_id' from outbox where kind = 'applications.mail_receipt'"
                " group by 1 having count(*) > 1"
            )
            twice = await db.fetch("select application_id, n from submission group by 1, 2 having count(*) > 1")
            current = await db.fetch(
                "select application_id from submission where current group by 1 having count(*) > 1"
            )
            dead = await db.fetchval("select count(*) from outbox where dead_at is not null")
            async with asyncio.timeout(30):
                while await db.fetchval("select count(*) from audit_pending"):
                    await asyncio.sleep(0.2)
        settings = at.installation.settings.model_copy(update={"data_dir": at.installation.root})
        assert await verify_audit(attached(settings), None) == 0
        for one in clients:
            await one.close()
    print(json.dumps({
        "kills": len(victims), "ready_again_s": {name: [max(times), len(times)] for name, times in sorted(ready.items())},
        "slowest_check_s": round(seen.slowest_check, 1), "receipts": len(seen.receipts), "uploads": len(seen.uploads),
        "untold": len(stored - seen.receipts), "answers": dict(seen.answers),
    }))  # fmt: skip
    assert stored >= seen.receipts
    assert len(stored - seen.receipts) <= len(clients), "at most the one that each was waiting for at the end"
    assert not mails
    assert not twice
    assert not current
    assert dead == 0
    assert max(t for times in ready.values() for t in times) <= READY
    assert seen.slowest_check <= ORPHAN + READY, "an orphaned check began anew in time"
    assert len(seen.uploads) > 5
