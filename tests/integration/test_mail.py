"""Mails from sign-up to a real SMTP server on loopback, and into the dev mailbox."""

from __future__ import annotations

import asyncio
import mailbox
import smtplib
import ssl
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from aiosmtpd.smtp import SMTP

from jiebang.identity import service
from jiebang.identity.schemas import NewInvitation, NewOrganisation, SignUp, Verification
from jiebang.notify.jobs import HANDLERS
from jiebang.notify.texts import INVITATION, KNOWN, ROLES, VERIFICATION, write
from jiebang.platform.db import ENGINE, Role
from jiebang.platform.jobs import GiveUp, Job
from jiebang.platform.mail import Mailer, Smtp
from jiebang.settings import Settings, SettingsError
from jiebang.workers.metrics import WorkerMetrics
from jiebang.workers.runner import Runner
from jiebang.workers.worker import start_mailer
from support import jobs, people

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from email.message import EmailMessage
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("database")
JOB = Job(1, "t.x", {}, 1)


class Inbox:
    """What the SMTP server took; refuses addresses that begin with `gone`, and all while `closed`."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.closed = False

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if address.startswith("gone"):
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.closed:
            return "451 4.3.0 try again"
        self.messages.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"


@asynccontextmanager
async def _server(host: str = "127.0.0.1") -> AsyncIterator[tuple[Inbox, str]]:
    inbox = Inbox()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(inbox), host, 0)
    async with server:
        yield inbox, f"smtp://{host}:{server.sockets[0].getsockname()[1]}"


def _settings(**given: Any) -> Settings:
    return Settings(**{"smtp_url": None, "mail_dir": None, "JIEBANG_BASE_URL": "https://jiebang.example", **given})


@pytest.fixture
async def inbox() -> AsyncIterator[Inbox]:
    async with _server() as (box, url):
        start_mailer(_settings(smtp_url=url))
        yield box


async def _run(kind: str) -> Any:
    """Run the newest job of a kind, as a worker would; its row afterwards."""
    (row,) = await jobs.run_sql("select id, attempts from outbox where kind = $1 order by id desc limit 1", kind)
    await jobs.run_sql("update outbox set run_at = now() where id = $1", row["id"])
    await Runner(HANDLERS, WorkerMetrics()).run(30, row["id"], row["attempts"])
    return await jobs.row(row["id"])


async def _sign_up(name: str = "演示甲", locale: str = "zh-CN", email: str | None = None) -> str:
    email = email or f"{uuid4().hex}@people.example"
    await service.sign_up(
        SignUp(email=email, display_name=name, password="a long enough password", locale=locale)  # type: ignore[arg-type]
    )
    return email


@pytest.mark.parametrize(
    ("locale", "subject", "word"),
    [
        ("zh-CN", "请验证您的揭榜平台邮箱", "演示甲，您好"),
        ("en", "Confirm your e-mail address for Jiebang", "Hello 演示甲"),
    ],
)
async def test_a_sign_up_gets_a_link_that_works_in_his_language(
    inbox: Inbox, locale: str, subject: str, word: str
) -> None:
    email = await _sign_up(locale=locale)
    assert (await _run("identity.mail_verification"))["done_at"] is not None
    (mail,) = inbox.messages
    text = mail.get_content()
    assert (mail["To"], mail["Subject"], mail["Auto-Submitted"]) == (email, subject, "auto-generated")
    assert mail["From"].addresses[0].addr_spec == "no-reply@jiebang.example"
    assert mail["Date"]
    assert word in text
    (link,) = [line for line in text.splitlines() if line.startswith("https://jiebang.example/verify#token=")]
    given = Verification(token=link.partition("#token=")[2], password="a long enough password")  # type: ignore[arg-type]
    await service.verify(given)


async def test_a_retry_carries_the_same_message_id_and_a_used_link_is_not_mailed(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _sign_up()
    with monkeypatch.context() as crash:
        crash.setattr(Job, "unit", _crash)  # sent, but not recorded
        assert (await _run("identity.mail_verification"))["done_at"] is None
    await _run("identity.mail_verification")
    first, second = inbox.messages
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Message-ID"].endswith("@jiebang.example>")
    await _sign_up()
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute("update verification set used_at = now()")
    assert (await _run("identity.mail_verification"))["done_at"] is not None
    assert len(inbox.messages) == 2


def _crash(_: Job) -> Any:
    raise ConnectionError


async def test_a_known_address_is_told_so_and_its_job_names_nobody(inbox: Inbox) -> None:
    email = await _sign_up()
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute("update person set verified_at = now() where email = $1", email)
    await _sign_up(name="别人", email=email)
    row = await _run("identity.mail_known")
    assert row["done_at"] is not None
    assert email not in str(dict(row))
    (mail,) = inbox.messages
    assert (mail["To"], mail["Subject"]) == (email, "您的邮箱已在揭榜平台注册")
    assert "演示甲" in mail.get_content()


async def test_an_invitation_reaches_a_stranger_in_both_languages(inbox: Inbox) -> None:
    founder = await people.actor()
    data: dict[str, Any] = {
        "kind": "enterprise", "uscc": people.valid_uscc(), "name_zh": "演示企业", "name_en": "Demo Works",
    }  # fmt: skip
    org = await service.register_organisation(founder, NewOrganisation(**data))
    await service.act_for(founder, org.id)
    admin = await service.resolve(founder.token_hash)
    assert admin is not None
    guest = await people.actor(name="来客")
    for email in (f"{uuid4().hex}@people.example", guest.email):
        await service.invite(admin, NewInvitation(email=email, role="org_admin"))
        await _run("identity.mail_invitation")
    stranger, known = inbox.messages
    assert stranger["Subject"] == "演示企业邀请您加入揭榜平台 / Demo Works invites you to Jiebang"
    assert "单位管理员" in stranger.get_content()
    assert "administrator" in stranger.get_content()
    assert known["Subject"] == "演示企业邀请您加入揭榜平台", "her own language"
    text = known.get_content()
    (link,) = [line for line in text.splitlines() if line.startswith("https://jiebang.example/invitations#token=")]
    assert (await service.accept_invitation(guest, link.partition("#token=")[2])).org_id == org.id


async def test_a_refused_recipient_is_given_up_and_a_busy_server_tried_again(inbox: Inbox) -> None:
    email = await _sign_up(email=f"gone-{uuid4().hex}@people.example")
    row = await _run("identity.mail_verification")
    assert row["dead_at"] is not None
    assert row["error"] == "the mail server refused the recipient (550)"
    assert email not in row["error"]
    await _sign_up()
    inbox.closed = True
    row = await _run("identity.mail_verification")
    assert (row["dead_at"], row["done_at"], row["due"]) == (None, None, False)
    assert "smtp_code=451" in row["error"]


async def test_the_dev_mailbox_is_its_owners_alone(tmp_path: Path) -> None:
    start_mailer(_settings(mail_dir=tmp_path / "mail"))
    email = await _sign_up()
    await _run("identity.mail_verification")
    (mail,) = mailbox.Maildir(tmp_path / "mail")
    assert mail["To"] == email
    assert (tmp_path / "mail").stat().st_mode & 0o077 == 0


async def test_no_field_forges_a_header(tmp_path: Path) -> None:
    text = write(INVITATION, "en", {"en": {"org": "A\r\nBcc: x@people.example", "role": "r", "link": "l"}})
    assert text.subject == "A Bcc: x@people.example invites you to Jiebang"
    mailer = Mailer()
    start_mailer(_settings(mail_dir=tmp_path / "mail"), mailer)
    for to in ("a@people.example\nBcc: b@people.example", "no address"):
        with pytest.raises(GiveUp):
            await mailer.send(JOB, to, "s", "t")


async def test_a_password_or_a_token_never_travels_in_clear_beyond_this_machine() -> None:
    async with _server("127.0.0.2") as (inbox, url):
        mailer = Mailer()
        start_mailer(_settings(smtp_url=url), mailer)
        with pytest.raises(smtplib.SMTPNotSupportedError):
            await mailer.send(JOB, "a@people.example", "s", "t")
        start_mailer(_settings(smtp_url=url + "?tls=off"), mailer)
        await mailer.send(JOB, "a@people.example", "s", "t")
        assert len(inbox.messages) == 1
        with pytest.raises((ssl.SSLError, OSError)):
            await asyncio.to_thread(Smtp(url.replace("smtp://", "smtps://")).deliver, inbox.messages[0])


@pytest.mark.parametrize(
    "given", [{}, {"smtp_url": "http://mail.example"}, {"mail_dir": "mail", "mail_from": "nobody"}]
)
def test_unusable_settings_are_refused_before_anything_starts(given: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        start_mailer(_settings(**given), Mailer())


async def test_expired_sessions_and_proofs_are_forgotten() -> None:
    from jiebang.identity import api

    actor, other = await people.actor(), await people.actor()
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute(
            "update session set expires_at = now() - interval '2 days' where person_id = $1", actor.person_id
        )
    async with ENGINE.unit_of_work(Role.WORKER):
        await api.forget_expired()
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        assert await db.fetchval("select count(*) from session where person_id = $1", actor.person_id) == 0
        assert await db.fetchval("select count(*) from session where person_id = $1", other.person_id) > 0


def test_the_texts_fill_in_both_languages() -> None:
    fields = {"name": "n", "link": "https://jiebang.example/x", "org": "o", "role": "r"}
    for template in (VERIFICATION, KNOWN, INVITATION):
        both = write(template, None, {"zh": fields, "en": fields})
        assert both.body.count("https://jiebang.example/x") == 2
        assert "{" not in both.body + both.subject
    from typing import get_args

    from jiebang.identity.domain import OrgRoleName

    assert set(ROLES) == set(get_args(OrgRoleName))
