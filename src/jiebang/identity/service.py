"""Use cases of identity."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import asyncpg

from jiebang.identity import domain, repository
from jiebang.identity.schemas import Accepted, Joined, MyOrganisation, OrganisationView, OrgPerson
from jiebang.kernel.actor import Actor
from jiebang.kernel.errors import Forbidden, NotFound, Refused
from jiebang.kernel.policy import holds
from jiebang.platform import audit
from jiebang.platform.crypto import SALT_BYTES, SIGNER, new_token, password_digest, token_hash
from jiebang.platform.db import ENGINE, Role, use_case
from jiebang.platform.outbox import emit
from jiebang.platform.request import REQUEST

if TYPE_CHECKING:
    from jiebang.identity.schemas import NewInvitation, NewOrganisation, OrgIdentifier, SignIn, SignUp, Verification

SESSION_LIFETIME = timedelta(hours=12)
INVITATION_LIFETIME = timedelta(days=14)
VERIFICATION = "verification"
ORG_INVITATION = "org_invitation"


async def sign_up(data: SignUp) -> None:
    """Create an unverified account and mail a link; a known address gets a mail that says so. One answer for both."""
    verification = uuid4()
    salt = secrets.token_bytes(SALT_BYTES)
    digest = await password_digest(data.password.get_secret_value(), salt)
    async with ENGINE.unit_of_work(Role.PUBLIC):
        await repository.register(
            data.email.lower(), data.display_name, data.locale, salt=salt, digest=digest, verification=verification,
            token=token_hash(SIGNER.token(VERIFICATION, verification)), request=REQUEST.get(),
        )  # fmt: skip


async def verify(data: Verification) -> None:
    """Prove an e-mail address, with the password of whoever signed it up.

    Raises:
        Refused: `identity.verification_refused`.
    """
    token = token_hash(data.token)
    fake = SIGNER.derive("fake_salt", token)[:SALT_BYTES]
    async with ENGINE.unit_of_work(Role.PUBLIC, read_only=True):
        salt = await repository.verification_salt(token, fake)
    digest = await password_digest(data.password.get_secret_value(), salt)
    async with ENGINE.unit_of_work(Role.PUBLIC):
        if await repository.verify(token, digest) is None:
            raise Refused(domain.VERIFICATION_REFUSED)


async def sign_in(data: SignIn, old_token: bytes | None) -> str:
    """Open a fresh session (the old one, if any, ends: no fixation); returns its token.

    Raises:
        Refused: `identity.sign_in_refused`, or `identity.unverified` to who knows the password.
    """
    email = data.email.lower()
    fake = SIGNER.derive("fake_salt", email.encode())[:SALT_BYTES]
    async with ENGINE.unit_of_work(Role.PUBLIC, read_only=True):
        salt = await repository.salt_for(email, fake)
    digest = await password_digest(data.password.get_secret_value(), salt)
    token = new_token()
    async with ENGINE.unit_of_work(Role.PUBLIC):
        opened = await repository.open_session(email, digest, token_hash(token), SESSION_LIFETIME)
        if old_token is not None and opened["outcome"] == "opened":
            await repository.close_session(old_token)
        await audit.record(f"session.{opened['outcome']}", "person", opened["person"])
    # Raised after the commit: a failed attempt must be counted.
    if opened["outcome"] == "unverified":
        raise Refused(domain.UNVERIFIED)
    if opened["outcome"] != "opened":
        raise Refused(domain.SIGN_IN_REFUSED)
    return token


async def sign_out(token: bytes) -> None:
    """End the session everywhere."""
    async with ENGINE.unit_of_work(Role.PUBLIC):
        await repository.close_session(token)


async def resolve(token: bytes) -> Actor | None:
    """The session behind a token's hash, or None."""
    rows = await ENGINE.read(Role.PUBLIC, "select * from app.session_facts($1)", token)
    if not rows:
        return None
    r = rows[0]
    return Actor(
        token_hash=token,
        person_id=UUID(bytes=r["person_id"].bytes),
        display_name=r["display_name"],
        email=r["email"],
        locale=r["locale"],
        org_id=r["org_id"],
        classes=frozenset(r["classes"]),
        org_roles=frozenset(r["org_roles"]),
        rights=frozenset(r["rights"]),
    )


@use_case(Role.MEMBER)
async def act_for(actor: Actor, org_id: UUID | None) -> None:
    """Act for one of one's organisations; privilege classes are recomputed.

    Raises:
        Forbidden: `identity.no_role_there`.
    """
    if not await repository.act_for(org_id):
        raise Forbidden(domain.NO_ROLE_THERE)
    await audit.record("session.acts_for", "organisation", org_id)


