"""One small supervisor for everything we run: the engines, the API, the workers.

A child lives in its own session, so a Ctrl-C in the terminal reaches the supervisor alone, which stops its
children in reverse order. If the supervisor itself is killed, the kernel signals each child (on Linux, by
PR_SET_PDEATHSIG) and the guard process ends what is left five seconds later.

A child and everything it forks hold one open file, its *tether*, locked by flock. The kernel keeps that
account, so it stays true after kill -9, and for grandchildren that left the process group (PostgreSQL's
backends do). A child starts only when nobody holds its tether any more: two generations never share one data
directory.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from jiebang.engines import tether as tethers
from jiebang.engines.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping

    from jiebang.engines.accounts import Account

_HERE = Path(__file__).parent
_LOG_LIMIT = 10 * 1024 * 1024
_POLL = 0.02
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0
"""Seconds before a restart."""
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Child:
    """One supervised process.

    `ready` is asked every 20 ms until it says True; an exception counts as not yet. `before` runs ahead of
    each (re)start. Times are in seconds.
    """

    name: str
    argv: tuple[str, ...]
    log: Path
    env: Mapping[str, str]
    cwd: Path | None = None
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout: float = 10.0
    ready: Callable[[], Awaitable[bool]] | None = None
    ready_timeout: float = 30.0
    before: Callable[[], Awaitable[None]] | None = None

    @property
    def tether(self) -> Path:
        """Beside the log: two children never share a log unless they must not run together."""
        return self.log.with_suffix(".tether")


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to a child. `kind`: started, ready, exited, restarting, stopped."""

    child: str
    kind: str
    detail: str = ""


@dataclass(slots=True)
class _Running:
    child: Child
    first_ready: asyncio.Future[None]
    task: asyncio.Task[None] | None = None
    process: asyncio.subprocess.Process | None = None
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    ready_at: float = 0.0
    stopping: bool = False


