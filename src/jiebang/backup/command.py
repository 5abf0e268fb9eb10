"""`jiebang backup` and `jiebang restore`, beside a running installation or on servers of one's own."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from jiebang.backup import Damaged, make
from jiebang.backup.restore import restore
from jiebang.engines.accounts import engine_account
from jiebang.engines.datadir import DataDir
from jiebang.engines.postgres import ADMIN, DATABASE
from jiebang.local import Installation, attached
from jiebang.settings import SettingsError

if TYPE_CHECKING:
    from jiebang.settings import Settings

KEY_NAME = "backup_key"


async def run_backup(settings: Settings, folder: Path, *, every: float | None, keep: int | None) -> int:
    """One backup, or one every so many seconds until told to end; says each on standard output. The exit status.

    A failure among many is told on standard error and tried again at the next turn.
    """
    settings = beside(settings)
    key = _own_key(settings)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)  # noqa: ASYNC240 - microseconds
    loop = asyncio.get_running_loop()
    while True:
        began = loop.time()
        try:
            manifest = await make.backup(settings, folder, key)
            if keep is not None:
                make.prune(folder, key, keep)
            print(f"{manifest.stamp}: {len(manifest.objects)} files, audit link {manifest.seq}", flush=True)  # noqa: T201
        except Exception as error:
            if every is None:
                raise
            print(f"jiebang: no backup: {type(error).__name__}: {error}", file=sys.stderr, flush=True)  # noqa: T201
        if every is None:
            return 0
        await asyncio.sleep(max(0.0, every - (loop.time() - began)))


async def run_restore(settings: Settings, folder: Path, key_file: Path, stamp: str | None) -> int:
    """Restore into an empty data directory, or into the empty database and the bucket that are given by URL."""
    key = make.read_key(key_file)
    if settings.database_url is not None:
        manifest = await restore(settings, folder, key, stamp)
    else:
        installation = Installation(settings.data_dir, settings=settings)
        try:
            await installation.start(migrations=False)
            manifest = await restore(
                installation.settings.model_copy(update={"data_dir": installation.root}), folder, key, stamp
            )
            _write_secret(installation.engines.data.secrets_dir / "secret_key", manifest.secret_key)
            _write_secret(installation.engines.data.secrets_dir / KEY_NAME, key.hex())
        finally:
            await installation.stop()
    print(f"{manifest.stamp}: restored and verified; {len(manifest.objects)} files, audit link {manifest.seq}")  # noqa: T201
    return 0


def beside(settings: Settings) -> Settings:
    """The settings of an administrator: those given, or those of the installation that runs in the data directory.

    Raises:
        SettingsError: no installation lies there, or an address is missing.
    """
    if settings.database_url is not None:
        if settings.database_admin_url is None or settings.s3_endpoint is None:
            raise SettingsError("a backup needs DATABASE_ADMIN_URL and S3_ENDPOINT")
        return settings
    settings = attached(settings)
    data = DataDir(settings.data_dir or Path(), engine_account())
    ports = data.ports_in_use()
    password = quote(data.secret("postgres-admin"), safe="")
    return settings.model_copy(
        update={
            "database_admin_url": f"postgresql://{ADMIN}:{password}@127.0.0.1:{ports['postgres']}/{DATABASE}?sslmode=disable",
            "s3_endpoint": f"http://127.0.0.1:{ports['s3.port']}",
        }
    )


def _own_key(settings: Settings) -> bytes:
    path = settings.backup_key_file or (settings.secrets_dir or Path()) / KEY_NAME
    if not path.exists():
        if settings.backup_key_file is not None:
            raise Damaged(f"{path} is missing: make one with `openssl rand -hex 32`")
        _write_secret(path, secrets.token_hex(32))
        print(f"Made the key {path}: keep a copy elsewhere, no backup can be read without it.")  # noqa: T201
    return make.read_key(path)


def _write_secret(path: Path, text: str) -> None:
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(text)
    fresh.rename(path)
