"""Access to a topic and incidents, the supervisor's view of the audit log, and the public feed of its signed heads."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from jiebang.challenges import oversight, supervision
from jiebang.challenges.oversight_schemas import (
    AuditState,
    AuditView,
    BarView,
    ChainPage,
    CheckpointView,
    Freeze,
    ReadView,
    Reassigned,
    Reassignment,
    TopicAccess,
)
from jiebang.challenges.schemas import Reason
from jiebang.kernel.actor import Actor
from jiebang.kernel.errors import FieldProblem, Invalid, Rule
from jiebang.web.pagination import DEFAULT_LIMIT, Cursor, Cursors, Limit, Page

OFFICER = {"role": "officer"}

Action = Annotated[
    str | None, QueryParameter(name="action", pattern="^[a-z_.]{1,60}$", description="How the action begins: `topic.`.")
]
AfterSeq = Annotated[int, QueryParameter(name="after", ge=0, description="`next` of the previous page.")]
ChainSize = Annotated[int, QueryParameter(name="size", ge=1, le=1000, description="How many links at most.")]


class Oversight(Controller):
    """Who can do what for a topic, and what is done when something went wrong."""

    path = "/api/v1/officer"
    tags = ("oversight",)
    opt = OFFICER

    @get("/topics/{topic_id:uuid}/access", operation_id="read_topic_access")
    async def access(self, topic_id: FromPath[UUID], actor: NamedDependency[Actor]) -> TopicAccess:
        """Every right for a topic of my agency: whether I have it, why, and who has it."""
        return await oversight.access(actor, topic_id)

    @post("/topics/{topic_id:uuid}/recusal", operation_id="recuse_from_topic", status_code=204)
    async def recuse(self, topic_id: FromPath[UUID], data: JSONBody[Reason], actor: NamedDependency[Actor]) -> None:
        """Declare a conflict of my own: from now on I see nothing of the topic."""
        await oversight.recuse(actor, topic_id, data.reason)

    @get("/topics/{topic_id:uuid}/bars", operation_id="list_topic_bars")
    async def bars(self, topic_id: FromPath[UUID], actor: NamedDependency[Actor]) -> list[BarView]:
        """Who is kept out of the topic, and who was."""
        return await oversight.bars(actor, topic_id)

    @put("/topics/{topic_id:uuid}/bars/{person_id:uuid}", operation_id="bar_from_topic", status_code=204)
    async def bar(
        self, topic_id: FromPath[UUID], person_id: FromPath[UUID], data: JSONBody[Reason],
        actor: NamedDependency[Actor],
    ) -> None:  # fmt: skip
        """Take an officer's or a reviewer's access to the topic away, at once."""
        await oversight.bar(actor, topic_id, person_id, data.reason)

    @delete("/topics/{topic_id:uuid}/bars/{person_id:uuid}", operation_id="lift_topic_bar", status_code=204)
    async def lift(self, topic_id: FromPath[UUID], person_id: FromPath[UUID], actor: NamedDependency[Actor]) -> None:
        """Give the access back, as somebody else than the person."""
        await oversight.lift(actor, topic_id, person_id)

    @post("/topics/{topic_id:uuid}/freeze", operation_id="freeze_topic", status_code=200)
    async def freeze(self, topic_id: FromPath[UUID], data: JSONBody[Reason], actor: NamedDependency[Actor]) -> Freeze:
        """Freeze a topic: nobody bids, decides or reviews, and reviewers see nothing of it."""
        return await oversight.freeze(actor, topic_id, data.reason)

    @delete("/topics/{topic_id:uuid}/freeze", operation_id="thaw_topic", status_code=204)
    async def thaw(self, topic_id: FromPath[UUID], actor: NamedDependency[Actor]) -> None:
        """Release a frozen topic."""
        await oversight.thaw(actor, topic_id)

    @get("/topics/{topic_id:uuid}/reads", operation_id="list_topic_reads")
    async def reads(
        self,
        topic_id: FromPath[UUID],
        actor: NamedDependency[Actor],
        cursors: NamedDependency[Cursors],
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Page[ReadView]:
        """Who read what of the topic, the newest first."""
        query = {"list": "reads", "topic": str(topic_id)}
        at = cursors.decode(cursor, query)
        rows = await oversight.reads(actor, topic_id, None if at is None else int(at[0]), limit + 1)
        return cursors.page(rows, limit, lambda row: (row.id,), query)

    @post("/reassignments", operation_id="reassign_duties", status_code=200, opt={"idempotent": True})
    async def reassign(self, data: JSONBody[Reassignment], actor: NamedDependency[Actor]) -> Reassigned:
        """Hand a colleague's duties for all topics under way to another one."""
        return await oversight.reassign(actor, data)


