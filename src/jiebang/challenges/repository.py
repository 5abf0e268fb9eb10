"""The slice's statements. Rows are asyncpg records unless said otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from jiebang.challenges.lifecycle import Status, TopicRoleName
from jiebang.platform.db import ENGINE, Queries

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Q = Queries("jiebang.challenges")
_LISTED_IF = {
    "field": "${} = any (p.fields)",
    "track": "${} = any (p.tracks)",
    "state": "s.state = ${}",
    "terms": "p.terms @> ${}::text[]",
}


@dataclass(frozen=True, slots=True)
class TopicRow:
    """A topic as its agency works on it; `body` is a draft's JSON."""

    id: UUID
    code: str
    agency_id: UUID
    funder_id: UUID
    end_user_id: UUID
    status: Status
    version: int
    drafter_id: UUID
    legal_reviewer_id: UUID | None
    approver_id: UUID | None
    rule_set_id: UUID
    body: dict[str, Any]
    closes_at: datetime | None
    published_at: datetime | None
    return_reason: str | None
    opening_first_id: UUID | None
    opened_by: UUID | None
    opened_at: datetime | None
    frozen_at: datetime | None
    freeze_reason: str | None
    created_at: datetime
    updated_at: datetime


def public_list(
    limit: int, after: tuple[datetime, UUID] | None = None, **filters: str | list[str] | None
) -> tuple[str, list[Any]]:
    """The public list's statement with the conditions that are wanted (`_LISTED_IF`), and its arguments.

    A choice of filters is a statement of its own, so that PostgreSQL keeps the plan of each: with conditions that may
    be null, or a limit that is an argument, it plans again for every reader.
    """
    wanted = {name: value for name, value in filters.items() if value is not None}
    conditions = [_LISTED_IF[name].format(n) for n, name in enumerate(wanted, 1)]
    arguments: list[Any] = [*wanted.values(), *(after or ())]
    if after is not None:
        n = len(arguments)
        conditions.append(f"(p.published_at, p.topic_id) < (${n - 1}::timestamptz, ${n}::uuid)")
    where = " and ".join(conditions) or "true"
    return f"{Q.public_list} where {where} order by p.published_at desc, p.topic_id desc limit {limit:d}", arguments


async def frozen(topic_id: UUID) -> Any:
    """What the public reads of a topic, or None."""
    return await ENGINE.current().fetchrow(Q.frozen, topic_id)


async def gate(topic_id: UUID) -> Any:
    """Record (agency, closes_at, published, at) under a share lock; agency None when there is no such topic."""
    return await ENGINE.current().fetchrow("select * from app.topic_gate($1)", topic_id)


async def topic(topic_id: UUID, *, lock: bool = False) -> TopicRow | None:
    """A visible topic; locked, none that its reader may not change."""
    row = await ENGINE.current().fetchrow(Q.topic + (" for update" if lock else ""), topic_id)
    return None if row is None else TopicRow(**dict(row))


async def set_status(topic_id: UUID, status: Status) -> None:
    """Move a locked topic; the public projection follows by a trigger."""
    await ENGINE.current().execute(
        "update topic set status = $2, version = version + 1, updated_at = app.now() where id = $1", topic_id, status
    )


async def my_roles(topic_id: UUID) -> Sequence[str]:
    """What the officer is for a topic."""
    return await ENGINE.current().fetchval("select app.my_topic_roles($1)", topic_id)


async def calendars() -> list[Any]:
    """The yearly notices, oldest first."""
    return [r["body"] for r in await ENGINE.current().fetch(Q.calendars)]


async def clock() -> datetime:
    """The instant that counts for a decision."""
    return await ENGINE.current().fetchval("select app.clock()")


async def now() -> datetime:
    """The instant that counts for a reader."""
    return await ENGINE.current().fetchval("select app.now()")


async def me() -> Any:
    """Record (org, kind, roles): whom the session acts for, that organisation's kind, its person's roles there."""
    return await ENGINE.current().fetchrow(
        "select o.org, p.kind, app.my_roles() as roles from (select app.my_org() as org) o"
        " left join lateral app.party_names(o.org) p on true"
    )


async def party(org_id: UUID) -> Any:
    """Record (kind, name_zh, name_en) of any organisation, or None. Officer login."""
    return await ENGINE.current().fetchrow("select * from app.party_names($1)", org_id)


