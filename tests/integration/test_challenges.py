from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest

from jiebang.challenges import api, appointments, catalogue, desk, reference, service
from jiebang.challenges.content import TopicDraft, TopicText, frozen_digest
from jiebang.challenges.rules import PUDONG_GOV
from jiebang.challenges.schemas import TopicCard, TopicRef, TopicWork
from jiebang.kernel.actor import Actor
from jiebang.kernel.errors import Forbidden, Invalid, NotFound, Refused, Stale
from jiebang.platform.db import ENGINE, Role
from support import people, topics

pytestmark = pytest.mark.usefixtures("database")


@dataclass
class Agency:
    """An agency with its people, and what its topics need."""

    id: UUID
    funder: UUID
    end_user: UUID
    rule_set: UUID
    drafter: Actor
    legal: Actor
    approver: Actor

    def work(self, *, closes_in: timedelta = timedelta(days=60), **changes: Any) -> TopicWork:
        return TopicWork(
            funder_id=self.funder,
            end_user_id=self.end_user,
            rule_set_id=self.rule_set,
            closes_at=datetime.now(UTC) + closes_in,
            text=TopicDraft.model_validate({**topics.topic_text().model_dump(), **changes}),
        )

    async def approved(self, **changes: Any) -> TopicRef:
        ref = await service.create(self.drafter, self.work(**changes))
        ref = await service.submit(self.drafter, ref.id, if_match=ref.version)
        ref = await service.pass_legal(self.legal, ref.id, if_match=ref.version)
        return await service.approve(self.approver, ref.id, if_match=ref.version)

    async def published(self, **changes: Any) -> TopicRef:
        ref = await self.approved(**changes)
        return await service.publish(self.approver, ref.id, if_match=ref.version)


async def _agency() -> Agency:
    agency = await people.organisation("agency", "演示主管部门")
    return Agency(
        id=agency,
        funder=await people.organisation("funder"),
        end_user=await people.organisation(),
        rule_set=await topics.reference_data(),
        drafter=await people.actor(agency, ["agency_officer"], name="起草人"),
        legal=await people.actor(agency, ["legal_budget_reviewer"], name="审核人"),
        approver=await people.actor(agency, ["agency_officer"], name="批准人"),
    )


async def test_a_topic_is_written_checked_approved_and_frozen_by_three_people() -> None:
    agency = await _agency()
    ref = await service.create(agency.drafter, agency.work())
    assert ref.code.startswith(f"{datetime.now(UTC) + timedelta(hours=8):%Y}-")
    assert (ref.status, ref.version) == ("draft", 1)
    assert (await service.readiness(agency.drafter, ref.id)).ready
    ref = await service.submit(agency.drafter, ref.id, if_match=1)
    ref = await service.pass_legal(agency.legal, ref.id, if_match=2)
    ref = await service.approve(agency.approver, ref.id, if_match=3)
    with pytest.raises(NotFound):
        await catalogue.topic(ref.id)
    ref = await service.publish(agency.approver, ref.id, if_match=4)
    assert (ref.status, ref.version) == ("published", 5)
    public = await catalogue.topic(ref.id)
    assert (public.state, public.n, public.applications) == ("open", 1, None)
    text = TopicText.model_validate(msgspec.to_builtins(public.text))
    assert (text, public.rules) == (topics.topic_text(), PUDONG_GOV)
    assert public.sha256 == frozen_digest(ref.code, 1, public.closes_at, text, public.rules)
    assert (public.agency.zh, public.field_code, public.zone) == ("演示主管部门", "future_space", "Asia/Shanghai")
    seen = await desk.topic(agency.drafter, ref.id)
    assert [(r.person_name, r.role) for r in seen.roles] == [
        ("起草人", "drafter"),
        ("审核人", "legal_budget_reviewer"),
        ("批准人", "approver"),
    ]
    assert (seen.my_roles, seen.commands, seen.version) == (["drafter"], ["begin_screening"], 5)
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        (version,) = await db.fetch("select * from topic_version where topic_id = $1", ref.id)
        actions = await db.fetch("select actor_id, action from audit_entry where topic_id = $1 order by id", ref.id)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with ENGINE.savepoint():
                await db.execute("update topic_version set n = 2 where topic_id = $1", ref.id)
    assert (version["sha256"], version["closes_at"]) == (public.sha256, public.closes_at)
    assert [(a["actor_id"], a["action"]) for a in actions] == [
        (agency.drafter.person_id, "topic.drafted"),
        (agency.drafter.person_id, "topic.submit"),
        (agency.legal.person_id, "topic.pass_legal"),
        (agency.approver.person_id, "topic.approve"),
        (agency.approver.person_id, "topic.publish"),
    ]


