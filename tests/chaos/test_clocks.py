"""The API hosts' clocks are two minutes ahead and two behind: what is in time is the database's verdict alone."""

from __future__ import annotations

import asyncio
import contextlib
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from jiebang.platform.db import ENGINE, Role
from jiebang.web.csrf import csrf_token
from support import applications, people, topics
from support.launch import from_package, process
from support.measure import Wire, ground

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

SHIFTS = ("+120s", "-120s")
BEFORE, AFTER = timedelta(seconds=5), timedelta(seconds=3)


@pytest.mark.long
async def test_verdicts_at_the_deadline_are_the_databases(tmp_path: Path) -> None:
    faketime = from_package("libfaketime", "usr/lib/*/faketime/libfaketime.so.1", tmp_path)
    async with ground(0) as at:
        topic = await topics.published_topic()
        ports = at.installation.engines.data.ports(["ahead", "behind"])
        with contextlib.ExitStack() as stack:
            for port, shift in zip(ports.values(), SHIFTS, strict=True):
                stack.enter_context(
                    process(at, "serve", "--port", str(port), LD_PRELOAD=str(faketime), FAKETIME=shift,
                            DONT_FAKE_MONOTONIC="1", FAKETIME_DONT_FAKE_MONOTONIC="1")
                )  # fmt: skip
            for port, shift in zip(ports.values(), SHIFTS, strict=True):
                assert abs(await _says(port) - timedelta(seconds=int(shift[:-1]))) < timedelta(seconds=20), (
                    "it is shifted"
                )
            closes = datetime.now(UTC) + BEFORE
            async with ENGINE.unit_of_work(Role.OWNER) as db:
                await db.execute("update topic set closes_at = $2 where id = $1", topic.id, closes)
            verdicts = [v for port in ports.values() for v in await _round(topic.id, port, closes)]
        async with ENGINE.unit_of_work(Role.OWNER) as db:
            late = await db.fetchval("select count(*) from submission where n > 1 and submitted_at >= $1", closes)
    assert late == 0
    for sent, told, status in verdicts:
        assert status == 201 or told >= closes, "refused in time"
        assert status == 409 or sent < closes, "taken too late"
    assert {status for _, _, status in verdicts} == {201, 409}


async def _says(port: int) -> timedelta:
    """How far the host's clock is from ours, as its answers' Date headers tell."""
    async with asyncio.timeout(60):
        while True:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(b"GET /ready HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n")
                head = (await reader.read()).decode()
                writer.close()
                await writer.wait_closed()
                if " 200 " in head.splitlines()[0]:
                    date = next(line[6:] for line in head.splitlines() if line.lower().startswith("date: "))
                    return datetime.strptime(date, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC) - datetime.now(UTC)
            await asyncio.sleep(0.1)


async def _round(topic: UUID, port: int, closes: datetime) -> list[tuple[datetime, datetime, int]]:
    """Submissions by one team until after the close: (sent, answered, status), at the database host's clock."""
    bid = await applications.submitted_application(topic, opened=False, promised={"depth": "4500", "latency": "20"})
    _, token = await people.sign_in(bid.lead.person_id, bid.lead_org)
    headers = {"cookie": f"jiebang={token}", "x-csrf-token": csrf_token(token), "content-type": "application/json"}
    body = json.dumps({"material_ids": [str(one) for one in bid.materials.values()]}).encode()
    found, wire = [], Wire(f"http://127.0.0.1:{port}")
    while datetime.now(UTC) < closes + AFTER:
        sent = datetime.now(UTC)
        key = {"idempotency-key": uuid4().hex}
        status, answer = await wire.send(
            "POST", f"/api/v1/applications/{bid.application_id}/submissions", headers | key, body
        )
        assert status == 201 or json.loads(answer)["code"] == "application.late", answer
        found.append((sent, datetime.now(UTC), status))
    await wire.close()
    return found
