"""Somebody else's objects, in all their states, and strangers who ask for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING, Any

from jiebang.applications.schemas import NewTeamInvitation
from jiebang.applications.service import teams
from jiebang.awards import service as award_lists
from jiebang.challenges import service as challenges
from jiebang.challenges.schemas import TopicWork
from jiebang.funding import service as payments
from jiebang.identity import access
from jiebang.identity.schemas import NewGrant
from jiebang.review.schemas import Answer
from jiebang.review.service import desk, scoring
from support import applications, awards, funding, people, review, topics

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jiebang.kernel.actor import Actor
    from jiebang.platform.storage import Storage
    from support.api import Operation

SEALED = ("team_id", "application_id", "material_id", "invitation_id")
"""What of a bid nobody but its team sees before the opening, by path parameter."""


@dataclass(frozen=True, slots=True)
class World:
    """An agency's objects in all their states, by path parameter; `hidden` topics are not published.

    `owners` are people who may read some of it, by operation, with the path values of what they may read.
    `rival` leads another bid for the open topic, `expert` sits on the panel beside whose assignment is here; `insiders`
    work for the agency on the open topic, whose bids are `sealed`.
    """

    ids: dict[str, list[str]]
    hidden: list[str]
    owners: dict[str, tuple[Actor, dict[str, str]]]
    rival: Actor
    expert: Actor
    insiders: list[Actor]
    sealed: dict[str, str]

    def foreign(self, operation: Operation) -> Iterator[dict[str, str]]:
        """Path values for the operation, every combination; a parameter that the world lacks fails."""
        names = operation.names("path")
        for values in product(*(self.ids[name] for name in names)):
            yield dict(zip(names, values, strict=True))


async def make_world(store: Storage, folder: Path) -> World:
    """A contract whose first tranche is requested, a topic under review, an open topic with sealed bids, a draft."""
    contracted = await awards.effective_contract()
    under_way, officer = contracted.scored.topic, contracted.scored.officers[0]
    milestone = await funding.passed(contracted)
    assert milestone.evidence is not None
    requested = await payments.request(under_way.funder_requester, milestone.id)
    (award_list,) = await award_lists.award_lists(officer, under_way.id)
    (run,) = await scoring.score_runs(officer, under_way.id)

    reviewed = await review.screened_topic(store, folder)
    topic = reviewed.topic
    experts = await review.experts(topic)
    draw = await review.drawn(topic)
    await review.work("review.make_blind_copy", topic.id)
    panel = [expert for expert in experts if await desk.my_assignments(expert.actor)]
    (offer,) = await desk.my_assignments(panel[0].actor)
    yes = Answer(decision="accept", no_conflict=True, statement_sha256=offer.statement.sha256)
    await desk.answer(panel[0].actor, offer.id, yes, if_match=offer.version)
    proposals = await desk.my_proposals(panel[0].actor, offer.id)

    open_topic = await topics.published_topic(topic.agency_id)
    bid, other = [await applications.submitted_application(open_topic.id, opened=False) for _ in range(2)]
    foreign_unit = await people.organisation()
    invitation = await teams.invite(
        bid.lead,
        bid.team_id,
        NewTeamInvitation(email="chen@example.org", uscc=await applications.uscc_of(foreign_unit)),
    )
    draft = await challenges.create(
        topic.drafter,
        TopicWork.model_validate(
            {"funder_id": topic.funder_id, "end_user_id": topic.end_user_id, "rule_set_id": topic.rule_set_id}
        ),
    )
    watching = await people.organisation("agency")
    administrator = await people.actor(topic.agency_id, ["org_admin"])
    grant = await access.give(
        administrator,
        NewGrant(
            uscc=await applications.uscc_of(watching), role="supervisor", reason="专项监督",
            expires_at=datetime.now(UTC) + timedelta(days=1),
        ),
    )  # fmt: skip
    bids = (bid, reviewed.bids[0], contracted.winner)
    ids: dict[str, list[Any]] = {
        "topic_id": [draft.id, open_topic.id, topic.id, under_way.id],
        "team_id": [b.team_id for b in bids],
        "application_id": [b.application_id for b in bids],
        "material_id": [*(b.materials["part_b"] for b in bids), milestone.evidence.files[0].material_id],
        "org_id": [b.partner_org for b in bids],
        "invitation_id": [invitation.id],
        "contract_id": [contracted.contract.id],
        "milestone_id": [milestone.id],
        "list_id": [award_list.id],
        "disbursement_id": [requested.id],
        "expert_id": [experts[0].id],
        "draw_id": [draw],
        "run_id": [run.id],
        "assignment_id": [offer.id],
        "proposal_id": [proposals[0].id],
        "grant_id": [grant.id],
        "person_id": [topic.screener.person_id],
        "role": ["screener"],
        "n": [1],
    }
    owners: dict[str, tuple[Actor, dict[str, Any]]] = {
        "read_desk_topic": (topic.drafter, {"topic_id": draft.id}),
        "read_team": (bid.lead, {"team_id": bid.team_id}),
        "read_application": (bid.lead, {"application_id": bid.application_id}),
        "read_material": (bid.lead, {"material_id": bid.materials["part_b"]}),
        "list_organisation_people": (bid.partner, {"org_id": bid.partner_org}),
        "read_opened_application": (
            topic.screener, {"topic_id": topic.id, "application_id": bids[1].application_id},
        ),
        "export_draw": (topic.draw_officer, {"draw_id": draw}),
        "read_draw": (topic.draw_officer, {"draw_id": draw}),
        "export_score_run": (officer, {"run_id": run.id}),
        "read_my_proposal": (panel[0].actor, {"proposal_id": proposals[0].id}),
        "read_award_list": (officer, {"list_id": award_list.id}),
        "read_contract": (contracted.lead, {"contract_id": contracted.contract.id}),
        "read_milestone": (contracted.lead, {"milestone_id": milestone.id}),
        "read_disbursement": (under_way.funder_approver, {"disbursement_id": requested.id}),
    }  # fmt: skip
    return World(
        {name: [str(value) for value in values] for name, values in ids.items()},
        [str(draft.id)],
        {name: (who, {k: str(v) for k, v in values.items()}) for name, (who, values) in owners.items()},
        other.lead,
        panel[1].actor,
        [open_topic.screener, open_topic.opening_officers[0], open_topic.supervisor],
        {"topic_id": str(open_topic.id), **{name: str(ids[name][0]) for name in SEALED}},
    )


async def strangers(world: World) -> dict[str, Actor]:
    """People with every class and role there is, in other organisations than the world's; and a rival of its teams."""
    agency, funder, unit = [await people.organisation(kind) for kind in ("agency", "funder", "enterprise")]
    desk_roles = ["agency_officer", "legal_budget_reviewer", "screener", "supervisor", "finance_officer"]
    return {
        "member": await people.actor(unit, ["org_admin", "member", "end_user"]),
        "officer": await people.actor(agency, desk_roles),
        "funder": await people.actor(funder, ["finance_officer"]),
        "reviewer": await people.actor(unit, ["member"], reviewer=True),
        "rival": world.rival,
        "expert": world.expert,
    }