async def test_a_stale_edit_and_a_stale_decision_change_nothing() -> None:
    agency = await _agency()
    ref = await service.create(agency.drafter, agency.work())
    edited = await service.edit(agency.drafter, ref.id, agency.work(award_count=2), if_match=1)
    assert edited.version == 2
    with pytest.raises(Stale):
        await service.edit(agency.drafter, ref.id, agency.work(award_count=3), if_match=1)
    with pytest.raises(Stale):
        await service.submit(agency.drafter, ref.id, if_match=1)
    seen = await desk.topic(agency.drafter, ref.id)
    assert (seen.text.award_count, seen.version, seen.status) == (2, 2, "draft")


async def test_two_edits_of_one_version_give_one_winner() -> None:
    agency = await _agency()
    ref = await service.create(agency.drafter, agency.work())
    results = await asyncio.gather(
        *(service.edit(agency.drafter, ref.id, agency.work(award_count=n), if_match=1) for n in range(1, 6)),
        return_exceptions=True,
    )
    assert sorted(type(r).__name__ for r in results) == ["Stale"] * 4 + ["TopicRef"]


async def test_an_incomplete_draft_is_kept_but_not_submitted() -> None:
    agency = await _agency()
    work = agency.work(title=None, purse_minor=5)
    ref = await service.create(agency.drafter, work)
    ready = await service.readiness(agency.drafter, ref.id)
    expected = ["/text/title", "/text/milestones"]
    assert (ready.ready, [f.pointer for f in ready.findings if f.blocking]) == (False, expected)
    with pytest.raises(Invalid) as refused:
        await service.submit(agency.drafter, ref.id, if_match=1)
    assert [f.pointer for f in refused.value.fields] == expected
    assert (await desk.topic(agency.drafter, ref.id)).status == "draft"


async def test_organisations_and_rule_sets_must_be_there() -> None:
    agency = await _agency()
    work = agency.work().model_copy(
        update={"funder_id": agency.end_user, "end_user_id": uuid4(), "rule_set_id": uuid4()}
    )
    with pytest.raises(Invalid) as refused:
        await service.create(agency.drafter, work)
    assert [(f.pointer, f.rule.code) for f in refused.value.fields] == [
        ("/funder_id", "topic.funder_kind"),
        ("/end_user_id", "topic.organisation_unknown"),
        ("/rule_set_id", "topic.rule_set_unknown"),
    ]


async def test_a_submitted_text_stands_until_it_is_returned_with_a_reason() -> None:
    agency = await _agency()
    ref = await agency.approved()
    with pytest.raises(Refused) as refused:
        await service.edit(agency.drafter, ref.id, agency.work(), if_match=ref.version)
    assert refused.value.rule.code == "topic.not_a_draft"
    ref = await service.return_to_drafter(agency.approver, ref.id, "指标不可测，请修改。", if_match=ref.version)
    seen = await desk.topic(agency.drafter, ref.id)
    assert (seen.status, seen.return_reason) == ("draft", "指标不可测，请修改。")
    assert [r.role for r in seen.roles] == ["drafter"], "both checks start over"
    ref = await service.edit(agency.drafter, ref.id, agency.work(), if_match=ref.version)
    ref = await service.submit(agency.drafter, ref.id, if_match=ref.version)
    ref = await service.return_to_drafter(agency.legal, ref.id, "预算依据不足。", if_match=ref.version)
    with pytest.raises(Refused) as refused:
        await service.return_to_drafter(agency.approver, ref.id, "再退一次。", if_match=ref.version)
    assert refused.value.rule.code == "topic.not_now"


async def test_commands_out_of_turn_are_refused() -> None:
    agency = await _agency()
    ref = await service.create(agency.drafter, agency.work())
    for early in (
        service.pass_legal(agency.legal, ref.id, if_match=1),
        service.approve(agency.approver, ref.id, if_match=1),
    ):
        with pytest.raises(Refused) as refused:
            await early
        assert refused.value.rule.code == "topic.not_now"
    published = await agency.published()
    with pytest.raises(Refused) as refused:
        await service.publish(agency.approver, published.id, if_match=published.version)
    assert refused.value.rule.code == "topic.not_now"


