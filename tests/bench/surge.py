"""`submit_surge`: teams submit at the bell while ten times as many reads go on. Two API processes, a worker, the client,
all on this machine's cores.

Sizes by environment: DURATION (60), TEAMS (200), CLIENTS (16: each submits, reads ten times, and begins anew).
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import statistics
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from jiebang.platform.db import ENGINE, Role
from jiebang.web.csrf import csrf_token
from support import applications, people, topics
from support.measure import Ground, Wire, ground

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

DURATION = float(os.environ.get("DURATION", "60"))
TEAMS = int(os.environ.get("TEAMS", "200"))
CLIENTS = int(os.environ.get("CLIENTS", "16"))
READS = 10


@dataclass(frozen=True, slots=True)
class Team:
    """What its lead sends."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Tally:
    """What the clients saw."""

    receipts: set[str] = field(default_factory=set)
    late: int = 0
    errors: list[str] = field(default_factory=list)
    submissions: list[float] = field(default_factory=list)
    reads: list[float] = field(default_factory=list)


async def submit_surge() -> list[dict[str, Any]]:
    """Submissions a second until the bell."""
    async with ground(2, worker=True) as at:
        topic = await topics.published_topic(closes_in=timedelta(hours=1))
        teams = [await _team(topic.id) for _ in range(TEAMS)]
        async with ENGINE.unit_of_work(Role.OWNER) as db:
            before = await db.fetchval("select count(*) from submission")
            await db.execute(
                "update topic set closes_at = clock_timestamp() + $2 where id = $1",
                topic.id, timedelta(seconds=DURATION),
            )  # fmt: skip
        tally, began = Tally(), time.perf_counter()
        turns = itertools.cycle(teams)
        await asyncio.gather(*(_client(at, n, turns, topic.id, tally, began) for n in range(CLIENTS)))
        async with ENGINE.unit_of_work(Role.OWNER) as db:
            stored = await db.fetch(
                "select s.receipt_no, s.submitted_at < t.closes_at as in_time from submission s"
                " join topic t on t.id = s.topic_id order by s.submitted_at offset $1", before,
            )  # fmt: skip
        lost = tally.receipts - {r["receipt_no"] for r in stored}
        return [
            {
                "name": "submit_surge", "value": round(len(tally.receipts) / DURATION, 1), "unit": "submissions/s",
                "n": len(tally.receipts), "reads_per_s": round(len(tally.reads) / DURATION, 1),
                "p50_ms": _percentile(tally.submissions, 50), "p99_ms": _percentile(tally.submissions, 99),
                "read_p99_ms": _percentile(tally.reads, 99), "lost": len(lost),
                "late": sum(not r["in_time"] for r in stored), "untold": len(stored) - len(tally.receipts),
                "refused_after_the_bell": tally.late, "errors": tally.errors[:3], "5xx": len(tally.errors),
            }
        ]  # fmt: skip


def _percentile(values: Sequence[float], n: int) -> float:
    return round(statistics.quantiles(values, n=100)[n - 1] * 1000, 1)


async def _team(topic_id: UUID) -> Team:
    bid = await applications.submitted_application(
        topic_id, opened=False, promised={"depth": "4500", "latency": "20.5"}
    )
    _, token = await people.sign_in(bid.lead.person_id, bid.lead_org)
    return Team(
        f"/api/v1/applications/{bid.application_id}",
        {"cookie": f"jiebang={token}", "x-csrf-token": csrf_token(token), "content-type": "application/json"},
        json.dumps({"material_ids": [str(one) for one in bid.materials.values()]}).encode(),
    )


async def _client(at: Ground, n: int, turns: Any, topic: UUID, tally: Tally, began: float) -> None:
    wire = Wire(at.addresses[n % len(at.addresses)])
    visitor = {"x-forwarded-for": f"10.9.{n}.1"}
    reads = itertools.count()
    while time.perf_counter() - began < DURATION:
        team = next(turns)
        key = {"idempotency-key": uuid4().hex}
        sent = time.perf_counter()
        status, body = await wire.send("POST", f"{team.path}/submissions", team.headers | key, team.body)
        tally.submissions.append(time.perf_counter() - sent)
        if status == 201:
            tally.receipts.add(json.loads(body)["receipt_no"])
        elif status == 409 and json.loads(body)["code"] == "application.late":
            tally.late += 1
        else:
            tally.errors.append(f"{status} {body[:200]!r}")
        for _ in range(READS):
            visitor["x-forwarded-for"] = f"10.9.{n}.{next(reads) % 250 + 1}"
            path, headers = (team.path, team.headers) if next(reads) % 3 else (f"/api/v1/topics/{topic}", visitor)
            sent = time.perf_counter()
            status, body = await wire.send("GET", path, headers)
            tally.reads.append(time.perf_counter() - sent)
            if status != 200:
                tally.errors.append(f"{status} {body[:200]!r}")
    await wire.close()
