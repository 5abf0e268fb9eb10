"""Which handler runs which kind of job. A slice joins with one import and one name."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

from jiebang.applications import jobs as applications
from jiebang.awards import jobs as awards
from jiebang.funding import jobs as funding
from jiebang.notify import jobs as notify
from jiebang.review import jobs as review

if TYPE_CHECKING:
    from jiebang.platform.jobs import Handler

_SLICES: tuple[ModuleType, ...] = (applications, review, awards, funding, notify)


def _merge() -> tuple[dict[str, Handler], frozenset[str]]:
    handlers: dict[str, Handler] = {}
    long: set[str] = set()
    for module in _SLICES:
        twice = handlers.keys() & module.HANDLERS.keys()
        if twice:
            raise ValueError(f"two handlers for {sorted(twice)}")
        handlers |= module.HANDLERS
        long |= getattr(module, "LONG", frozenset())
    return handlers, frozenset(long)


HANDLERS, LONG = _merge()
"""All handlers by kind, and the kinds that take long (a slice's optional `LONG`): they wait in a queue of their own."""
