"""Timing classes: what must look alike also takes alike. Pairs alternate, and medians are compared.

Machines are noisy, so a difference counts only if it shows in every one of three rounds; the controls show that one
would.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from jiebang.applications.service import bids
from jiebang.identity import service
from jiebang.identity.schemas import SignIn, SignUp
from jiebang.kernel.errors import NotFound, Refused
from support import applications, people, topics

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

pytestmark = pytest.mark.usefixtures("database")
ROUNDS, LIKE = 3, 0.25
"""Rounds, and how far medians of one class may lie apart."""


async def apart(one: Callable[[], Awaitable[None]], other: Callable[[], Awaitable[None]], pairs: int) -> float:
    """By how much the median times differ, as a share of the smaller: the least of three rounds."""
    found: list[float] = []
    for _ in range(ROUNDS):
        times: tuple[list[float], list[float]] = ([], [])
        for n in range(2 * pairs):
            begin = time.perf_counter()
            await (one, other)[n % 2]()
            times[n % 2].append(time.perf_counter() - begin)
        a, b = (statistics.median(each) for each in times)
        found.append(abs(a - b) / min(a, b))
        if found[-1] < LIKE:
            break
    return min(found)


async def test_an_unknown_account_takes_as_long_as_a_wrong_password() -> None:
    email = f"{uuid4().hex}@people.example"
    await service.sign_up(SignUp.model_validate({"email": email, "display_name": "甲", "password": "a good long one"}))

    def attempt(address: str) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            with pytest.raises(Refused):
                await service.sign_in(SignIn.model_validate({"email": address, "password": "another long one"}), None)

        return run

    assert await apart(attempt(email), attempt(f"{uuid4().hex}@people.example"), 15) < LIKE


def reading(application_id: UUID, *, slower: float = 0.0) -> Callable[[], Awaitable[None]]:
    """Somebody reads an application that is not his, or none."""

    async def run() -> None:
        if slower:
            await asyncio.sleep(slower)
        with pytest.raises(NotFound):
            await bids.view(_reader[0], application_id)

    return run


_reader: list = []


@pytest.fixture
async def hidden() -> UUID:
    topic = await topics.published_topic()
    _reader[:] = [await people.actor(await people.organisation(), ["member"])]
    return (await applications.submitted_application(topic.id, opened=False)).application_id


async def test_what_is_hidden_takes_as_long_as_what_is_absent(hidden: UUID) -> None:
    assert await apart(reading(hidden), reading(uuid4()), 100) < LIKE


async def test_a_slower_path_is_found(hidden: UUID) -> None:
    assert await apart(reading(hidden, slower=0.01), reading(uuid4()), 30) > LIKE