@use_case(Role.MEMBER)
async def register_organisation(actor: Actor, data: NewOrganisation) -> OrganisationView:
    """Register an organisation by its identifier, with the caller as its administrator.

    Raises:
        Refused: `identity.organisation_exists`.
    """
    try:
        async with ENGINE.savepoint():
            org_id = await repository.found_organisation(
                data.kind,
                data.country,
                data.uscc,
                data.registry,
                data.registry_id,
                data.name_zh,
                data.name_en,
            )
    except asyncpg.UniqueViolationError:
        raise Refused(domain.ORGANISATION_EXISTS) from None
    await audit.record("organisation.registered", "organisation", org_id)
    return OrganisationView(org_id, data.kind, data.name_zh, data.name_en)


@use_case(Role.MEMBER)
async def find_organisation(actor: Actor, data: OrgIdentifier) -> OrganisationView:
    """Look an organisation up by its exact identifier, for another organisation. That somebody did is on record.

    Raises:
        NotFound: nobody registered it, or the caller acts for none himself.
    """
    if actor.org_id is None:
        raise NotFound
    await audit.record("organisation.looked_up", "organisation", actor.org_id)
    row = await repository.find_organisation(data.uscc, data.country, data.registry, data.registry_id)
    if row is None:
        raise NotFound
    return OrganisationView(row["id"], row["kind"], row["name_zh"], row["name_en"])


async def my_organisations(actor: Actor) -> list[MyOrganisation]:
    """The caller's organisations with his roles."""
    rows = await ENGINE.read(Role.MEMBER, repository.Q.my_organisations, token=actor.token_hash)
    return [MyOrganisation(**dict(r)) for r in rows]


async def organisation_people(actor: Actor, org_id: UUID, after: UUID | None, limit: int) -> list[OrgPerson]:
    """The people of one of the caller's organisations (empty for any other), by id from `after` on."""
    rows = await ENGINE.read(
        Role.MEMBER, repository.Q.organisation_people, org_id, after, limit, token=actor.token_hash
    )
    if rows:
        await audit.note_read(Role.MEMBER, actor, "organisation.people_read", "organisation", org_id)
    return [OrgPerson(**dict(r)) for r in rows]


@use_case(Role.MEMBER)
async def invite(actor: Actor, data: NewInvitation) -> Accepted:
    """Invite an address to a role in the acting organisation; the mail carries the token.

    Raises:
        Forbidden: `identity.not_org_admin`.
        Refused: `identity.role_not_here`.
    """
    if actor.org_id is None or not holds(actor.org_roles, "organisation.invite"):
        raise Forbidden(domain.NOT_ORG_ADMIN)
    org = await repository.organisation_of_mine(actor.org_id)
    if org is None or not domain.role_fits(org["kind"], data.role):
        raise Refused(domain.ROLE_NOT_HERE)
    await send_invitation(actor.org_id, data.email.lower(), data.role, invited_by=actor.person_id)
    return Accepted()


async def send_invitation(org_id: UUID, email: str, role: str, *, invited_by: UUID | None) -> UUID:
    """Store an invitation and mail it, inside the open unit; returns its id."""
    invitation = uuid4()
    token = token_hash(SIGNER.token(ORG_INVITATION, invitation))
    await repository.add_invitation(invitation, org_id, email, role, token, invited_by, INVITATION_LIFETIME)
    await emit("identity.mail_invitation", {"invitation_id": str(invitation)}, fairness_key=str(org_id))
    await audit.record("organisation.invited", "organisation", org_id, role=role)
    return invitation


@use_case(Role.MEMBER)
async def accept_invitation(actor: Actor, token: str) -> Joined:
    """Take up an invitation that was sent to one's own address.

    Raises:
        Refused: `identity.token_invalid`, `identity.supervises_alone`.
    """
    try:
        async with ENGINE.savepoint():
            org_id = await repository.accept_invitation(token_hash(token))
    except asyncpg.InsufficientPrivilegeError:
        raise Refused(domain.SUPERVISES_ALONE) from None
    if org_id is None:
        raise Refused(domain.TOKEN_INVALID)
    await audit.record("organisation.joined", "organisation", org_id)
    return Joined(org_id)


@use_case(Role.WORKER)
async def found_authority(_: None, kind: str, uscc: str, name_zh: str, name_en: str, admin_email: str) -> UUID:
    """Found an agency or a funder and invite its administrator; the operator's act, never reachable over HTTP."""
    org_id = await repository.add_authority(kind, uscc, name_zh, name_en)
    await audit.record("organisation.founded", "organisation", org_id, kind=kind)
    await send_invitation(org_id, admin_email, "org_admin", invited_by=None)
    return org_id
