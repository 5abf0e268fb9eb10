"""Bring a backup back into an empty installation, and prove that it is what was backed up."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

from jiebang.backup import Damaged
from jiebang.backup.make import Kept, Manifest, at_once, object_path, postgres_tool, read_manifest, stamps
from jiebang.backup.sealed import opened
from jiebang.local import open_store
from jiebang.platform.audit_chain import ANCHORS, Anchor, read_anchors, verify_database
from jiebang.platform.db import Role
from jiebang.platform.db.bootstrap import bootstrap

if TYPE_CHECKING:
    from jiebang.platform.storage import Storage
    from jiebang.settings import Settings


async def restore(settings: Settings, folder: Path, key: bytes, stamp: str | None = None) -> Manifest:
    """Restore the newest backup of the folder, or that of `stamp`.

    Files first, then the database in one transaction: what is broken off leaves an empty database, and may be repeated.

    Raises:
        Damaged: the backup is not what was written, the database is not empty, or the audit chain does not hold.
    """
    found = stamps(folder)
    if not found or (stamp is not None and stamp not in found):
        raise Damaged(f"{folder} holds no such backup")
    manifest = read_manifest(folder, stamp or found[-1], key)
    admin = await asyncpg.connect(**settings.connect_admin())
    try:
        if await admin.fetchval("select exists (select from pg_tables where schemaname = 'app')"):
            raise Damaged("the database is not empty: restore into a new one")
        store = open_store(settings)
        try:
            await store.ensure_bucket([settings.base_url])
            await _put_all(store, folder, key, manifest)
        finally:
            store.close()
        await bootstrap(admin, {role: settings.password(role) for role in Role})
        await admin.execute("drop schema app")
        await _load(settings, folder, key, manifest)
        await bootstrap(admin, {role: settings.password(role) for role in Role})
        await admin.execute("analyze")
    finally:
        await admin.close()
    await _prove(settings, manifest)
    return manifest


async def _put_all(store: Storage, folder: Path, key: bytes, manifest: Manifest) -> None:
    work = iter(manifest.objects)

    async def put() -> None:
        for kept in work:
            with tempfile.TemporaryDirectory() as scratch:
                plain = Path(scratch) / "plain"
                await asyncio.to_thread(_unseal, folder, key, kept, plain)
                digest = await store.put_file(kept.key, plain, content_type=kept.content_type)
            if digest.hex() != kept.sha256:
                raise Damaged(f"{kept.key} is not the file that was backed up")

    await at_once(put)


def _unseal(folder: Path, key: bytes, kept: Kept, plain: Path) -> None:
    path = object_path(folder, key, kept.key)
    if not path.is_file():
        raise Damaged(f"{kept.key} is missing from the backup")
    with plain.open("wb") as file:
        for chunk in opened(key, kept.key, path):
            file.write(chunk)


async def _load(settings: Settings, folder: Path, key: bytes, manifest: Manifest) -> None:
    path = folder / f"{manifest.stamp}.dump"
    with tempfile.NamedTemporaryFile() as plain:
        digest = hashlib.sha256()
        for chunk in opened(key, path.name, path):
            digest.update(chunk)
            plain.write(chunk)
        plain.flush()
        if digest.hexdigest() != manifest.dump_sha256:
            raise Damaged("the dump is another backup's")
        connect = settings.connect_admin()
        program, where, environment = postgres_tool("pg_restore", connect)
        process = await asyncio.create_subprocess_exec(
            program, *where, "--single-transaction", "--exit-on-error", f"--dbname={connect['database']}", plain.name,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
            env=environment,
        )  # fmt: skip
        _, complaints = await process.communicate()
        if process.returncode != 0:
            raise Damaged(f"pg_restore: {complaints.decode(errors='replace').strip()[:500]}")


async def _prove(settings: Settings, manifest: Manifest) -> None:
    """The audit chain holds up to the link that was the last when the backup was made, with every anchor before it."""
    anchors = [Anchor(manifest.seq, manifest.head)] if manifest.seq else []
    if settings.data_dir is not None:
        path = settings.data_dir / ANCHORS
        path.write_text(manifest.anchors, encoding="utf-8")
        anchors += read_anchors(path)
    report = await verify_database(settings.connect(Role.WORKER), anchors)
    if not report.ok or report.links != manifest.seq:
        raise Damaged("; ".join(report.findings) or f"{report.links} links instead of {manifest.seq}")
