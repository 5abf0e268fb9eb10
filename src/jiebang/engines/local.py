"""The three engines over one data directory."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from jiebang.engines import postgres, seaweedfs, tether
from jiebang.engines.accounts import engine_account
from jiebang.engines.datadir import DataDir, default_data_dir
from jiebang.engines.postgres import Postgres
from jiebang.engines.seaweedfs import SeaweedFS
from jiebang.engines.supervisor import Supervisor
from jiebang.engines.valkey import Valkey

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the engines answer and how to sign in. The parts of an engine that was not asked for are None."""

    secrets_dir: Path
    database_host: str | None = None
    database_port: int | None = None
    database_name: str = postgres.DATABASE
    admin_user: str = postgres.ADMIN
    admin_password: str | None = None
    redis_url: str | None = None
    s3_endpoint: str | None = None
    s3_access_key: str | None = None
    s3_secret_key: str | None = None
    s3_bucket: str = seaweedfs.BUCKET
    s3_region: str = seaweedfs.REGION


class LocalEngines:
    """PostgreSQL, Valkey and S3 in `data_dir`, each only if asked for.

    With `supervisor`, the children are its, and it must outlive the engines; without, they have their own.
    `durable=False` gives up fsync for speed: tests only.
    """

    def __init__(
        self,
        data_dir: Path | None = None,
        *,
        postgres: bool = True,
        valkey: bool = True,
        s3: bool = True,
        supervisor: Supervisor | None = None,
        durable: bool = True,
        run_as: str | None = None,
    ) -> None:
        self.data = DataDir(data_dir or default_data_dir(), engine_account(run_as))
        self._asked = (postgres, valkey, s3)
        self._durable = durable
        self._storage: SeaweedFS | None = None
        self._owns_supervisor = supervisor is None
        self.supervisor = supervisor or Supervisor()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def endpoints(self) -> Endpoints:
        """What `start` returned."""
        return self._endpoints

    async def start(self, *, wait_for_s3: bool = True) -> Endpoints:
        """Start what was asked for. With `wait_for_s3=False` storage follows later: `await s3_ready()`.

        Raises:
            EngineError: the directory or an engine refused; nothing is left running.
        """
        self.data.claim()
        try:
            return await self._start(wait_for_s3=wait_for_s3)
        except BaseException:
            await self.stop()
            raise

    async def _start(self, *, wait_for_s3: bool) -> Endpoints:
        with_postgres, with_valkey, with_s3 = self._asked
        names = [
            *(["postgres"] if with_postgres else []),
            *(["valkey"] if with_valkey else []),
            *(seaweedfs.PORTS if with_s3 else []),
        ]
        for name in ("postgres", "valkey", "seaweedfs"):
            # A killed instance's engines may still be ending, and hold their ports until then.
            await tether.wait_free(self.data.root / "log" / f"{name}.tether")
        ports = self.data.ports(names)
        found: dict[str, object] = {}
        starting = []
        if with_s3:
            storage = self._storage = SeaweedFS(self.data, {name: ports[name] for name in seaweedfs.PORTS})
            starting.append(storage.spawn(self.supervisor))
            found |= {
                "s3_endpoint": storage.endpoint,
                "s3_access_key": seaweedfs.ACCESS_KEY,
                "s3_secret_key": storage.secret_key,
            }
        if with_postgres:
            database = Postgres(self.data, ports["postgres"], self._durable)
            starting.append(database.start(self.supervisor))
            found |= {
                "database_host": "127.0.0.1",
                "database_port": database.port,
                "admin_password": database.password,
            }
        if with_valkey:
            queue = Valkey(self.data, ports["valkey"], self._durable)
            starting.append(queue.start(self.supervisor))
            found |= {"redis_url": queue.url}
        try:
            async with asyncio.TaskGroup() as group:
                for one in starting:
                    group.create_task(one)
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None
        if with_s3 and wait_for_s3:
            await self.s3_ready()
        self._endpoints = Endpoints(secrets_dir=self.data.secrets_dir, **found)  # pyright: ignore[reportArgumentType]
        return self._endpoints

    async def s3_ready(self) -> None:
        """Wait until storage accepts a signed PUT.

        Raises:
            EngineError: it ended, or was not ready in time.
        """
        await self.supervisor.wait_ready("seaweedfs")

    async def stop(self) -> None:
        """Stop the engines and release the directory."""
        try:
            if self._owns_supervisor:
                await self.supervisor.stop()
            else:
                await self.supervisor.stop("postgres", "valkey", "seaweedfs")
            if self._storage is not None:
                self._storage.remove_sockets()
        finally:
            self.data.release()
