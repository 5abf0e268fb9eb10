"""A use case: one command in one unit of work on its privilege class's login.

The web may put a `Recorder` around it (Idempotency-Key): the stored answer is then written in the same transaction as
the effect, or the effect is skipped because the answer exists.
"""

from __future__ import annotations

from contextvars import ContextVar
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar

import asyncpg

from jiebang.kernel.errors import Forbidden, Refused
from jiebang.kernel.policy import FROZEN_MESSAGE, SUPERVISOR_DECIDES_NOTHING, TOPIC_FROZEN, decides
from jiebang.platform.db.engine import ENGINE
from jiebang.platform.db.roles import Role

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from jiebang.kernel.actor import Actor

P = ParamSpec("P")
T = TypeVar("T")
A = TypeVar("A", bound="Actor | None")


class Recorder(Protocol):
    """Stores the answer of a command that may be repeated."""

    async def begin(self) -> None:
        """Claim the key inside the open unit; raises with the stored answer when there is one."""

    async def complete(self, result: Any) -> None:
        """Store the answer inside the open unit."""


RECORDER: ContextVar[Recorder | None] = ContextVar("recorder", default=None)


def use_case(
    role: Role, *, read_only: bool = False, reads: bool = False, watches: bool = False
) -> Callable[[Callable[Concatenate[A, P], Awaitable[T]]], Callable[Concatenate[A, P], Awaitable[T]]]:
    """Run the function in one unit of work on `role`, in the actor's context (None: nobody, or a worker).

    An actor without that privilege class is refused (`Forbidden`) before the unit opens, and so is a supervisor from
    whatever changes something on the officers' desk. `reads`: it only reads, and records that it did.
    What the database refuses because a topic is frozen is refused as that (`topic.frozen`).
    `watches`: a supervisor does it by watching, such as giving a share of a draw's seed.
    """

    def wrap(
        function: Callable[Concatenate[A, P], Awaitable[T]],
    ) -> Callable[Concatenate[A, P], Awaitable[T]]:
        @wraps(function)
        async def run(actor: A, *args: P.args, **kwargs: P.kwargs) -> T:
            if actor is not None:
                actor.require(role)
                if role is Role.OFFICER and not (read_only or reads or watches or decides(actor.org_roles)):
                    raise Forbidden(SUPERVISOR_DECIDES_NOTHING)
            token = actor.token_hash if actor is not None else b""
            try:
                async with ENGINE.unit_of_work(role, token, read_only=read_only):
                    recorder = RECORDER.get()
                    if recorder is not None:
                        await recorder.begin()
                    result = await function(actor, *args, **kwargs)
                    if recorder is not None:
                        await recorder.complete(result)
            except asyncpg.InsufficientPrivilegeError as error:
                if str(error) == FROZEN_MESSAGE:
                    raise Refused(TOPIC_FROZEN) from None
                raise
            return result

        return run

    return wrap
