"""Identity's statements. The definer functions they call are `migrations/identity/rules.sql`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jiebang.platform.db import ENGINE, Queries

if TYPE_CHECKING:
    from datetime import datetime, timedelta
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


async def verification_salt(token: bytes, fake: bytes) -> bytes:
    """The salt of the account that a verification is for, or `fake` for an unknown one."""
    return await ENGINE.current().fetchval("select app.auth_verify_params($1, $2)", token, fake)


async def verify(token: bytes, digest: bytes) -> UUID | None:
    """Use a verification up; the person, or None if it is none or the password is another."""
    return await ENGINE.current().fetchval("select app.auth_verify($1, $2)", token, digest)


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


async def my_kind() -> str | None:
    """The kind of the organisation that the caller acts for."""
    return await ENGINE.current().fetchval("select o.kind from organisation o where o.id = app.my_org()")


async def people_here() -> list[Any]:
    """Records (person_id, person_name, org_roles) of the acting organisation."""
    return await ENGINE.current().fetch("select * from app.people_here()")


async def rights(codes: list[str]) -> list[str]:
    """Those of these rights that the caller has where he acts: the database's word."""
    return await ENGINE.current().fetchval("select array(select c from unnest($1::text[]) c where app.may(c))", codes)


async def give_grant(uscc: str, role: str, reason: str, expires_at: datetime) -> UUID | None:
    """Store a grant; None where no such authority is registered."""
    return await ENGINE.current().fetchval("select app.give_grant($1, $2, $3, $4)", uscc, role, reason, expires_at)


async def grants_here() -> list[Any]:
    """The newest two hundred grants of the acting organisation, given or had."""
    return await ENGINE.current().fetch("select * from app.grants_here()")


async def revoke_grant(grant_id: UUID) -> bool:
    """End a grant of the acting organisation; False where it gives no such one."""
    done = await ENGINE.current().execute(
        "update org_grant set revoked_by = app.me(), revoked_at = app.now() where id = $1 and revoked_at is null",
        grant_id,
    )
    return not done.endswith(" 0")


async def now() -> datetime:
    """The instant that counts for a reader."""
    return await ENGINE.current().fetchval("select app.now()")


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
