"""Rate limits shared by all processes: a moving window in Redis, counted by one atomic script per check.

Without Redis a limit still holds, per process, in memory; that is logged and counted, never silent.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
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


class Windows:
    """Hits in this process alone: a fixed window and the one before it, weighted by what of it is not over yet.

    Bounded: beyond `most` keys the one that was seen longest ago is forgotten.
    """

    def __init__(self, most: int = 65_536) -> None:
        self._most = most
        self._seen: OrderedDict[tuple[str, ...], list[int]] = OrderedDict()

    def hit(self, limit: int, seconds: int, key: tuple[str, ...], now: float) -> Quota:
        """Count one hit at `now` (seconds, monotonic); one beyond `limit` is not counted."""
        window, rest = divmod(now, seconds)
        n, before, count = self._seen.pop(key, (int(window), 0, 0))
        if n != window:
            n, before, count = int(window), count if n == window - 1 else 0, 0
        used = count + before * (1 - rest / seconds)
        allowed = used + 1 <= limit
        self._seen[key] = [n, before, count + allowed]
        if len(self._seen) > self._most:
            self._seen.popitem(last=False)
        return Quota(allowed, limit, max(0, int(limit - used - allowed)), max(1, math.ceil(seconds - rest)))


class Limiter:
    """Counts hits per key. `redis_url` is `redis://…` or `rediss://…`; None counts in memory only.

    A rate is written `10/minute`, `100/hour`, `5/10 second`. Keys are joined in order; pass no personal data
    in them that you would not store (hash a mail address first).
    """

    def __init__(self, redis_url: str | None, metrics: Metrics | None = None) -> None:
        self._memory = MovingWindowRateLimiter(MemoryStorage())
        self._redis_storage: RedisStorage | None = None
        self._shared: MovingWindowRateLimiter | None = None
        self._here = Windows()
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
        item = self._item(rate)
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
        return self._allowed(await self.hit(rate, *key))

    async def require_here(self, rate: str, *key: str) -> Quota:
        """`require`, counted in this process alone: no round trip; so many processes allow so many times the rate."""
        item = self._item(rate)
        return self._allowed(self._here.hit(item.amount, item.get_expiry(), (rate, *key), time.monotonic()))

    def _item(self, rate: str) -> RateLimitItem:
        return self._rates.get(rate) or self._rates.setdefault(rate, parse(rate))

    def _allowed(self, quota: Quota) -> Quota:
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
