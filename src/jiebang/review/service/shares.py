"""The parties' part of a draw, and what everybody may check of it: commitments, shares, records."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg
import msgspec

from jiebang.kernel.canonical import canonical_json
from jiebang.kernel.errors import Forbidden, NotFound, Refused
from jiebang.platform import audit
from jiebang.platform.db import ENGINE, Role, use_case
from jiebang.platform.outbox import emit
from jiebang.review import repository, rules
from jiebang.review.repository import Q
from jiebang.review.schemas import Commitment
from jiebang.review.service import panel, views

if TYPE_CHECKING:
    from jiebang.kernel.actor import Actor
    from jiebang.review.schemas import DrawReport, NewCommitment, Share


@use_case(Role.OFFICER, watches=True)
async def commit_as_officer(actor: Actor, topic_id: UUID, draw_id: UUID, data: NewCommitment) -> Commitment:
    """Commit for the agency (its draw officer) or for supervision (a supervisor).

    Raises:
        NotFound: not a draw of this topic and the acting agency.
        Forbidden: `draw.no_party`.
        Refused: `draw.not_committable`.
    """
    return await _commit(topic_id, draw_id, data, visible=await repository.row(Q.draw, draw_id) is not None)


@use_case(Role.MEMBER)
async def commit_as_applicant(actor: Actor, topic_id: UUID, draw_id: UUID, data: NewCommitment) -> Commitment:
    """Commit for the applicants, as the lead of a submitted application; the first who does speaks for all.

    Raises:
        NotFound: no such draw, or no application of the caller's for this topic.
        Refused: `draw.not_committable`.
    """
    return await _commit(topic_id, draw_id, data, visible=False)


@use_case(Role.OFFICER, watches=True)
async def reveal_as_officer(actor: Actor, topic_id: UUID, draw_id: UUID, data: Share) -> Commitment:
    """Reveal what one committed to, once the roster is frozen; with the last share a worker draws.

    Raises:
        NotFound: not a draw of this topic and the acting agency.
        Forbidden: `draw.no_party`.
        Refused: `draw.not_revealed`.
    """
    return await _reveal(topic_id, draw_id, data, visible=await repository.row(Q.draw, draw_id) is not None)


@use_case(Role.MEMBER)
async def reveal_as_applicant(actor: Actor, topic_id: UUID, draw_id: UUID, data: Share) -> Commitment:
    """Reveal what one committed to for the applicants.

    Raises:
        NotFound: no such draw, or the caller is not who committed.
        Refused: `draw.not_revealed`.
    """
    return await _reveal(topic_id, draw_id, data, visible=False)


async def commitments(topic_id: UUID) -> list[Commitment]:
    """What everybody may know of a topic's draws: numbers, reasons, parties, hashes, instants."""
    return [msgspec.convert(dict(r), Commitment) for r in await ENGINE.read(Role.PUBLIC, Q.draw_commitments, topic_id)]


async def record(topic_id: UUID, n: int) -> bytes:
    """The public file of a finished draw, for `jiebang verify-draw`: canonical JSON that names nobody.

    Raises:
        NotFound: there is no such finished draw.
    """
    (found,) = await ENGINE.read(Role.PUBLIC, Q.draw_record, topic_id, n)
    if found["record"] is None:
        raise NotFound
    opened = {} if found["openings"] is None else {"openings": found["openings"]}
    return canonical_json({"draw": found["record"], **opened})


async def export(actor: Actor, draw_id: UUID) -> bytes:
    """A finished draw with its evidence, for `jiebang verify-draw`: canonical JSON with ids, recusals, similarities.

    Raises:
        NotFound: not a finished draw of the acting agency.
    """
    found = await ENGINE.read(Role.OFFICER, Q.draw_export, draw_id, token=actor.token_hash)
    if not found or found[0]["output"] is None:
        raise NotFound
    await audit.note_read(Role.OFFICER, actor, "draw.exported", "expert_draw", draw_id)
    return canonical_json(panel.file(found[0]["inputs"], found[0]["output"]))


@use_case(Role.OFFICER, reads=True)
async def report(actor: Actor, draw_id: UUID) -> DrawReport:
    """A frozen or finished draw: its matrix of chances, recusals, drawn seats with reasons, reserves.

    Raises:
        NotFound: not a frozen draw of the acting agency.
    """
    row = await repository.row(Q.draw_full, draw_id)
    if row is None or row["inputs"] is None:
        raise NotFound
    ids = [UUID(one) for one in row["inputs"]["evidence"]["people"]]
    names = {found["id"]: found for found in await repository.rows(Q.expert_names, ids)}
    await audit.record("draw.read", "expert_draw", draw_id, topic_id=row["topic_id"])
    return views.report(await repository.row(Q.draw_view, draw_id), row["inputs"], row["output"], names)


async def _commit(topic_id: UUID, draw_id: UUID, data: NewCommitment, *, visible: bool) -> Commitment:
    await _of_topic(topic_id, draw_id)
    try:
        async with ENGINE.savepoint():
            party = await repository.value(Q.commit_share, draw_id, data.commitment)
    except asyncpg.InsufficientPrivilegeError:
        raise Forbidden(rules.NO_PARTY) if visible else NotFound from None
    if party is None:
        raise Refused(rules.NOT_COMMITTABLE)
    await audit.record(
        "draw.committed", "expert_draw", draw_id, topic_id=topic_id, party=party, commitment=data.commitment
    )
    return await _of_topic(topic_id, draw_id)


async def _reveal(topic_id: UUID, draw_id: UUID, data: Share, *, visible: bool) -> Commitment:
    await _of_topic(topic_id, draw_id)
    try:
        async with ENGINE.savepoint():
            owed = await repository.value(Q.reveal_share, draw_id, bytes.fromhex(data.share))
    except asyncpg.InsufficientPrivilegeError:
        raise Forbidden(rules.NO_PARTY) if visible else NotFound from None
    if owed is None:
        raise Refused(rules.NOT_REVEALED)
    await audit.record("draw.revealed", "expert_draw", draw_id, topic_id=topic_id, owed=owed)
    if not owed:
        await emit("review.run_draw", {"draw_id": str(draw_id)}, fairness_key=str(topic_id))
    return await _of_topic(topic_id, draw_id)


async def _of_topic(topic_id: UUID, draw_id: UUID) -> Commitment:
    found = [r for r in await repository.rows(Q.draw_commitments, topic_id) if r["id"] == draw_id]
    if not found:
        raise NotFound
    return msgspec.convert(dict(found[0]), Commitment)
