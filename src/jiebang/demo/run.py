"""`jiebang demo`: engines of its own, real API and worker processes, a whole season over HTTP, one JSON object."""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import asyncpg

from jiebang.demo.caller import PATIENCE
from jiebang.demo.mail import Mailbox
from jiebang.demo.people_online import Online
from jiebang.demo.play import Play
from jiebang.demo.real_topics import load_real_topics
from jiebang.demo.season import season
from jiebang.local import Installation, temporary_folder
from jiebang.platform.db import Role
from jiebang.platform.db.clock import set_shift, shift_to
from jiebang.platform.db.engine import AWAY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from jiebang.demo.model import Season

APIS = 2


class Clock:
    """Moves the demo database's clock, as its owner."""

    def __init__(self, connect: dict[str, Any]) -> None:
        self._connect = connect

    async def to(self, instant: datetime) -> None:
        """Make it `instant` now, as soon as the database answers.

        Raises:
            TimeoutError: it did not within a minute.
        """
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    await self._shift(instant)
                except AWAY:
                    await asyncio.sleep(0.2)
                else:
                    return

    async def _shift(self, instant: datetime) -> None:
        owner = await asyncpg.connect(**self._connect)
        try:
            await shift_to(owner, instant)
        finally:
            await owner.close()

    async def real(self) -> None:
        """Let it be what it is everywhere."""
        owner = await asyncpg.connect(**self._connect)
        try:
            await set_shift(owner, timedelta(0))
        finally:
            await owner.close()


class Stopwatch:
    """Seconds per step, said on stderr as they pass."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step."""
        began = time.perf_counter()
        print(f"… {name}", file=sys.stderr, flush=True)  # noqa: T201 - progress of a long command
        try:
            yield
        finally:
            self.seconds[name] = round(time.perf_counter() - began, 3)


async def run_demo(*, topics: Path | None = None, data_dir: Path | None = None) -> dict[str, Any]:
    """Play the season; the outcome, with `ok` and, when it failed, `reason`."""
    watch = Stopwatch()
    outcome: dict[str, Any] = {"ok": False}
    with temporary_folder("jiebang-demo-") as folder:
        installation = Installation(data_dir or folder / "data", durable=data_dir is not None)
        try:
            with watch.step("engines"):
                await installation.start()
                await installation.open_storage()
            content = season(tuple(load_real_topics(topics))) if topics is not None else season()
            play = await prepare(installation, watch, content)
            outcome = await play.season()
        except Exception as failure:  # noqa: BLE001 - whatever broke is the demo's result
            outcome["reason"] = f"{type(failure).__name__}: {failure}"
            print(_logs(installation), file=sys.stderr)  # noqa: T201
        finally:
            with watch.step("stop"):
                await installation.stop()
    return outcome | {"seconds": watch.seconds | {"total": round(sum(watch.seconds.values()), 3)}}


async def prepare(installation: Installation, watch: Stopwatch, content: Season) -> Play:
    """Start the app's processes on a ready installation and bring the cast of a season to them."""
    with watch.step("processes"):
        names = [f"api-{n}" for n in range(1, APIS + 1)]
        ports = installation.engines.data.ports(names)
        installation.settings = installation.settings.model_copy(
            update={"base_url": f"http://127.0.0.1:{ports[names[0]]}"}
        )
        await installation.supervisor.start(
            *(installation.api(ports[name], name=name) for name in names), installation.worker()
        )
    online = Online([f"http://127.0.0.1:{ports[name]}" for name in names], content, Mailbox(installation.mail_dir))
    clock = Clock(installation.settings.connect(Role.OWNER))
    return Play(installation, online, clock, watch)


def _logs(installation: Installation, lines: int = 15) -> str:
    """The ends of the app's logs, to see why."""
    ends = []
    for path in sorted((installation.root / "log").glob("*.log")):
        if path.name.startswith(("api", "worker")):
            told = [line for line in path.read_text(errors="replace").splitlines() if '"level": "info"' not in line]
            ends.append(f"--- {path.name}\n" + "\n".join(told[-lines:]))
    return "\n".join(ends)
