"""The deadline race: what was acknowledged is exactly what was frozen, whatever arrives around the closing instant."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from jiebang.applications.form import Answers
from jiebang.applications.schemas import NewTeam, Submit
from jiebang.applications.service import bids, opening, teams
from jiebang.kernel.errors import Refused
from jiebang.platform.db import ENGINE, Role
from support import people
from support.applications import answers, checked_file
from support.topics import published_topic

if TYPE_CHECKING:
    from uuid import UUID

    from jiebang.applications.schemas import Receipt
    from jiebang.kernel.actor import Actor
    from support.topics import PublishedTopic

pytestmark = pytest.mark.usefixtures("database")
ROUNDS, TEAMS = 20, 4
FORM = Answers.model_validate(answers({"depth": "4500", "latency": "20.5"}))


async def bidder(topic: PublishedTopic, lead: Actor) -> tuple[Actor, UUID, Submit]:
    team = await teams.found(lead, topic.id, NewTeam(name="赛跑联合体"))
    await bids.save(lead, team.application_id, FORM, 1)
    files = [await checked_file(team.id, "part_a"), await checked_file(team.id, "part_b")]
    return lead, team.application_id, Submit(material_ids=files)


async def close_soon(topic: PublishedTopic, delay: timedelta) -> None:
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute("update topic set closes_at = clock_timestamp() + $2 where id = $1", topic.id, delay)


async def keep_submitting(lead: Actor, application_id: UUID, files: Submit) -> list[Receipt]:
    """Submit again and again until the bell; every receipt that was given."""
    receipts = []
    while True:
        try:
            receipts.append(await bids.submit(lead, application_id, files))
        except Refused as refused:
            assert refused.rule.code == "application.late"  # noqa: PT017 - the loop ends here
            return receipts


async def open_at_the_bell(topic: PublishedTopic) -> None:
    """Two officers who cannot wait."""
    for officer in topic.opening_officers:
        while True:
            try:
                await opening.open_topic(officer, topic.id)
                break
            except Refused as refused:
                assert refused.rule.code == "opening.not_closed"  # noqa: PT017 - and tries again


async def test_acknowledged_is_frozen_and_nothing_comes_after() -> None:
    agency = await people.organisation("agency")
    leads = [await people.actor(await people.organisation(), ["member"]) for _ in range(TEAMS)]
    acknowledged_in_all = 0
    for n in range(ROUNDS):
        topic = await published_topic(agency)
        bidders = [await bidder(topic, lead) for lead in leads]
        await close_soon(topic, timedelta(milliseconds=30 + 7 * n))
        race = asyncio.gather(*(keep_submitting(*each) for each in bidders))
        given, _ = await asyncio.gather(race, open_at_the_bell(topic))
        async with ENGINE.unit_of_work(Role.OWNER) as db:
            closes_at = await db.fetchval("select closes_at from topic where id = $1", topic.id)
            opened_at = await db.fetchval("select opened_at from topic where id = $1", topic.id)
            stored = await db.fetch(
                "select s.receipt_no, s.submitted_at, s.current, s.opened_at, a.submission_id = s.id as counts"
                " from submission s join application a on a.id = s.application_id where s.topic_id = $1",
                topic.id,
            )
        acknowledged = {receipt.receipt_no for receipts in given for receipt in receipts}
        acknowledged_in_all += len(acknowledged)
        assert {row["receipt_no"] for row in stored} == acknowledged, "nothing lost, nothing unacknowledged"
        assert all(row["submitted_at"] < closes_at <= opened_at for row in stored)
        last = {receipts[-1].receipt_no for receipts in given if receipts}
        async with ENGINE.unit_of_work(Role.OFFICER, topic.screener.token_hash):
            frozen = {a.receipt_no for a in await opening.api.opened(topic.id)}
        assert frozen == last, "the last submission of each team before the close, and no other"
        assert {row["receipt_no"] for row in stored if row["current"] and row["counts"]} == last
        assert all((row["opened_at"] == opened_at) == row["current"] for row in stored)
    assert acknowledged_in_all > ROUNDS, "the race was run"
