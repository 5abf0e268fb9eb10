"""The mails' words, in Chinese and English; plain text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jiebang.kernel.text import Language


@dataclass(frozen=True, slots=True)
class Text:
    """Subject and body in one language, with `{fields}`."""

    subject: str
    body: str

    def fill(self, fields: Mapping[str, str]) -> Text:
        """The text with its fields; a line break in a field becomes a space, so that none can forge a header."""
        flat = {name: " ".join(value.split()) for name, value in fields.items()}
        return Text(self.subject.format(**flat), self.body.format(**flat))


Template = dict["Language", Text]

VERIFICATION: Final[Template] = {
    "zh": Text(
        "请验证您的揭榜平台邮箱",
        """{name}，您好：

您刚刚用本邮箱在揭榜平台注册了账号。请打开以下链接，输入注册时设置的密码，完成验证。链接两天内有效，只能使用一次：

{link}

如果不是您本人操作，请忽略本邮件，该账号不会启用。

揭榜平台
本邮件由系统自动发出，请勿回复。
""",
    ),
    "en": Text(
        "Confirm your e-mail address for Jiebang",
        """Hello {name},

You have just signed up for Jiebang with this address. To confirm it, open the link below and enter the password that you chose. The link works once, within two days:

{link}

If this was not you, ignore this mail; the account stays closed.

Jiebang
This mail was sent automatically. Please do not reply.
""",  # noqa: E501 - a mail's paragraph is one line
    ),
}

KNOWN: Final[Template] = {
    "zh": Text(
        "您的邮箱已在揭榜平台注册",
        """{name}，您好：

刚才有人用本邮箱在揭榜平台注册，而本邮箱已有账号，因此没有创建新账号，原账号也没有任何变化。

如果是您本人操作，请直接用原密码登录：

{link}

如果不是您本人操作，无需处理。

揭榜平台
本邮件由系统自动发出，请勿回复。
""",
    ),
    "en": Text(
        "You already have a Jiebang account",
        """Hello {name},

Someone has just tried to sign up for Jiebang with this address. It already has an account, so no new one was made and nothing about yours has changed.

If this was you, sign in with your existing password:

{link}

If it was not, there is nothing to do.

Jiebang
This mail was sent automatically. Please do not reply.
""",  # noqa: E501
    ),
}

INVITATION: Final[Template] = {
    "zh": Text(
        "{org}邀请您加入揭榜平台",
        """您好：

{org}邀请您在揭榜平台以“{role}”的身份加入。请用本邮箱登录（没有账号请先注册），再打开以下链接接受邀请，链接十四天内有效，只能使用一次：

{link}

如果您不认识该单位，请忽略本邮件。

揭榜平台
本邮件由系统自动发出，请勿回复。
""",
    ),
    "en": Text(
        "{org} invites you to Jiebang",
        """Hello,

{org} invites you to join it on Jiebang as {role}. Sign in with this address (sign up first if you have no account), then open the link below to accept. The link works once, within fourteen days:

{link}

If you do not know this organisation, ignore this mail.

Jiebang
This mail was sent automatically. Please do not reply.
""",  # noqa: E501
    ),
}

ROLES: Final[dict[str, dict[Language, str]]] = {
    "org_admin": {"zh": "单位管理员", "en": "administrator"},
    "member": {"zh": "成员", "en": "member"},
    "agency_officer": {"zh": "主管部门人员", "en": "agency officer"},
    "legal_budget_reviewer": {"zh": "法制与预算审核人员", "en": "legal and budget reviewer"},
    "screener": {"zh": "形式审查人员", "en": "formal screener"},
    "finance_officer": {"zh": "资金管理人员", "en": "finance officer"},
    "supervisor": {"zh": "监督人员", "en": "supervisor"},
    "end_user": {"zh": "最终用户代表", "en": "end user"},
}


def language_of(locale: str | None) -> Language | None:
    """A person's locale as a language; None when nobody knows it."""
    return None if locale is None else "zh" if locale.startswith("zh") else "en"


def write(template: Template, language: Language | None, fields: Mapping[Language, Mapping[str, str]]) -> Text:
    """The mail in the recipient's language, or in both, Chinese first, when it is unknown."""
    if language is not None:
        return template[language].fill(fields[language])
    zh, en = (template[one].fill(fields[one]) for one in ("zh", "en"))
    return Text(f"{zh.subject} / {en.subject}", f"{zh.body}\n----\n\n{en.body}")
