"""What officers read: the agency's own topics, its funder's view of them, and whom it may name."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from jiebang.challenges import repository
from jiebang.challenges.appointments import roles_of
from jiebang.challenges.lifecycle import TOPIC, Status, public_state
from jiebang.challenges.schemas import ZONE, DeskRow, DeskTopic, DraftView, OpenerView, PartyView
from jiebang.kernel.actor import Actor
from jiebang.kernel.errors import NotFound
from jiebang.kernel.text import BilingualText
from jiebang.platform.db import ENGINE, Role, use_case


@use_case(Role.OFFICER, read_only=True)
async def find_party(actor: Actor, uscc: str) -> PartyView:
    """An organisation that may become funder or end user, by its exact 统一社会信用代码.

    Raises:
        NotFound: nobody registered it.
    """
    row = await repository.find_party(uscc)
    if row is None:
        raise NotFound
    return PartyView(row["id"], row["kind"], BilingualText(row["name_zh"], row["name_en"]))


async def topics(
    actor: Actor, *, status: Status | None = None, after: tuple[datetime, UUID] | None = None, limit: int = 50
) -> list[DeskRow]:
    """The topics of the acting agency, or those that the acting funder pays for; the youngest first."""
    at, last = after or (None, None)
    rows = await ENGINE.read(Role.OFFICER, repository.Q.desk_list, status, at, last, limit, token=actor.token_hash)
    return [DeskRow(**dict(r)) for r in rows]


@use_case(Role.OFFICER, read_only=True)
async def topic(actor: Actor, topic_id: UUID) -> DeskTopic:
    """One topic with everything that its agency knows of it.

    Raises:
        NotFound: neither the acting agency nor the acting funder has such a topic.
    """
    row = await repository.topic(topic_id)
    if row is None:
        raise NotFound
    now = await repository.now()
    return DeskTopic(
        id=row.id,
        code=row.code,
        status=row.status,
        state=row.status if row.closes_at is None else public_state(row.status, row.closes_at, now),
        version=row.version,
        agency=await _party(row.agency_id),
        funder=await _party(row.funder_id),
        end_user=await _party(row.end_user_id),
        rule_set_id=row.rule_set_id,
        text=msgspec.convert(row.body, DraftView),
        closes_at=row.closes_at,
        zone=ZONE,
        published_at=row.published_at,
        return_reason=row.return_reason,
        opener=await _opener(row),
        opened_at=row.opened_at,
        roles=await roles_of(topic_id),
        my_roles=list(await repository.my_roles(topic_id)),
        commands=list(TOPIC.commands(row.status)),
        updated_at=row.updated_at,
    )


async def _opener(row: repository.TopicRow) -> OpenerView | None:
    if row.opening_first_id is None or row.opened_at is not None:
        return None
    known = await repository.colleague(row.opening_first_id)
    return None if known is None else OpenerView(row.opening_first_id, known["name"])


async def _party(org_id: UUID) -> PartyView:
    row = await repository.party(org_id)
    return PartyView(org_id, row["kind"], BilingualText(row["name_zh"], row["name_en"]))
