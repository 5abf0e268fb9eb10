"""What auditing costs: sixteen writers with and without it, how far the chain lags behind them, a million verified.

`ratio` of `audit.writers` is audited over unaudited throughput of the same writes, in turns in one run (goal ≥ 0.8);
of `audit.verify` seconds for a million entries over the goal of 20; of `audit.lag` the worst lag over its goal, 1 s.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jiebang.applications.schemas import Share, Shares
from jiebang.applications.service import teams
from jiebang.engines.local import LocalEngines
from jiebang.platform import audit, audit_chain
from jiebang.platform.audit_export import verify_export
from jiebang.platform.crypto import SIGNER
from jiebang.platform.db import ENGINE
from support import applications, topics
from support.audit import export_of
from support.engines import migrated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.applications import Submitted

WRITERS, ROUNDS, SECONDS, ENTRIES = 16, 9, 2.0, 1_000_000
VERIFY_GOAL, LAG_GOAL = 20.0, 1.0


@dataclass(slots=True)
class Writer:
    """A lead who divides his team's shares again and again: a command as the product has it."""

    bid: Submitted
    version: int = 1

    async def write(self) -> None:
        """One command."""
        shares = [Share(org_id=org, work_bp=5000, share_bp=5000) for org in (self.bid.lead_org, self.bid.partner_org)]
        view = await teams.set_shares(self.bid.lead, self.bid.team_id, Shares(shares=shares), self.version)
        self.version = view.version


async def _silent(*_: object, **__: object) -> None:
    """In the place of `audit.record`."""


async def throughput(writers: list[Writer], seconds: float, *, audited: bool) -> float:
    """Committed commands a second of everybody at once."""
    real, done = audit.record, 0
    if not audited:
        audit.record = _silent
    begin = time.monotonic()

    async def one(writer: Writer) -> None:
        nonlocal done
        while time.monotonic() < begin + seconds:
            await writer.write()
            done += 1

    try:
        await asyncio.gather(*(one(writer) for writer in writers))
    finally:
        audit.record = real
    return done / (time.monotonic() - begin)


async def measured(rounds: int, seconds: float) -> dict[str, Any]:
    """Throughputs in turns, and the worst lag of a chaining worker meanwhile. The pools are open."""
    open_topics = [await topics.published_topic() for _ in range(4)]
    writers = [
        Writer(await applications.submitted_application(open_topics[n % 4].id, opened=False)) for n in range(WRITERS)
    ]
    chain, lags = audit_chain.Chain(), [0.0]

    async def chaining() -> None:
        while True:
            await chain.step()
            lags.append(await audit_chain.lag())
            await asyncio.sleep(0.2)

    found: dict[bool, list[float]] = {True: [], False: []}
    worker = asyncio.create_task(chaining())
    try:
        for turn in range(2 * rounds):
            audited = turn % 2 == 1
            found[audited].append(await throughput(writers, seconds, audited=audited))
    finally:
        worker.cancel()
        with suppress(asyncio.CancelledError):
            await worker
    return {"audited": found[True], "plain": found[False], "lag": max(lags)}


async def _writers() -> dict[str, Any]:
    SIGNER.start(b"a secret of the bench, 32 bytes.")
    with tempfile.TemporaryDirectory(prefix="jiebang-bench-") as folder:
        Path(folder).chmod(0o755)
        async with (
            LocalEngines(Path(folder) / "data", valkey=False, s3=False) as engines,
            migrated(engines.endpoints) as connect,
            ENGINE.opened(connect, max_size=WRITERS),
        ):
            return await measured(ROUNDS, SECONDS)


def rows() -> Iterator[dict[str, Any]]:
    """The figures."""
    found = asyncio.run(_writers())
    plain, audited = statistics.median(found["plain"]), statistics.median(found["audited"])
    yield {
        "name": "audit.writers", "value": audited, "unit": "writes/s", "floor": plain, "ratio": audited / plain,
        "n": ROUNDS,
    }  # fmt: skip
    yield {
        "name": "audit.lag", "value": found["lag"], "unit": "s", "floor": LAG_GOAL, "ratio": found["lag"] / LAG_GOAL,
        "n": ROUNDS,
    }  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="jiebang-bench-") as folder:
        path = Path(folder) / "audit.jsonl"
        export_of(path, ENTRIES)
        begin = time.monotonic()
        report = verify_export(path)
        seconds = time.monotonic() - begin
    assert report.ok
    assert report.links == ENTRIES
    yield {
        "name": "audit.verify", "value": seconds, "unit": "s", "floor": VERIFY_GOAL, "ratio": seconds / VERIFY_GOAL,
        "n": ENTRIES,
    }  # fmt: skip
