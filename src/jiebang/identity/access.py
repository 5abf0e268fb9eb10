"""Use cases of access: who can do what here and why, and what one authority lets another's people do for it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from jiebang.identity import domain, repository
from jiebang.identity.schemas import AccessView, GrantView
from jiebang.kernel.errors import FieldProblem, Forbidden, Invalid, NotFound
from jiebang.kernel.policy import RIGHTS, Person, exists, holds, rights_view
from jiebang.kernel.text import BilingualText
from jiebang.platform import audit
from jiebang.platform.db import Role, use_case

if TYPE_CHECKING:
    from jiebang.identity.schemas import NewGrant
    from jiebang.kernel.actor import Actor

LONGEST_GRANT = timedelta(days=731)


@use_case(Role.MEMBER)
async def access(actor: Actor) -> AccessView:
    """What the caller may do where he acts, why, and who else may. That he read who holds which role is on record."""
    kind = await repository.my_kind()
    rows = await repository.people_here()
    people = [Person(r["person_id"], r["person_name"], r["org_roles"], []) for r in rows]
    codes = [code for code, right in RIGHTS.items() if right.place == "organisation"]
    allowed = await repository.rights(codes)
    if actor.org_id is not None:
        await audit.record("organisation.people_read", "organisation", actor.org_id)
    roles = next((one.org_roles for one in people if one.person_id == actor.person_id), [])
    views = [view for view in rights_view(actor.person_id, people, allowed, kind) if view.place == "organisation"]
    return AccessView(actor.org_id, kind, roles, views)


@use_case(Role.MEMBER)
async def give(actor: Actor, data: NewGrant) -> GrantView:
    """Let another authority's people of a role act in it for the acting organisation, at once and until an instant.

    Raises:
        Forbidden: `identity.not_org_admin`, `identity.not_an_authority`.
        Invalid: `identity.grantee_unknown`, `identity.grant_term`.
    """
    _require_admin(actor)
    if not exists(RIGHTS["organisation.grant"], await repository.my_kind()):
        raise Forbidden(domain.NOT_AN_AUTHORITY)
    now = await repository.now()
    if not now < data.expires_at <= now + LONGEST_GRANT:
        raise Invalid([FieldProblem("/expires_at", domain.GRANT_TERM)])
    grant_id = await repository.give_grant(data.uscc, data.role, data.reason, data.expires_at)
    if grant_id is None:
        raise Invalid([FieldProblem("/uscc", domain.GRANTEE_UNKNOWN)])
    made = next(view for view in await _grants() if view.id == grant_id)
    await audit.record(
        "organisation.granted", "org_grant", grant_id, role=data.role, grantee=str(made.grantee_id), reason=data.reason
    )
    return made


@use_case(Role.MEMBER, read_only=True)
async def grants(actor: Actor) -> list[GrantView]:
    """Grants that the acting organisation gives or has, the newest first.

    Raises:
        Forbidden: `identity.not_org_admin`.
    """
    _require_admin(actor)
    return await _grants()


@use_case(Role.MEMBER)
async def revoke(actor: Actor, grant_id: UUID) -> None:
    """End a grant; its people lose the role with their next statement.

    Raises:
        Forbidden: `identity.not_org_admin`.
        NotFound: the acting organisation gives no such grant, or not any more.
    """
    _require_admin(actor)
    if not await repository.revoke_grant(grant_id):
        raise NotFound
    await audit.record("organisation.grant_revoked", "org_grant", grant_id)


def _require_admin(actor: Actor) -> None:
    if actor.org_id is None or not holds(actor.org_roles, "organisation.grant"):
        raise Forbidden(domain.NOT_ORG_ADMIN)


async def _grants() -> list[GrantView]:
    return [_view(row) for row in await repository.grants_here()]


def _view(row: Any) -> GrantView:
    facts = dict(row)
    agency = BilingualText(facts.pop("agency_zh"), facts.pop("agency_en"))
    grantee = BilingualText(facts.pop("grantee_zh"), facts.pop("grantee_en"))
    return GrantView(agency=agency, grantee=grantee, **facts)
