"""Identity's statements. The definer functions they call are `migrations/identity/rules.sql`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jiebang.platform.db import ENGINE, Queries

if TYPE_CHECKING:
    from datetime import timedelta
    from uuid import UUID

Q = Queries("jiebang.identity")


async def register(
    email: str,
    name: str,
    locale: str,
    *,
    salt: bytes,
    digest: bytes,
    verification: UUID,
    token: bytes,
    request: str,
) -> None:
    """Create an unverified account, or mail the address that is known already."""
    await ENGINE.current().execute(
        "select app.auth_register($1, $2, $3, $4, $5, $6, $7, $8)",
        email, name, locale, salt, digest, verification, token, request,
    )  # fmt: skip


async def verify(token: bytes) -> UUID | None:
    """Use a verification up; the person, or None."""
    return await ENGINE.current().fetchval("select app.auth_verify($1)", token)


async def salt_for(email: str, fake: bytes) -> bytes:
    """The account's salt, or `fake` for an unknown address."""
    return await ENGINE.current().fetchval("select app.auth_params($1, $2)", email, fake)


async def open_session(email: str, digest: bytes, token: bytes, lifetime: timedelta) -> Any:
    """Record (outcome, person): outcome is opened, unverified or refused."""
    return await ENGINE.current().fetchrow(
        "select outcome, person from app.auth_open($1, $2, $3, $4)", email, digest, token, lifetime
    )


async def close_session(token: bytes) -> None:
    """End a session in all its classes."""
    await ENGINE.current().execute("select app.auth_close($1)", token)


async def act_for(org_id: UUID | None) -> bool:
    """Switch the session's acting organisation; False without a role there."""
    return await ENGINE.current().fetchval("select app.auth_act($1)", org_id)


async def found_organisation(
    kind: str, country: str, uscc: str | None, registry: str | None, registry_id: str | None, zh: str, en: str
) -> UUID:
    """Register an organisation with the caller as its administrator."""
    return await ENGINE.current().fetchval(
        "select app.found_organisation($1, $2, $3, $4, $5, $6, $7)",
        kind,
        country,
        uscc,
        registry,
        registry_id,
        zh,
        en,
    )


async def find_organisation(
    uscc: str | None, country: str | None, registry: str | None, registry_id: str | None
) -> Any:
    """Exact look-up by identifier: record (id, kind, name_zh, name_en) or None."""
    return await ENGINE.current().fetchrow(
        "select * from app.find_organisation($1, $2, $3, $4)", uscc, country, registry, registry_id
    )


async def organisation_of_mine(org_id: UUID) -> Any:
    """An organisation in which the caller holds a role, or None."""
    return await ENGINE.current().fetchrow(Q.organisation_of_mine, org_id)


async def add_invitation(
    invitation: UUID, org_id: UUID, email: str, role: str, token: bytes, invited_by: UUID | None, lifetime: timedelta
) -> None:
    """Store an invitation; its columns but the token's hash are all that its writer may read back."""
    await ENGINE.current().execute(
        "insert into org_invitation (id, org_id, email, role, token_hash, invited_by, created_at, expires_at)"
        " values ($1, $2, $3, $4, $5, $6, now(), now() + $7)",
        invitation, org_id, email, role, token, invited_by, lifetime,
    )  # fmt: skip


async def accept_invitation(token: bytes) -> UUID | None:
    """Take up an invitation addressed to the caller's own e-mail address; the organisation, or None."""
    return await ENGINE.current().fetchval("select app.accept_org_invitation($1)", token)


async def add_authority(kind: str, uscc: str, zh: str, en: str) -> UUID:
    """Insert an agency or a funder, as the worker."""
    return await ENGINE.current().fetchval(
        "insert into organisation (kind, country, uscc, name_zh, name_en, created_at)"
        " values ($1, 'CN', $2, $3, $4, app.now()) returning id",
        kind, uscc, zh, en,
    )  # fmt: skip


async def mail_verification(verification_id: UUID) -> Any:
    """Record (id, email, display_name, locale) of an unused verification, or None."""
    return await ENGINE.current().fetchrow(Q.mail_verification, verification_id)


async def mail_org_invitation(invitation_id: UUID) -> Any:
    """Record of an open invitation, with its address's person where there is one, or None."""
    return await ENGINE.current().fetchrow(Q.mail_org_invitation, invitation_id)


async def mail_person(person_id: UUID) -> Any:
    """Record (email, display_name, locale), or None."""
    return await ENGINE.current().fetchrow(Q.mail_person, person_id)


async def forget_expired() -> None:
    """Delete sessions ended a day ago and proofs expired a week ago."""
    await ENGINE.current().execute(Q.forget_sessions)
    await ENGINE.current().execute(Q.forget_verifications)
