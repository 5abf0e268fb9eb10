from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import asyncpg
import pytest

from jiebang.challenges import api
from jiebang.kernel.errors import Forbidden, NotFound, Refused
from jiebang.platform.db import ENGINE, Role
from support import people, topics

pytestmark = pytest.mark.usefixtures("database")


async def test_every_login_reads_the_frozen_topic() -> None:
    topic = await topics.published_topic()
    for role in (Role.PUBLIC, Role.MEMBER, Role.OFFICER, Role.REVIEWER, Role.WORKER):
        async with ENGINE.unit_of_work(role):
            frozen = await api.frozen(topic.id)
            assert (frozen.body, frozen.rules, frozen.sha256) == (topic.text, topic.rules, topic.sha256)
            assert frozen.agency_id == topic.agency_id
            with pytest.raises(NotFound):
                await api.frozen(uuid4())
            assert (await api.calendar()).covers(date(2026, 10, 1))


async def test_the_gate_is_open_until_the_closing_instant() -> None:
    topic = await topics.published_topic()
    member = await people.actor()
    async with ENGINE.unit_of_work(Role.MEMBER, member.token_hash):
        gate = await api.gate(topic.id)
        assert gate.is_open
        assert (gate.agency_id, gate.closes_at) == (topic.agency_id, topic.closes_at)
        with pytest.raises(NotFound):
            await api.gate(uuid4())
    await topics.close(topic.id)
    async with ENGINE.unit_of_work(Role.MEMBER, member.token_hash):
        assert not (await api.gate(topic.id)).is_open


async def test_a_topic_moves_with_its_public_status_and_an_audit_entry() -> None:
    topic = await topics.published_topic(closes_in=timedelta(minutes=-1))
    first, second = topic.opening_officers
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute(
            "update topic set opening_first_id = $2, opened_by = $3, opened_at = now() where id = $1",
            topic.id, first.person_id, second.person_id,
        )  # fmt: skip
    async with ENGINE.unit_of_work(Role.OFFICER, second.token_hash):
        with pytest.raises(Refused) as refused:
            await api.move(topic.id, "award")
        assert refused.value.rule.code == "topic.not_now"
        assert await api.move(topic.id, "begin_screening", reason="开启") == "screening"
    async with ENGINE.unit_of_work(Role.WORKER) as db:
        assert (await api.frozen(topic.id)).status == "screening"
        assert await api.move(topic.id, "begin_review") == "reviewing"
        row = await api.lock(topic.id)
        assert (row.status, row.version) == ("reviewing", 7)
        assert (await api.frozen(topic.id)).status == "reviewing"
        entries = await db.fetch("select action, detail from audit_entry where topic_id = $1 order by id", topic.id)
    assert [e["action"] for e in entries] == ["topic.begin_screening", "topic.begin_review"]
    assert entries[0]["detail"] == {"status": "screening", "reason": "开启"}


async def test_nobody_but_the_agency_locks_a_topic() -> None:
    topic = await topics.published_topic()
    other = await topics.published_topic()
    for stranger in (other.drafter, topic.funder_requester):
        async with ENGINE.unit_of_work(Role.OFFICER, stranger.token_hash):
            with pytest.raises(NotFound):
                await api.lock(topic.id)
            with pytest.raises(NotFound):
                await api.move(topic.id, "begin_screening")
    async with ENGINE.unit_of_work(Role.OFFICER, topic.funder_requester.token_hash):
        assert await api.funder_and_end_user(topic.id) == (topic.funder_id, topic.end_user_id)
    async with ENGINE.unit_of_work(Role.OFFICER, other.drafter.token_hash):
        with pytest.raises(NotFound):
            await api.funder_and_end_user(topic.id)


async def test_roles_count_in_the_acting_agency_alone() -> None:
    topic = await topics.published_topic()
    async with ENGINE.unit_of_work(Role.OFFICER, topic.screener.token_hash):
        await api.require(topic.id, "applications.screen")
        with pytest.raises(Forbidden) as refused:
            await api.require(topic.id, "panel.draw")
        assert refused.value.rule.code == "topic.role_needed"
        assert refused.value.rule.zh.format(**refused.value.facts).startswith("只有本榜题的专家抽取经办人")
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute("delete from org_role where person_id = $1", topic.screener.person_id)
    async with ENGINE.unit_of_work(Role.OFFICER, topic.screener.token_hash):
        with pytest.raises(Forbidden):
            await api.require(topic.id, "applications.screen")


@pytest.mark.parametrize("role", [Role.PUBLIC, Role.MEMBER, Role.REVIEWER])
async def test_other_logins_have_no_right_on_the_agencys_tables(role: Role) -> None:
    topic = await topics.published_topic()
    for table in ("topic", "topic_version", "topic_role"):
        async with ENGINE.unit_of_work(Role.OWNER) as db:
            assert await db.fetchval(f"select count(*) from {table}") > 0, "there is something to leak"
        async with ENGINE.unit_of_work(role, topic.drafter.token_hash) as db:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with ENGINE.savepoint():
                    await db.fetch(f"select * from {table}")


async def test_an_officer_cannot_write_the_public_projection() -> None:
    topic = await topics.published_topic()
    async with ENGINE.unit_of_work(Role.OFFICER, topic.drafter.token_hash) as db:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with ENGINE.savepoint():
                await db.execute("update public_topic set title_zh = '改' where topic_id = $1", topic.id)
