"""The disk under the engines is full: a clear answer, reads go on, nothing half done, and all is well once there is room."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from jiebang.local import attached, temporary_folder, verify_audit
from jiebang.platform.db import ENGINE, Role
from jiebang.web.csrf import csrf_token
from support import applications, people, topics
from support.measure import Wire, ground

if TYPE_CHECKING:
    from collections.abc import Iterator

MIB = 700


@contextlib.contextmanager
def small_disk() -> Iterator[Path]:
    """A disk of its own, in memory."""
    with temporary_folder("jiebang-disk-") as folder:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={MIB}m,mode=0755", "tmpfs", folder], capture_output=True, check=False
        )
        if mounted.returncode != 0:
            pytest.skip("nothing can be mounted here")
        try:
            yield folder
        finally:
            subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.long
async def test_a_full_disk_is_told_and_harms_nothing() -> None:
    with small_disk() as disk:
        async with ground(1, worker=True, folder=disk) as at:
            topic = await topics.published_topic()
            bid = await applications.submitted_application(
                topic.id, opened=False, promised={"depth": "4500", "latency": "20"}
            )
            _, token = await people.sign_in(bid.lead.person_id, bid.lead_org)
            headers = {
                "cookie": f"jiebang={token}",
                "x-csrf-token": csrf_token(token),
                "content-type": "application/json",
            }
            path, told = f"/api/v1/applications/{bid.application_id}/submissions", set()
            body = json.dumps({"material_ids": [str(one) for one in bid.materials.values()]}).encode()

            async def submit() -> int:
                wire = Wire(at.addresses[0])
                try:
                    async with asyncio.timeout(15):
                        key = {"idempotency-key": uuid4().hex}
                        status, answer = await wire.send("POST", path, headers | key, body)
                finally:
                    await wire.close()
                if status == 201:
                    told.add(json.loads(answer)["receipt_no"])
                return status

            assert await submit() == 201
            filler = disk / "filler"
            with contextlib.suppress(OSError), filler.open("wb") as file:
                while True:
                    file.write(b"\0" * 65_536)
            statuses = set()
            async with asyncio.timeout(120):
                while 503 not in statuses:  # what had room already is still taken
                    statuses.add(await submit())
            assert statuses <= {201, 503}, "told clearly"
            assert os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize < 20 << 20
            filler.unlink()
            async with asyncio.timeout(60):
                while await submit() != 201:
                    await asyncio.sleep(0.2)
            async with ENGINE.unit_of_work(Role.OWNER) as db:
                stored = {r[0] for r in await db.fetch("select receipt_no from submission where n > 1")}
            assert stored >= told
            async with asyncio.timeout(60):
                while True:
                    async with ENGINE.unit_of_work(Role.WORKER) as db:
                        if not await db.fetchval(
                            "select count(*) from outbox where done_at is null"
                        ) + await db.fetchval("select count(*) from audit_pending"):
                            break
                    await asyncio.sleep(0.2)
            settings = at.installation.settings.model_copy(update={"data_dir": at.installation.root})
            assert await verify_audit(attached(settings), None) == 0
