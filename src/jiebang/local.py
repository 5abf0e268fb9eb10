"""One installation in one data directory: embedded engines, secrets, migrations, and the processes of the app.

`jiebang up`, the demo and the tests of whole processes use it. The app's processes get all they need through their
environment, exactly as on a cluster.
"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import asyncpg
import httpx
import msgspec

from jiebang.engines import LocalEngines
from jiebang.engines.accounts import engine_account
from jiebang.engines.datadir import DataDir, default_data_dir
from jiebang.engines.postgres import DATABASE
from jiebang.engines.supervisor import Child
from jiebang.kernel.errors import NotFound
from jiebang.kernel.uscc import is_valid_uscc
from jiebang.platform.audit_chain import ANCHORS, read_anchors, verify_database
from jiebang.platform.audit_checkpoint import read_checkpoints
from jiebang.platform.audit_export import verify_export
from jiebang.platform.crypto import SIGNER
from jiebang.platform.db import ENGINE, Role
from jiebang.platform.db.bootstrap import bootstrap
from jiebang.platform.db.migrate import migrate, pending
from jiebang.platform.storage import Storage
from jiebang.settings import Settings, SettingsError

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

    from jiebang.engines import Endpoints
    from jiebang.engines.supervisor import Supervisor

_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "PYTHONUTF8", "PYTHONPATH", "XDG_DATA_HOME")


class Installation:
    """Engines and app processes over one data directory."""

    def __init__(self, data_dir: Path | None = None, *, settings: Settings | None = None, durable: bool = True) -> None:
        self.settings = settings or Settings()  # pyright: ignore[reportCallIssue] - from the environment
        given = self.settings
        self.engines = LocalEngines(
            data_dir or given.data_dir,
            postgres=given.database_url is None,
            valkey=given.redis_url is None,
            s3=given.s3_endpoint is None,
            durable=durable,
        )

    @property
    def supervisor(self) -> Supervisor:
        """Who keeps the children."""
        return self.engines.supervisor

    @property
    def root(self) -> Path:
        """The data directory."""
        return self.engines.data.root

    @property
    def mail_dir(self) -> Path:
        """The dev mailbox."""
        return self.settings.mail_dir or self.root / "mail"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self, *, wait_for_s3: bool = True, migrations: bool = True) -> None:
        """Start the engines, write the secrets, bring the database up to date (but for a restore, which brings one).

        Raises:
            EngineError, SettingsError: one sentence for the person at the terminal.
        """
        endpoints = await self.engines.start(wait_for_s3=wait_for_s3)
        self.settings = self._with(endpoints)
        if migrations and await pending(self.settings.connect(Role.OWNER)):
            await upgrade(self.settings)

    async def stop(self) -> None:
        """Stop everything that `start` and `serve` started."""
        await self.supervisor.stop()
        await self.engines.stop()

    async def run(self, main: Coroutine[Any, Any, None]) -> None:
        """Run `main` until it ends or SIGINT or SIGTERM arrives, then stop everything."""
        try:
            await self.supervisor.run(main)
        finally:
            await self.stop()

    async def open_storage(self) -> None:
        """Wait for the store and let browsers of our own origin upload to it."""
        s = self.settings
        if s.s3_endpoint is None:
            return
        await self.engines.s3_ready()
        await open_bucket(s)

    def _with(self, endpoints: Endpoints) -> Settings:
        """The settings with the embedded engines' addresses, and a secret for every login."""
        data, given = self.engines.data, self.settings
        for role in Role:
            data.secret(f"database_{role.short}")
        data.secret("secret_key")
        update: dict[str, object] = {
            "secrets_dir": given.secrets_dir or endpoints.secrets_dir,
            "mail_dir": self.mail_dir,
        }
        if endpoints.database_port is not None:
            at = f"{endpoints.database_host}:{endpoints.database_port}/{endpoints.database_name}"
            update["database_url"] = f"postgresql://{at}?sslmode=disable"
            update["database_admin_url"] = (
                f"postgresql://{endpoints.admin_user}:{endpoints.admin_password}@{at}?sslmode=disable"
            )
        if endpoints.redis_url is not None:
            update["redis_url"] = endpoints.redis_url
        if endpoints.s3_endpoint is not None:
            update["s3_endpoint"] = endpoints.s3_endpoint
            for name, value in (("access", endpoints.s3_access_key), ("secret", endpoints.s3_secret_key)):
                update[f"s3_{name}_key_file"] = _keep(endpoints.secrets_dir / f"s3_{name}_key", str(value))
        return given.model_copy(update=update)

    def environment(self, **more: str) -> dict[str, str]:
        """The environment of an app process: addresses and where its secrets lie, nothing of the administrator."""
        s = self.settings
        named = {
            "DATABASE_URL": s.database_url,
            "REDIS_URL": s.redis_url,
            "S3_ENDPOINT": s.s3_endpoint,
            "S3_PUBLIC_ENDPOINT": s.s3_public_endpoint,
            "S3_ACCESS_KEY_FILE": s.s3_access_key_file,
            "S3_SECRET_KEY_FILE": s.s3_secret_key_file,
            "S3_BUCKET": s.s3_bucket,
            "S3_REGION": s.s3_region,
            "SMTP_URL": s.smtp_url,
            "MAIL_FROM": s.mail_from,
            "MAIL_DIR": None if s.smtp_url else s.mail_dir,
            "JIEBANG_SECRETS_DIR": s.secrets_dir,
            "JIEBANG_BASE_URL": s.base_url,
            "JIEBANG_LOG_LEVEL": s.log_level,
            "JIEBANG_TRUSTED_PROXIES": s.trusted_proxies,
        }
        passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        return {**passed, **{name: str(value) for name, value in named.items() if value}, **more}

    def api(self, port: int, *, name: str = "api") -> Child:
        """An API process on a loopback port."""

        async def answers() -> bool:
            async with httpx.AsyncClient(trust_env=False) as client:
                return (await client.get(f"http://127.0.0.1:{port}/ready", timeout=2)).is_success

        return Child(
            name=name,
            argv=(sys.executable, "-m", "jiebang.cli", "serve", "--port", str(port)),
            log=self.root / "log" / f"{name}.log",
            env=self.environment(),
            ready=answers,
        )

    def worker(self, *, name: str = "worker") -> Child:
        """A worker process: relay, jobs, audit chain."""
        return Child(
            name=name,
            argv=(sys.executable, "-m", "jiebang.cli", "worker"),
            log=self.root / "log" / f"{name}.log",
            env=self.environment(JIEBANG_DATA_DIR=str(self.root)),  # the audit chain's anchors lie there
        )


