"""The review desk, from blind copies to scores, on the real engines: every step with its guard and its refusal."""

from __future__ import annotations

import json
import mailbox
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from jiebang.kernel.errors import Forbidden, NotFound, Refused, Stale
from jiebang.matching import scores as score_maths
from jiebang.platform.db import ENGINE, Role
from jiebang.platform.jobs import GiveUp
from jiebang.platform.storage import Storage
from jiebang.review import api
from jiebang.review.schemas import NewDraw, ReviewDraft
from jiebang.review.service import desk, draws, scoring
from jiebang.settings import Settings
from jiebang.workers.worker import start_mailer
from support import review, topics

if TYPE_CHECKING:
    from pathlib import Path

    from jiebang.kernel.actor import Actor

pytestmark = pytest.mark.usefixtures("database")


def _code(info: pytest.ExceptionInfo[Refused]) -> str:
    return info.value.rule.code


async def _codes(panel: list[review.Expert], places: list[UUID]) -> list[tuple[set[str | None], list[str]]]:
    """The panel's codes and his own aliases, as each reviewer reads them."""
    found: list[tuple[set[str | None], list[str]]] = []
    for expert, place in zip(panel, places, strict=True):
        items = await desk.my_proposals(expert.actor, place)
        assert [item.panel_code for item in items] == [
            (await desk.my_proposal(expert.actor, item.id)).panel_code for item in items
        ]
        found.append(({item.panel_code for item in items}, [item.alias for item in items]))
    return found


async def _opened(proposal_id: UUID) -> list[UUID]:
    """Who is on record as having opened a blind copy."""
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        found = await db.fetch(
            "select actor_id from audit_entry where action = 'review.file_opened' and object_id = $1", proposal_id
        )
    return [row["actor_id"] for row in found]


