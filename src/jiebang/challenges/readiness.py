"""What a topic still lacks before it may be reviewed and published: everything at once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields, is_dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from jiebang.challenges.rules import WEIGHT_TOTAL
from jiebang.kernel.errors import Rule
from jiebang.kernel.text import BilingualText, Language
from jiebang.kernel.working_days import SHANGHAI, deadline

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

    from jiebang.challenges.content import TopicDraft
    from jiebang.challenges.rules import RuleSet
    from jiebang.kernel.working_days import Calendar

MISSING = Rule("topic.missing", zh="此项尚未填写。", en="This is not filled in yet.")
LANGUAGE_MISSING = Rule(
    "topic.language_missing",
    zh="缺少{name_zh}文本。",
    en="The {name_en} text is missing.",
)
PURSE_ZERO = Rule("topic.purse_zero", zh="榜金应大于零。", en="The purse must be more than zero.")
WEIGHTS = Rule(
    "topic.weights",
    zh="各项评审标准的权重之和应为 100，现为 {total}。",
    en="The weights of the criteria add up to 100; they are {total} now.",
)
TRANCHES = Rule(
    "topic.tranches",
    zh="各里程碑拨付金额之和应等于榜金 {purse}（最小货币单位），现为 {total}。",
    en="The milestones' tranches add up to the purse of {purse} minor units; they are {total} now.",
)
MONTHS = Rule(
    "topic.milestone_order",
    zh="里程碑应按时间先后排列，本项早于前一项。",
    en="Milestones follow one another in time; this one is before the previous.",
)
CODE_TWICE = Rule("topic.code_twice", zh="代码“{code}”重复。", en='The code "{code}" is there twice.')
TRACK_UNKNOWN = Rule(
    "topic.track_unknown",
    zh="分类体系 {taxonomy} 中没有赛道“{code}”。",
    en='The taxonomy {taxonomy} has no track "{code}".',
)
TRACK_TWICE = Rule("topic.track_twice", zh="同一赛道只列一次。", en="Each track is listed once.")
DIRECTION_UNKNOWN = Rule(
    "topic.direction_unknown",
    zh="技术方向“{code}”不属于所选赛道。",
    en='The direction "{code}" belongs to none of the chosen tracks.',
)
CLOSES_TOO_SOON = Rule(
    "topic.closes_too_soon",
    zh="截止时间距发榜不足规定期限：若现在发榜，最早可为 {earliest}（北京时间）。",
    en="The closing instant is too soon after publication: published now, the topic may close on {earliest} (Beijing "
    "time) at the earliest.",
)
CALENDAR_ENDS = Rule(
    "topic.calendar_ends",
    zh="截止日或之后的工作日尚无官方放假安排（目前公布到 {until}），届时期限将按通知重新计算。",
    en="The official calendar ends on {until}, before the closing day; working days after it are provisional and will "
    "be computed again when the notice arrives.",
)

_LANGUAGE_NAMES = {"zh": ("中文", "Chinese"), "en": ("英文", "English")}
_REQUIRED = (
    "authoritative", "track", "title", "problem", "baseline", "gap", "acceptance", "ip_terms", "indicators",
    "currency", "purse_minor", "award_count", "criteria", "milestones",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend at `pointer` (RFC 6901, into the draft). What is not `blocking` is advice."""

    pointer: str
    rule: Rule
    blocking: bool = True


def _filled(rule: Rule, **facts: object) -> Rule:
    return Rule(rule.code, rule.zh.format(**facts), rule.en.format(**facts))


def missing(
    draft: TopicDraft,
    *,
    rules: RuleSet,
    closes_at: datetime | None,
    now: datetime,
    directions: Mapping[str, Collection[str]],
    calendar: Calendar,
) -> list[Finding]:
    """Everything that stands between `draft` and its publication at `now`.

    `directions` maps each track of the draft's taxonomy to the codes of its directions.
    """
    return [
        *(Finding(f"/text/{name}", MISSING) for name in _REQUIRED if getattr(draft, name) in (None, ())),
        *_languages(draft, {*rules.languages_required, *([draft.authoritative] if draft.authoritative else [])}),
        *_tracks(draft, directions),
        *_figures(draft),
        *_codes(draft),
        *_closing(rules, closes_at, now, calendar),
    ]


