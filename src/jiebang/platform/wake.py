"""Tell the relays, after a commit, that there is work: a hint over Redis, never a promise (they poll anyway)."""

from __future__ import annotations

import asyncio
import contextlib

from redis.asyncio import Redis
from redis.exceptions import RedisError

CHANNEL = "jiebang:wake"


class Wake:
    """The hook of an API process: `outbox.on_commit(Wake(redis_url))`. Never waits, never raises, carries nothing."""

    def __init__(self, redis_url: str) -> None:
        self._redis = Redis.from_url(redis_url, socket_timeout=1, socket_connect_timeout=1)
        self._task: asyncio.Task[None] | None = None
        self._again = False

    def __call__(self) -> None:
        """Publish soon; calls during a publication add up to one more."""
        self._again = True
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._publish())

    async def aclose(self) -> None:
        """Finish the last publication and disconnect."""
        if self._task is not None:
            await self._task
        await self._redis.aclose()

    async def _publish(self) -> None:
        while self._again:
            self._again = False
            with contextlib.suppress(RedisError, OSError, TimeoutError):
                await self._redis.publish(CHANNEL, b"")
