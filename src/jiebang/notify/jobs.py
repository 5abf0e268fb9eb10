"""Mails that other slices' events ask for.

A mail leaves before its job is recorded as done: at least once, with one Message-ID (`platform.mail`). A token stands
in the link's fragment, which browsers send to no server and which so reaches no access log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from jiebang.identity import api as identity
from jiebang.notify.texts import INVITATION, KNOWN, ROLES, VERIFICATION, language_of, write
from jiebang.platform.db import ENGINE, Role
from jiebang.platform.mail import MAILER

if TYPE_CHECKING:
    from jiebang.platform.jobs import Handler, Job


async def mail_verification(job: Job) -> None:
    """`identity.mail_verification {verification_id}`: the link that proves an address."""
    async with ENGINE.unit_of_work(Role.WORKER, read_only=True):
        mail = await identity.verification_mail(UUID(job.payload["verification_id"]))
    if mail is None:
        return
    fields = {"name": mail.to.name or "", "link": f"{MAILER.base_url}/verify#token={mail.token}"}
    text = write(VERIFICATION, language_of(mail.to.locale), {"zh": fields, "en": fields})
    await MAILER.send(job, mail.to.email, text.subject, text.body)
    async with job.unit():
        pass


async def mail_known(job: Job) -> None:
    """`identity.mail_known {person_id}`: someone signed up with an address that has an account."""
    async with ENGINE.unit_of_work(Role.WORKER, read_only=True):
        to = await identity.recipient(UUID(job.payload["person_id"]))
    if to is None:
        return
    fields = {"name": to.name or "", "link": f"{MAILER.base_url}/sign-in"}
    text = write(KNOWN, language_of(to.locale), {"zh": fields, "en": fields})
    await MAILER.send(job, to.email, text.subject, text.body)
    async with job.unit():
        pass


async def mail_invitation(job: Job) -> None:
    """`identity.mail_invitation {invitation_id}`: the link that accepts a role in an organisation."""
    async with ENGINE.unit_of_work(Role.WORKER, read_only=True):
        mail = await identity.invitation_mail(UUID(job.payload["invitation_id"]))
    if mail is None:
        return
    link = f"{MAILER.base_url}/invitations#token={mail.token}"
    text = write(
        INVITATION,
        language_of(mail.to.locale),
        {
            "zh": {"org": mail.name_zh, "role": ROLES[mail.role]["zh"], "link": link},
            "en": {"org": mail.name_en or mail.name_zh, "role": ROLES[mail.role]["en"], "link": link},
        },
    )
    await MAILER.send(job, mail.to.email, text.subject, text.body)
    async with job.unit():
        pass


HANDLERS: dict[str, Handler] = {
    "identity.mail_verification": mail_verification,
    "identity.mail_known": mail_known,
    "identity.mail_invitation": mail_invitation,
}