async def test_wrong_roles_are_refused_at_each_step() -> None:
    agency = await _agency()
    finance = await people.actor(agency.id, ["finance_officer"])
    with pytest.raises(Forbidden) as refused:
        await service.create(finance, agency.work())
    assert refused.value.rule.code == "topic.not_agency_officer"
    funder_officer = await people.actor(agency.funder, ["agency_officer"])
    with pytest.raises(Forbidden):
        await service.create(funder_officer, agency.work())
    ref = await service.create(agency.drafter, agency.work())
    for command in (
        service.edit(agency.approver, ref.id, agency.work(), if_match=1),
        service.submit(agency.approver, ref.id, if_match=1),
    ):
        with pytest.raises(Forbidden) as refused:
            await command
        assert refused.value.rule.code == "topic.role_needed"
    ref = await service.submit(agency.drafter, ref.id, if_match=1)
    with pytest.raises(Forbidden) as refused:
        await service.pass_legal(agency.approver, ref.id, if_match=2)
    assert refused.value.rule.code == "topic.not_legal_reviewer"
    ref = await service.pass_legal(agency.legal, ref.id, if_match=2)
    with pytest.raises(Forbidden) as refused:
        await service.approve(agency.legal, ref.id, if_match=3)
    assert refused.value.rule.code == "topic.not_agency_officer"
    ref = await service.approve(agency.approver, ref.id, if_match=3)
    with pytest.raises(Forbidden) as refused:
        await service.publish(agency.drafter, ref.id, if_match=4)
    assert refused.value.rule.code == "topic.role_needed"


async def test_one_person_never_does_two_of_the_three() -> None:
    agency = await _agency()
    everything = await people.actor(agency.id, ["agency_officer", "legal_budget_reviewer"], name="多面手")
    ref = await service.create(everything, agency.work())
    ref = await service.submit(everything, ref.id, if_match=1)
    with pytest.raises(Forbidden) as refused:
        await service.pass_legal(everything, ref.id, if_match=2)
    assert refused.value.rule.code == "topic.three_people"
    ref = await service.pass_legal(agency.legal, ref.id, if_match=2)
    with pytest.raises(Forbidden) as refused:
        await service.approve(everything, ref.id, if_match=3)
    assert refused.value.rule.code == "topic.three_people"
    other = await service.create(agency.drafter, agency.work())
    other = await service.submit(agency.drafter, other.id, if_match=1)
    other = await service.pass_legal(everything, other.id, if_match=2)
    with pytest.raises(Forbidden) as refused:
        await service.approve(everything, other.id, if_match=3)
    assert refused.value.rule.code == "topic.three_people"
    with pytest.raises(Refused) as refused:
        await appointments.grant_role(agency.approver, other.id, everything.person_id, "drafter")
    assert refused.value.rule.code == "topic.three_people"


async def test_the_database_refuses_one_person_for_two_of_the_three() -> None:
    agency = await _agency()
    ref = await agency.approved()
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        for change in ("approver_id = drafter_id", "legal_reviewer_id = drafter_id", "approver_id = legal_reviewer_id"):
            with pytest.raises(asyncpg.CheckViolationError):
                async with ENGINE.savepoint():
                    await db.execute(f"update topic set {change} where id = $1", ref.id)
        with pytest.raises(asyncpg.UniqueViolationError):
            async with ENGINE.savepoint():
                await db.execute(
                    "insert into topic_role (id, topic_id, agency_id, person_id, person_name, role, granted_by,"
                    " granted_at) values ($1, $2, $3, $4, 'x', 'approver', $4, now())",
                    uuid4(), ref.id, agency.id, agency.drafter.person_id,
                )  # fmt: skip


async def test_too_little_time_before_the_close_stops_the_publication() -> None:
    agency = await _agency()
    ref = await agency.approved()
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute("update topic set closes_at = now() + interval '20 days' where id = $1", ref.id)
    with pytest.raises(Invalid) as refused:
        await service.publish(agency.approver, ref.id, if_match=ref.version)
    assert [(f.pointer, f.rule.code) for f in refused.value.fields] == [("/closes_at", "topic.closes_too_soon")]
    with pytest.raises(NotFound):
        await catalogue.topic(ref.id)