# As text: a bare number would be taken for seconds.
Instant = Annotated[
    str | None,
    QueryParameter(
        pattern=r"^[12]\d{3}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?(Z|[+-](0\d|1[0-4]):[0-5]\d)$",
        description="An instant with its offset, as RFC 3339 writes it.",
    ),
]
NO_SUCH_DAY = Rule("audit.no_such_day", "没有这一天，请核对日期。", "There is no such day; check the date.")


def _instant(pointer: str, text: str | None) -> datetime | None:
    try:
        return None if text is None else datetime.fromisoformat(text)
    except ValueError:
        raise Invalid([FieldProblem(pointer, NO_SUCH_DAY)]) from None


class Supervision(Controller):
    """The audit log as a supervisor reads it."""

    path = "/api/v1/supervision/audit"
    tags = ("supervision",)
    opt = OFFICER

    @get("/", operation_id="search_audit")
    async def search(
        self,
        actor: NamedDependency[Actor],
        cursors: NamedDependency[Cursors],
        action: Action = None,
        actor_id: FromQuery[UUID | None] = None,
        object_id: FromQuery[UUID | None] = None,
        topic_id: FromQuery[UUID | None] = None,
        since: Instant = None,
        until: Instant = None,
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Page[AuditView]:
        """Entries of my authority and its topics, the newest first; nothing of sealed bids before the opening."""
        found = supervision.Search(
            action, actor_id, object_id, topic_id, _instant("/since", since), _instant("/until", until)
        )
        query = {"list": "audit", "org": actor.org_id, **found.query()}
        at = cursors.decode(cursor, query)
        rows = await supervision.search(actor, found, None if at is None else int(at[0]), limit + 1)
        return cursors.page(rows, limit, lambda row: (row.id,), query)

    @get("/state", operation_id="read_audit_state")
    async def state(self, actor: NamedDependency[Actor]) -> AuditState:
        """How far the chain is, what waits for it, and its newest signed head."""
        return await supervision.state(actor)

    @get("/chain", operation_id="export_audit_chain", opt={"rate": "600/hour"})
    async def chain(self, actor: NamedDependency[Actor], after: AfterSeq = 0, size: ChainSize = 1000) -> ChainPage:
        """A page of the whole chain, for `jiebang verify-audit`; of entries that I may not read the digest alone."""
        return await supervision.chain(actor, after, size)


class Checkpoints(Controller):
    """What everybody may keep."""

    path = "/api/v1/audit"
    tags = ("supervision",)
    opt = {"public": True, "rate": "300/minute", "rate_by": "client"}  # noqa: RUF012 - Litestar reads it

    @get("/checkpoints", operation_id="list_audit_checkpoints")
    async def checkpoints(
        self, cursors: NamedDependency[Cursors], limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
    ) -> Page[CheckpointView]:
        """Signed heads of the audit chain, one a day, the newest first."""
        query = {"list": "checkpoints"}
        at = cursors.decode(cursor, query)
        rows = await supervision.checkpoints(None if at is None else int(at[0]), limit + 1)
        return cursors.page(rows, limit, lambda row: (row.seq,), query)
