"""Expert pools: people offer themselves, the agency verifies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import asyncpg

from jiebang.kernel.errors import Forbidden, Refused
from jiebang.kernel.policy import holds
from jiebang.kernel.text import BilingualText
from jiebang.platform import audit
from jiebang.platform.db import ENGINE, Role, use_case
from jiebang.review import repository, rules
from jiebang.review.repository import Q
from jiebang.review.schemas import ExpertView, MyExpertView

if TYPE_CHECKING:
    from jiebang.kernel.actor import Actor
    from jiebang.review.schemas import NewExpert


@use_case(Role.MEMBER)
async def offer(actor: Actor, data: NewExpert) -> ExpertView:
    """Offer oneself to an agency's pool.

    Raises:
        Refused: `expert.already_offered`, `expert.not_offerable`.
    """
    org = await repository.row(Q.organisation_name, data.org_id) or {"name_zh": "", "name_en": ""}
    expert = uuid4()
    try:
        async with ENGINE.savepoint():
            await repository.run(
                Q.insert_expert, expert, data.agency_id, data.org_id, org["name_zh"], org["name_en"], data.kind,
                sorted(set(data.tracks)), sorted(set(data.directions)), data.publications,
            )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise Refused(rules.ALREADY_OFFERED) from None
    except (asyncpg.InsufficientPrivilegeError, asyncpg.ForeignKeyViolationError):
        raise Refused(rules.NOT_OFFERABLE) from None
    await audit.record("expert.offered", "expert", expert, kind=data.kind)
    return _view(await repository.row(Q.expert, expert))


async def my_offers(actor: Actor) -> list[MyExpertView]:
    """The pools to which the caller has offered himself, with all that they keep about him."""
    rows = [dict(r) for r in await ENGINE.read(Role.MEMBER, Q.my_experts, token=actor.token_hash)]
    return [MyExpertView(agency=BilingualText(row.pop("name_zh"), row.pop("name_en")), **row) for row in rows]


async def pool(actor: Actor, *, limit: int, after: UUID | None) -> list[ExpertView]:
    """The acting agency's pool by id, from behind `after`.

    Raises:
        Forbidden: `expert.not_agency_officer`.
    """
    _require(actor, "expert.read")
    found = await ENGINE.read(Role.OFFICER, Q.pool_page, after, limit, token=actor.token_hash)
    if found:
        await audit.note_read(Role.OFFICER, actor, "experts.read", "organisation", actor.org_id)
    return [_view(r) for r in found]


@use_case(Role.OFFICER)
async def activate(actor: Actor, expert_id: UUID) -> ExpertView:
    """Verify an expert: active, and admitted to the review desk at the next sign-in.

    Raises:
        Forbidden: `expert.not_agency_officer`.
        Refused: `expert.not_activated`.
    """
    _require(actor, "expert.activate")
    if not await repository.activate(expert_id):
        raise Refused(rules.NOT_ACTIVATED)
    await audit.record("expert.activated", "expert", expert_id)
    return _view(await repository.row(Q.expert, expert_id))


def _require(actor: Actor, right: str) -> None:
    if not holds(actor.org_roles, right):
        raise Forbidden(rules.NOT_AGENCY_OFFICER)


def _view(row: Any) -> ExpertView:
    return ExpertView(**dict(row))