async def find_party(uscc: str) -> Any:
    """Record (id, kind, name_zh, name_en) by its exact 统一社会信用代码, or None. Officer login."""
    return await ENGINE.current().fetchrow("select * from app.find_party($1)", uscc)


async def colleague(person_id: UUID) -> Any:
    """Record (name, roles) of a person of the acting organisation, or None."""
    return await ENGINE.current().fetchrow("select * from app.colleague($1)", person_id)


async def add_topic(
    topic_id: UUID, agency_id: UUID, funder_id: UUID, end_user_id: UUID, drafter_id: UUID, rule_set_id: UUID,
    body: dict[str, Any], closes_at: datetime | None,
) -> str:  # fmt: skip
    """Store a draft; returns the code that it got."""
    return await ENGINE.current().fetchval(
        Q.add_topic, topic_id, agency_id, funder_id, end_user_id, drafter_id, rule_set_id, body, closes_at
    )


async def edit_topic(
    topic_id: UUID, funder_id: UUID, end_user_id: UUID, rule_set_id: UUID, body: dict[str, Any],
    closes_at: datetime | None,
) -> None:  # fmt: skip
    """Replace a locked draft."""
    await ENGINE.current().execute(Q.edit_topic, topic_id, funder_id, end_user_id, rule_set_id, body, closes_at)


async def decide_topic(
    topic_id: UUID, status: Status, legal_reviewer_id: UUID | None, approver_id: UUID | None, reason: str | None
) -> None:
    """Record a step before publication on a locked topic."""
    await ENGINE.current().execute(Q.decide_topic, topic_id, status, legal_reviewer_id, approver_id, reason)


async def publish(row: TopicRow, person_id: UUID, body: Any, rules: Any, sha256: str, at: datetime) -> None:
    """Freeze the first version of a locked topic."""
    await ENGINE.current().execute(Q.publish_topic, row.id, at)
    await ENGINE.current().execute(
        Q.add_version, uuid4(), row.id, row.agency_id, 1, body, rules, row.closes_at, sha256, at, person_id
    )


async def project(
    topic_id: UUID, field: str, track: str, fields: Sequence[str], tracks: Sequence[str], terms: Sequence[str]
) -> None:
    """Show a topic that was just published to the public."""
    await ENGINE.current().execute(
        "select app.project_topic($1, $2, $3, $4, $5, $6)", topic_id, field, track, fields, tracks, terms
    )


async def roles(topic_id: UUID) -> list[Any]:
    """Records (person_id, person_name, role, granted_at), oldest first."""
    return await ENGINE.current().fetch(Q.roles, topic_id)


async def add_role(row: TopicRow, person_id: UUID, name: str, role: TopicRoleName, granted_by: UUID) -> None:
    """Give a person a role for a locked topic, unless he has it."""
    await ENGINE.current().execute(Q.add_role, uuid4(), row.id, row.agency_id, person_id, name, role, granted_by)


async def remove_roles(topic_id: UUID, roles: Iterable[TopicRoleName], person_id: UUID | None = None) -> int:
    """Take roles for a topic away, from one person or from all; how many there were."""
    gone = await ENGINE.current().fetch(
        "delete from topic_role where topic_id = $1 and role = any ($2::text[])"
        " and ($3::uuid is null or person_id = $3) returning id",
        topic_id, list(roles), person_id,
    )  # fmt: skip
    return len(gone)


async def rule_set(rule_set_id: UUID) -> Any:
    """A rule set's JSON, or None."""
    return await ENGINE.current().fetchval("select body from rule_set where id = $1", rule_set_id)


async def taxonomy(version: str) -> list[Any]:
    """Records (kind, code, parent_code, zh, en, flags, source) in the order of the source."""
    return await ENGINE.current().fetch(Q.taxonomy, version)


async def add_nodes(rows: Sequence[tuple[Any, ...]]) -> None:
    """Add a taxonomy's missing nodes. Worker login."""
    await ENGINE.current().executemany(Q.add_node, rows)


async def add_rule_set(id_: UUID, code: str, version: int, body: Any, sha256: str) -> str:
    """Add a rule set if it is missing; the stored one's SHA-256. Worker login."""
    await ENGINE.current().execute(Q.add_rule_set, id_, code, version, body, sha256)
    return await ENGINE.current().fetchval(
        "select sha256 from rule_set where code = $1 and version = $2", code, version
    )


