"""Statements of awards. The definer functions they call are `migrations/awards/rules.sql`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import msgspec

from jiebang.awards.domain import STATEMENTS, missing
from jiebang.awards.schemas import AwardListView, ContractLine, ContractView, NoticeView
from jiebang.kernel.text import BilingualText
from jiebang.platform.db import ENGINE, Queries, Role

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from jiebang.kernel.actor import Actor

Q = Queries("jiebang.awards")
After = tuple["datetime", "UUID"]


async def clock() -> datetime:
    """The database's clock, for decisions under a lock."""
    return await ENGINE.current().fetchval("select app.clock()")


async def add_list(
    list_id: UUID, topic_id: UUID, agency_id: UUID, score_run_id: UUID, entries: Sequence[object], by: UUID
) -> None:
    """Store a proposed list."""
    await ENGINE.current().execute(
        Q.add_list, list_id, topic_id, agency_id, score_run_id, msgspec.to_builtins(entries), by
    )


async def award_list(list_id: UUID) -> AwardListView | None:
    """A list that this login may see."""
    row = await ENGINE.current().fetchrow(Q.award_list, list_id)
    return None if row is None else msgspec.convert(dict(row), AwardListView)


async def award_lists(actor: Actor, topic_id: UUID) -> list[AwardListView]:
    """A topic's lists, the first one first."""
    rows = await ENGINE.read(Role.OFFICER, Q.award_lists, topic_id, token=actor.token_hash)
    return [msgspec.convert(dict(row), AwardListView) for row in rows]


async def lock_list(list_id: UUID) -> Any:
    """The list's row, locked until the unit ends; None where this login may not change it."""
    return await ENGINE.current().fetchrow(Q.lock_list, list_id)


async def decide(list_id: UUID, status: str, by: UUID) -> None:
    """Store a decision."""
    await ENGINE.current().execute(Q.decide, list_id, status, by)


async def confirm(list_id: UUID, status: str, by: UUID, at: datetime) -> None:
    """Store a confirmation."""
    await ENGINE.current().execute(Q.confirm, list_id, status, by, at)


async def add_notice(
    notice_id: UUID,
    row: Any,
    code: str,
    title: BilingualText,
    body: dict[str, Any],
    starts_at: datetime,
    ends_at: datetime,
) -> None:
    """Publish a notice of the list `row`."""
    await ENGINE.current().execute(
        Q.add_notice, notice_id, row["topic_id"], row["agency_id"], row["id"], code, title.zh, title.en, body,
        starts_at, ends_at,
    )  # fmt: skip


async def notice_of_list(list_id: UUID) -> Any:
    """Record (id, ends_at), or None."""
    return await ENGINE.current().fetchrow(Q.notice_of_list, list_id)


async def notice(notice_id: UUID) -> NoticeView | None:
    """A public notice, inside a unit or for everybody."""
    rows = await ENGINE.read(Role.PUBLIC, Q.notice, notice_id)
    return msgspec.convert(dict(rows[0]), NoticeView) if rows else None


async def given_notice(notice_id: UUID) -> NoticeView:
    """The notice that the open unit has just published."""
    return msgspec.convert(dict(await ENGINE.current().fetchrow(Q.notice, notice_id)), NoticeView)


async def notices(after: After | None, limit: int) -> list[NoticeView]:
    """Public notices, the newest first."""
    at, last = after or (None, None)
    rows = await ENGINE.read(Role.PUBLIC, Q.notices, at, last, limit)
    return [msgspec.convert(dict(row), NoticeView) for row in rows]


async def confirmed_list(topic_id: UUID) -> Any:
    """Record (id, entries, confirmed_at) of the topic's confirmed list, or None."""
    return await ENGINE.current().fetchrow(Q.confirmed_list, topic_id)


async def contract_count(topic_id: UUID) -> int:
    """How many contracts the topic has; read it under the topic's lock."""
    return await ENGINE.current().fetchval("select count(*) from contract where topic_id = $1", topic_id)


async def party_name(org_id: UUID) -> BilingualText:
    """An organisation's names, for an officer."""
    row = await ENGINE.current().fetchrow("select name_zh, name_en from app.party_names($1)", org_id)
    return BilingualText(row["name_zh"], row["name_en"])


async def add_contract(
    contract_id: UUID, number: str, *, topic_id: UUID, agency_id: UUID, funder_id: UUID, end_user_id: UUID,
    application_id: UUID, team_id: UUID, award_list_id: UUID, body: dict[str, Any], sha256: str, pledge: dict[str, Any],
    pledge_sha256: str, amount_minor: int, currency: str, by: UUID,
) -> None:  # fmt: skip
    """Store a contract's text with its pledge."""
    await ENGINE.current().execute(
        Q.add_contract, contract_id, number, topic_id, agency_id, funder_id, end_user_id, application_id, team_id,
        award_list_id, body, sha256, pledge, pledge_sha256, amount_minor, currency, by,
    )  # fmt: skip


async def contract(contract_id: UUID) -> ContractView | None:
    """A contract that this login may see, with its signatures and what is still to be signed."""
    row = await ENGINE.current().fetchrow(Q.contract, contract_id)
    if row is None:
        return None
    facts = dict(row)
    digests = {"contract": facts["sha256"], "pledge": facts["pledge_sha256"]}
    signed = {(s["document"], s["party"]) for s in facts["signatures"]}
    facts["wanted"] = [
        {"document": document, "party": party, "sha256": digests[document], "statement": asdict(STATEMENTS[document])}
        for document, party in missing(signed)
    ]
    return msgspec.convert(facts, ContractView)


async def contracts(
    actor: Actor, role: Role, after: After | None, limit: int, topic_id: UUID | None
) -> list[ContractLine]:
    """Contracts that this login may see, of one topic if given, the newest first."""
    at, last = after or (None, None)
    rows = await ENGINE.read(role, Q.contracts, at, last, limit, topic_id, token=actor.token_hash)
    return [msgspec.convert(dict(row), ContractLine) for row in rows]


async def gate(contract_id: UUID) -> Any:
    """Record (status, effective_at, frozen, at) under the contract's lock; status None where the caller is no party."""
    return await ENGINE.current().fetchrow(Q.gate, contract_id)


async def sign(
    signature_id: UUID, contract: ContractView, document: str, party: str, *, org_id: UUID, person_id: UUID,
    person_name: str, sha256: str, statement: BilingualText, at: datetime,
) -> None:  # fmt: skip
    """Append a signature."""
    await ENGINE.current().execute(
        Q.sign, signature_id, contract.id, contract.agency_id, contract.funder_id, contract.team_id, document, party,
        org_id, person_id, person_name, sha256, asdict(statement), at,
    )  # fmt: skip


async def signed(contract_id: UUID) -> set[tuple[Any, Any]]:
    """(document, party) of every signature."""
    rows = await ENGINE.current().fetch(Q.signed, contract_id)
    return {(row["document"], row["party"]) for row in rows}


async def lock_contract(contract_id: UUID) -> Any:
    """Record of the contract with its texts, their digests and its list's score run, locked; worker."""
    return await ENGINE.current().fetchrow(Q.lock_contract, contract_id)


async def take_effect(contract_id: UUID, status: str) -> None:
    """The contract is in force from now on; worker."""
    await ENGINE.current().execute(Q.take_effect, contract_id, status)
