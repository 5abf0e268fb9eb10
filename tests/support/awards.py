"""Award lists and contracts for the tests of later steps: played through the services, time moved by the owner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from jiebang.awards import contracts, jobs, service
from jiebang.awards.schemas import ContractView, NewContract, NewDecision, NewSignature
from jiebang.funding import jobs as funding_jobs
from jiebang.platform.db import ENGINE, Role
from support import handlers as support_jobs
from support import people
from support.applications import Submitted, submitted_application
from support.review import scored_topic
from support.topics import PublishedTopic, published_topic

if TYPE_CHECKING:
    from jiebang.awards.schemas import AwardListView
    from jiebang.challenges.content import TopicText
    from jiebang.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class Scored:
    """A topic whose applications are ranked as given; `officers` are two agency officers."""

    topic: PublishedTopic
    bids: tuple[Submitted, ...]
    run_id: UUID
    officers: tuple[Actor, Actor]


@dataclass(frozen=True, slots=True)
class Contracted:
    """A contract with everybody who signs it. `lead` is also administrator of the lead unit and acts for it."""

    scored: Scored
    contract: ContractView
    winner: Submitted
    lead: Actor


async def scored(
    bids: int = 2,
    *,
    text: TopicText | None = None,
    promised: dict[str, str] | None = None,
    agency_id: UUID | None = None,
) -> Scored:
    """A closed topic under review with `bids` ranked applications, the first one best."""
    topic = await published_topic(agency_id, closes_in=timedelta(minutes=-1), text=text)
    made = [await submitted_application(topic.id, status="in_review", promised=promised) for _ in range(bids)]
    run_id = await scored_topic(topic.id, [bid.application_id for bid in made])
    return Scored(topic, tuple(made), run_id, (topic.drafter, topic.approver))


async def decided_list(of: Scored) -> AwardListView:
    """Its award list, proposed by one officer and decided by the other."""
    proposed = await service.propose(of.officers[0], of.topic.id)
    return await service.decide(of.officers[1], proposed.id, NewDecision(reason="集体决策通过"), proposed.version)


async def end_notice(list_id: UUID) -> None:
    """Move a list's notice into the past: it ended a second ago."""
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute(
            "update public_notice set starts_at = now() - interval '8 days', ends_at = now() - interval '1 second'"
            " where award_list_id = $1",
            list_id,
        )


async def confirmed_list(of: Scored) -> AwardListView:
    """Its award list, announced, and confirmed after the notice."""
    decided = await decided_list(of)
    await service.give_notice(of.officers[0], decided.id, decided.version)
    await end_notice(decided.id)
    return await service.confirm(of.officers[0], decided.id, decided.version)


async def administrator(person_id: UUID, org_id: UUID) -> Actor:
    """The person as administrator of the unit, in a fresh session acting for it."""
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute(
            "insert into org_role (id, person_id, person_name, org_id, role, granted_at)"
            " values ($1, $2, '管理员', $3, 'org_admin', now()) on conflict do nothing",
            uuid4(), person_id, org_id,
        )  # fmt: skip
    return (await people.sign_in(person_id, org_id))[0]


async def contract_to_sign(of: Scored | None = None) -> Contracted:
    """A contract that nobody has signed yet."""
    of = of or await scored()
    await confirmed_list(of)
    winner = of.bids[0]
    contract = await contracts.draw_up(of.officers[0], of.topic.id, NewContract(application_id=winner.application_id))
    return Contracted(of, contract, winner, await administrator(winner.lead.person_id, winner.lead_org))


async def sign_all(of: Contracted) -> None:
    """Every party signs; nothing is in force before the worker has looked."""
    c = of.contract
    for wanted in c.wanted:
        data = NewSignature(document=wanted.document, party=wanted.party, sha256=wanted.sha256)
        if wanted.party == "agency":
            await contracts.sign_for_agency(of.scored.officers[0], c.id, data)
        else:
            await contracts.sign_for_team(of.lead, c.id, data)


async def effective_contract(of: Scored | None = None) -> Contracted:
    """A contract in force, with its milestones planned and its money committed."""
    made = await contract_to_sign(of)
    await sign_all(made)
    await support_jobs.run(jobs.HANDLERS, "awards.signed", contract_id=made.contract.id)
    await support_jobs.run(funding_jobs.HANDLERS, "funding.start", contract_id=made.contract.id)
    contract = await contracts.contract(made.lead, made.contract.id)
    return Contracted(made.scored, contract, made.winner, made.lead)