@contextmanager
def temporary_folder(prefix: str) -> Iterator[Path]:
    """A folder that goes away with all in it, and through which the engines' account may pass."""
    with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


async def upgrade(settings: Settings) -> str:
    """Bootstrap as administrator (when one is given), migrate as owner, load the reference data as worker.

    Returns:
        The report of what ran.
    """
    if settings.database_admin_url is not None:
        admin = await asyncpg.connect(**settings.connect_admin())
        try:
            await bootstrap(admin, {role: settings.password(role) for role in Role})
        finally:
            await admin.close()
    from jiebang.challenges.reference import load  # noqa: PLC0415 - only here is it needed

    async with ENGINE.opened({role: settings.connect(role) for role in (Role.OWNER, Role.WORKER)}, max_size=1):
        report = await migrate()
        await load()
    return report


async def open_bucket(settings: Settings) -> None:
    """Make the bucket where it is missing, and let browsers of our own origin upload to it."""
    store = open_store(settings)
    try:
        await store.ensure_bucket([settings.base_url])
    finally:
        store.close()


def open_store(settings: Settings) -> Storage:
    """A client of the installation's bucket, as its processes reach it. The caller closes it."""
    return Storage(
        settings.s3_endpoint or "",
        settings.secret("s3_access_key", settings.s3_access_key_file),
        settings.secret("s3_secret_key", settings.s3_secret_key_file),
        settings.s3_bucket,
        settings.s3_region,
    )


def _keep(path: Path, text: str) -> Path:
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
    return path


def attached(settings: Settings) -> Settings:
    """The settings for a command beside a running installation: those given, or its data directory's.

    Raises:
        SettingsError: neither a database is given nor has an installation ever run there.
    """
    if settings.database_url is not None:
        return settings
    data = DataDir(settings.data_dir or default_data_dir(), engine_account())
    if not data.is_marked:
        raise SettingsError(f"DATABASE_URL is not set, and no installation lies in {data.root}")
    port = data.ports_in_use().get("postgres")
    return settings.model_copy(
        update={
            "data_dir": data.root,
            "secrets_dir": data.secrets_dir,
            "database_url": f"postgresql://127.0.0.1:{port}/{DATABASE}?sslmode=disable",
        }
    )


async def found_agency(settings: Settings, kind: str, uscc: str, name_zh: str, name_en: str, admin_email: str) -> None:
    """Found an agency or a funder as the operator, and invite its administrator by mail.

    Raises:
        SettingsError: the 统一社会信用代码 is not valid, or registered already.
    """
    from jiebang.identity.service import found_authority  # noqa: PLC0415 - the worker's login, for this once

    if not is_valid_uscc(uscc):
        raise SettingsError(f"{uscc} is not a valid 统一社会信用代码")
    SIGNER.start(settings.secret("secret_key", settings.secret_key_file).encode())
    try:
        async with ENGINE.opened({Role.WORKER: settings.connect(Role.WORKER)}, max_size=1):
            await found_authority(None, kind, uscc, name_zh, name_en, admin_email.lower())
    except asyncpg.UniqueViolationError:
        raise SettingsError(f"an organisation with {uscc} is registered already") from None


async def verify_audit(
    settings: Settings, export: Path | None, checkpoints: Path | None = None, public_key: str | None = None
) -> int:
    """Verify the chain of an export, or of the database; say what was found. The exit status."""
    anchors = read_anchors(settings.data_dir / ANCHORS) if settings.data_dir else []
    if export is not None:
        kept = read_checkpoints(checkpoints) if checkpoints else []
        report = verify_export(export, anchors, kept, bytes.fromhex(public_key) if public_key else None)
    else:
        report = await verify_database(settings.connect(Role.WORKER), anchors)
    shown = f", {report.withheld} of them withheld" if report.withheld else ""
    fine = f"{report.links} links are as they were written{shown}; {report.tail} wait; {report.anchors} heads match."
    print("\n".join(report.findings) or fine)  # noqa: T201
    return 1 if report.findings else 0


async def incident(settings: Settings, act: str, code: str, reason: str | None) -> int:
    """Freeze or thaw a topic, or print who read what of it, as JSON lines. The exit status."""
    from jiebang.challenges import oversight  # noqa: PLC0415 - the command's own

    async with ENGINE.opened({Role.WORKER: settings.connect(Role.WORKER)}, max_size=1):
        try:
            if act == "reads":
                for one in await oversight.operate_reads(None, code):
                    print(msgspec.json.encode(one).decode())  # noqa: T201
                return 0
            done = await oversight.operate_freeze(None, code, reason if act == "freeze" else None)
        except NotFound:
            print(f"no topic has the code {code}")  # noqa: T201
            return 1
    print(f"{code}: {act}" if done else f"{code}: nothing changed")  # noqa: T201
    return 0
