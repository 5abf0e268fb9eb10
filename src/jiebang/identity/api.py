"""What others may ask of identity. Runs inside the caller's unit of work and opens none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jiebang.identity import repository
from jiebang.identity.service import ORG_INVITATION, VERIFICATION
from jiebang.platform.crypto import SIGNER

if TYPE_CHECKING:
    from uuid import UUID


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom to write to, and in which language (`zh-CN`, `en`; None: unknown)."""

    email: str
    name: str | None
    locale: str | None


@dataclass(frozen=True, slots=True)
class VerificationMail:
    """What the mail with a sign-up link holds."""

    to: Recipient
    token: str


@dataclass(frozen=True, slots=True)
class InvitationMail:
    """What the mail with an invitation holds."""

    to: Recipient
    role: str
    name_zh: str
    name_en: str
    token: str


async def verification_mail(verification_id: UUID) -> VerificationMail | None:
    """A verification that is still wanted; None when it is used, expired or gone (worker login)."""
    row = await repository.mail_verification(verification_id)
    if row is None:
        return None
    recipient = Recipient(row["email"], row["display_name"], row["locale"])
    return VerificationMail(recipient, SIGNER.token(VERIFICATION, row["id"]))


async def invitation_mail(invitation_id: UUID) -> InvitationMail | None:
    """An invitation that is still open; None when it is used, expired or gone (worker login)."""
    row = await repository.mail_org_invitation(invitation_id)
    if row is None:
        return None
    recipient = Recipient(row["email"], row["display_name"], row["locale"])
    token = SIGNER.token(ORG_INVITATION, row["id"])
    return InvitationMail(recipient, row["role"], row["name_zh"], row["name_en"], token)


async def recipient(person_id: UUID) -> Recipient | None:
    """How to reach a person (worker login)."""
    row = await repository.mail_person(person_id)
    return None if row is None else Recipient(row["email"], row["display_name"], row["locale"])


async def forget_expired() -> None:
    """Delete ended sessions and proofs that expired a week ago (worker login)."""
    await repository.forget_expired()
