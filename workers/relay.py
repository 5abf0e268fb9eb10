"""Carries due jobs from the outbox into Redis. Any number of relays may run: rows are claimed with SKIP LOCKED."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from redis.exceptions import RedisError

from jiebang.platform import queue
from jiebang.platform.wake import CHANNEL
from jiebang.workers.lane import push

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arq.connections import ArqRedis

    from jiebang.workers.lane import Lane

POLL = 0.1
PACE = 0.01
_LISTEN = 1.0


class Relay:
    """Polls every 100 ms, sooner when woken: by `wake` in this process, by a message in others."""

    def __init__(self, redis: ArqRedis, lanes: Sequence[Lane]) -> None:
        self._redis = redis
        self._lanes = lanes
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look at the outbox now: a unit of this process has written a job."""
        self._woken.set()

    async def carry(self) -> int:
        """One look: claim what is due and hand it on; how many. A fault of Redis gives the jobs back and is raised."""
        return sum([await self._carry(lane) for lane in self._lanes])

    async def _carry(self, lane: Lane) -> int:
        tickets = await queue.claim(lane.kinds, lane.depth)
        if not tickets:
            return 0
        try:
            await push(self._redis, lane, tickets)
        except (RedisError, OSError, TimeoutError):
            await queue.unclaim(tickets)
            raise
        return len(tickets)

    async def step(self) -> None:
        """Carry, then rest until the next poll or wake-up."""
        self._woken.clear()
        carried = await self.carry()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PACE if carried else POLL):
                await self._woken.wait()

    async def listen(self, stop: asyncio.Event) -> None:
        """Turn messages of API processes into wake-ups, until `stop`, or until Redis fails (which is raised)."""
        async with self._redis.pubsub() as subscription:
            await subscription.subscribe(CHANNEL)
            while not stop.is_set():
                message = await subscription.get_message(ignore_subscribe_messages=True, timeout=_LISTEN)
                if message is not None:
                    self.wake()
