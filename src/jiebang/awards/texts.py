"""What a notice, a contract and a pledge say: plain JSON values, hashed and frozen by the service."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from jiebang.awards.domain import binding
from jiebang.kernel.canonical import digest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from jiebang.applications.api import OpenedApplication, TeamOrgFacts
    from jiebang.challenges.api import FrozenTopic
    from jiebang.kernel.text import BilingualText
    from jiebang.kernel.working_days import Deadline, Period


@dataclass(frozen=True, slots=True)
class Organisations:
    """The public bodies of a contract."""

    agency: tuple[UUID, BilingualText]
    funder: tuple[UUID, BilingualText]
    end_user: tuple[UUID, BilingualText]


def notice_text(
    topic: FrozenTopic, entries: Sequence[Mapping[str, Any]], period: Period, last_day: Deadline
) -> dict[str, Any]:
    """What everybody reads: the winners with their units, never a score, a loser or a reviewer."""
    return {
        "topic": {"id": str(topic.topic_id), "code": topic.code, "title": asdict(topic.body.title)},
        "agency": asdict(topic.agency),
        "winners": [
            {"rank": e["rank"], "team": e["team"], "lead_org": e["lead_org"]["name"]}
            for e in entries
            if e["outcome"] == "recommended"
        ],
        "period": {"n": period.n, "unit": period.unit, "zone": "Asia/Shanghai"},
        "last_day": last_day.date.isoformat(),
        "provisional": last_day.provisional,
        "text": {
            "zh": f"根据专家评审结果和集体决策，现将榜题 {topic.code}“{topic.body.title.get('zh')}”拟立项名单予以公示，"
            f"公示至 {last_day.date.isoformat()} 24 时止。",
            "en": f"After expert review and a collective decision, the proposed awards of topic {topic.code}, "
            f'"{topic.body.title.get("en")}", are hereby announced until 24:00 on {last_day.date.isoformat()} '
            "(Shanghai time).",
        },
    }


def contract_text(
    number: str,
    topic: FrozenTopic,
    bid: OpenedApplication,
    orgs: Organisations,
    award_list_id: UUID,
    sign_by: datetime,
) -> dict[str, Any]:
    """The task contract: the topic's text and the team's bid made binding, nothing lowered, nothing added.

    Milestones fall due `months` after the contract takes effect; amounts are minor units of `currency`.
    """
    text, promised = topic.body, bid.answers.get("part_b", {}).get("promised", {})
    return {
        "number": number,
        "title": asdict(text.title),
        "authoritative": text.authoritative,
        "topic": {"id": str(topic.topic_id), "code": topic.code, "n": topic.n, "sha256": topic.sha256},
        "application": {
            "id": str(bid.application_id),
            "submission_id": str(bid.submission_id),
            "receipt_no": bid.receipt_no,
        },
        "award_list_id": str(award_list_id),
        "parties": {
            **{
                role: {"org_id": str(org_id), "name": asdict(name)}
                for role, (org_id, name) in (
                    ("agency", orgs.agency),
                    ("funder", orgs.funder),
                    ("end_user", orgs.end_user),
                )
            },
            "team": {"id": str(bid.team_id), "name": bid.team_name},
            "lead_org": _unit(lead_org(bid)),
            "partner_orgs": [_unit(org) for org in bid.orgs if org.role == "partner"],
            "lead_person": lead_person(bid),
        },
        "indicators": [
            {
                "code": i.code,
                "name": asdict(i.name),
                "unit": i.unit,
                "comparator": i.comparator,
                "value": binding(i.comparator, i.threshold, promised.get(i.code)),
                "topic_value": i.threshold,
                "promised_value": promised.get(i.code),
                "method": asdict(i.method),
            }
            for i in text.indicators
        ],
        "milestones": [
            {
                "n": n,
                "code": m.code,
                "title": asdict(m.title),
                "months": m.months,
                "amount_minor": m.tranche_minor,
                "evidence": asdict(m.evidence),
            }
            for n, m in enumerate(text.milestones, start=1)
        ],
        "amount_minor": text.purse_minor,
        "currency": text.currency,
        "acceptance": asdict(text.acceptance),
        "ip_terms": asdict(text.ip_terms),
        "rules": {"code": topic.rules.code, "version": topic.rules.version, "sha256": digest(topic.rules)},
        "sign_by": sign_by.isoformat(),
    }


def pledge_text(contract: Mapping[str, Any], contract_sha256: str) -> dict[str, Any]:
    """The pledge 军令状 of lead person and lead unit, tied to the contract by its digest."""
    parties = contract["parties"]
    person, unit, title = parties["lead_person"]["name"], parties["lead_org"]["name"], contract["title"]
    months = max((m["months"] for m in contract["milestones"]), default=0)
    return {
        "number": contract["number"],
        "contract_sha256": contract_sha256,
        "lead_person": parties["lead_person"],
        "lead_org": parties["lead_org"],
        "text": {
            "zh": f"{person}（项目负责人）与{unit['zh'] or unit['en']}（牵头单位）郑重承诺："
            f"揭榜承担“{title['zh'] or title['en']}”，"
            f"自任务书生效之日起 {months} 个月内完成全部考核指标，不降低、不替换；"
            "如实保存原始记录，按里程碑接受考核；因主观不努力未完成任务的，承担相应责任。",
            "en": f"{person} (project lead) and {unit['en'] or unit['zh']} (lead organisation) pledge to deliver "
            f'"{title["en"] or title["zh"]}": every indicator within {months} months of the contract taking effect, '
            "none lowered and none replaced; to keep true original records and be assessed at each milestone; and to "
            "answer for a failure that comes from want of effort.",
        },
    }


def lead_org(bid: OpenedApplication) -> TeamOrgFacts:
    """The team's lead unit."""
    return next(org for org in bid.orgs if org.role == "lead")


def lead_person(bid: OpenedApplication) -> dict[str, str]:
    """The team's lead person: id and name."""
    person = next(p for p in bid.people if p.role == "lead")
    return {"person_id": str(person.person_id), "name": person.name}


def _unit(org: TeamOrgFacts) -> dict[str, Any]:
    return {
        "org_id": str(org.org_id),
        "name": {"zh": org.name_zh, "en": org.name_en},
        "work_bp": org.work_bp,
        "share_bp": org.share_bp,
    }
