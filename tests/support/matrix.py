"""Three places with everything in them, who stands where to them, and what an operation answers each of these people."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from jiebang.applications.schemas import NewTeamInvitation
from jiebang.applications.service import teams
from jiebang.awards import service as award_lists
from jiebang.funding import service as payments
from jiebang.identity import access
from jiebang.identity.schemas import NewGrant
from jiebang.platform.db import ENGINE, Role
from jiebang.review.schemas import Answer
from jiebang.review.service import desk
from support import api, applications, awards, funding, people, review, topics

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from jiebang.kernel.actor import Actor
    from jiebang.platform.storage import Storage
    from support.api import Operation
    from support.topics import PublishedTopic

CLASSES = ("public", "member", "lead", "expert", "officer", "funder", "supervisor")
RELATIONS = ("own", "same agency", "foreign", "absent")
DONE = {"notice_id", "contract_id", "milestone_id", "list_id", "disbursement_id", "run_id"}
OF_DONE = {"propose_awards", "list_award_lists", "draw_up_contract", "list_score_runs", "compute_scores"}
OF_OPEN = {"found_team", "remove_team_partner", "set_team_shares", "withdraw_team_invitation", "invite_to_team"}
SIGNS = "?0-=!+"
"""401, 404, 403, an empty list, refused by a rule (400, 409, 412, 422, 428), done: in this order of reach."""


@dataclass(frozen=True, slots=True)
class Home:
    """A topic with its things, by path parameter, and its people, by class."""

    ids: dict[str, str]
    people: dict[str, list[Actor]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """An open topic, one under review and one with a contract, of one agency."""

    open: Home
    reviewed: Home
    done: Home

    def home(self, operation: Operation) -> Home:
        """Whose things an operation is tried on."""
        names = set(operation.names("path"))
        if names & DONE or operation.id in OF_DONE:
            return self.done
        return self.open if operation.id in OF_OPEN else self.reviewed

    @property
    def homes(self) -> tuple[Home, ...]:
        """All three."""
        return self.open, self.reviewed, self.done


def _people(topic: PublishedTopic, bid: Any, lead: Actor, expert: list[Actor], admin: Actor) -> dict[str, list[Actor]]:
    officers = [topic.drafter, topic.legal_reviewer, topic.approver, topic.screener, topic.draw_officer]
    return {
        "member": [bid.partner, topic.end_user],
        "lead": [lead],
        "expert": expert,
        "officer": [*officers, topic.opening_officers[0], admin],
        "funder": [topic.funder_requester, topic.funder_approver],
        "supervisor": [topic.supervisor],
    }


def _ids(**values: Any) -> dict[str, str]:
    return {name: str(value) for name, value in values.items()}


async def make_place(agency: UUID, store: Storage, folder: Path) -> Place:
    """Everything there is, in one agency."""
    admin = await people.actor(agency, ["org_admin"])
    watching = await applications.uscc_of(await people.organisation("agency"))
    until = datetime.now(UTC) + timedelta(days=1)
    grant = await access.give(admin, NewGrant(uscc=watching, role="supervisor", reason="专项监督", expires_at=until))

    reviewed = await review.screened_topic(store, folder, agency_id=agency)
    topic, bid = reviewed.topic, reviewed.bids[0]
    experts = await review.experts(topic)
    draw = await review.drawn(topic)
    await review.work("review.make_blind_copy", topic.id)
    expert = [e for e in experts if await desk.my_assignments(e.actor)][0]  # noqa: RUF015 - asynchronous
    async with ENGINE.unit_of_work(Role.OWNER) as db:  # the agency's next panel is other people
        await db.execute("update expert set status = 'applied', verified_by = null where agency_id = $1", agency)
    (offer,) = await desk.my_assignments(expert.actor)
    yes = Answer(decision="accept", no_conflict=True, statement_sha256=offer.statement.sha256)
    await desk.answer(expert.actor, offer.id, yes, if_match=offer.version)
    proposal = (await desk.my_proposals(expert.actor, offer.id))[0]
    second = Home(
        _ids(
            topic_id=topic.id, team_id=bid.team_id, application_id=bid.application_id,
            material_id=bid.materials["part_b"], org_id=bid.partner_org, expert_id=expert.id, draw_id=draw,
            assignment_id=offer.id, proposal_id=proposal.id, person_id=topic.screener.person_id, grant_id=grant.id,
            assignment=offer.id,
        ),
        _people(topic, bid, bid.lead, [expert.actor], admin),
    )  # fmt: skip

    made = await awards.effective_contract(await awards.scored(agency_id=agency))
    topic = made.scored.topic
    milestone = await funding.passed(made)
    assert milestone.evidence is not None
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        notice = await db.fetchval("select id from public_notice where topic_id = $1", topic.id)
    requested = await payments.request(topic.funder_requester, milestone.id)
    (award_list,) = await award_lists.award_lists(made.scored.officers[0], topic.id)
    third = Home(
        _ids(
            topic_id=topic.id, contract_id=made.contract.id, milestone_id=milestone.id, list_id=award_list.id,
            disbursement_id=requested.id, notice_id=notice, run_id=made.scored.run_id,
            material_id=milestone.evidence.files[0].material_id,
        ),
        _people(topic, made.winner, made.lead, [expert.actor], admin),
    )  # fmt: skip

    topic = await topics.published_topic(agency)
    bid = await applications.submitted_application(topic.id, opened=False)
    invited = NewTeamInvitation(email="chen@example.org", uscc=await applications.uscc_of(await people.organisation()))
    invitation = await teams.invite(bid.lead, bid.team_id, invited)
    first = Home(
        _ids(
            topic_id=topic.id,
            team_id=bid.team_id,
            org_id=bid.partner_org,
            invitation_id=invitation.id,
            application_id=bid.application_id,
        ),
        _people(topic, bid, bid.lead, [expert.actor], admin),
    )
    return Place(first, second, third)


def sign(answer: httpx.Response) -> str:
    """How far a call got."""
    match answer.status_code:
        case 401:
            return "?"
        case 404:
            return "0"
        case 403:
            return "-"
        case 400 | 409 | 412 | 422 | 428:
            return "!"
    if answer.headers.get("content-type", "").startswith("application/json"):
        body = answer.json()
        if body == [] or (isinstance(body, dict) and body.get("items") == []):
            return "="
    return "+"


def furthest(signs: list[str]) -> str:
    """The most that any of them reached."""
    return max(signs, key=SIGNS.index)


def values_of(operation: Operation, home: Home) -> dict[str, str]:
    """The path values, and those of required query parameters, that name the home's things."""
    wanted = [p["name"] for p in operation.parameters if p["in"] == "query" and p["required"]]
    named = {name: api.WORDS.get(name) or home.ids[name] for name in operation.names("path")}
    return named | {name: home.ids[name] for name in wanted if name in home.ids}
