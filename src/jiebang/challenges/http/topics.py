"""Topics over HTTP: the public catalogue and the agency's desk."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, cast
from uuid import UUID

import msgspec
from litestar import Controller, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from jiebang.challenges import appointments, catalogue, desk, service
from jiebang.challenges.lifecycle import GrantedRole, PublicState, Status
from jiebang.challenges.schemas import (
    CalendarYear,
    DeskRow,
    DeskTopic,
    PartyView,
    PublicTopicView,
    Readiness,
    Reason,
    RuleSetView,
    TaxonomySummary,
    TaxonomyView,
    TopicCard,
    TopicFacets,
    TopicRef,
    TopicRoleView,
    TopicWork,
)
from jiebang.kernel.actor import Actor
from jiebang.web.pagination import DEFAULT_LIMIT, Cursor, Cursors, Limit, Page

PUBLIC = {"public": True, "rate": "300/minute", "rate_by": "client", "rate_in": "process"}
OFFICER = {"role": "officer"}
EDIT = {"if_match": True, "idempotent": "optional"}

Search = Annotated[
    str | None,
    QueryParameter(max_length=100, description="Words in Chinese or English; a topic must hold all of them."),
]

InState = Annotated[
    PublicState | None, QueryParameter(name="state", description="`open` and `closed` go by the clock.")
]


def _position(at: list[object] | None) -> tuple[datetime, UUID] | None:
    return None if at is None else (datetime.fromisoformat(str(at[0])), UUID(str(at[1])))


class Catalogue(Controller):
    """What everybody may read."""

    path = "/api/v1"
    tags = ("topics",)
    opt = PUBLIC

    @get("/topics", operation_id="list_topics")
    async def topics(
        self,
        cursors: NamedDependency[Cursors],
        field: FromQuery[str | None] = None,
        track: FromQuery[str | None] = None,
        in_state: InState = None,
        q: Search = None,
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Page[TopicCard]:
        """Published topics, the newest first."""
        query = {"list": "topics", "field": field, "track": track, "state": in_state, "q": q}
        after = _position(cursors.decode(cursor, query))
        rows = await catalogue.topics(field=field, track=track, state=in_state, q=q, after=after, limit=limit + 1)
        page = cursors.page(rows, limit, lambda row: (row["published_at"], row["id"]), query)
        cards = msgspec.Raw(b"[%b]" % b",".join([row["card"] for row in page.items]))
        return Page(cast("list[TopicCard]", cards), page.next_cursor)

    @get("/topic-facets", operation_id="count_topics")
    async def facets(
        self,
        field: FromQuery[str | None] = None,
        track: FromQuery[str | None] = None,
        in_state: InState = None,
        q: Search = None,
    ) -> TopicFacets:
        """How many published topics each choice of the list's filters would leave."""
        return await catalogue.facets(field=field, track=track, state=in_state, q=q)

    @get("/topics/{topic_id:uuid}", operation_id="read_topic")
    async def topic(self, topic_id: FromPath[UUID]) -> PublicTopicView:
        """A published topic: its frozen text and rules, and their hash."""
        return await catalogue.topic(topic_id)

    @get("/rule-sets", operation_id="list_rule_sets")
    async def rule_sets(self) -> list[RuleSetView]:
        """Rule sets, with where each value comes from."""
        return await catalogue.rule_sets()

    @get("/taxonomies", operation_id="list_taxonomies")
    async def taxonomies(self) -> list[TaxonomySummary]:
        """The versions of the taxonomy."""
        return await catalogue.taxonomies()

    @get("/taxonomies/{taxonomy:str}", operation_id="read_taxonomy")
    async def taxonomy(self, taxonomy: FromPath[str]) -> TaxonomyView:
        """Fields, tracks and directions of one version."""
        return await catalogue.taxonomy(taxonomy)

    @get("/calendars", operation_id="list_calendars")
    async def calendars(self) -> list[CalendarYear]:
        """Official days off and make-up workdays in mainland China."""
        return await catalogue.calendars()


