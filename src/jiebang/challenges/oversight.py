"""Use cases of oversight: who can do what for a topic, who is kept out of it, freezing it, who read what."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg

from jiebang.challenges import repository
from jiebang.challenges.lifecycle import (
    ALREADY_FROZEN,
    BARRED_ALREADY,
    NO_SUCCESSOR,
    NOT_AGENCY_OFFICER,
    NOT_FROZEN,
    NOT_ONESELF,
)
from jiebang.challenges.oversight_schemas import BarView, Freeze, ReadView, Reassigned, TopicAccess
from jiebang.kernel.errors import Forbidden, NotFound, Refused
from jiebang.kernel.policy import RIGHTS, Person, holds, rights_view
from jiebang.platform import audit
from jiebang.platform.db import ENGINE, Role, use_case

if TYPE_CHECKING:
    from jiebang.challenges.oversight_schemas import Reassignment
    from jiebang.challenges.repository import TopicRow
    from jiebang.kernel.actor import Actor


@use_case(Role.OFFICER, read_only=True)
async def access(actor: Actor, topic_id: UUID) -> TopicAccess:
    """What the caller may do for a topic of the acting agency, why, and who else may.

    Raises:
        NotFound: the agency has no such topic, or keeps the caller out of it.
    """
    topic = await _own(actor, topic_id)
    rows = await repository.topic_people(topic_id)
    people = [Person(r["person_id"], r["person_name"], r["org_roles"], r["topic_roles"], r["barred"]) for r in rows]
    allowed = await repository.rights_for(topic_id, list(RIGHTS))
    mine = next((one.topic_roles for one in people if one.person_id == actor.person_id), [])
    rights = rights_view(actor.person_id, people, allowed, "agency")
    return TopicAccess(topic_id, topic.frozen_at, topic.freeze_reason, mine, people, rights)


@use_case(Role.OFFICER, reads=True)
async def recuse(actor: Actor, topic_id: UUID, reason: str) -> None:
    """Declare a conflict of one's own: the topic is as absent for the caller from the next statement on.

    Supervisors too may be in conflict: it is no decision.

    Raises:
        NotFound: the agency has no such topic.
    """
    await _own(actor, topic_id)
    await audit.record("topic.barred", "person", actor.person_id, topic_id=topic_id, ground="conflict", reason=reason)
    await repository.bar(topic_id, actor.person_id, "conflict", reason)


@use_case(Role.OFFICER, read_only=True)
async def bars(actor: Actor, topic_id: UUID) -> list[BarView]:
    """Who is or was kept out of a topic, the newest first.

    Raises:
        NotFound: the agency has no such topic.
    """
    await _own(actor, topic_id)
    return [BarView(**dict(r)) for r in await repository.bars(topic_id)]


@use_case(Role.OFFICER)
async def bar(actor: Actor, topic_id: UUID, person_id: UUID, reason: str) -> None:
    """Take a person's access to a topic away, on every desk; what he wrote stays.

    Raises:
        NotFound: the agency has no such topic, or there is no such person.
        Forbidden: `topic.not_agency_officer`.
        Refused: `topic.not_oneself`, `topic.barred_already`.
    """
    await _handled(actor, topic_id)
    if person_id == actor.person_id:
        raise Refused(NOT_ONESELF)
    try:
        async with ENGINE.savepoint():
            new = await repository.bar(topic_id, person_id, "incident", reason)
    except asyncpg.ForeignKeyViolationError:
        raise NotFound from None
    if not new:
        raise Refused(BARRED_ALREADY)
    await audit.record("topic.barred", "person", person_id, topic_id=topic_id, ground="incident", reason=reason)


@use_case(Role.OFFICER)
async def lift(actor: Actor, topic_id: UUID, person_id: UUID) -> None:
    """Give a person access to a topic again.

    Raises:
        NotFound: the agency has no such topic, or does not keep the person out of it.
        Forbidden: `topic.not_agency_officer`.
    """
    await _handled(actor, topic_id)
    if person_id == actor.person_id or not await repository.lift_bar(topic_id, person_id):
        raise NotFound
    await audit.record("topic.bar_lifted", "person", person_id, topic_id=topic_id)


@use_case(Role.OFFICER)
async def freeze(actor: Actor, topic_id: UUID, reason: str) -> Freeze:
    """Freeze a topic: from the next statement on nobody bids, decides or reviews; reviewers see nothing of it.

    Raises:
        NotFound: the agency has no such topic.
        Forbidden: `topic.not_agency_officer`.
        Refused: `topic.frozen_already`.
    """
    await _handled(actor, topic_id)
    if not await repository.freeze(topic_id, reason):
        raise Refused(ALREADY_FROZEN)
    await audit.record("topic.frozen", "topic", topic_id, topic_id=topic_id, reason=reason)
    frozen_at = (await _own(actor, topic_id)).frozen_at
    assert frozen_at is not None  # noqa: S101 - just done
    return Freeze(topic_id, frozen_at, reason)


@use_case(Role.OFFICER)
async def thaw(actor: Actor, topic_id: UUID) -> None:
    """Release a frozen topic.

    Raises:
        NotFound: the agency has no such topic.
        Forbidden: `topic.not_agency_officer`.
        Refused: `topic.not_frozen`.
    """
    await _handled(actor, topic_id)
    if not await repository.freeze(topic_id, None):
        raise Refused(NOT_FROZEN)
    await audit.record("topic.thawed", "topic", topic_id, topic_id=topic_id)


@use_case(Role.OFFICER, reads=True)
async def reads(actor: Actor, topic_id: UUID, before: int | None, limit: int) -> list[ReadView]:
    """Who read what of a topic, the newest first; that this was asked is on record, too.

    Raises:
        NotFound: the agency has no such topic.
        Forbidden: `topic.not_agency_officer`.
    """
    await _own(actor, topic_id)
    if not holds(actor.org_roles, "incident.reads"):
        raise Forbidden(NOT_AGENCY_OFFICER)
    found = [ReadView(**dict(r)) for r in await repository.reads_of(topic_id, before, limit)]
    await audit.record("topic.reads_read", "topic", topic_id, topic_id=topic_id)
    return found


@use_case(Role.OFFICER)
async def reassign(actor: Actor, data: Reassignment) -> Reassigned:
    """Hand a colleague's duties for all topics under way to another one.

    Raises:
        Forbidden: `topic.not_agency_officer`.
        Refused: `topic.no_successor`.
    """
    if not holds(actor.org_roles, "incident.handle"):
        raise Forbidden(NOT_AGENCY_OFFICER)
    try:
        async with ENGINE.savepoint():
            moved = await repository.reassign(data.from_person_id, data.to_person_id)
    except asyncpg.InsufficientPrivilegeError:
        raise Refused(NO_SUCCESSOR) from None
    await audit.record(
        "topic.reassigned", "person", data.from_person_id, to=str(data.to_person_id), moved=moved, reason=data.reason
    )
    return Reassigned(moved)


@use_case(Role.WORKER)
async def operate_freeze(_: None, code: str, reason: str | None) -> bool:
    """Freeze a topic by its code, or thaw it (no reason), as the installation's operator; False where it is so already.

    Raises:
        NotFound: no topic has this code.
    """
    topic_id = await repository.topic_of_code(code)
    if topic_id is None:
        raise NotFound
    done = await repository.operate_freeze(topic_id, reason)
    if done:
        action = "topic.thawed" if reason is None else "topic.frozen"
        await audit.record(action, "topic", topic_id, topic_id=topic_id, reason=reason)
    return done


@use_case(Role.WORKER)
async def operate_reads(_: None, code: str) -> list[ReadView]:
    """Who read what of a topic, the newest thousand first, as the installation's operator; that he asked is on record.

    Raises:
        NotFound: no topic has this code.
    """
    topic_id = await repository.topic_of_code(code)
    if topic_id is None:
        raise NotFound
    found = [ReadView(**dict(r)) for r in await repository.operate_reads(topic_id)]
    await audit.record("topic.reads_read", "topic", topic_id, topic_id=topic_id)
    return found


async def _own(actor: Actor, topic_id: UUID) -> TopicRow:
    topic = await repository.topic(topic_id)
    if topic is None or topic.agency_id != actor.org_id:
        raise NotFound
    return topic


async def _handled(actor: Actor, topic_id: UUID) -> TopicRow:
    topic = await _own(actor, topic_id)
    if not holds(actor.org_roles, "incident.handle"):
        raise Forbidden(NOT_AGENCY_OFFICER)
    return topic
