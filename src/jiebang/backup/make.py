"""Make a backup: one snapshot of the database, and every file that it names.

A folder holds many backups: `<stamp>.manifest`, `<stamp>.dump` (pg_dump of one exported snapshot), and `objects/`,
which they share, as a stored file never changes. The manifest is written last: without it there is no backup.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec

from jiebang.backup import Damaged
from jiebang.backup.sealed import CHUNK, opened, read_chunks, seal
from jiebang.engines.postgres import binary
from jiebang.kernel.errors import NotFound
from jiebang.local import open_store
from jiebang.platform.audit_chain import ANCHORS, GENESIS, read_anchors

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from uuid import UUID

    from jiebang.platform.storage import Storage
    from jiebang.settings import Settings

AT_ONCE = 12
_MOST = 1 << 40
_NAMED = """
select quarantine_key as key, null as sha256, id as material_id from app.material where status = 'pending'
union all select object_key, sha256, id from app.material where object_key is not null
union all select file_key, file_sha256, null from app.review_application
"""
"""Every key that a row names, with the SHA-256 (hexadecimal) that the row knows."""


class Kept(msgspec.Struct, frozen=True):
    """A file: its key, size in bytes, SHA-256 (hexadecimal) and media type."""

    key: str
    size: int
    sha256: str
    content_type: str


class Manifest(msgspec.Struct):
    """What a backup holds. `seq` and `head` are the audit chain's last link in the snapshot.

    `absent` are keys without a file: announced and not uploaded, or deleted by their team while the backup ran.
    """

    stamp: str
    at: datetime
    dump_sha256: str
    seq: int
    head: str
    anchors: str
    secret_key: str
    objects: list[Kept]
    absent: list[str]


def read_key(path: Path) -> bytes:
    """The 32 bytes of a key file: 64 hexadecimal digits.

    Raises:
        Damaged: it holds something else.
    """
    with suppress(ValueError):
        if len(key := bytes.fromhex(path.read_text(encoding="ascii").strip())) == 32:  # noqa: PLR2004 - AES-256
            return key
    raise Damaged(f"{path} holds no key of 64 hexadecimal digits")


def object_path(folder: Path, key: bytes, name: str) -> Path:
    """Where the file of this key lies: a name that tells nothing, the same in every backup of the folder."""
    tag = hmac.digest(key, f"object {name}".encode(), "sha256").hex()
    return folder / "objects" / tag[:2] / tag


async def backup(settings: Settings, folder: Path, key: bytes) -> Manifest:
    """Add a backup to the folder; `settings` need the administrator's address and the store's.

    Raises:
        Damaged: a file is missing or is not what its row says; no backup was made.
    """
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    for tag in range(256):
        (folder / "objects" / f"{tag:02x}").mkdir(parents=True, exist_ok=True, mode=0o700)
    store = open_store(settings)
    admin = await asyncpg.connect(**settings.connect_admin())
    try:
        async with admin.transaction(isolation="repeatable_read", readonly=True):
            at = await admin.fetchval("select clock_timestamp()")
            snapshot = await admin.fetchval("select pg_export_snapshot()")
            named = await admin.fetch(_NAMED)
            last = await admin.fetchrow("select seq, hash from app.audit_link order by seq desc limit 1")
            digest = await _dump(settings, snapshot, key, folder / f"{stamp}.dump", f"{stamp}.dump")
        objects, absent = await _copy_all(admin, store, folder, key, named)
        seq, head = (last["seq"], last["hash"]) if last else (0, GENESIS)
        manifest = Manifest(
            stamp, at, digest, seq, head.hex(), _anchors(settings, seq),
            settings.secret("secret_key", settings.secret_key_file), objects, absent,
        )  # fmt: skip
    finally:
        await admin.close()
        store.close()
    seal(key, f"{stamp}.manifest", [msgspec.json.encode(manifest)], folder / f"{stamp}.manifest")
    return manifest


def stamps(folder: Path) -> list[str]:
    """The folder's backups, the oldest first."""
    return sorted(path.stem for path in folder.glob("*.manifest"))


def read_manifest(folder: Path, stamp: str, key: bytes) -> Manifest:
    """What a backup holds.

    Raises:
        Damaged: it was changed, or the key is another.
    """
    path = folder / f"{stamp}.manifest"
    return msgspec.json.decode(b"".join(opened(key, path.name, path)), type=Manifest)


def prune(folder: Path, key: bytes, keep: int) -> None:
    """Forget all but the newest `keep` backups, and files that none of them names."""
    *old, _ = [*stamps(folder)[:-keep], ""]
    if not old:
        return
    for stamp in old:
        for kind in ("manifest", "dump"):  # a dump without manifest is none
            (folder / f"{stamp}.{kind}").unlink(missing_ok=True)
    used = {
        object_path(folder, key, one.key)
        for stamp in stamps(folder)
        for one in read_manifest(folder, stamp, key).objects
    }
    for path in (folder / "objects").glob("*/*"):
        if path not in used:
            path.unlink()