async def test_from_the_blind_copy_to_the_ranking(store: Storage, tmp_path: Path) -> None:
    canary = "金丝雀作者" + uuid4().hex
    world = await review.screened_topic(store, tmp_path, author=canary)
    topic = world.topic
    assert all(canary.encode("utf-16-be") in b or canary.encode() in b for b in world.bodies), "it can leak"
    experts = await review.experts(topic)
    await review.drawn(topic)
    panel = await review.panel(topic, experts)
    assert await review.work("review.make_blind_copy", topic.id) == 6
    first = panel[0].actor
    (offer,) = await desk.my_assignments(first)
    assert offer.proposals == 2
    assert await desk.my_proposals(first, offer.id) == [], "nothing but the topic before the declaration"
    wrong = review.ACCEPT.model_copy(update={"statement_sha256": "0" * 64})
    with pytest.raises(Refused) as refused:
        await desk.answer(first, offer.id, wrong, if_match=offer.version)
    assert _code(refused) == "assignment.wrong_statement"
    places = [await review.accept(expert.actor) for expert in panel]
    items = await desk.my_proposals(first, places[0])
    assert [i.id for i in items] == sorted(i.id for i in items)
    assert len({i.alias for i in items}) == 2

    reviewable = await _everything_a_reviewer_can_read(first)
    for bid in world.bids:
        for secret in (canary, str(bid.application_id), str(bid.team_id), str(bid.lead_org), bid.lead.display_name,
                       "联系人甲", bid.keys["part_b"], world.topic.draw_officer.display_name):  # fmt: skip
            assert secret not in reviewable
    assert items[0].alias in reviewable
    async with httpx.AsyncClient(trust_env=False) as client:
        for item in items:
            link = await desk.file_link(first, item.id)
            assert await _opened(item.id) == [first.person_id]
            assert link.expires_in <= 120
            answer = await client.get(link.url)
            assert answer.status_code == 200
            assert item.alias.removeprefix("申请 ") in answer.headers["content-disposition"]
            assert canary not in _spread(answer.content)
    seen = [await desk.my_proposal(first, i.id) for i in items]
    assert all(set(p.answers) <= {"title", "approach", "work_plan", "risk", "budget", "promised"} for p in seen)
    assert [c.code for c in seen[0].criteria] == ["merit", "plan"]

    other = panel[1].actor
    for stranger in (other, (await review.expert(await topics.published_topic(), "technical")).actor):
        assert await desk.my_proposals(stranger, places[0]) == []
        with pytest.raises(NotFound):
            await desk.my_proposal(stranger, items[0].id)
        with pytest.raises(NotFound):
            await desk.file_link(stranger, items[0].id)
        assert await _opened(items[0].id) == [first.person_id], "what nobody gets is read by nobody"
        with pytest.raises(NotFound):
            await desk.save(stranger, items[0].id, ReviewDraft(scores={}, comments={}), if_match=0)
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        keys = await db.fetch(
            "select distinct file_key, file_sha256, alias from review_application where topic_id = $1", topic.id
        )
        states = {r["status"] for r in await db.fetch("select status from application where topic_id = $1", topic.id)}
    assert len(keys) == 6, "every reviewer has copies of his own"
    assert len({k["file_sha256"] for k in keys}) == 6
    assert states == {"in_review"}

    target = items[0].id
    with pytest.raises(Refused) as refused:
        await desk.save(first, target, ReviewDraft(scores={"merit": 101}, comments={}), if_match=0)
    assert _code(refused) == "review.score_range"
    with pytest.raises(Refused) as refused:
        await desk.save(first, target, ReviewDraft(scores={"fame": 1}, comments={}), if_match=0)
    assert _code(refused) == "review.unknown_criteria"
    draft = await desk.save(first, target, ReviewDraft(scores={"merit": 70}, comments={}), if_match=0)
    with pytest.raises(Stale):
        await desk.save(first, target, ReviewDraft(scores={"merit": 71}, comments={}), if_match=0)
    with pytest.raises(Refused) as refused:
        await desk.submit(first, target, if_match=draft.version)
    assert _code(refused) == "review.incomplete"
    whole = ReviewDraft(scores={"merit": 90, "plan": 80}, comments=review.COMMENTS)
    draft = await desk.save(first, target, whole, if_match=draft.version)
    with pytest.raises(Stale):
        await desk.submit(first, target, if_match=draft.version - 1)
    done = await desk.submit(first, target, if_match=draft.version)
    assert (done.status, done.assignment_status) == ("submitted", "accepted")
    with pytest.raises(Refused) as refused:
        await desk.save(first, target, whole, if_match=done.version)
    assert _code(refused) == "review.final"
    assert await _everything_a_reviewer_can_read(other, "review") == "[]", "others' reviews stay hidden"
    async with ENGINE.unit_of_work(Role.OFFICER, topic.draw_officer.token_hash) as db:
        assert len(await db.fetch("select id from review where topic_id = $1", topic.id)) == 1
    second_draft = await desk.save(first, items[1].id, whole, if_match=0)
    async with ENGINE.unit_of_work(Role.OFFICER, topic.draw_officer.token_hash) as db:
        assert len(await db.fetch("select id from review where topic_id = $1", topic.id)) == 1, "no drafts"
    with pytest.raises(Refused) as refused:
        await scoring.close_review(topic.draw_officer, topic.id)
    assert _code(refused) == "score_run.reviews_owed"
    last = await desk.submit(first, items[1].id, if_match=second_draft.version)
    assert last.assignment_status == "submitted"
    for n, expert in enumerate(panel[1:], start=1):
        await review.review_all(expert.actor, places[n], 60 + n)
    with pytest.raises(Forbidden):
        await scoring.close_review(topic.screener, topic.id)
    before = await _codes(panel, places)
    assert all(codes == {None} for codes, _ in before)
    run = await scoring.close_review(topic.draw_officer, topic.id)
    after = await _codes(panel, places)
    assert [aliases for _, aliases in after] == [aliases for _, aliases in before], "one's own aliases stay"
    codes = after[0][0]
    assert len(codes) == 2, "one code for each proposal"
    assert all(own == codes for own, _ in after), "the same for the whole panel"
    assert set(run.panel_codes) == {str(b.application_id) for b in world.bids}
    assert set(run.panel_codes.values()) == codes
    assert (await scoring.score_runs(topic.draw_officer, topic.id))[0].panel_codes == run.panel_codes
    assert [e.rank for e in run.ranking] == [1, 2]
    assert {e.application_id for e in run.ranking} == {b.application_id for b in world.bids}
    # merit 90, 61, 62 with weight 60; plan 80 with weight 40: (86 + 68.6 + 69.2) / 3
    assert {e.display for e in run.ranking} == {"74.60"}
    export = await scoring.export(topic.draw_officer, run.id)
    assert score_maths.verify(export) == []
    export["entries"][0]["rank"] = 2
    assert score_maths.verify(export) != []
    with pytest.raises(Refused) as refused:
        await scoring.close_review(topic.draw_officer, topic.id)
    assert _code(refused) == "score_run.exists"
    with pytest.raises(Refused) as refused:
        await draws.announce(topic.draw_officer, topic.id, NewDraw(reason="结果不理想"))
    assert _code(refused) == "score_run.exists"
    seats = await draws.progress(topic.draw_officer, topic.id)
    assert {(s.status, s.copies_released, s.reviews_submitted) for s in seats} == {("locked", 2, 2)}
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with ENGINE.unit_of_work(Role.OWNER) as db:
            await db.execute("update score_run set output = '{}' where id = $1", run.id)


