"""The deadline race over HTTP, two API processes: what was acknowledged is exactly what is opened, whenever it came."""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from jiebang.applications.form import Answers
from jiebang.applications.schemas import NewTeam
from jiebang.applications.service import bids, teams
from jiebang.platform.db import ENGINE, Role
from support import people
from support.applications import answers, checked_file
from support.processes import api_processes, browser
from support.topics import published_topic

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from jiebang.engines.local import Endpoints
    from jiebang.kernel.actor import Actor
    from support.topics import PublishedTopic

TEAMS, STREAMS = 3, 3
FORM = Answers.model_validate(answers({"depth": "4500", "latency": "20.5"}))


@dataclass(frozen=True, slots=True)
class Lead:
    """A team's lead, signed in at both processes."""

    actor: Actor
    at: tuple[httpx.AsyncClient, ...]


@dataclass(slots=True)
class Bid:
    """What a team sends, and what it was told."""

    lead: Lead
    path: str
    body: dict[str, Any]
    receipts: list[dict[str, Any]]
    late: int = 0


@pytest.fixture
async def addresses(endpoints: Endpoints, database: dict[Role, dict[str, Any]]) -> AsyncIterator[list[str]]:
    async with api_processes(endpoints, database) as found:
        yield found


async def _lead() -> tuple[Actor, str]:
    org = await people.organisation()
    actor = await people.actor(org, ["member"])
    return await people.sign_in(actor.person_id, org)


async def _bid(topic: PublishedTopic, lead: Lead) -> Bid:
    team = await teams.found(lead.actor, topic.id, NewTeam(name="赛跑联合体"))
    await bids.save(lead.actor, team.application_id, FORM, 1)
    files = [str(await checked_file(team.id, part)) for part in ("part_a", "part_b")]
    return Bid(lead, f"/api/v1/applications/{team.application_id}/submissions", {"material_ids": files}, [])


async def _close_in(topic: PublishedTopic, delay: timedelta) -> None:
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute("update topic set closes_at = clock_timestamp() + $2 where id = $1", topic.id, delay)


async def _keep_submitting(bid: Bid, at: httpx.AsyncClient) -> None:
    """Submit again and again, and twice more after the bell."""
    late = 0
    while late < 3:
        answer = await at.post(bid.path, json=bid.body, headers={"idempotency-key": uuid4().hex})
        if answer.status_code == 201:
            assert not late, "nothing is taken after the close"
            bid.receipts.append(answer.json())
        else:
            assert (answer.status_code, answer.json()["code"]) == (409, "application.late"), answer.text
            late += 1
    bid.late += late


async def _open_at_the_bell(topic: PublishedTopic, officers: list[httpx.AsyncClient]) -> dict[str, Any]:
    """Two officers who cannot wait, each at both processes at once; what the last of them was told."""
    told: list[dict[str, Any]] = []

    async def keep_trying(at: httpx.AsyncClient) -> None:
        while True:
            answer = await at.post(f"/api/v1/topics/{topic.id}/opening", headers={"idempotency-key": uuid4().hex})
            if answer.status_code == 200:
                told.append(answer.json())
                return
            assert answer.status_code == 409, answer.text
            if (code := answer.json()["code"]) != "opening.not_closed":
                assert code in {"opening.second_person", "opening.done"}
                return

    await asyncio.gather(*(keep_trying(at) for at in officers))
    by_state = {answer["state"]: answer for answer in told}  # answers may overtake each other on their way
    assert len(told) == 2
    assert by_state.keys() == {"first_named", "opened"}
    return by_state["opened"]


async def _round(topic: PublishedTopic, bids_: list[Bid], officers: list[httpx.AsyncClient]) -> None:
    # Each team many times at once: those that wait for the team's lock have passed the gate before the bell, and must
    # still hold it when the officers come.
    runners = [_keep_submitting(bid, at) for bid in bids_ for at in bid.lead.at * STREAMS]
    opened, *_ = await asyncio.gather(_open_at_the_bell(topic, officers), *runners)
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        instants = await db.fetchrow("select closes_at, opened_at from topic where id = $1", topic.id)
        stored = await db.fetch(
            "select s.receipt_no, s.n, s.sha256, s.submitted_at, s.current, s.opened_at, a.submission_id = s.id as last"
            " from submission s join application a on a.id = s.application_id where s.topic_id = $1",
            topic.id,
        )
    said = {r["receipt_no"]: r for bid in bids_ for r in bid.receipts}
    assert said.keys() == {row["receipt_no"] for row in stored}, "nothing lost, nothing that nobody was told of"
    for row in stored:
        receipt = said[row["receipt_no"]]
        assert (row["n"], row["sha256"]) == (receipt["n"], receipt["sha256"])
        assert row["submitted_at"] == datetime.fromisoformat(receipt["submitted_at"])
        assert row["submitted_at"] < instants["closes_at"] <= instants["opened_at"]
        assert row["current"] == row["last"] == (row["opened_at"] is not None)
    frozen = {row["receipt_no"] for row in stored if row["current"]}
    assert frozen == {max(bid.receipts, key=lambda r: r["n"])["receipt_no"] for bid in bids_ if bid.receipts}
    assert opened == {"topic_id": str(topic.id), "state": "opened", "count": len(frozen)}
    async with ENGINE.unit_of_work(Role.OFFICER, topic.screener.token_hash):
        from jiebang.applications.service import opening

        assert {one.receipt_no for one in await opening.api.opened(topic.id)} == frozen


async def _race(addresses: list[str], rounds: int) -> None:
    chance = random.Random(rounds)  # noqa: S311
    began, acknowledged, empty = time.monotonic(), 0, 0
    async with AsyncExitStack() as stack:

        async def at_both(token: str) -> tuple[httpx.AsyncClient, ...]:
            return tuple([await stack.enter_async_context(browser(address, token)) for address in addresses])

        leads = [Lead(actor, await at_both(token)) for actor, token in [await _lead() for _ in range(TEAMS)]]
        agency = await people.organisation("agency")
        for _ in range(rounds):
            topic = await published_topic(agency)
            tokens = [(await people.sign_in(o.person_id, agency))[1] for o in topic.opening_officers]
            officers = [
                await stack.enter_async_context(browser(address, token)) for token in tokens for address in addresses
            ]
            bids_ = [await _bid(topic, lead) for lead in leads]
            await _close_in(topic, timedelta(milliseconds=chance.uniform(80, 400)))
            await _round(topic, bids_, officers)
            acknowledged += sum(len(bid.receipts) for bid in bids_)
            empty += sum(not bid.receipts for bid in bids_)
            for officer in officers:
                await officer.aclose()
    print(f"{rounds} rounds, {acknowledged} acknowledged, {empty} too late, {time.monotonic() - began:.1f} s")
    assert acknowledged > 2 * rounds * TEAMS, "the race was run"


async def test_acknowledged_is_opened_and_nothing_comes_after(addresses: list[str]) -> None:
    await _race(addresses, 5)


@pytest.mark.long
async def test_a_hundred_deadlines(addresses: list[str]) -> None:
    await _race(addresses, 100)
