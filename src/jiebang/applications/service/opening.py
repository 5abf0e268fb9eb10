"""The opening 开启 by two officers after the close, and the formal check 形式审查 of what was opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from jiebang.applications import api, repository, rules
from jiebang.applications.schemas import FormalProgress, FormalResult, OpenedView, Opening, ReceiptFile
from jiebang.applications.service.gate import in_shanghai
from jiebang.challenges import api as challenges
from jiebang.kernel.actor import Actor
from jiebang.kernel.errors import NotFound, Refused
from jiebang.platform import audit
from jiebang.platform.db import ENGINE, Role, use_case
from jiebang.platform.outbox import emit

if TYPE_CHECKING:
    from jiebang.applications.schemas import FormalDecision


@use_case(Role.OFFICER)
async def open_topic(actor: Actor, topic_id: UUID) -> Opening:
    """Open a closed topic's applications. The first officer is only named; the second one's command opens them all.

    Raises:
        NotFound: not a topic of the acting agency.
        Forbidden: `topic.role_needed` (opening officer).
        Refused: `opening.not_closed`, `opening.done`, `opening.second_person`.
    """
    topic = await challenges.lock(topic_id)
    await challenges.require(topic_id, "applications.open")
    if topic.closes_at is None:
        raise NotFound
    if topic.opened_at is not None:
        raise Refused(rules.ALREADY_OPENED)
    if topic.closes_at > await repository.clock():
        raise Refused(rules.NOT_CLOSED, closes_at=in_shanghai(topic.closes_at))
    if topic.opening_first_id == actor.person_id:
        raise Refused(rules.SECOND_PERSON)
    count = await repository.open_applications(topic_id)
    if count is None:
        await audit.record("topic.opening_named", "topic", topic_id, topic_id=topic_id)
        return Opening(topic_id, "first_named", None)
    await audit.record("topic.opened", "topic", topic_id, topic_id=topic_id, count=count)
    await challenges.move(topic_id, "begin_screening")
    return Opening(topic_id, "opened", count)


async def opened(actor: Actor, topic_id: UUID, after: UUID | None, limit: int) -> list[OpenedView]:
    """A topic's opened applications by id, for its agency; none before the opening, none for anybody else."""
    rows = await ENGINE.read(Role.OFFICER, repository.Q.opened_page, topic_id, after, limit, token=actor.token_hash)
    if rows:
        await audit.note_read(Role.OFFICER, actor, "applications.listed", "topic", topic_id, topic_id=topic_id)
    return [_view(topic_id, row) for row in rows]


async def opened_one(actor: Actor, topic_id: UUID, application_id: UUID) -> OpenedView:
    """One opened application.

    Raises:
        NotFound: absent, sealed or another agency's.
    """
    rows = await ENGINE.read(Role.OFFICER, repository.Q.opened_one, topic_id, application_id, token=actor.token_hash)
    if not rows:
        raise NotFound
    await audit.note_read(Role.OFFICER, actor, "application.read", "application", application_id, topic_id=topic_id)
    return _view(topic_id, rows[0])


async def formal_progress(actor: Actor, topic_id: UUID) -> FormalProgress:
    """How far the formal check of a topic has come, in counts that name nobody.

    Raises:
        NotFound: not a published topic of the acting agency.
    """
    rows = await ENGINE.read(Role.OFFICER, repository.Q.formal_progress, topic_id, token=actor.token_hash)
    if not rows:
        raise NotFound
    return FormalProgress(**dict(rows[0]))


def _view(topic_id: UUID, row: Any) -> OpenedView:
    facts = msgspec.structs.asdict(repository.opened_from(row))
    files = msgspec.convert(row["manifest"], list[ReceiptFile])  # without the object keys
    del facts["manifest"]
    return OpenedView(topic_id=topic_id, files=files, **facts)


@use_case(Role.OFFICER)
async def formal_check(actor: Actor, application_id: UUID, data: FormalDecision) -> FormalResult:
    """Decide once whether an opened application is eligible. The lead is told, with the reasons of a refusal.

    Raises:
        NotFound: absent, sealed or another agency's.
        Forbidden: `topic.role_needed` (screener).
        Refused: `application.not_now`.
    """
    row = await repository.lock_application(application_id)
    if row is None:
        raise NotFound
    await challenges.require(row["topic_id"], "applications.screen")
    if data.decision == "eligible":
        status = await api.move(application_id, "admit")
    else:
        reason = data.model_dump(include={"reason_code", "text", "article"})
        status = await api.move(application_id, "reject", **reason)
        await repository.set_ineligible_reason(application_id, reason)
    await emit(
        "applications.mail_formal_check", {"application_id": str(application_id)}, fairness_key=str(row["team_id"])
    )
    return FormalResult(application_id, row["version"] + 1, status)
