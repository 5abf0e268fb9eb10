"""The words of the public pages in both languages, and how they write days, instants and money."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from jiebang.kernel.money import minor_digits
from jiebang.kernel.working_days import SHANGHAI

if TYPE_CHECKING:
    from jiebang.web.spa import Language

_MONTHS = "January February March April May June July August September October November December".split()  # noqa: SIM905
_WORDS = {
    "skip": ("跳到正文", "Skip to content"),
    "main": ("主导航", "Main"),
    "other": ("English", "中文"),
    "challenges": ("榜单", "Open challenges"),
    "slogan": (
        "谁有本事谁揭榜。课题公开、规则公开、过程留痕。",
        "Whoever can do it may take it up. Topics, rules and every step are public.",
    ),
    "notices": ("结果与公示", "Results and notices"),
    "notices_slogan": (
        "拟立项名单的公示，连同起止时间。",
        "Public notices of proposed awards, with the time for objections.",
    ),
    "audit": ("审计公示", "Audit checkpoints"),
    "audit_slogan": (
        "每一次办理都记入审计日志，逐条相连成链。链的最新位置每天签名后在此公布，任何人都可以保存，用来发现日后的改动。",
        "Every deed is linked into the audit log; its newest position is signed here daily, for everybody to keep.",
    ),
    "audit_how": (
        "把公布记录与监督人员导出的全链放在一起，用下面的命令离线核对；签名只说明是谁公布的，真正的保障来自许多人各自保存、彼此比对。",
        "Compare it offline with a supervisor's export; that many people keep copies is what proves the log is whole.",
    ),
    "no_checkpoints": ("还没有公布记录。", "Nothing has been published yet."),
    "up_to_link": ("截至序号", "Up to link"),
    "hash": ("哈希", "Hash"),
    "public_key": ("公钥（Ed25519）", "Public key (Ed25519)"),
    "feed": ("公布记录（JSON）", "The list (JSON)"),
    "no_topics": ("没有符合条件的榜题。", "No topic matches."),
    "no_notices": ("尚无公示。", "There are no notices yet."),
    "all": ("全部", "All"),
    "more": ("下一页", "Next page"),
    "code": ("榜题编号", "Topic"),
    "state": ("状态", "State"),
    "agency": ("发榜单位", "Agency"),
    "purse": ("支持经费", "Purse"),
    "awards": ("拟立项数", "Awards"),
    "published": ("发布", "Published"),
    "closes": ("截止", "Closes"),
    "applications": ("收到申请", "Applications received"),
    "problem": ("需求与问题", "The problem"),
    "baseline": ("现有水平", "Where things stand"),
    "gap": ("差距", "The gap"),
    "acceptance": ("验收", "Acceptance"),
    "ip_terms": ("知识产权", "Intellectual property"),
    "indicators": ("考核指标", "Assessment indicators"),
    "indicator": ("指标", "Indicator"),
    "threshold": ("指标值", "Required value"),
    "method": ("测试方法", "Method"),
    "criteria": ("评审标准", "Review criteria"),
    "criterion": ("标准", "Criterion"),
    "weight": ("权重", "Weight"),
    "milestones": ("里程碑与拨付", "Milestones and payments"),
    "milestone": ("里程碑", "Milestone"),
    "month": ("合同生效后", "After the contract takes effect"),
    "tranche": ("拨付", "Payment"),
    "evidence": ("证明材料", "Evidence"),
    "digest": ("冻结文本的 SHA-256", "SHA-256 of the frozen text"),
    "winners": ("拟立项团队", "Proposed winners"),
    "rank": ("名次", "Rank"),
    "team": ("团队", "Team"),
    "lead_org": ("牵头单位", "Lead organisation"),
    "topic": ("榜题", "Topic"),
    "draws": ("专家抽取", "Draws of experts"),
    "draws_slogan": (
        "各方先公布随机数的摘要，名单冻结后再公布随机数；抽取之后任何人都可以核对。",
        "Each party first publishes a digest of its random bytes, then the bytes; anybody can then check the draw.",
    ),
    "draw_numbered": ("第 {n} 次抽取", "Draw {n}"),
    "no_draw": ("没有这一次抽取。", "There is no such draw."),
    "reason": ("重新抽取的理由", "Why it is drawn again"),
    "announced": ("宣布抽取", "Announced"),
    "commit_by": ("承诺截至", "Commitments until"),
    "frozen_at": ("冻结名单", "Roster frozen"),
    "frozen_sha256": ("冻结名单的 SHA-256", "SHA-256 of the frozen roster"),
    "reveal_by": ("公开截至", "Shares until"),
    "drawn_at": ("抽取完成", "Drawn"),
    "party": ("参与方", "Party"),
    "platform": ("平台", "Platform"),
    "party_agency": ("主管部门", "Agency"),
    "supervisor": ("监督方", "Supervisor"),
    "applicants": ("申请人代表", "Applicants"),
    "commitment": ("承诺（SHA-256）", "Commitment (SHA-256)"),
    "committed_at": ("承诺时间", "Committed"),
    "revealed_at": ("公开随机数", "Share revealed"),
    "silent": ("未公开，不计入", "Not revealed, left out"),
    "record": ("公开记录", "Public record"),
    "commitments": ("承诺清单", "List of commitments"),
    "last_day": ("公示截止", "Notice ends"),
    "running": ("公示中", "Open for objections"),
    "ended": ("公示期满", "Ended"),
    "open": ("揭榜中", "Open"),
    "closed": ("已截止", "Closed"),
    "screening": ("形式审查", "Formal check"),
    "reviewing": ("评审中", "In review"),
    "proposed": ("拟定名单", "Awards proposed"),
    "public_notice": ("公示中", "Public notice"),
    "awarded": ("已立项", "Awarded"),
    "months": ("{n} 个月", "{n} months"),
    "one_month": ("1 个月", "1 month"),
}
STATES = ("open", "closed", "screening", "reviewing", "proposed", "public_notice", "awarded")


def word(key: str, lang: Language) -> str:
    """The word for `key`; a state that has none is shown as it is called."""
    pair = _WORDS.get(key)
    return key if pair is None else pair[lang == "en"]


def numbered(n: str, lang: Language) -> str:
    """A draw by its number."""
    return word("draw_numbered", lang).format(n=n)


def after_months(n: int, lang: Language) -> str:
    """A number of months."""
    return word("one_month" if n == 1 else "months", lang).format(n=n)


def day(text: str, lang: Language) -> str:
    """An ISO date."""
    at = date.fromisoformat(text)
    return f"{at.year}年{at.month}月{at.day}日" if lang == "zh-CN" else f"{at.day} {_MONTHS[at.month - 1]} {at.year}"


def instant(text: str, lang: Language) -> str:
    """An ISO instant in Beijing time, to the minute."""
    at = datetime.fromisoformat(text).astimezone(SHANGHAI)
    on = day(at.date().isoformat(), lang)
    return f"{on} {at:%H:%M}（北京时间）" if lang == "zh-CN" else f"{on}, {at:%H:%M} Beijing time (UTC+8)"


def midnight_after(text: str, lang: Language) -> str:
    """The end of an ISO date, as notices say it."""
    on = day(text, lang)
    return f"{on} 24:00（北京时间）" if lang == "zh-CN" else f"24:00 on {on}, Beijing time (UTC+8)"


def money(amount_minor: int, currency: str, lang: Language) -> str:
    """An amount with the decimals of its currency, whole minor units in, never a float."""
    digits = minor_digits(currency)
    whole, part = divmod(amount_minor, 10**digits)
    figure = f"{whole:,}.{part:0{digits}}" if digits else f"{whole:,}"
    return f"{figure} 元" if lang == "zh-CN" and currency == "CNY" else f"{currency} {figure}"
