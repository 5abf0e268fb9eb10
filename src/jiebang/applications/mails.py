"""Mails about teams and bids: an invitation, a receipt, the result of the formal check.

Sent before the job is recorded as done: at least once, with one Message-ID (`platform.mail`). A token stands in the
link's fragment, which browsers send to no server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from jiebang.applications import repository
from jiebang.applications.service.gate import in_shanghai
from jiebang.platform.crypto import SIGNER
from jiebang.platform.db import ENGINE, Role
from jiebang.platform.mail import MAILER

if TYPE_CHECKING:
    from jiebang.platform.jobs import Handler, Job

INVITATION: Final = (
    "揭榜平台：邀请您的单位加入团队 / Your organisation is invited to a team on Jiebang",
    """您好：

团队“{team}”邀请 {org_zh} 作为参与单位共同揭榜。请用本邮箱登录揭榜平台后打开以下链接，代表本单位接受邀请：

{link}

链接有效期 14 天，只能使用一次。如果您不了解此事，请忽略本邮件。

Hello,

The team "{team}" invites {org_en} to join it as a partner. Sign in to Jiebang with this address and open the link
to accept on your organisation's behalf:

{link}

The link works once, within 14 days. If you do not know what this is about, ignore this mail.
""",
)
RECEIPT: Final = {
    "zh": (
        "揭榜平台：申报回执 {receipt_no}",
        """{name}，您好：

团队“{team}”的申报已于北京时间 {at} 收到。

回执编号：{receipt_no}
申报摘要（SHA-256）：{sha256}

已提交的文件：
{files}

截止之前可以再次提交，以最后一次为准。
""",
    ),
    "en": (
        "Jiebang: receipt {receipt_no}",
        """Hello {name},

The application of the team "{team}" was received at {at} (Asia/Shanghai).

Receipt number: {receipt_no}
Digest (SHA-256): {sha256}

Files submitted:
{files}

Until the topic closes you may submit again; the last submission counts.
""",
    ),
}
ELIGIBLE: Final = {
    "zh": (
        "揭榜平台：形式审查通过（{receipt_no}）",
        """{name}，您好：

团队“{team}”的申报（回执编号 {receipt_no}）已通过形式审查，将进入专家评审。
""",
    ),
    "en": (
        "Jiebang: formal check passed ({receipt_no})",
        """Hello {name},

The application of the team "{team}" (receipt {receipt_no}) has passed the formal check and goes on to review.
""",
    ),
}
INELIGIBLE: Final = {
    "zh": (
        "揭榜平台：申报未予受理（{receipt_no}）",
        """{name}，您好：

团队“{team}”的申报（回执编号 {receipt_no}）未通过形式审查，不予受理。

理由：{reason}
依据：{article}
""",
    ),
    "en": (
        "Jiebang: application not accepted ({receipt_no})",
        """Hello {name},

The application of the team "{team}" (receipt {receipt_no}) did not pass the formal check and is not accepted.

Reasons: {reason}
Article: {article}
""",
    ),
}


async def mail_team_invitation(job: Job) -> None:
    """`applications.mail_team_invitation {invitation_id}`: the link by which a partner joins; in both languages."""
    row = await _read(repository.Q.mail_team_invitation, job.payload["invitation_id"])
    if row is None or row["used_at"] is not None or not row["valid"]:
        return
    link = f"{MAILER.base_url}/team-invitations#token={SIGNER.token('team_invitation', row['id'])}"
    fields = {
        "team": _flat(row["team_name"]),
        "org_zh": _flat(row["name_zh"]),
        "org_en": _flat(row["name_en"]),
        "link": link,
    }
    await _send(job, row["email"], INVITATION, fields)


async def mail_receipt(job: Job) -> None:
    """`applications.mail_receipt {submission_id}`: what was received, and when."""
    row = await _read(repository.Q.mail_receipt, job.payload["submission_id"])
    if row is None:
        return
    files = "\n".join(f"- {_flat(f['filename'])} ({f['size_bytes']} B)\n  {f['sha256']}" for f in row["manifest"])
    fields = {**_fields(row), "at": in_shanghai(row["submitted_at"]), "sha256": row["sha256"], "files": files}
    await _send(job, row["email"], RECEIPT[_language(row)], fields)


async def mail_formal_check(job: Job) -> None:
    """`applications.mail_formal_check {application_id}`: the decision; a refusal with its reasons in writing."""
    row = await _read(repository.Q.mail_formal_check, job.payload["application_id"])
    if row is None or row["status"] in {"draft", "submitted"}:  # not decided
        return
    reason = row["ineligible_reason"] or {}
    fields = {**_fields(row), "reason": reason.get("text", ""), "article": reason.get("article", "")}
    await _send(job, row["email"], (INELIGIBLE if reason else ELIGIBLE)[_language(row)], fields)


async def _read(query: str, key: str) -> Any:
    async with ENGINE.unit_of_work(Role.WORKER, read_only=True) as db:
        return await db.fetchrow(query, UUID(key))


async def _send(job: Job, to: str, text: tuple[str, str], fields: dict[str, str]) -> None:
    subject, body = text
    await MAILER.send(job, to, subject.format(**fields), body.format(**fields))
    async with job.unit():
        pass


def _fields(row: Any) -> dict[str, str]:
    return {
        "name": _flat(row["display_name"]), "team": _flat(row["team_name"]), "receipt_no": row["receipt_no"],
    }  # fmt: skip


def _flat(text: str) -> str:
    return " ".join(text.split())


def _language(row: Any) -> str:
    return "en" if row["locale"] == "en" else "zh"


HANDLERS: dict[str, Handler] = {
    "applications.mail_team_invitation": mail_team_invitation,
    "applications.mail_receipt": mail_receipt,
    "applications.mail_formal_check": mail_formal_check,
}