class Supervisor:
    """Starts, watches, restarts and stops children, in one event loop, on a thread that outlives them.

    `on_event` is called on the loop for every `Event`; it must not block.
    """

    def __init__(self, on_event: Callable[[Event], None] | None = None) -> None:
        self._on_event = on_event
        self._children: dict[str, _Running] = {}
        self._guard = tethers.Guard()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self, *children: Child) -> None:
        """Start the children side by side and wait until all are ready.

        Raises:
            EngineError: one ended or was not ready in time; all of these children are stopped again.
        """
        for child in children:
            self.spawn(child)
        try:
            await asyncio.gather(*(self.wait_ready(child.name) for child in children))
        except EngineError:
            await self.stop(*(child.name for child in children))
            raise

    async def complete(self, child: Child) -> None:
        """Run a child that ends by itself, such as initdb, under the same care; its hooks are not called.

        Raises:
            EngineError: it ended with another status than 0.
        """
        tether = await tethers.take(child.tether)
        try:
            process = await self._exec(child, tether)
        finally:
            os.close(tether)
        try:
            await self._guard.watch(process.pid, child.stop_signal, child.tether)
            code = await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            await self._bury(child, process.pid)
        if code:
            raise EngineError(_sentence(child, f"failed with status {code}"))

    def spawn(self, child: Child) -> None:
        """Start a child without waiting for it; `wait_ready` tells how it went."""
        if child.name in self._children:
            raise EngineError(f"{child.name} is already running.")
        running = _Running(child, asyncio.get_running_loop().create_future())
        # A failure that nobody waits for is still told by on_event and the log.
        running.first_ready.add_done_callback(lambda future: future.cancelled() or future.exception())
        self._children[child.name] = running
        running.task = asyncio.create_task(self._live(running), name=f"supervise {child.name}")

    async def wait_ready(self, name: str) -> None:
        """Wait until the child has been ready for the first time.

        Raises:
            EngineError: it ended before, or its `ready_timeout` passed.
        """
        if not self.is_ready(name):
            await asyncio.shield(self._children[name].first_ready)

    def is_ready(self, name: str) -> bool:
        """Whether the child runs and has answered since its last start."""
        running = self._children.get(name)
        return running is not None and running.ready.is_set()

    def pid(self, name: str) -> int | None:
        """The child's process id, None while it is down."""
        running = self._children.get(name)
        process = running.process if running else None
        return process.pid if process is not None and process.returncode is None else None

    async def stop(self, *names: str) -> None:
        """Stop the named children, or all, last started first; returns when none of their processes is left.

        A child that outlives its `stop_timeout` is killed.
        """
        chosen = [name for name in self._children if not names or name in names]
        for name in reversed(chosen):
            await self._stop_one(name)
        if not self._children:
            await self._guard.dismiss()

    async def run(self, main: Coroutine[Any, Any, None]) -> None:
        """Run `main` until it ends or SIGTERM or SIGINT comes (which cancels it), then stop every child."""
        loop = asyncio.get_running_loop()
        task = asyncio.create_task(main)
        asked = False

        def ask() -> None:
            nonlocal asked
            if not asked:
                asked = True
                task.cancel()

        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, ask)
        try:
            await task
        except asyncio.CancelledError:
            if not asked:
                raise
        finally:
            await self.stop()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)

    # One child's life

    async def _live(self, running: _Running) -> None:
        child, pause = running.child, FIRST_PAUSE
        while not running.stopping:
            try:
                detail = await self._one_run(running)
            except (OSError, EngineError) as error:
                detail = str(error)
            ready_for = time.monotonic() - running.ready_at if running.ready.is_set() else 0.0
            running.ready.clear()
            if running.stopping:
                return
            self._tell(child, "exited", detail)
            if not running.first_ready.done():
                running.first_ready.set_exception(EngineError(_sentence(child, f"did not start: {detail}")))
                return
            pause = pause_before_restart(pause, ready_for)
            spread = pause * random.uniform(0.75, 1.0)  # noqa: S311
            self._tell(child, "restarting", f"in {spread:.1f} s")
            await asyncio.sleep(spread)

    async def _one_run(self, running: _Running) -> str:
        child = running.child
        tether = await tethers.take(child.tether)
        try:
            if child.before is not None:
                await child.before()
            process = await self._exec(child, tether)
        finally:
            os.close(tether)
        running.process = process
        await self._guard.watch(process.pid, child.stop_signal, child.tether)
        self._tell(child, "started", f"process {process.pid}")
        readiness = asyncio.create_task(self._become_ready(running))
        try:
            code = await process.wait()
        finally:
            readiness.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await readiness
        await self._bury(child, process.pid)
        return f"it ended by {signal.Signals(-code).name}" if code < 0 else f"it ended with status {code}"

    async def _become_ready(self, running: _Running) -> None:
        child, began = running.child, time.monotonic()
        while True:
            with contextlib.suppress(Exception):
                async with asyncio.timeout(5):
                    if child.ready is None or await child.ready():
                        break
            if not running.first_ready.done() and time.monotonic() - began > child.ready_timeout:
                late = f"was not ready within {child.ready_timeout:.0f} s"
                running.first_ready.set_exception(EngineError(_sentence(child, late)))
            await asyncio.sleep(_POLL)
        running.ready_at = time.monotonic()
        running.ready.set()
        self._tell(child, "ready", f"after {time.monotonic() - began:.2f} s")
        if not running.first_ready.done():
            running.first_ready.set_result(None)

    async def _exec(self, child: Child, tether: int) -> asyncio.subprocess.Process:
        account = child.account
        words = [os.getpid(), int(child.stop_signal), *((account.uid, account.gid) if account else (-1, -1))]
        log = _open_log(child.log)
        try:
            return await asyncio.create_subprocess_exec(
                sys.executable, "-I", "-S", str(_HERE / "launcher.py"), *map(str, words), *child.argv,
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
                env=dict(child.env), cwd=child.cwd, pass_fds=(tether,), start_new_session=True,
            )  # fmt: skip
        finally:
            os.close(log)

    async def _stop_one(self, name: str) -> None:
        running = self._children[name]
        running.stopping = True
        if running.task is None:
            return
        process = running.process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(running.child.stop_signal)
            await asyncio.wait([running.task], timeout=running.child.stop_timeout)
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await asyncio.wait([running.task])
        else:
            running.task.cancel()
            await asyncio.wait([running.task])
            if running.process is not None and running.process.returncode is None:  # born just then
                running.process.kill()
                await running.process.wait()
                await self._bury(running.child, running.process.pid)
        if not running.first_ready.done():
            running.first_ready.set_exception(EngineError(f"{name} was stopped before it was ready."))
        self._tell(running.child, "stopped")
        self._children.pop(name, None)

    async def _bury(self, child: Child, group: int) -> None:
        await self._guard.forget(group)
        tethers.bury(group, child.tether)

    def _tell(self, child: Child, kind: str, detail: str = "") -> None:
        level = logging.WARNING if kind == "exited" else logging.DEBUG
        _logger.log(level, "%s %s %s", child.name, kind, detail)
        if self._on_event is not None:
            self._on_event(Event(child.name, kind, detail))


def pause_before_restart(last: float, ready_for: float) -> float:
    """Seconds until a child starts again that ended after `ready_for` seconds of readiness and waited `last` before.

    They double for one that ends again and again. One that was ready for longer than the longest of them is in no such
    loop, it was killed: it is back at once, however often that happens.
    """
    return FIRST_PAUSE if ready_for > LONGEST_PAUSE else min(2 * last, LONGEST_PAUSE)


def _open_log(path: Path) -> int:
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_size > _LOG_LIMIT:
            path.replace(path.with_suffix(".log.1"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)


def _sentence(child: Child, what: str) -> str:
    return f"{child.name} {what}{_tail(child.log)} (log: {child.log})."


def _tail(path: Path, lines: int = 3) -> str:
    with contextlib.suppress(OSError), path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - 4096))
        last = [line.strip() for line in log.read().decode(errors="replace").splitlines() if line.strip()][-lines:]
        if last:
            return "; its log ends: " + " / ".join(last)
    return ""
