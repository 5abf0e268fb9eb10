"""Valkey 9: loopback, a password, an append-only file synced every second."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import redis.asyncio

from jiebang.engines import binaries
from jiebang.engines.supervisor import Child

if TYPE_CHECKING:
    from jiebang.engines.datadir import DataDir
    from jiebang.engines.supervisor import Supervisor


@dataclass(frozen=True, slots=True)
class Valkey:
    """The server of `<data dir>/valkey`. `durable=False` leaves syncing to the kernel: tests only."""

    data: DataDir
    port: int
    durable: bool = True

    @property
    def url(self) -> str:
        """With the password."""
        return f"redis://:{self.data.secret('valkey')}@127.0.0.1:{self.port}/0"

    async def start(self, supervisor: Supervisor) -> None:
        """Start it and wait until it answers PING with its data loaded."""
        home = self.data.folder("valkey", owned=True)
        self.data.adopt(home)
        server = await asyncio.to_thread(binaries.reachable, binaries.VALKEY, self.data.account, self.data.root / "bin")
        # A file, as every local user can read a command line; relative paths, as none of them needs quoting.
        settings = {
            "bind": "127.0.0.1",
            "port": self.port,
            "protected-mode": "yes",
            "requirepass": self.data.secret("valkey"),
            "dir": "./",
            "appendonly": "yes",
            "appendfsync": "everysec" if self.durable else "no",
            "save": '""',
            "maxmemory-policy": "noeviction",  # a queue that drops keys loses jobs
            "daemonize": "no",
            "always-show-logo": "no",
        }
        self.data.write_owned(home / "valkey.conf", "".join(f"{name} {value}\n" for name, value in settings.items()))
        await supervisor.start(
            Child(
                name="valkey",
                argv=(str(server), "valkey.conf"),
                log=self.data.root / "log" / "valkey.log",
                env={"PATH": os.defpath, "HOME": str(home), "LC_ALL": "C.UTF-8"},
                cwd=home,
                account=self.data.account,
                ready=self._answers,
            )
        )

    async def _answers(self) -> bool:
        client = redis.asyncio.Redis.from_url(self.url, socket_timeout=2)
        try:
            return bool(await client.ping())
        finally:
            await client.aclose()
