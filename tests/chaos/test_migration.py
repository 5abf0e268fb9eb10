"""The newest release's migration under the traffic of the one before: nobody fails, and a lock that waits is given up whole."""

from __future__ import annotations

import asyncio
import time

import asyncpg
import pytest

from jiebang.platform.db import ENGINE, Role
from jiebang.platform.db.migrate import LOCK_TIMEOUT, migrate, pending
from support import topics
from support.load import Seen, client
from support.measure import ground

BACK = """
drop trigger public_topic_card on public_topic;
drop function write_card();
alter table public_topic drop column card;
delete from migration where name = '2026-11-28T18:40:00:000001'"""
"""From this release's tables to those of the one before."""
HOLD = 5.0
SLOW = 3.5


@pytest.mark.long
async def test_a_migration_under_traffic_waits_for_nobody_and_fails_nobody() -> None:
    async with ground(1, worker=True) as at:
        topic = await topics.published_topic()
        owner = at.installation.settings.connect(Role.OWNER)
        async with ENGINE.unit_of_work(Role.OWNER) as db:
            await db.execute(BACK)
        assert await pending(owner)
        seen, end = Seen(), asyncio.Event()
        clients = [await client(at.addresses, topic.id, seen, end) for _ in range(3)]
        work = [asyncio.create_task(step()) for one in clients for step in (one.submit, one.autosave)]
        await asyncio.sleep(1)

        reader = await asyncpg.connect(**owner)
        long_read = reader.transaction()
        await long_read.start()
        await reader.fetch("select topic_id from app.public_topic")
        began = time.monotonic()
        with pytest.raises(asyncpg.LockNotAvailableError):
            await migrate()
        assert time.monotonic() - began < float(LOCK_TIMEOUT.rstrip("s")) + SLOW
        assert await pending(owner), "nothing of it is there"
        before = len(seen.receipts)
        await asyncio.sleep(1)
        assert len(seen.receipts) > before, "service goes on beside the long read"
        await long_read.rollback()
        await reader.close()

        began = time.monotonic()
        await migrate()
        took = time.monotonic() - began
        assert not await pending(owner)
        before = len(seen.receipts)
        await asyncio.sleep(2)
        assert len(seen.receipts) > before
        end.set()
        await asyncio.gather(*work)
        for one in clients:
            await one.close()
        async with ENGINE.unit_of_work(Role.OWNER) as db:
            stored = {r[0] for r in await db.fetch("select receipt_no from submission where n > 1")}
            blank = await db.fetchval("select count(*) from public_topic where card = ''")
    print({"migration_s": round(took, 2), "receipts": len(seen.receipts), "answers": dict(seen.answers)})
    assert stored >= seen.receipts
    assert blank == 0
    assert {answer.split()[1] for answer in seen.answers} <= {"200", "201", "412"}, "nobody was turned away"