async def put_calendar(id_: UUID, year: int, body: Any, source: str) -> None:
    """Add or update a year's notice. Worker login."""
    await ENGINE.current().execute(Q.put_calendar, id_, year, body, source)


async def topic_people(topic_id: UUID) -> list[Any]:
    """Records (person_id, person_name, org_roles, topic_roles, barred) of the people of a topic's agency."""
    return await ENGINE.current().fetch("select * from app.topic_people($1)", topic_id)


async def rights_for(topic_id: UUID, codes: list[str]) -> list[str]:
    """Those of these rights that the caller has for a topic: the database's word."""
    return await ENGINE.current().fetchval(
        "select array(select c from unnest($2::text[]) c where app.may(c) or app.may_on(c, $1))", topic_id, codes
    )


async def bar(topic_id: UUID, person_id: UUID, ground: str, reason: str) -> bool:
    """Keep a person out of a topic; False where that stands already."""
    return await ENGINE.current().fetchval(
        "select app.bar_from_topic($1, $2, $3, $4)", topic_id, person_id, ground, reason
    )


async def lift_bar(topic_id: UUID, person_id: UUID) -> bool:
    """Let a person back; False where nothing keeps him out."""
    return await ENGINE.current().fetchval("select app.lift_topic_bar($1, $2)", topic_id, person_id)


async def bars(topic_id: UUID) -> list[Any]:
    """Records of a topic's bars, the newest first."""
    return await ENGINE.current().fetch("select * from app.topic_bars($1)", topic_id)


async def freeze(topic_id: UUID, reason: str | None) -> bool:
    """Freeze a topic, or thaw it (no reason); False where it is so already."""
    return await ENGINE.current().fetchval("select app.freeze_topic($1, $2)", topic_id, reason)


async def reads_of(topic_id: UUID, before: int | None, limit: int) -> list[Any]:
    """Records of who read what of a topic, the newest first."""
    return await ENGINE.current().fetch("select * from app.reads_of_topic($1, $2, $3)", topic_id, before, limit)


async def reassign(leaver: UUID, successor: UUID) -> int:
    """Hand a person's topic duties to another; how many."""
    return await ENGINE.current().fetchval("select app.reassign_topics($1, $2)", leaver, successor)


async def search_audit(before: int | None, limit: int, *criteria: object) -> list[Any]:
    """Records of entries that the supervisor may read; criteria in the order of `supervision.Search`."""
    return await ENGINE.current().fetch(
        "select * from app.audit_search($1, $2, $3, $4, $5, $6, $7, $8)", before, limit, *criteria
    )


async def audit_chain(after: int, limit: int) -> list[Any]:
    """Records of links with their entries, by number; `shown`: the supervisor may read the entry."""
    return await ENGINE.current().fetch("select * from app.audit_chain($1, $2)", after, limit)


async def audit_state() -> Any:
    """Record (links, head, waiting, lag) of the chain, for a supervisor; links and head None before the first link."""
    return await ENGINE.current().fetchrow("select * from app.audit_state()")


async def topic_of_code(code: str) -> UUID | None:
    """A topic by its code. Worker login."""
    return await ENGINE.current().fetchval("select id from topic where code = $1", code)


async def operate_freeze(topic_id: UUID, reason: str | None) -> bool:
    """Freeze a topic, or thaw it (no reason); False where it is so already. Worker login."""
    done = await ENGINE.current().execute(
        "update topic set frozen_at = case when $2::text is not null then app.clock() end, freeze_reason = $2"
        " where id = $1 and (frozen_at is null) = ($2::text is not null)",
        topic_id, reason,
    )  # fmt: skip
    return not done.endswith(" 0")


async def operate_reads(topic_id: UUID) -> list[Any]:
    """Records of who read what of a topic, the newest thousand first. Worker login."""
    return await ENGINE.current().fetch(
        "select e.id, e.at, e.actor_id, p.display_name as actor_name, e.role_name as login, e.action, e.object_kind,"
        " e.object_id from audit_entry e join audit_action a on a.action = e.action and a.sensitive"
        " left join person p on p.id = e.actor_id where e.topic_id = $1 order by e.id desc limit 1000",
        topic_id,
    )
