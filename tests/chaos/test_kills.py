"""Every process and engine is killed, again and again, while people sign in, save, upload, submit, review and pay."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import time
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg
import pytest

from jiebang.funding import milestones
from jiebang.local import attached, verify_audit
from jiebang.platform.db import ENGINE, Role
from support import awards, funding, review, topics
from support.load import Client, Seen, client, hosts, jobs_end
from support.measure import ground

if TYPE_CHECKING:
    from support.measure import Ground

FULL = {"api-1": 10, "api-2": 10, "worker": 20, "postgres": 10, "valkey": 10, "seaweedfs": 10}
TIMES = FULL if os.environ.get("JIEBANG_KILLS") == "full" else dict.fromkeys(FULL, 2)
"""All of them by hand (`JIEBANG_KILLS=full`): docs/reliability.md has the figures."""
READY, ORPHAN = 15.0, 30.0


@pytest.mark.long
async def test_kills_lose_nothing_and_do_nothing_twice() -> None:
    chance = random.Random(11)  # noqa: S311
    victims = [name for name, times in TIMES.items() for _ in range(times)]
    chance.shuffle(victims)
    async with ground(2, worker=True) as at:
        topic = await topics.published_topic()
        seen, end = Seen(), asyncio.Event()
        clients = [await client(at.addresses[n % 2 :] + at.addresses[: n % 2], topic.id, seen, end) for n in range(4)]
        steps = [step for one in clients for step in (one.submit, one.upload, one.autosave)] + [clients[0].sign_in]
        reviewing = await review.desk(topic)
        reviewer = replace(clients[0], hosts=await hosts(at.addresses, reviewing.expert.actor), saved={})
        steps.append(lambda: reviewer.review(reviewing.proposals[0]))
        payments = [await _payment(at, clients[0]) for _ in range(2 * len(victims))]
        steps.append(lambda: _pay(payments))
        work = [asyncio.create_task(step()) for step in steps]
        orphans: list[asyncio.Task[list[float]]] = []
        supervisor, ready = at.installation.supervisor, defaultdict(list)
        for name in victims:
            await asyncio.sleep(chance.uniform(0.5, 2.5))
            pid = at.pid(name)
            os.kill(pid, signal.SIGKILL)
            killed = time.monotonic()
            if name == "worker":
                orphans.append(asyncio.create_task(_restarts(killed)))
            async with asyncio.timeout(2 * READY):
                while supervisor.pid(name) in {None, pid} or not supervisor.is_ready(name):
                    await asyncio.sleep(0.02)
            ready[name].append(round(time.monotonic() - killed, 1))
            assert not [task for task in work if task.done() and task.exception()]
        await asyncio.sleep(5)
        end.set()
        await asyncio.gather(*work)
        await jobs_end()
        restarts = [seconds for task in orphans for seconds in await task]
        for one in (*clients, reviewer):
            for path, n in one.saved.items():
                assert await _last_saved(one, path) >= n
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
            books = await db.fetch(
                "select d.milestone_id, d.status, (select count(*) from ledger_entry e where e.contract_id = d.contract_id"
                " and e.kind = 'pay_tranche') as entries from disbursement d"
            )
            async with asyncio.timeout(30):
                while await db.fetchval("select count(*) from audit_pending"):
                    await asyncio.sleep(0.2)
        settings = at.installation.settings.model_copy(update={"data_dir": at.installation.root})
        assert await verify_audit(attached(settings), None) == 0
        for one in (*clients, reviewer, *(person for payment in payments for person in payment[:2])):
            await one.close()
    print(json.dumps({
        "kills": len(victims), "ready_again_s": {name: [max(times), len(times)] for name, times in sorted(ready.items())},
        "orphans": len(restarts), "slowest_restart_s": round(max(restarts, default=0), 1),
        "slowest_check_s": round(seen.slowest_check, 1), "receipts": len(seen.receipts), "uploads": len(seen.uploads),
        "payments": len(seen.paid), "untold": len(stored - seen.receipts), "answers": dict(seen.answers),
    }))  # fmt: skip
    assert stored >= seen.receipts
    assert len(stored - seen.receipts) <= len(clients), "at most the one that each was waiting for at the end"
    assert not mails
    assert not twice
    assert not current
    settled = [row for row in books if row["status"] == "settled"]
    assert len(books) == len({row["milestone_id"] for row in books}), "a tranche is asked for once"
    assert {row["milestone_id"] for row in settled} >= seen.paid
    assert len(settled) - len(seen.paid) <= 1, "at most the one that was waiting for its answer at the end"
    assert all(row["entries"] == 1 for row in settled), "and booked once"
    assert dead == 0
    assert max(t for times in ready.values() for t in times) <= READY
    assert max(restarts, default=0) <= ORPHAN, "every orphaned job began anew in time"
    assert {"sign_in 201", "autosave 200", "review 200"} <= seen.answers.keys()
    assert len(seen.uploads) > 5
    assert len(seen.paid) > len(victims) // 2


Payment = tuple[Client, Client, UUID]
"""Who asks, who approves, for which milestone."""


async def _payment(at: Ground, like: Client) -> Payment:
    """A milestone that the end user has confirmed, and the two finance officers of its funder."""
    made = await awards.contract_to_sign()
    await awards.sign_all(made)
    async with asyncio.timeout(30):  # the worker puts the contract in force and plans its milestones
        while not (planned := await milestones.milestones(made.lead, made.contract.id)):
            await asyncio.sleep(0.05)
    met = await funding.passed(made, planned[0])
    of = made.scored.topic
    asks, approves = [
        replace(like, hosts=await hosts(at.addresses, actor), saved={})
        for actor in (of.funder_requester, of.funder_approver)
    ]
    return asks, approves, met.id


async def _pay(payments: list[Payment]) -> None:
    for asks, approves, milestone in payments:
        await asks.pay(approves, milestone)
        await asyncio.sleep(1.5)


async def _restarts(killed: float) -> list[float]:
    """For each job that the worker held when it was killed: seconds until another run of it began (or it was done)."""
    left: dict[int, int] | None = None
    took: list[float] = []
    while left is None or left:
        with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
            async with ENGINE.unit_of_work(Role.OWNER) as db:
                if left is None:
                    held = "select id, attempts from outbox where lease_owner like 'worker-%' and done_at is null"
                    left = dict(await db.fetch(held))
                again = await db.fetch(
                    "select o.id from outbox o join unnest($1::bigint[], $2::integer[]) as l (id, attempts) on l.id = o.id"
                    " where o.attempts > l.attempts or o.done_at is not null",
                    list(left), list(left.values()),
                )  # fmt: skip
            took += [time.monotonic() - killed] * len(again)
            left = {key: n for key, n in left.items() if key not in {r["id"] for r in again}}
        await asyncio.sleep(0.1)
    return took


async def _last_saved(by: Client, path: str) -> int:
    read = (await by.hosts[0].get(path)).json()
    text = read["comments"]["merit"] if "/review/" in path else read["answers"]["part_b"]["title"]
    return int(text.rpartition(" ")[2])
