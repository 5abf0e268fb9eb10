"""Awards over HTTP: lists and notices, contracts and signatures."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from jiebang.awards import contracts, service
from jiebang.awards.schemas import (
    AwardListView,
    ContractLine,
    ContractView,
    NewContract,
    NewDecision,
    NewSignature,
    NoticeView,
)
from jiebang.kernel.actor import Actor
from jiebang.web.pagination import DEFAULT_LIMIT, Cursor, Cursors, Limit, Page

PUBLIC = {"public": True, "rate": "300/minute", "rate_by": "client", "rate_in": "process"}
MAKE = {"idempotent": True}
OFFICER = {"role": "officer"}
EDIT = {"if_match": True, "idempotent": "optional"}

OfTopic = Annotated[UUID | None, QueryParameter(name="topic", description="Those of one topic alone.")]


def _position(at: list[object] | None) -> tuple[datetime, UUID] | None:
    return None if at is None else (datetime.fromisoformat(str(at[0])), UUID(str(at[1])))


class Notices(Controller):
    """What everybody may read."""

    path = "/api/v1/notices"
    tags = ("notices",)
    opt = PUBLIC

    @get("/", operation_id="list_notices")
    async def notices(
        self, cursors: NamedDependency[Cursors], limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
    ) -> Page[NoticeView]:
        """Public notices of proposed awards, the newest first."""
        query = {"list": "notices"}
        rows = await service.notices(_position(cursors.decode(cursor, query)), limit + 1)
        return cursors.page(rows, limit, lambda row: (row.published_at, row.id), query)

    @get("/{notice_id:uuid}", operation_id="read_notice")
    async def notice(self, notice_id: FromPath[UUID]) -> NoticeView:
        """A public notice with its period."""
        return await service.notice(notice_id)


class AwardLists(Controller):
    """What an agency's officers do with award lists."""

    path = "/api/v1"
    tags = ("award lists",)
    opt = OFFICER

    @post("/topics/{topic_id:uuid}/award-lists", operation_id="propose_awards", status_code=201, opt=MAKE)
    async def propose(self, topic_id: FromPath[UUID], actor: NamedDependency[Actor]) -> AwardListView:
        """Propose the awards that the latest score run gives."""
        return await service.propose(actor, topic_id)

    @get("/topics/{topic_id:uuid}/award-lists", operation_id="list_award_lists")
    async def award_lists(self, topic_id: FromPath[UUID], actor: NamedDependency[Actor]) -> list[AwardListView]:
        """A topic's award lists."""
        return await service.award_lists(actor, topic_id)

    @get("/award-lists/{list_id:uuid}", operation_id="read_award_list")
    async def award_list(self, list_id: FromPath[UUID], actor: NamedDependency[Actor]) -> AwardListView:
        """An award list with everybody ranked."""
        return await service.award_list(actor, list_id)

    @post("/award-lists/{list_id:uuid}/decision", operation_id="decide_awards", status_code=200, opt=EDIT)
    async def decide(
        self,
        list_id: FromPath[UUID],
        data: JSONBody[NewDecision],
        actor: NamedDependency[Actor],
        if_match: NamedDependency[int],
    ) -> AwardListView:
        """Record the collective decision, as someone other than the proposer."""
        return await service.decide(actor, list_id, data, if_match)

    @post("/award-lists/{list_id:uuid}/notice", operation_id="give_notice", status_code=201, opt=EDIT | MAKE)
    async def give_notice(
        self, list_id: FromPath[UUID], actor: NamedDependency[Actor], if_match: NamedDependency[int]
    ) -> NoticeView:
        """Give public notice of a decided list; it begins now."""
        return await service.give_notice(actor, list_id, if_match)

    @post("/award-lists/{list_id:uuid}/confirmation", operation_id="confirm_awards", status_code=200, opt=EDIT)
    async def confirm(
        self, list_id: FromPath[UUID], actor: NamedDependency[Actor], if_match: NamedDependency[int]
    ) -> AwardListView:
        """Confirm the awards after the notice has ended."""
        return await service.confirm(actor, list_id, if_match)


class Contracts(Controller):
    """Contracts and pledges, for everybody who is a party of them."""

    path = "/api/v1"
    tags = ("contracts",)

    @post("/topics/{topic_id:uuid}/contracts", operation_id="draw_up_contract", status_code=201, opt=MAKE | OFFICER)
    async def draw_up(
        self, topic_id: FromPath[UUID], data: JSONBody[NewContract], actor: NamedDependency[Actor]
    ) -> ContractView:
        """Draw up the contract and pledge of a confirmed award."""
        return await contracts.draw_up(actor, topic_id, data)

    @get("/contracts", operation_id="list_contracts")
    async def contracts(
        self,
        actor: NamedDependency[Actor],
        cursors: NamedDependency[Cursors],
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
        topic: OfTopic = None,
    ) -> Page[ContractLine]:
        """The contracts of those I act for, the newest first."""
        query = {"list": "contracts", "org": actor.org_id, "topic": str(topic)}
        rows = await contracts.contracts(actor, _position(cursors.decode(cursor, query)), limit + 1, topic)
        return cursors.page(rows, limit, lambda row: (row.created_at, row.id), query)

    @get("/contracts/{contract_id:uuid}", operation_id="read_contract")
    async def contract(self, contract_id: FromPath[UUID], actor: NamedDependency[Actor]) -> ContractView:
        """A contract with its pledge, its signatures and those that are still wanted."""
        return await contracts.contract(actor, contract_id)

    @post("/contracts/{contract_id:uuid}/signatures", operation_id="sign_contract", status_code=201, opt=MAKE)
    async def sign(
        self, contract_id: FromPath[UUID], data: JSONBody[NewSignature], actor: NamedDependency[Actor]
    ) -> ContractView:
        """Sign the contract or the pledge for one party, by the digest of the text that was read."""
        sign = contracts.sign_for_agency if data.party == "agency" else contracts.sign_for_team
        return await sign(actor, contract_id, data)


CONTROLLERS: list[type[Controller]] = [Notices, AwardLists, Contracts]