async def test_a_job_that_runs_again_makes_no_second_copy(store: Storage, tmp_path: Path) -> None:
    topic = (await review.screened_topic(store, tmp_path)).topic
    await review.experts(topic)
    await review.drawn(topic)
    await review.work("review.make_blind_copy", topic.id)
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute(
            "update outbox set done_at = null where kind like 'review.%' and fairness_key = $1", str(topic.id)
        )
    assert await review.work("review.run_draw", topic.id) == 1
    assert await review.work("review.make_blind_copy", topic.id) == 6
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        assert await db.fetchval("select count(*) from review_application where topic_id = $1", topic.id) == 6
        assert await db.fetchval("select count(*) from review_assignment where topic_id = $1", topic.id) == 3


async def test_a_file_that_cannot_be_rebuilt_is_held_and_never_passed_through(store: Storage, tmp_path: Path) -> None:
    world = await review.screened_topic(store, tmp_path, pdf=b"%PDF-1.7 no PDF at all")
    topic = world.topic
    experts = await review.experts(topic)
    await review.drawn(topic)
    with pytest.raises(GiveUp, match="no blind copy can be made"):
        await review.work("review.make_blind_copy", topic.id)
    first = (await review.panel(topic, experts))[0].actor
    assert await desk.my_proposals(first, await review.accept(first)) == []
    seats = await draws.progress(topic.draw_officer, topic.id)
    assert {(s.proposals, s.copies_released) for s in seats} == {(2, 0)}
    copies = await draws.copies(topic.draw_officer, topic.id)
    held = [c for c in copies if c.status == "held"]
    assert [c.held_code for c in held] == ["document.unsafe"], "the first one that was tried"
    assert len(copies) == 6
    assert len({c.receipt_no for c in copies}) == 2, "named by receipt alone"
    progress = await draws.review_progress(topic.draw_officer, topic.id)
    assert (progress.accepted, progress.offered, progress.overdue) == (1, 2, 0)
    assert (progress.copies_held, progress.copies_pending, progress.copies_released) == (1, 5, 0)
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        found = await db.fetch("select status from application where topic_id = $1", topic.id)
        await db.execute(  # what a worker does after GiveUp
            "update outbox set dead_at = now() where fairness_key = $1 and kind = 'review.make_blind_copy'",
            str(topic.id),
        )
    assert {r["status"] for r in found} == {"eligible"}


