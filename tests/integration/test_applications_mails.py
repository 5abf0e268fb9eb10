"""Mails about teams and bids, written into a real mailbox."""

from __future__ import annotations

import email.header
import mailbox
from typing import TYPE_CHECKING

import pytest

from jiebang.applications.jobs import HANDLERS
from jiebang.applications.schemas import FormalDecision, NewTeam, NewTeamInvitation
from jiebang.applications.service import opening, teams
from jiebang.platform.crypto import SIGNER
from jiebang.platform.db import ENGINE, Role
from jiebang.platform.mail import MAILER
from jiebang.platform.outbox import emit
from jiebang.settings import Settings
from jiebang.workers.worker import start_mailer
from support import files, people
from support.applications import submitted_application, uscc_of
from support.topics import published_topic

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    start_mailer(Settings(mail_dir=tmp_path / "mail"))  # pyright: ignore[reportCallIssue]
    return tmp_path / "mail"


def read(inbox: Path, to: str) -> list[tuple[str, str]]:
    """(subject, text) of every mail to an address."""
    found = []
    for message in mailbox.Maildir(inbox, create=True):
        if message["To"] == to:
            payload = message.get_payload(decode=True)
            assert isinstance(payload, bytes)
            subject = "".join(
                part if isinstance(part, str) else part.decode(charset or "ascii")
                for part, charset in email.header.decode_header(message["Subject"])
            )
            found.append((subject, payload.decode()))
    return found


async def test_an_invitation_carries_its_link_until_it_is_used(inbox: Path) -> None:
    topic = await published_topic()
    lead = await people.actor(await people.organisation(), ["member"], name="负责人")
    partner = await people.actor(await people.organisation(name="受邀单位"), ["member"])
    team = await teams.found(lead, topic.id, NewTeam(name="测试{联合体}"))
    invitation = await teams.invite(
        lead, team.id, NewTeamInvitation(email=partner.email, uscc=await uscc_of(partner.org_id))
    )
    kind = "applications.mail_team_invitation"
    assert await files.work(HANDLERS, kind, team.id) == 1
    ((subject, text),) = read(inbox, partner.email)
    token = SIGNER.token("team_invitation", invitation.id)
    assert f"{MAILER.base_url}/team-invitations#token={token}" in text
    assert "测试{联合体}" in text
    assert "受邀单位" in text
    assert "揭榜平台" in subject
    await teams.accept(partner, token)
    async with ENGINE.unit_of_work(Role.WORKER):
        await emit(kind, {"invitation_id": str(invitation.id)}, fairness_key=str(team.id))
    assert await files.work(HANDLERS, kind, team.id) == 1
    assert len(read(inbox, partner.email)) == 1, "a used invitation is not mailed again"


async def test_a_receipt_and_a_refusal_say_what_matters(inbox: Path) -> None:
    topic = await published_topic()
    bid = await submitted_application(topic.id, file=(1234, "ab" * 32))
    async with ENGINE.unit_of_work(Role.WORKER):
        payload = {"submission_id": str(bid.submission_id)}
        await emit("applications.mail_receipt", payload, fairness_key=str(bid.team_id))
    assert await files.work(HANDLERS, "applications.mail_receipt", bid.team_id) == 1
    reason = {"reason_code": "incomplete", "text": "缺少联合申报协议。", "article": "申报须知第五条"}
    decision = FormalDecision.model_validate({"decision": "ineligible", **reason})
    await opening.formal_check(topic.screener, bid.application_id, decision)
    assert await files.work(HANDLERS, "applications.mail_formal_check", bid.team_id) == 1
    receipt, refusal = sorted(read(inbox, bid.lead.email), key=lambda mail: "回执 " not in mail[0])
    assert "JB-TEST-" in receipt[0]
    assert receipt[1].count("ab" * 32) == 2
    assert "part_b.pdf (1234 B)" in receipt[1]
    assert "缺少联合申报协议。" in refusal[1]
    assert "申报须知第五条" in refusal[1]
