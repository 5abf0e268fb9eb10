"""The words of the mails to experts. They name the topic, which is public, and nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_OFFER: Final = {
    "zh": (
        "邀请您评审榜题：{title}",
        """您好：

经随机抽取，您被选为榜题“{title}”的评审专家，共需评审 {proposals} 份匿名申请。

请于 {answer_by} 前登录评审工作台，先声明是否存在利益冲突，再接受或谢绝：

{link}

接受后，请于 {due_on} 前提交全部评审意见。在结果公布前，请勿向任何人透露您参加评审。

揭榜平台
本邮件由系统自动发出，请勿回复。
""",
    ),
    "en": (
        "You are invited to review: {title}",
        """Hello,

A random draw has chosen you as an expert for the topic "{title}". There are {proposals} anonymous applications to judge.

Please sign in to the review desk by {answer_by}, declare whether you have a conflict of interest, and accept or decline:

{link}

If you accept, submit all reviews by {due_on}. Until the result is public, tell nobody that you take part.

Jiebang
This mail was sent automatically. Please do not reply.
""",  # noqa: E501 - a mail's paragraph is one line
    ),
}


def offer_mail(locale: str | None, offer: Mapping[str, Any], link: str) -> tuple[str, str]:
    """Subject and text of an offer, in the expert's language."""
    language = "en" if locale == "en" else "zh"
    subject, text = _OFFER[language]
    fields = {
        "title": " ".join(str(offer[f"title_{language}"]).split()),
        "proposals": str(offer["proposals"]),
        "answer_by": offer["answer_by"].isoformat(),
        "due_on": offer["due_on"].isoformat(),
        "link": link,
    }
    return subject.format(**fields), text.format(**fields)
