"""Topics, written straight into the database: tests of later slices need no drafting."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from jiebang.challenges import reference
from jiebang.challenges.content import TopicText, frozen_digest
from jiebang.challenges.rules import PUDONG_GOV, RuleSet
from jiebang.kernel.canonical import canonical_json, digest
from jiebang.platform.db import ENGINE, Role
from support import people

if TYPE_CHECKING:
    from jiebang.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class PublishedTopic:
    """A published topic with everybody who works for it. The officers act for the agency, `funder_*` for the funder."""

    id: UUID
    code: str
    agency_id: UUID
    funder_id: UUID
    end_user_id: UUID
    rule_set_id: UUID
    text: TopicText
    rules: RuleSet
    sha256: str
    published_at: datetime
    closes_at: datetime
    drafter: Actor
    legal_reviewer: Actor
    approver: Actor
    screener: Actor
    draw_officer: Actor
    opening_officers: tuple[Actor, Actor]
    supervisor: Actor
    funder_requester: Actor
    funder_approver: Actor
    end_user: Actor


def topic_text(**changes: Any) -> TopicText:
    """A coherent topic: two indicators, two criteria (60, 40), two milestones that pay CNY 10 000 in all."""
    return TopicText.model_validate({
        "authoritative": "zh",
        "track": "deep_sea",
        "directions": ("deep_sea.01",),
        "title": {"zh": "深海坞站", "en": "Seabed dock"},
        "problem": {"zh": "水下机器人需要长期驻留海底。", "en": "Underwater robots need to stay on the seabed."},
        "baseline": {"zh": "驻留不超过三十日。", "en": "At most thirty days of residence."},
        "gap": {"zh": "无通用接口。", "en": "There is no common interface."},
        "acceptance": {"zh": "连续驻留九十日。", "en": "Ninety days of residence."},
        "ip_terms": {"zh": "知识产权归揭榜方。", "en": "The taker owns the results."},
        "indicators": (
            {"code": "depth", "name": {"zh": "工作水深", "en": "Working depth"}, "unit": "m", "comparator": ">=",
             "threshold": "4500", "method": {"zh": "压力舱试验", "en": "Pressure chamber test"}},
            {"code": "latency", "name": {"zh": "时延", "en": "Latency"}, "unit": "ms", "comparator": "<=",
             "threshold": "20.5", "method": {"zh": "实测", "en": "Measured"}},
        ),
        "currency": "CNY",
        "purse_minor": 1_000_000,
        "award_count": 1,
        "criteria": (
            {"code": "merit", "name": {"zh": "技术先进性", "en": "Technical merit"}, "weight": 60},
            {"code": "plan", "name": {"zh": "实施方案", "en": "Plan"}, "weight": 40},
        ),
        "milestones": (
            {"code": "m1", "title": {"zh": "样机", "en": "Prototype"}, "months": 3, "tranche_minor": 400_000,
             "evidence": {"zh": "测试报告", "en": "Test report"}},
            {"code": "m2", "title": {"zh": "验收", "en": "Acceptance"}, "months": 12, "tranche_minor": 600_000,
             "evidence": {"zh": "验收报告", "en": "Acceptance report"}},
        ),
        **changes,
    })  # fmt: skip


def as_json(value: object) -> Any:
    """A model or dataclass as it is stored: plain JSON values."""
    return json.loads(canonical_json(value))


async def reference_data(rules: RuleSet = PUDONG_GOV) -> UUID:
    """Taxonomy, presets and calendar as they ship, and `rules`; returns the id of `rules`."""
    await reference.load()
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute(
            "insert into rule_set (id, code, version, body, sha256, created_at) values ($1, $2, $3, $4, $5, now())"
            " on conflict (code, version) do nothing",
            uuid4(), rules.code, rules.version, as_json(rules), digest(rules),
        )  # fmt: skip
        return await db.fetchval("select id from rule_set where code = $1 and version = $2", rules.code, rules.version)


async def published_topic(
    agency_id: UUID | None = None,
    *,
    closes_in: timedelta = timedelta(hours=1),
    text: TopicText | None = None,
    rules: RuleSet = PUDONG_GOV,
) -> PublishedTopic:
    """A published topic that closes `closes_in` from now (negative: has closed), with its people and their roles."""
    text = text or topic_text()
    rule_set_id = await reference_data(rules)
    agency_id = agency_id or await people.organisation("agency", "测试主管部门")
    funder_id = await people.organisation("funder")
    end_user_id = await people.organisation()
    drafter = await people.actor(agency_id, ["agency_officer"], name="起草人")
    legal = await people.actor(agency_id, ["legal_budget_reviewer"], name="审核人")
    approver = await people.actor(agency_id, ["agency_officer"], name="批准人")
    screener = await people.actor(agency_id, ["screener"], name="审查员")
    draw = await people.actor(agency_id, ["agency_officer"], name="抽取人")
    opening = (
        await people.actor(agency_id, ["agency_officer"], name="开启人甲"),
        await people.actor(agency_id, ["agency_officer"], name="开启人乙"),
    )
    now = datetime.now(UTC)
    closes_at = now + closes_in
    published_at = min(now, closes_at) - timedelta(days=31)
    topic_id = uuid4()
    code = f"2026-T{topic_id.hex[:8]}"
    sha256 = frozen_digest(code, 1, closes_at, text, rules)
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute(
            "insert into topic (id, code, agency_id, funder_id, end_user_id, status, version, drafter_id,"
            " legal_reviewer_id, approver_id, rule_set_id, body, closes_at, published_at, created_at, updated_at)"
            " values ($1, $2, $3, $4, $5, 'published', 5, $6, $7, $8, $9, $10, $11, $12, $12, $12)",
            topic_id, code, agency_id, funder_id, end_user_id, drafter.person_id, legal.person_id,
            approver.person_id, rule_set_id, as_json(text), closes_at, published_at,
        )  # fmt: skip
        await db.execute(
            "insert into topic_version (id, topic_id, agency_id, n, body, rules, closes_at, sha256, published_at,"
            " published_by) values ($1, $2, $3, 1, $4, $5, $6, $7, $8, $9)",
            uuid4(), topic_id, agency_id, as_json(text), as_json(rules), closes_at, sha256, published_at,
            approver.person_id,
        )  # fmt: skip
        await db.execute(
            "insert into public_topic (topic_id, code, n, status, field_code, track_code, fields, tracks, agency_id,"
            " agency_zh, agency_en, title_zh, title_en, purse_minor, currency, body, rules, sha256, published_at,"
            " closes_at, terms) select $1, $2, 1, 'published', 'future_space', $3, '{future_space}', $4, o.id,"
            " o.name_zh, o.name_en, $6, $7, $8, $9, $10, $11, $12, $13, $14, '{}' from organisation o where o.id = $5",
            topic_id, code, text.track, list(text.tracks), agency_id, text.title.zh, text.title.en,
            text.purse_minor, text.currency, as_json(text), as_json(rules), sha256, published_at, closes_at,
        )  # fmt: skip
        for actor, role in (
            (drafter, "drafter"),
            (legal, "legal_budget_reviewer"),
            (approver, "approver"),
            (screener, "screener"),
            (draw, "draw_officer"),
            *((o, "opening_officer") for o in opening),
        ):
            await db.execute(
                "insert into topic_role (id, topic_id, agency_id, person_id, person_name, role, granted_by, granted_at)"
                " values ($1, $2, $3, $4, $5, $6, $7, now())",
                uuid4(), topic_id, agency_id, actor.person_id, actor.display_name, role, drafter.person_id,
            )  # fmt: skip
    return PublishedTopic(
        id=topic_id,
        code=code,
        agency_id=agency_id,
        funder_id=funder_id,
        end_user_id=end_user_id,
        rule_set_id=rule_set_id,
        text=text,
        rules=rules,
        sha256=sha256,
        published_at=published_at,
        closes_at=closes_at,
        drafter=drafter,
        legal_reviewer=legal,
        approver=approver,
        screener=screener,
        draw_officer=draw,
        opening_officers=opening,
        supervisor=await people.actor(agency_id, ["supervisor"], name="监督人"),
        funder_requester=await people.actor(funder_id, ["finance_officer"], name="请款人"),
        funder_approver=await people.actor(funder_id, ["finance_officer"], name="复核人"),
        end_user=await people.actor(end_user_id, ["end_user"], name="最终用户"),
    )


async def close(topic_id: UUID) -> None:
    """Let a topic close a second ago, as if its time had passed (text and hash stay)."""
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        await db.execute("update topic set closes_at = now() - interval '1 second' where id = $1", topic_id)
        await db.execute(
            "update public_topic set closes_at = now() - interval '1 second' where topic_id = $1", topic_id
        )