class Desk(Controller):
    """What an agency's officers do with their topics."""

    path = "/api/v1/officer"
    tags = ("topic desk",)
    opt = OFFICER

    @get("/topics", operation_id="list_desk_topics")
    async def topics(
        self,
        actor: NamedDependency[Actor],
        cursors: NamedDependency[Cursors],
        status: FromQuery[Status | None] = None,
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Page[DeskRow]:
        """The topics of the agency or funder that I act for, the youngest first."""
        query = {"list": "desk", "org": actor.org_id, "status": status}
        after = _position(cursors.decode(cursor, query))
        rows = await desk.topics(actor, status=status, after=after, limit=limit + 1)
        return cursors.page(rows, limit, lambda row: (row.created_at, row.id), query)

    @post("/topics", operation_id="create_topic", status_code=201, opt={"idempotent": True})
    async def create(self, data: JSONBody[TopicWork], actor: NamedDependency[Actor]) -> TopicRef:
        """Begin a topic; what is missing may follow."""
        return await service.create(actor, data)

    @get("/topics/{topic_id:uuid}", operation_id="read_desk_topic")
    async def topic(self, topic_id: FromPath[UUID], actor: NamedDependency[Actor]) -> DeskTopic:
        """A topic as its agency works on it."""
        return await desk.topic(actor, topic_id)

    @put("/topics/{topic_id:uuid}", operation_id="edit_topic", opt=EDIT)
    async def edit(
        self,
        topic_id: FromPath[UUID],
        data: JSONBody[TopicWork],
        actor: NamedDependency[Actor],
        if_match: NamedDependency[int],
    ) -> TopicRef:
        """Replace a draft."""
        return await service.edit(actor, topic_id, data, if_match=if_match)

    @get("/topics/{topic_id:uuid}/readiness", operation_id="check_topic")
    async def readiness(self, topic_id: FromPath[UUID], actor: NamedDependency[Actor]) -> Readiness:
        """All that a topic lacks for publication."""
        return await service.readiness(actor, topic_id)

    @post("/topics/{topic_id:uuid}/submission", operation_id="submit_topic", status_code=200, opt=EDIT)
    async def submit(
        self, topic_id: FromPath[UUID], actor: NamedDependency[Actor], if_match: NamedDependency[int]
    ) -> TopicRef:
        """Hand a draft in for legal and budget review."""
        return await service.submit(actor, topic_id, if_match=if_match)

    @post("/topics/{topic_id:uuid}/return", operation_id="return_topic", status_code=200, opt=EDIT)
    async def return_(
        self,
        topic_id: FromPath[UUID],
        data: JSONBody[Reason],
        actor: NamedDependency[Actor],
        if_match: NamedDependency[int],
    ) -> TopicRef:
        """Send a topic back to its drafter, with a reason."""
        return await service.return_to_drafter(actor, topic_id, data.reason, if_match=if_match)

    @post("/topics/{topic_id:uuid}/legal-review", operation_id="pass_topic_review", status_code=200, opt=EDIT)
    async def pass_legal(
        self, topic_id: FromPath[UUID], actor: NamedDependency[Actor], if_match: NamedDependency[int]
    ) -> TopicRef:
        """Pass the legal and budget review."""
        return await service.pass_legal(actor, topic_id, if_match=if_match)

    @post("/topics/{topic_id:uuid}/approval", operation_id="approve_topic", status_code=200, opt=EDIT)
    async def approve(
        self, topic_id: FromPath[UUID], actor: NamedDependency[Actor], if_match: NamedDependency[int]
    ) -> TopicRef:
        """Approve a topic."""
        return await service.approve(actor, topic_id, if_match=if_match)

    @post("/topics/{topic_id:uuid}/publication", operation_id="publish_topic", status_code=200, opt=EDIT)
    async def publish(
        self, topic_id: FromPath[UUID], actor: NamedDependency[Actor], if_match: NamedDependency[int]
    ) -> TopicRef:
        """Freeze text and rules and publish them."""
        return await service.publish(actor, topic_id, if_match=if_match)

    @put("/topics/{topic_id:uuid}/roles/{person_id:uuid}/{role:str}", operation_id="grant_topic_role")
    async def grant(
        self,
        topic_id: FromPath[UUID],
        person_id: FromPath[UUID],
        role: FromPath[GrantedRole],
        actor: NamedDependency[Actor],
    ) -> list[TopicRoleView]:
        """Appoint a colleague for a topic."""
        return await appointments.grant_role(actor, topic_id, person_id, role)

    @delete("/topics/{topic_id:uuid}/roles/{person_id:uuid}/{role:str}", operation_id="revoke_topic_role")
    async def revoke(
        self,
        topic_id: FromPath[UUID],
        person_id: FromPath[UUID],
        role: FromPath[GrantedRole],
        actor: NamedDependency[Actor],
    ) -> None:
        """Take a colleague's role for a topic away."""
        await appointments.revoke_role(actor, topic_id, person_id, role)

    @get("/organisations", operation_id="find_party", opt={"rate": "60/minute"})
    async def find_party(
        self,
        uscc: Annotated[str, QueryParameter(pattern="^[0-9A-Z]{18}$", description="统一社会信用代码")],
        actor: NamedDependency[Actor],
    ) -> PartyView:
        """An organisation that a topic may name as funder or end user."""
        return await desk.find_party(actor, uscc)
