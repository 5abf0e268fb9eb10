"""Rate limits shared by all processes: a moving window in Redis, counted by one atomic script per check.

Without Redis a limit still holds, per process, in memory; that is logged and counted, never silent.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from limits import parse
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.exceptions import RedisError

from jiebang.kernel.errors import TooMany

if TYPE_CHECKING:
    from limits import RateLimitItem

    from jiebang.platform.telemetry import Metrics

_log = structlog.get_logger("jiebang.limits")
_RETRY_REDIS_AFTER = 2.0
_SOCKET_TIMEOUT = 0.5


@dataclass(frozen=True, slots=True)
class Quota:
    """The outcome of one check: `limit` per window, `remaining` now, whole seconds until one is free."""

    allowed: bool
    limit: int
    remaining: int
    reset_after: int


class Limiter:
    """Counts hits per key. `redis_url` is `redis://…` or `rediss://…`; None counts in memory only.

    A rate is written `10/minute`, `100/hour`, `5/10 second`. Keys are joined in order; pass no personal data
    in them that you would not store (hash a mail address first).
    """

    def __init__(self, redis_url: str | None, metrics: Metrics | None = None) -> None:
        self._memory = MovingWindowRateLimiter(MemoryStorage())
        self._redis_storage: RedisStorage | None = None
        self._shared: MovingWindowRateLimiter | None = None
        self._metrics = metrics
        self._skip_redis_until = 0.0
        self._rates: dict[str, RateLimitItem] = {}
        if redis_url is not None:
            self._redis_storage = RedisStorage(
                f"async+{redis_url}",
                implementation="redispy",
                key_prefix="jiebang:limit",
                socket_timeout=_SOCKET_TIMEOUT,
                socket_connect_timeout=_SOCKET_TIMEOUT,
            )
            self._shared = MovingWindowRateLimiter(self._redis_storage)

    async def hit(self, rate: str, *key: str) -> Quota:
        """Count one hit against `rate` for `key` and say whether it was still within the limit."""
        item = self._rates.get(rate) or self._rates.setdefault(rate, parse(rate))
        if self._shared is not None:
            if time.monotonic() >= self._skip_redis_until:
                try:
                    return await _hit(self._shared, item, key)
                except (RedisError, OSError, TimeoutError) as error:
                    self._skip_redis_until = time.monotonic() + _RETRY_REDIS_AFTER
                    _log.warning("limiter_fallback", error=type(error).__name__)
            if self._metrics is not None:
                self._metrics.limiter_fallback.inc()
        return await _hit(self._memory, item, key)

    async def require(self, rate: str, *key: str) -> Quota:
        """`hit`, but a hit beyond the limit raises `TooMany`."""
        quota = await self.hit(rate, *key)
        if not quota.allowed:
            if self._metrics is not None:
                self._metrics.limited.inc()
            raise TooMany(quota.reset_after)
        return quota

    async def aclose(self) -> None:
        """Close the connections to Redis."""
        if self._redis_storage is not None:
            await self._redis_storage.bridge.get_connection().aclose()  # pyright: ignore[reportAttributeAccessIssue]


async def _hit(limiter: MovingWindowRateLimiter, item: RateLimitItem, key: tuple[str, ...]) -> Quota:
    allowed = await limiter.hit(item, *key)
    stats = await limiter.get_window_stats(item, *key)
    wait = max(1, math.ceil(stats.reset_time - time.time()))
    return Quota(allowed, item.amount, max(0, int(stats.remaining)), min(wait, item.get_expiry()))
