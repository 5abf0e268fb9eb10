"""The clock that counts is the database's. A demo's owner may shift it; production has no such switch."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

_BODIES = (("now", "stable", "statement_timestamp()"), ("clock", "volatile", "clock_timestamp()"))


async def set_shift(owner: Any, shift: timedelta) -> None:
    """Replace the bodies of `app.now()` and `app.clock()` by real time plus a constant, as the database's owner.

    Sessions, tokens, leases, presigning and audit keep the real clock.
    """
    # A function's body takes no parameters, so the microseconds are written into it; they are an integer of ours.
    microseconds = shift // timedelta(microseconds=1)
    for name, volatility, source in _BODIES:
        body = source if microseconds == 0 else f"{source} + interval '{microseconds:d} microseconds'"
        await owner.execute(
            f"create or replace function app.{name}() returns timestamptz language sql {volatility} return {body}"
        )


async def shift_to(owner: Any, instant: datetime) -> None:
    """Make `app.clock()` say `instant` now; it runs on from there."""
    await set_shift(owner, instant - await owner.fetchval("select clock_timestamp()"))


async def shift_of(connection: Any) -> timedelta:
    """How far the database's clock is shifted; zero in production (`doctor` and /health show it)."""
    real, ours = await connection.fetchrow("select statement_timestamp() as real, app.now() as ours")
    return ours - real