async def test_roles_are_granted_to_colleagues_and_taken_back() -> None:
    agency = await _agency()
    ref = await service.create(agency.drafter, agency.work())
    screener = await people.actor(agency.id, ["screener"], name="审查员")
    for _ in range(2):
        roles = await appointments.grant_role(agency.approver, ref.id, screener.person_id, "screener")
        assert [(r.person_name, r.role) for r in roles] == [("起草人", "drafter"), ("审查员", "screener")]
    async with ENGINE.unit_of_work(Role.OFFICER, screener.token_hash):
        await api.require(ref.id, "applications.screen")
    with pytest.raises(Forbidden):
        await appointments.grant_role(screener, ref.id, agency.approver.person_id, "draw_officer")
    stranger = await people.actor(await people.organisation("agency"), ["agency_officer"])
    supervisor = await people.actor(agency.id, ["supervisor"])
    for person, code in ((stranger, "topic.no_colleague"), (supervisor, "topic.supervisor_decides_nothing")):
        with pytest.raises(Refused) as refused:
            await appointments.grant_role(agency.approver, ref.id, person.person_id, "opening_officer")
        assert refused.value.rule.code == code
    with pytest.raises(Refused) as refused:
        await appointments.revoke_role(agency.approver, ref.id, agency.drafter.person_id, "drafter")
    assert refused.value.rule.code == "topic.first_drafter_stays"
    await appointments.revoke_role(agency.approver, ref.id, screener.person_id, "screener")
    with pytest.raises(NotFound):
        await appointments.revoke_role(agency.approver, ref.id, screener.person_id, "screener")
    async with ENGINE.unit_of_work(Role.OFFICER, screener.token_hash):
        with pytest.raises(Forbidden):
            await api.require(ref.id, "applications.screen")


async def test_another_agency_finds_nothing_at_all() -> None:
    agency, other = await _agency(), await _agency()
    ref = await agency.approved()
    for command in (
        desk.topic(other.drafter, ref.id),
        service.readiness(other.drafter, ref.id),
        service.edit(other.drafter, ref.id, other.work(), if_match=ref.version),
        service.publish(other.approver, ref.id, if_match=ref.version),
        appointments.grant_role(other.approver, ref.id, other.drafter.person_id, "drafter"),
        appointments.revoke_role(other.approver, ref.id, agency.drafter.person_id, "drafter"),
    ):
        with pytest.raises(NotFound):
            await command
    assert await desk.topics(other.drafter) == []
    assert [row.id for row in await desk.topics(agency.drafter)] == [ref.id]
    async with ENGINE.unit_of_work(Role.OFFICER, other.drafter.token_hash) as db:
        for table in ("topic", "topic_version", "topic_role"):
            assert await db.fetchval(f"select count(*) from {table} where agency_id = $1", agency.id) == 0
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with ENGINE.savepoint():
                await db.execute(
                    "select app.project_topic($1, 'f', 't', '{f}', '{t}', '{x}')", ref.id
                )  # neither its own nor published


async def test_the_funder_reads_but_never_writes() -> None:
    agency = await _agency()
    ref = await agency.published()
    officer = await people.actor(agency.funder, ["finance_officer"])
    seen = await desk.topic(officer, ref.id)
    assert (seen.code, seen.roles, seen.my_roles) == (ref.code, [], [])
    assert [row.id for row in await desk.topics(officer)] == [ref.id]
    with pytest.raises(NotFound):
        await service.submit(officer, ref.id, if_match=ref.version)


async def test_the_agencys_list_goes_on_after_a_row() -> None:
    agency = await _agency()
    ids = [(await service.create(agency.drafter, agency.work())).id for _ in range(3)]
    first = await desk.topics(agency.drafter, limit=2)
    assert [row.id for row in first] == ids[:0:-1]
    rest = await desk.topics(agency.drafter, after=(first[-1].created_at, first[-1].id), limit=2)
    assert [row.id for row in rest] == ids[:1]
    assert await desk.topics(agency.drafter, status="published") == []


async def test_codes_are_unique_when_drafts_are_made_at_once() -> None:
    agency, other = await _agency(), await _agency()
    refs = await asyncio.gather(*(service.create(a.drafter, a.work()) for a in (agency, other) for _ in range(4)))
    numbers = sorted(int(ref.code.split("-")[1]) for ref in refs)
    assert numbers == list(range(numbers[0], numbers[0] + 8))


