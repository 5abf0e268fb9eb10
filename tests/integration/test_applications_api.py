"""What later slices see of bids: sealed before the opening, frozen after it, and one lifecycle to move them by."""

from __future__ import annotations

import pytest

from jiebang.applications import api
from jiebang.kernel.errors import Forbidden, NotFound, Refused
from jiebang.platform.db import ENGINE, Role
from support import people
from support.applications import submitted_application
from support.topics import published_topic

pytestmark = pytest.mark.usefixtures("database")


async def test_opened_applications_are_read_as_submitted_and_by_their_agency_alone() -> None:
    topic = await published_topic()
    sealed = await submitted_application(topic.id, opened=False)
    bid = await submitted_application(topic.id, promised={"depth": "5000"})
    async with ENGINE.unit_of_work(Role.OFFICER, topic.screener.token_hash):
        (read,) = await api.opened(topic.id)
        assert read.application_id == bid.application_id != sealed.application_id
        assert (read.status, read.submission_id, read.team_id) == ("submitted", bid.submission_id, bid.team_id)
        assert [(org.org_id, org.role, org.share_bp) for org in read.orgs] == [
            (bid.lead_org, "lead", 5500),
            (bid.partner_org, "partner", 4500),
        ]
        assert [person.person_id for person in read.people] == [bid.lead.person_id, bid.partner.person_id]
        assert read.answers["part_b"]["promised"] == {"depth": "5000"}
        assert {entry.part: entry.object_key for entry in read.manifest} == bid.keys
        assert (await api.team(bid.team_id)).lead_org_id == bid.lead_org
        with pytest.raises(NotFound):
            await api.team(sealed.team_id)
    async with ENGINE.unit_of_work(Role.WORKER):
        assert len(await api.opened(topic.id)) == 1
    other = await people.actor(await people.organisation("agency"), ["agency_officer"])
    async with ENGINE.unit_of_work(Role.OFFICER, other.token_hash):
        assert await api.opened(topic.id) == []


async def test_move_follows_the_lifecycle() -> None:
    topic = await published_topic()
    bid = await submitted_application(topic.id)
    async with ENGINE.unit_of_work(Role.OFFICER, topic.screener.token_hash):
        with pytest.raises(Refused) as refused:
            await api.move(bid.application_id, "award")
        assert refused.value.rule.code == "application.not_now"
        assert await api.move(bid.application_id, "admit") == "eligible"
    async with ENGINE.unit_of_work(Role.WORKER):
        assert await api.move(bid.application_id, "start_review") == "in_review"
    stranger = await people.actor(await people.organisation("agency"), ["agency_officer"])
    async with ENGINE.unit_of_work(Role.OFFICER, stranger.token_hash):
        with pytest.raises(NotFound):
            await api.move(bid.application_id, "recommend")


async def test_only_the_lead_leads() -> None:
    topic = await published_topic()
    bid = await submitted_application(topic.id)
    async with ENGINE.unit_of_work(Role.MEMBER, bid.lead.token_hash):
        assert (await api.require_lead(bid.lead, bid.team_id)).id == bid.team_id
    async with ENGINE.unit_of_work(Role.MEMBER, bid.partner.token_hash):
        with pytest.raises(Forbidden):
            await api.require_lead(bid.partner, bid.team_id)
    stranger = await people.actor()
    async with ENGINE.unit_of_work(Role.MEMBER, stranger.token_hash):
        with pytest.raises(NotFound):
            await api.require_lead(stranger, bid.team_id)
