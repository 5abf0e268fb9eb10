"""A worker process of the tests: `run_worker` as the command line runs it, with a handler that leaves an effect."""

from __future__ import annotations

import asyncio
import signal

from jiebang.settings import Settings
from jiebang.workers.worker import run_worker
from support.jobs import effect


async def main() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await run_worker(Settings(), stop=stop, handlers={"t.effect": effect})  # pyright: ignore[reportCallIssue]


if __name__ == "__main__":
    asyncio.run(main())