async def test_an_offer_is_mailed_once_and_not_after_the_answer(store: Storage, tmp_path: Path) -> None:
    topic = (await review.screened_topic(store, tmp_path)).topic
    experts = await review.experts(topic)
    await review.drawn(topic)
    declining = (await review.panel(topic, experts))[0]
    (offer,) = await desk.my_assignments(declining.actor)
    await desk.answer(declining.actor, offer.id, review.DECLINE, if_match=offer.version)
    start_mailer(Settings(mail_dir=tmp_path / "mail"))  # pyright: ignore[reportCallIssue]
    assert await review.work("review.mail_offer", topic.id) == 3
    received = list(mailbox.Maildir(tmp_path / "mail", factory=None))
    panel = [e.actor.email for e in await review.panel(topic, experts)]
    assert sorted(str(m["to"]) for m in received) == sorted(panel)
    assert declining.actor.email not in panel


async def test_teams_and_strangers_see_nothing_of_a_review(store: Storage, tmp_path: Path) -> None:
    world = await review.screened_topic(store, tmp_path)
    await review.experts(world.topic)
    draw_id = await review.drawn(world.topic)
    await review.work("review.make_blind_copy", world.topic.id)
    tables = (
        "review_assignment",
        "review_application",
        "blind_copy",
        "review",
        "expert_draw",
        "draw_seed",
        "score_run",
    )
    for table in tables:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with ENGINE.unit_of_work(Role.MEMBER, world.bids[0].lead.token_hash) as db:
                await db.fetch(f"select * from {table}")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await ENGINE.read(Role.PUBLIC, f"select * from {table}")
    async with ENGINE.unit_of_work(Role.MEMBER, world.bids[0].lead.token_hash) as db:
        assert await db.fetch("select id from expert") == []
    elsewhere = await topics.published_topic()
    async with ENGINE.unit_of_work(Role.OFFICER, elsewhere.draw_officer.token_hash) as db:
        for table in ("review_assignment", "review_application", "blind_copy", "expert_draw", "expert"):
            assert await db.fetch(f"select id from {table}") == []
    async with ENGINE.unit_of_work(Role.OFFICER, world.topic.draw_officer.token_hash) as db:
        assert [r["id"] for r in await db.fetch("select id from expert_draw")] == [draw_id], "the control must succeed"


async def test_a_scored_topic_can_be_read_by_its_agency_alone() -> None:
    topic = await topics.published_topic()
    bids = [
        (await review.applications.submitted_application(topic.id, status="eligible")).application_id for _ in "abc"
    ]
    await review.scored_topic(topic.id, bids)
    async with ENGINE.unit_of_work(Role.OFFICER, topic.draw_officer.token_hash):
        run = await api.latest_score_run(topic.id)
    assert run is not None
    assert [entry.application_id for entry in run.ranking] == bids
    other = await topics.published_topic()
    async with ENGINE.unit_of_work(Role.OFFICER, other.draw_officer.token_hash):
        assert await api.latest_score_run(topic.id) is None
    assert await scoring.score_runs(other.draw_officer, topic.id) == []


def _spread(pdf: bytes) -> str:
    """All text of a PDF with every stream unpacked, in the encodings that names are written in."""
    import io

    import pikepdf

    with pikepdf.open(io.BytesIO(pdf)) as opened:
        out = io.BytesIO()
        opened.save(out, stream_decode_level=pikepdf.StreamDecodeLevel.all, compress_streams=False, qdf=True)
    raw = pdf + out.getvalue()
    return raw.decode("utf-8", "ignore") + raw.decode("utf-16-be", "ignore") + raw[1:].decode("utf-16-be", "ignore")


async def _everything_a_reviewer_can_read(actor: Actor, *only: str) -> str:
    """Every readable column of every table, as text."""

    async with ENGINE.unit_of_work(Role.REVIEWER, actor.token_hash) as db:
        columns = await db.fetch(
            "select c.relname as t, array_agg(quote_ident(a.attname)) as cols from pg_class c"
            " join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
            " where c.relnamespace = 'app'::regnamespace and c.relkind = 'r'"
            " and has_column_privilege(c.oid, a.attnum, 'select') group by 1"
        )
        found = []
        for row in columns:
            if not only or row["t"] in only:
                found += [dict(r) for r in await db.fetch(f"select {', '.join(row['cols'])} from {row['t']}")]
    return json.dumps(found, default=str, ensure_ascii=False)