async def test_the_public_list_filters_searches_and_goes_on() -> None:
    agency = await _agency()
    word = uuid4().hex[:12]
    mark = f"zq{word}"
    title = {"zh": f"量子芯片{mark}", "en": f"Quantum chips {mark}"}
    dock = {"zh": f"深海坞站{mark}", "en": f"Seabedrock {mark}"}
    chips = await agency.published(title=title, track="chips", secondary_tracks=("quantum",), directions=("chips.02",))
    sea = await agency.published(title=dock, track="deep_sea", secondary_tracks=("robots",), directions=())

    async def found(**filters: Any) -> list[UUID]:
        filters = {"q": mark, **filters}
        return [row["id"] for row in await catalogue.topics(**filters)]

    assert await found() == [sea.id, chips.id]
    assert await found(q=f"量子芯 {mark}") == [chips.id]
    assert await found(q=f"坞 {mark}") == [sea.id], "one Chinese character"
    assert await found(q=f"SEABEDRO {mark}") == [sea.id], "the beginning of an English word"
    assert await found(q=f"芯海 {mark}") == []
    assert await found(q="！？") == []
    assert await found(track="quantum") == [chips.id], "secondary tracks count"
    assert await found(field="future_space") == [sea.id]
    assert await found(field="future_intelligence") == [sea.id]
    assert await found(state="open") == [sea.id, chips.id]
    (row,) = await catalogue.topics(q=mark, limit=1)
    assert row["id"] == sea.id
    shown, whole = msgspec.json.decode(row["card"], type=TopicCard), await catalogue.topic(sea.id)
    assert shown == TopicCard(
        whole.id, whole.code, whole.state, whole.text.title, whole.agency_id, whole.agency, whole.field_code, "deep_sea",
        whole.text.purse_minor, whole.text.currency, whole.published_at, whole.closes_at,
    )  # fmt: skip
    assert shown.published_at == row["published_at"]
    assert await found(after=(row["published_at"], row["id"])) == [chips.id]
    choices: tuple[dict[str, Any], ...] = (
        {},
        {"track": "robots"},
        {"field": "future_space"},
        {"state": "open"},
        {"state": "closed"},
    )
    for chosen in choices:
        counts = await catalogue.facets(q=mark, **chosen)
        assert counts.total == len(await found(**chosen))
        of_state = {"state": chosen["state"]} if "state" in chosen else {}
        for track in ("chips", "quantum", "robots", "deep_sea"):
            assert counts.tracks.get(track, 0) == len(await found(**of_state, track=track)), (chosen, track)
        elsewhere = {k: v for k, v in chosen.items() if k != "state"}
        assert counts.states.get("open", 0) == len(await found(**elsewhere, state="open"))
    assert (await catalogue.facets(q="！？")).total == 0
    await topics.close(sea.id)
    assert await found(state="open") == [chips.id]
    assert await found(state="closed") == [sea.id]
    assert (await catalogue.topic(sea.id)).applications == 0
    draft = await agency.approved(title=dock)
    assert draft.id not in await found()


async def test_reference_data_loads_again_without_a_change() -> None:
    await reference.load()
    tables = ("taxonomy_node", "rule_set", "working_calendar")
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        before = [await db.fetch(f"select * from {t} order by id") for t in tables]
    await reference.load()
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        assert [await db.fetch(f"select * from {t} order by id") for t in tables] == before
    (summary,) = [t for t in await catalogue.taxonomies() if t.version == "pudong-2023"]
    assert (summary.fields, summary.tracks, summary.directions) == (5, 15, 182)
    taxonomy = await catalogue.taxonomy("pudong-2023")
    assert [len(f.tracks) for f in taxonomy.fields] == [3, 3, 4, 2, 3]
    assert taxonomy.fields[0].tracks[0].directions[0].name.zh == "光子芯片"
    with pytest.raises(NotFound):
        await catalogue.taxonomy("nowhere-1900")
    assert PUDONG_GOV in [r.rules for r in await catalogue.rule_sets()]
    (year,) = await catalogue.calendars()
    assert (year.year, "2026-10-10" in year.makeup_workdays) == (2026, True)


async def test_a_preset_that_changed_under_its_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    await reference.load()
    changed = PUDONG_GOV.model_copy(update={"max_partners": 9})
    monkeypatch.setattr(reference, "PRESETS", {changed.code: changed})
    with pytest.raises(reference.Changed):
        await reference.load()


async def test_parties_are_found_by_their_exact_code() -> None:
    agency = await _agency()
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        uscc = await db.fetchval("select uscc from organisation where id = $1", agency.funder)
    assert (await desk.find_party(agency.drafter, uscc)).id == agency.funder
    with pytest.raises(NotFound):
        await desk.find_party(agency.drafter, people.valid_uscc())
