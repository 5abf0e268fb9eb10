"""The season as a whole: its calendar, and its teams, bids and evidence put together for three topics.

The calendar is written out by hand from the 2026 holiday notice; the product computes its instants itself.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from jiebang.demo import deep_sea, energy, robots
from jiebang.demo.generic import bids_for, evidence_for
from jiebang.demo.model import Season, Step, Text
from jiebang.demo.organisations import ORGANISATIONS
from jiebang.demo.people import EXPERTS, PEOPLE
from jiebang.demo.teams import TEAMS

if TYPE_CHECKING:
    from jiebang.demo.model import Organisation, TopicContent

ZONE = ZoneInfo("Asia/Shanghai")

TOPICS = (energy.TOPIC, robots.TOPIC, deep_sea.TOPIC)


def _at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


STEPS: tuple[Step, ...] = (
    Step(
        "start",
        _at(3, 2, 9),
        Text("开季，登记单位与人员", "The season starts; organisations and people register"),
    ),
    Step("draft", _at(3, 2, 14), Text("起草榜题", "Topics are drafted")),
    Step("topic_review", _at(3, 3, 9), Text("法制与财政审核", "Legal and budget review")),
    Step("approve", _at(3, 3, 15), Text("批准榜题", "Topics are approved")),
    Step("publish", _at(3, 4, 9), Text("发榜", "Publication")),
    Step("apply", _at(3, 16, 9), Text("组队、填报、上传", "Teams form, fill in and upload")),
    Step("submit", _at(4, 7, 10), Text("提交申请书", "Applications are submitted")),
    # 35 calendar days after publication; Qingming (4 to 6 April) lies before it.
    Step("close", _at(4, 8, 17), Text("截止", "Closing instant")),
    Step("opening", _at(4, 9, 9, 30), Text("开启申请书", "Opening of the applications")),
    Step("formal_check", _at(4, 9, 14), Text("形式审查", "Formal check")),
    Step("blind_copy", _at(4, 10, 9), Text("生成盲评副本", "Blind copies")),
    Step("draw", _at(4, 10, 14), Text("抽取专家", "Draw of experts")),
    Step("declare", _at(4, 13, 9), Text("专家声明无利益冲突", "Experts declare no conflict")),
    Step("review", _at(4, 22, 10), Text("提交评审意见", "Reviews are submitted")),
    Step("score", _at(4, 27, 9), Text("汇总评分", "Scores are aggregated")),
    Step("award_list", _at(4, 29, 10), Text("集体审议拟立项名单", "The award list is decided")),
    # Five working days after the day of publication: 6, 7, 8, 9 and 11 May. Labour Day is 1 to 5 May;
    # Saturday 9 May is a make-up workday, Sunday 10 May is not.
    Step("notice", _at(4, 30, 9), Text("公示开始", "The public notice starts")),
    Step("notice_end", _at(5, 12, 0), Text("公示期满", "The public notice has ended")),
    Step("confirm", _at(5, 12, 9, 30), Text("确认立项", "Awards are confirmed")),
    Step("contract", _at(5, 18, 10), Text("签订任务书与军令状", "Contract and pledge")),
    # Three months after the contract, as the first milestone of every topic says.
    Step("milestone", _at(8, 18, 10), Text("提交里程碑材料", "Milestone evidence is submitted")),
    Step("confirm_milestone", _at(8, 25, 10), Text("最终用户确认", "The end user confirms")),
    Step("request_payment", _at(8, 26, 10), Text("申请拨付", "Disbursement is requested")),
    Step("approve_payment", _at(8, 27, 10), Text("第二人核准拨付", "A second person approves")),
    Step("end", _at(8, 28, 10), Text("本季结束", "The season ends")),
)


def season(topics: tuple[TopicContent, ...] = TOPICS) -> Season:
    """The fictional season, or the same people, teams and calendar around three other `topics`.

    Topics without bids of their own get four bids and one piece of evidence derived from their indicators.
    """
    if len(topics) != len(TOPICS):
        msg = f"a season has {len(TOPICS)} topics, not {len(topics)}"
        raise ValueError(msg)
    own = {module.TOPIC.key: module for module in (energy, robots, deep_sea)}
    teams = [[team for team in TEAMS if team.slot == slot] for slot in range(len(topics))]
    pairs = list(zip(topics, teams, strict=True))
    fits = topics == TOPICS
    return Season(
        organisations=ORGANISATIONS,
        people=PEOPLE,
        experts=EXPERTS,
        teams=TEAMS,
        topics=topics,
        bids=tuple(bid for t, four in pairs for bid in (own[t.key].BIDS if fits else bids_for(t, four))),
        evidence=tuple(own[t.key].EVIDENCE if fits else evidence_for(t) for t in topics),
        steps=STEPS,
    )


def instant(code: str) -> datetime:
    """The instant of a step of the calendar. `KeyError` for an unknown code."""
    return {step.code: step.at for step in STEPS}[code]


def identity_sheet(team_key: str) -> tuple[str, ...]:
    """Part A of a team's application, in Chinese: who they are and how work and money are shared."""
    team = next(t for t in TEAMS if t.key == team_key)
    people, orgs = {p.key: p for p in PEOPLE}, {o.key: o for o in ORGANISATIONS}
    lead, member = people[team.lead], people[team.member]
    roles = (("牵头单位", orgs[team.lead_org], 0), ("参与单位", orgs[team.partner_org], 1))
    return (
        f"揭榜团队：{team.name.zh}（{team.name.en}）",
        *(
            f"{role}：{org.name.zh}，{_identifier(org)}；承担任务{team.work_bp[i] / 100:g}%，"
            f"使用经费{team.money_bp[i] / 100:g}%。"
            for role, org, i in roles
        ),
        f"挂帅人：{lead.name.zh}（{lead.name.en}），电子邮箱{lead.email}。",
        f"参与单位负责人：{member.name.zh}（{member.name.en}），电子邮箱{member.email}。",
        "各方已签署联合申报协议，承诺所提交材料真实、合法，任务与经费分工与协议一致，并保证申请书匿名部分不出现任何身份信息。",
    )


def _identifier(org: Organisation) -> str:
    if org.uscc:
        return f"统一社会信用代码{org.uscc}"
    return f"注册地{org.country}，登记机关{org.registry}，登记号{org.registry_id}"
