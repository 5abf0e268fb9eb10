"""Commands that come twice or too late, one or more of each slice, on real objects: one effect, or none."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from jiebang.challenges import service as challenges
from jiebang.challenges.schemas import TopicWork
from jiebang.review.schemas import Answer
from jiebang.review.service import desk
from support import api, applications, awards, files, funding, people, review, topics

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    import httpx

    from jiebang.kernel.actor import Actor
    from jiebang.platform.storage import Storage
    from jiebang.web.assembly import Application

    Prepare = Callable[[Storage, Path], Awaitable["Case"]]


@dataclass(frozen=True)
class Case:
    """A command that its sender may give now; `other` is another body for it, `seen` where its effect shows."""

    actor: Actor
    operation: str
    values: dict[str, Any]
    body: Any = None
    other: Any = field(default_factory=lambda: {"other": 1})
    seen: str = ""

    @property
    def said(self) -> api.Operation:
        """The operation in the document."""
        return next(o for o in api.operations() if o.id == self.operation)

    @property
    def path(self) -> str:
        """Its address."""
        return self.said.path.format(**self.values)


async def register(_store: Storage, _folder: Path) -> Case:
    body = {"uscc": people.valid_uscc(), "kind": "enterprise", "name_zh": "重复注册", "name_en": "Registered twice"}
    actor = await people.actor()
    return Case(actor, "register_organisation", {}, body, body | {"name_en": "Another"}, "/api/v1/organisations/mine")


async def create_topic(_store: Storage, _folder: Path) -> Case:
    t = await topics.published_topic()
    body = {"funder_id": str(t.funder_id), "end_user_id": str(t.end_user_id), "rule_set_id": str(t.rule_set_id)}
    other = body | {"closes_at": "2027-01-01T00:00:00Z"}
    return Case(t.drafter, "create_topic", {}, body, other, "/api/v1/officer/topics")


async def found_team(_store: Storage, _folder: Path) -> Case:
    t = await topics.published_topic()
    actor = await people.actor(await people.organisation(), ["member"])
    return Case(actor, "found_team", {"topic_id": t.id}, {"name": "联合体"}, {"name": "另一个"}, "/api/v1/teams/mine")


async def begin_upload(_store: Storage, _folder: Path) -> Case:
    bid = await applications.submitted_application((await topics.published_topic()).id, opened=False)
    body, other = files.announced(files.pdf("一")), files.announced(files.pdf("二"))
    seen = f"/api/v1/teams/{bid.team_id}/materials"
    return Case(bid.lead, "begin_upload", {"team_id": bid.team_id}, body, other, seen)


async def announce_draw(store: Storage, folder: Path) -> Case:
    topic = (await review.screened_topic(store, folder)).topic
    await review.experts(topic)
    seen = f"/api/v1/officer/topics/{topic.id}/draws"
    return Case(topic.draw_officer, "announce_draw", {"topic_id": topic.id}, {}, {"reason": "另一次抽取"}, seen)


async def propose_awards(_store: Storage, _folder: Path) -> Case:
    s = await awards.scored()
    seen = f"/api/v1/topics/{s.topic.id}/award-lists"
    return Case(s.officers[0], "propose_awards", {"topic_id": s.topic.id}, seen=seen)


async def request_disbursement(_store: Storage, _folder: Path) -> Case:
    contracted = await awards.effective_contract()
    milestone = await funding.passed(contracted)
    seen = f"/api/v1/contracts/{contracted.contract.id}/disbursements"
    requester = contracted.scored.topic.funder_requester
    return Case(requester, "request_disbursement", {"milestone_id": milestone.id}, seen=seen)


async def edit_topic(store: Storage, folder: Path) -> Case:
    new = await create_topic(store, folder)
    draft = await challenges.create(new.actor, TopicWork.model_validate(new.body, strict=False))
    path = f"/api/v1/officer/topics/{draft.id}"
    return Case(new.actor, "edit_topic", {"topic_id": draft.id}, new.other, seen=path)


async def save_answers(_store: Storage, _folder: Path) -> Case:
    bid = await applications.submitted_application((await topics.published_topic()).id, opened=False)
    body = applications.answers({"depth": "4700", "latency": "20"})
    path = f"/api/v1/applications/{bid.application_id}"
    return Case(bid.lead, "save_answers", {"application_id": bid.application_id}, body, seen=path)


async def save_review(store: Storage, folder: Path) -> Case:
    topic = (await review.screened_topic(store, folder)).topic
    experts = await review.experts(topic)
    await review.drawn(topic)
    await review.work("review.make_blind_copy", topic.id)
    reviewer = [e.actor for e in experts if await desk.my_assignments(e.actor)][0]  # noqa: RUF015 - awaits
    (offer,) = await desk.my_assignments(reviewer)
    yes = Answer(decision="accept", no_conflict=True, statement_sha256=offer.statement.sha256)
    await desk.answer(reviewer, offer.id, yes, if_match=offer.version)
    proposal = (await desk.my_proposals(reviewer, offer.id))[0]
    body = {"scores": {"merit": 80}, "comments": {}}
    path = f"/api/v1/review/applications/{proposal.id}"
    return Case(reviewer, "save_my_review", {"proposal_id": proposal.id}, body, seen=path)


async def decide_awards(store: Storage, folder: Path) -> Case:
    s = await awards.scored()
    made = await awards.service.propose(s.officers[0], s.topic.id)
    path = f"/api/v1/award-lists/{made.id}"
    return Case(s.officers[1], "decide_awards", {"list_id": made.id}, {"reason": "集体决策通过"}, seen=path)


async def submit_evidence(_store: Storage, _folder: Path) -> Case:
    contracted = await awards.effective_contract()
    milestone = await funding.first_milestone(contracted)
    file = await funding.evidence_file(milestone.id, contracted.lead.person_id)
    body = {"measured": funding.MEASURED, "notes": "实测", "material_ids": [str(file)]}
    path = f"/api/v1/milestones/{milestone.id}"
    return Case(contracted.lead, "submit_evidence", {"milestone_id": milestone.id}, body, seen=path)


REPEATED = [register, create_topic, found_team, begin_upload, announce_draw, propose_awards, request_disbursement]
EDITED = [edit_topic, save_answers, save_review, decide_awards, submit_evidence]


def by_name(prepare: Any) -> str:
    return prepare.__name__


async def shown(http: httpx.AsyncClient, case: Case) -> Any:
    answer = await http.get(case.seen)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("prepare", REPEATED, ids=by_name)
async def test_a_command_that_comes_twice_has_one_effect(
    prepare: Prepare, whole: Application, store: Storage, tmp_path: Path
) -> None:
    case = await prepare(store, tmp_path)
    key = {"idempotency-key": uuid4().hex}
    async with api.client(whole, case.actor) as http, api.client(whole, case.actor) as elsewhere:
        before = await shown(http, case)
        first = await http.post(case.path, json=case.body, headers=key)
        assert first.is_success, first.text
        assert "idempotency-replayed" not in first.headers
        after = await shown(http, case)
        assert after != before
        for again in (http, elsewhere):
            second = await again.post(case.path, json=case.body, headers=key)
            assert (second.status_code, second.content) == (first.status_code, first.content)
            assert second.headers["idempotency-replayed"] == "true"
            assert second.headers.get("etag") == first.headers.get("etag")
        other = api.checked(case.said, await http.post(case.path, json=case.other, headers=key))
        assert (other.status_code, other.json()["code"]) == (422, "idempotency.key_reused")
        assert await shown(http, case) == after


@pytest.mark.parametrize("prepare", EDITED, ids=by_name)
async def test_an_edit_of_what_has_changed_meanwhile_is_refused(
    prepare: Prepare, whole: Application, store: Storage, tmp_path: Path
) -> None:
    case = await prepare(store, tmp_path)
    async with api.client(whole, case.actor) as http:
        read = await http.get(case.seen)
        fresh, before = read.headers["etag"], read.json()
        stale = f'"{before["version"] + 1}-x"'
        late = await http.request(case.said.method, case.path, json=case.body, headers={"if-match": stale})
        assert (api.checked(case.said, late).status_code, late.json()["code"]) == (412, "stale")
        assert await shown(http, case) == before
        done = await http.request(case.said.method, case.path, json=case.body, headers={"if-match": fresh})
        assert done.status_code == 200, done.text
        assert done.json()["version"] == before["version"] + 1
        after = await shown(http, case)
        assert after != before
        twice = await http.request(case.said.method, case.path, json=case.body, headers={"if-match": fresh})
        assert (twice.status_code, twice.json()["code"]) == (412, "stale")
        assert await shown(http, case) == after
