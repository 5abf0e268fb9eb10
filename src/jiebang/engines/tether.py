"""How the supervisor knows, and ends, everything that a child has forked."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
import sys
import time
from pathlib import Path

from jiebang.engines import guard
from jiebang.engines.errors import EngineError

_PATIENCE = guard.GRACE_SECONDS + 2  # a killed supervisor's guard needs so long
_POLL = 0.02


async def wait_free(path: Path) -> None:
    """Wait for a former generation to end, then end it.

    Raises:
        EngineError: it does not end even by SIGKILL.
    """
    try:
        tether = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    began = time.monotonic()
    try:
        while True:
            try:
                fcntl.flock(tether, fcntl.LOCK_SH | fcntl.LOCK_NB)  # shared, so that nobody takes us for a holder
            except BlockingIOError:
                waited = time.monotonic() - began
                if waited > 2 * _PATIENCE:
                    raise EngineError("processes of its former run do not end") from None
                if waited > _PATIENCE:
                    kill_holders(path)
                await asyncio.sleep(_POLL)
            else:
                return
    finally:
        os.close(tether)


async def take(path: Path) -> int:
    """A new tether at this path, open and locked, once the former generation has ended.

    A new file each time: a guard that still looks for the former generation never meets this one.
    """
    await wait_free(path)
    path.unlink(missing_ok=True)  # noqa: ASYNC240 - microseconds
    tether = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    fcntl.flock(tether, fcntl.LOCK_EX)
    return tether


def kill_holders(path: Path) -> None:
    """SIGKILL to every process that holds the tether, but us."""
    with contextlib.suppress(FileNotFoundError):
        status = path.stat()
        for pid in guard.holders(status.st_dev, status.st_ino):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)


def bury(group: int, path: Path) -> None:
    """End whoever a dead leader left: its process group, and holders of the tether that left the group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
    kill_holders(path)
    with contextlib.suppress(ChildProcessError):  # they are ours to reap where we are process 1
        while os.waitpid(-group, os.WNOHANG)[0]:
            pass


class Guard:
    """The guard process (see guard.py), started at the first need and again if somebody kills it."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._one_at_a_time = asyncio.Lock()
        self._watched: dict[int, str] = {}

    async def watch(self, group: int, number: signal.Signals, path: Path) -> None:
        """End this group and the tether's holders should the supervisor die."""
        status = path.stat()  # noqa: ASYNC240 - microseconds
        self._watched[group] = f"+ {group} {int(number)} {status.st_dev} {status.st_ino}"
        await self._tell(self._watched[group])

    async def forget(self, group: int) -> None:
        """The group has ended."""
        self._watched.pop(group, None)
        await self._tell(f"- {group}")

    async def dismiss(self) -> None:
        """End the guard; nothing must be running any more."""
        async with self._one_at_a_time:
            if self._process is not None and self._process.stdin is not None:
                self._process.stdin.close()
                await self._process.wait()
                self._process = None

    async def _tell(self, line: str) -> None:
        async with self._one_at_a_time:
            if self._process is None or self._process.returncode is not None:
                line = "\n".join([*self._watched.values(), line])  # a new guard knows nothing
                # It must hold no pipe or terminal of ours open when we are gone.
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable, "-I", "-S", str(Path(guard.__file__)),
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.DEVNULL,
                    stderr=asyncio.subprocess.DEVNULL,
                    cwd="/",
                    start_new_session=True,
                )  # fmt: skip
            if self._process.stdin is not None:
                self._process.stdin.write(f"{line}\n".encode())
