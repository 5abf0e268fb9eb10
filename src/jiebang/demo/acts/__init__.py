"""What the season's people do, one file per part of the competition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jiebang.demo.caller import Refused

if TYPE_CHECKING:
    from collections.abc import Awaitable


class Broken(AssertionError):
    """A promise of the product did not hold."""


def must(holds: object, promise: str) -> None:
    """End the demo unless the promise holds.

    Raises:
        Broken: it does not.
    """
    if not holds:
        raise Broken(promise)


async def refused(attempt: Awaitable[Any], *codes: str) -> None:
    """The attempt must be refused, with one of these problem codes.

    Raises:
        Broken: it succeeded, or was refused for another reason.
    """
    try:
        await attempt
    except Refused as refusal:
        must(refusal.code in codes, f"expected a refusal for {codes}, got {refusal}")
    else:
        raise Broken(f"nobody refused what {codes} forbids")