def postgres_tool(name: str, connect: Mapping[str, Any]) -> tuple[str, list[str], dict[str, str]]:
    """Program, arguments and environment of a PostgreSQL client program for these connect arguments."""
    where = [f"--host={connect['host']}", f"--port={connect['port']}", f"--username={connect['user']}", "--no-password"]
    passed = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "PGSSLROOTCERT") if name in os.environ}
    mode = connect["ssl"] if isinstance(connect["ssl"], str) else "verify-full"
    secret = {"PGPASSWORD": str(connect["password"]), "PGSSLMODE": mode, "LC_ALL": "C.UTF-8"}
    return str(binary(name)), where, passed | secret


async def at_once(work: Callable[[], Awaitable[None]]) -> None:
    """Run `work`, which shares an iterator with its twins, so many times at once; the first failure ends all."""
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(_coroutine(work))
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None


async def _coroutine(work: Callable[[], Awaitable[None]]) -> None:
    await work()


async def _dump(settings: Settings, snapshot: str, key: bytes, path: Path, name: str) -> str:
    connect = settings.connect_admin()
    program, where, environment = postgres_tool("pg_dump", connect)
    process = await asyncio.create_subprocess_exec(
        program, *where, "--format=custom", f"--snapshot={snapshot}", "--schema=app",
        "--extension=*", connect["database"],
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env=environment,
    )  # fmt: skip
    assert process.stdout is not None  # noqa: S101 - a pipe was asked for
    assert process.stderr is not None  # noqa: S101
    complaints = asyncio.create_task(process.stderr.read())
    digest = hashlib.sha256()
    # The dump waits on disk, unreadable to others and in clear, only as long as it takes to seal it.
    with tempfile.TemporaryFile(dir=path.parent) as plain:
        while chunk := await process.stdout.read(CHUNK):
            digest.update(chunk)
            plain.write(chunk)
        if await process.wait() != 0:
            raise Damaged(f"pg_dump: {(await complaints).decode(errors='replace').strip()[:500]}")
        plain.seek(0)
        await asyncio.to_thread(seal, key, name, read_chunks(plain), path)
    await complaints
    return digest.hexdigest()


async def _copy_all(
    admin: Any, store: Storage, folder: Path, key: bytes, named: Iterable[Any]
) -> tuple[list[Kept], list[str]]:
    before = {kept.key: kept for kept in _known(folder, key)}
    objects: list[Kept] = []
    absent: list[str] = []
    work = iter(named)

    async def copy() -> None:
        for row in work:
            old = before.get(row["key"])
            if old is not None and object_path(folder, key, old.key).is_file():
                kept: Kept | None = old
            else:
                kept = await _copy(store, folder, key, row["key"])
            if kept is None:
                await _excused(admin, row["key"], row["material_id"])
                absent.append(row["key"])
                continue
            if row["sha256"] is not None and row["sha256"] != kept.sha256:
                raise Damaged(f"{kept.key} is not the file that its row knows")
            objects.append(kept)

    await at_once(copy)
    return sorted(objects, key=lambda one: one.key), sorted(absent)


def _known(folder: Path, key: bytes) -> list[Kept]:
    found = stamps(folder)
    return read_manifest(folder, found[-1], key).objects if found else []


async def _copy(store: Storage, folder: Path, key: bytes, name: str) -> Kept | None:
    facts = await store.head(name)
    if facts is None:
        return None
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        plain = Path(scratch) / "plain"
        try:
            fetched = await store.get_to_file(name, plain, limit=_MOST)
        except NotFound:
            return None
        path = object_path(folder, key, name)

        def keep() -> None:
            with plain.open("rb") as file:
                seal(key, name, read_chunks(file), path)

        await asyncio.to_thread(keep)
    return Kept(name, fetched.size, fetched.sha256.hex(), facts.content_type)


def _anchors(settings: Settings, seq: int) -> str:
    """The lines of the anchors' file, but for those that a worker wrote after the snapshot."""
    path = settings.data_dir / ANCHORS if settings.data_dir else None
    if path is None or not path.is_file():
        return ""
    return "".join(json.dumps({"seq": a.seq, "hash": a.hash}) + "\n" for a in read_anchors(path) if a.seq <= seq)


_ONE_AT_A_TIME = asyncio.Lock()


async def _excused(admin: Any, name: str, material_id: UUID | None) -> None:
    """A missing file is right where nobody has uploaded it yet, or where by now no row names it there any more."""
    if name.startswith("quarantine/"):
        return
    async with _ONE_AT_A_TIME:
        if await admin.fetchval(f"select exists (select from ({_NAMED}) n where n.key = $1)", name):  # noqa: S608
            raise Damaged(f"{name} of {material_id} is named and missing")
