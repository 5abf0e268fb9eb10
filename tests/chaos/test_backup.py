"""The drill: an installation that is written to all the time is lost with its disk, and comes back from its backups."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import signal
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import asyncpg
import pytest

from jiebang.backup import Damaged, make
from jiebang.backup.command import beside, run_backup, run_restore
from jiebang.demo.pdf import make_pdf
from jiebang.local import Installation, attached, open_store, temporary_folder, verify_audit
from jiebang.platform import audit
from jiebang.platform.crypto import SIGNER
from jiebang.platform.db import ENGINE, Role
from jiebang.platform.storage import Storage, new_key
from jiebang.settings import Settings
from support import applications, topics

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BIDS = int(os.environ.get("JIEBANG_DRILL_BIDS", "400"))
"""10,000 by hand: docs/reliability.md has the figures."""
RPO, RTO = 60.0, 300.0


@dataclass(frozen=True, slots=True)
class Site:
    """A running installation that may be lost."""

    installation: Installation
    settings: Settings
    store: Storage


def _settings() -> Settings:
    return Settings(_env_file=None)  # pyright: ignore[reportCallIssue]


@contextlib.asynccontextmanager
async def site(folder: Path) -> AsyncIterator[Site]:
    installation = Installation(folder / "data", settings=_settings())
    await installation.start()
    settings = installation.settings
    SIGNER.start(settings.secret("secret_key", settings.secret_key_file).encode())
    store = open_store(settings)
    try:
        await store.ensure_bucket([])
        async with ENGINE.opened({role: settings.connect(role) for role in Role}):
            yield Site(installation, settings, store)
    finally:
        SIGNER.start(b"a secret of the tests, 32 bytes.")
        store.close()
        await installation.stop()


async def _bids(site: Site, count: int, folder: Path) -> Any:
    """So many bids with two files of their own each; the topic."""
    topic = await topics.published_topic()
    body = make_pdf("方案", ["先建立误差预算，再以样机迭代。"])
    (folder / "a.pdf").write_bytes(body)
    keys = iter([new_key("material") for _ in range(2 * count)])
    stored: list[str] = []

    async def put() -> None:
        for key in keys:
            digest = await site.store.put_file(key, folder / "a.pdf")
            stored.append(key)
            assert digest

    await asyncio.gather(*(put() for _ in range(12)))
    import hashlib

    facts = (len(body), hashlib.sha256(body).hexdigest())
    first = await applications.submitted_application(
        topic.id, opened=False, keys={"part_a": stored[0], "part_b": stored[1]}, file=facts
    )
    admin = await asyncpg.connect(**site.settings.connect_admin())
    try:  # the others are copies of the first, with ids and files of their own
        await admin.execute("set session_replication_role = replica; set search_path = app")
        await admin.execute(
            "create temp table fresh as select i, $$x$$ || i as x from generate_series(1, $1::int) i".replace(
                "$1", str(count - 1)
            )
        )
        shapes = {
            "team": {"id": "team", "lead_person_id": "lead"},
            "team_org": {"id": "org", "team_id": "team"},
            "team_member": {"id": "member", "team_id": "team"},
            "application": {"id": "application", "team_id": "team", "submission_id": "submission"},
            "submission": {"id": "submission", "team_id": "team", "application_id": "application"},
        }
        for table, new in shapes.items():
            columns = [
                r["column_name"]
                for r in await admin.fetch(
                    "select column_name from information_schema.columns where table_schema = 'app' and table_name = $1"
                    " order by ordinal_position",
                    table,
                )
            ]
            made = [
                f"md5('{new[c]}' || i || {'s.id' if c == 'id' else chr(39) * 2})::uuid" if c in new and table in {"team_org", "team_member"} and c == "id"
                else f"md5('{new[c]}' || i)::uuid" if c in new
                else "'R-' || i" if c == "receipt_no"
                else c
                for c in columns
            ]  # fmt: skip
            own = "id" if table == "team" else "team_id"
            await admin.execute(
                f"insert into {table} ({', '.join(columns)}) select {', '.join(made)} from {table} s, fresh"
                f" where s.{own} = $1", first.team_id,
            )  # fmt: skip
        await admin.execute("create temp table keys (n int, key text)")
        await admin.copy_records_to_table("keys", records=list(enumerate(stored[2:])), schema_name=None)
        await admin.execute(
            "insert into material (id, team_id, topic_id, agency_id, application_id, part, filename, content_type,"
            " size_bytes, sha256, quarantine_key, object_key, status, pages, created_by, created_at, checked_at)"
            " select md5('material' || n)::uuid, md5('team' || n / 2 + 1)::uuid, topic_id, agency_id,"
            " md5('application' || n / 2 + 1)::uuid, case n % 2 when 0 then 'part_a' else 'part_b' end, filename,"
            " content_type, size_bytes, sha256, 'quarantine/' || gen_random_uuid(), key, status, pages, created_by, created_at, checked_at"
            " from keys, material where material.team_id = $1 and material.part = 'part_a'",
            first.team_id,
        )  # fmt: skip
    finally:
        await admin.close()
    return topic


async def _tables(settings: Settings) -> dict[str, str]:
    admin = await asyncpg.connect(**settings.connect_admin())
    try:
        names = await admin.fetch("select tablename from pg_tables where schemaname = 'app' order by 1")
        return {
            name: await admin.fetchval(
                f"select count(*) || coalesce(md5(string_agg(t::text, '|' order by t::text)), '') from app.{name} t"
            )
            for (name,) in names
        }
    finally:
        await admin.close()


async def _chained() -> None:
    from jiebang.platform.audit_chain import chain_batch

    while (await chain_batch())[0]:
        pass


async def _restored(folder: Path, key_file: Path, data: Path) -> None:
    assert await run_restore(_settings().model_copy(update={"data_dir": data}), folder, key_file, None) == 0


async def test_a_backup_comes_back_whole_and_a_damaged_one_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with temporary_folder("jiebang-drill-") as folder:
        kept, data = folder / "kept", folder / "other"
        async with site(folder) as one:
            await _bids(one, 5, folder)
            async with ENGINE.unit_of_work(Role.WORKER):
                await audit.record("draw.blocked", "drill", None)
            await _chained()
            where = _settings().model_copy(update={"data_dir": one.installation.root})
            await run_backup(where, kept, every=None, keep=None)
            assert await run_backup(where, kept, every=None, keep=1) == 0
            assert len(make.stamps(kept)) == 1
            before = await _tables(one.settings)
            key_file = one.installation.engines.data.secrets_dir / "backup_key"
            (folder / "key").write_text(key_file.read_text())
        key = make.read_key(folder / "key")
        manifest = make.read_manifest(kept, make.stamps(kept)[0], key)
        assert len(manifest.objects) == 10
        assert manifest.seq > 0
        await _restored(kept, folder / "key", data)
        installation = Installation(data, settings=_settings())
        async with installation:
            assert await _tables(installation.settings) == before
            store = open_store(installation.settings)
            for one_ in manifest.objects:
                found = await store.get_to_file(one_.key, folder / "back", limit=1 << 20)
                assert found.sha256.hex() == one_.sha256
            store.close()
            assert await verify_audit(installation.settings, None) == 0
            with pytest.raises(Damaged, match="not empty"):
                await run_restore(beside(_settings().model_copy(update={"data_dir": data})), kept, folder / "key", None)
        victim = next((kept / "objects").glob("*/*"))
        victim.write_bytes(victim.read_bytes()[:-1])
        with pytest.raises(Damaged):
            await _restored(kept, folder / "key", folder / "third")
        victim.unlink()
        with pytest.raises(Damaged, match="missing"):
            await _restored(kept, folder / "key", folder / "fourth")
    assert "files, audit link" in capsys.readouterr().out


@pytest.mark.long
async def test_the_drill() -> None:
    """Backups run every 20 s beside commits that go on; then everything is killed and only the backups are left."""
    with temporary_folder("jiebang-drill-") as folder:
        kept = folder / "kept"
        acknowledged: list[tuple[float, int]] = []
        async with site(folder) as one:
            await _bids(one, BIDS, folder)
            async with ENGINE.unit_of_work(Role.OWNER) as db:
                await db.execute(
                    "create table app.drill (n bigint primary key); grant insert on app.drill to jiebang_worker"
                )
            key_file = one.installation.engines.data.secrets_dir / "backup_key"
            key_file.write_text(secrets.token_hex(32))
            (folder / "key").write_text(key_file.read_text())
            backups = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "jiebang.cli", "backup", str(kept), "--every", "20", "--keep", "3",
                "--data-dir", str(one.installation.root), stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
            assert backups.stdout is not None

            async def commit() -> None:
                for n in range(10**9):
                    async with ENGINE.unit_of_work(Role.WORKER) as db:
                        await db.execute("insert into drill values ($1)", n)
                        await audit.record("draw.blocked", "drill", uuid4())
                    acknowledged.append((time.monotonic(), n))
                    if n % 20 == 0:
                        await _chained()
                    await asyncio.sleep(0.02)

            writing = asyncio.create_task(commit())
            seen, began = [], time.monotonic()
            while len(seen) < 3:
                line = (await asyncio.wait_for(backups.stdout.readline(), 600)).decode()
                assert line, "the backups ended"
                seen.append(f"{time.monotonic() - began:.0f} s {line.strip()}")
            writing.cancel()
            backups.send_signal(signal.SIGKILL)
            await backups.wait()
            lost_at = acknowledged[-1][0]
            for name in ("postgres", "seaweedfs", "valkey"):
                if pid := one.installation.supervisor.pid(name):
                    os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(asyncio.CancelledError):
                await writing
        began = time.monotonic()
        restore = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "jiebang.cli", "restore", str(kept), "--key-file", str(folder / "key"),
            "--data-dir", str(folder / "other"),
        )  # fmt: skip
        assert await restore.wait() == 0
        installation = Installation(folder / "other", settings=_settings())
        async with installation:
            await installation.open_storage()
            port = installation.engines.data.ports(["api-1"])["api-1"]
            await installation.supervisor.start(installation.api(port, name="api-1"))
            rto = time.monotonic() - began
            owner = await asyncpg.connect(**installation.settings.connect(Role.OWNER))
            last = await owner.fetchval("select max(n) from app.drill")
            assert await owner.fetchval("select count(*) from app.drill") == last + 1
            assert await owner.fetchval("select count(*) from app.submission") == BIDS
            await owner.close()
            assert (
                await verify_audit(attached(_settings().model_copy(update={"data_dir": installation.root})), None) == 0
            )
        rpo = lost_at - next(at for at, n in acknowledged if n == last)
        figures = {"bids": BIDS, "files": 2 * BIDS, "rpo_s": round(rpo, 1), "rto_s": round(rto, 1), "backups": seen}
        print(json.dumps(figures), datetime.now(UTC).date())
        assert rpo <= RPO
        assert rto <= RTO