def _languages(draft: TopicDraft, needed: Collection[Language]) -> Iterator[Finding]:
    for pointer, text in _texts(draft, "/text"):
        for language in text.missing():
            if language in needed:
                zh, en = _LANGUAGE_NAMES[language]
                yield Finding(f"{pointer}/{language}", _filled(LANGUAGE_MISSING, name_zh=zh, name_en=en))


def _texts(value: Any, at: str) -> Iterator[tuple[str, BilingualText]]:
    if isinstance(value, BilingualText):
        yield at, value
    elif isinstance(value, tuple):
        for i, item in enumerate(value):
            yield from _texts(item, f"{at}/{i}")
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _texts(getattr(value, name), f"{at}/{name}")
    elif is_dataclass(value):
        for field in fields(value):
            yield from _texts(getattr(value, field.name), f"{at}/{field.name}")


def _tracks(draft: TopicDraft, directions: Mapping[str, Collection[str]]) -> Iterator[Finding]:
    named = [("/text/track", draft.track)] if draft.track else []
    named += [(f"/text/secondary_tracks/{i}", code) for i, code in enumerate(draft.secondary_tracks)]
    seen: set[str] = set()
    for pointer, code in named:
        if code not in directions:
            yield Finding(pointer, _filled(TRACK_UNKNOWN, taxonomy=draft.taxonomy, code=code))
        elif code in seen:
            yield Finding(pointer, TRACK_TWICE)
        seen.add(code)
    known = {direction for code in seen for direction in directions.get(code, ())}
    for i, code in enumerate(draft.directions):
        if code not in known:
            yield Finding(f"/text/directions/{i}", _filled(DIRECTION_UNKNOWN, code=code))


def _figures(draft: TopicDraft) -> Iterator[Finding]:
    if draft.purse_minor == 0:
        yield Finding("/text/purse_minor", PURSE_ZERO)
    weights = sum(criterion.weight for criterion in draft.criteria)
    if draft.criteria and weights != WEIGHT_TOTAL:
        yield Finding("/text/criteria", _filled(WEIGHTS, total=weights))
    tranches = sum(milestone.tranche_minor for milestone in draft.milestones)
    if draft.milestones and draft.purse_minor is not None and tranches != draft.purse_minor:
        yield Finding("/text/milestones", _filled(TRANCHES, purse=draft.purse_minor, total=tranches))
    for i, (before, after) in enumerate(pairwise(draft.milestones), start=1):
        if after.months < before.months:
            yield Finding(f"/text/milestones/{i}/months", MONTHS)


def _codes(draft: TopicDraft) -> Iterator[Finding]:
    for name in ("indicators", "criteria", "milestones", "directions"):
        codes = [item if isinstance(item, str) else item.code for item in getattr(draft, name)]
        for code, times in Counter(codes).items():
            if times > 1:
                yield Finding(f"/text/{name}", _filled(CODE_TWICE, code=code))


def _closing(rules: RuleSet, closes_at: datetime | None, now: datetime, calendar: Calendar) -> Iterator[Finding]:
    if closes_at is None:
        yield Finding("/closes_at", MISSING)
        return
    earliest = deadline(now, rules.publication_lead, calendar)
    if closes_at < earliest.instant:
        yield Finding(
            "/closes_at",
            _filled(CLOSES_TOO_SOON, earliest=f"{earliest.instant.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"),
        )
    if earliest.provisional or not calendar.covers(closes_at.astimezone(SHANGHAI).date()):
        yield Finding("/closes_at", _filled(CALENDAR_ENDS, until=calendar.covered_until), blocking=False)
