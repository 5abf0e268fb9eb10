"""Real prize challenges as topics: their own English text, with a mapping file for what else a topic needs.

The texts are not part of the project: they are read from a file that the caller names (public sample data of
challenge.gov, CC0). The mapping gives track, Chinese title and abstract, indicators, weights and tranches;
the purse is the prize that the record itself offers.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jiebang.demo import deep_sea, energy, robots
from jiebang.demo.html_text import html_to_text
from jiebang.demo.model import Criterion, Indicator, Milestone, Text, TopicContent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_TEXT_FIELDS = ("description", "judging", "rules", "how-to-enter", "prizes")
_MAX_PROBLEM = 8_000  # characters of the English problem text
_END_USERS = (energy.TOPIC.end_user, robots.TOPIC.end_user, deep_sea.TOPIC.end_user)

_CRITERIA = {criterion.code: criterion.name for criterion in energy.TOPIC.criteria}
_NODES = (
    (
        Text("原型样机通过第三方测试", "Prototype passes an independent test"),
        Text(
            "样机、第三方测试报告、原始数据及其哈希值。",
            "Prototype, independent test report, raw data with hashes.",
        ),
    ),
    (
        Text("工程样机与用户现场试用", "Engineering sample and trial at the user's site"),
        Text("工程样机测试报告、用户试用记录。", "Test report of the engineering sample, record of the trial."),
    ),
    (
        Text("示范应用与验收准备", "Demonstration and preparation of acceptance"),
        Text(
            "示范运行记录、最终用户意见、专项审计报告。",
            "Operating record, the end user's opinion, special audit.",
        ),
    ),
)
_BASELINE = Text(
    "现有做法及背景以英文权威文本为准，此处仅作提要：同类产品已有应用，但尚不能同时满足全部考核指标。",
    "As the challenge text describes; products exist, but none meets all indicators at once.",
)
_ACCEPTANCE = Text(
    "全部考核指标经独立第三方测试达标，最终用户出具应用意见后，由主管部门组织验收。",
    "All indicators confirmed by an independent test; the end user's opinion; then acceptance by the agency.",
)
_IP_TERMS = Text(
    "知识产权归揭榜方所有；原发布文本另有约定的，从其约定。",
    "Intellectual property belongs to the taker, unless the original text says otherwise.",
)


def load_real_topics(path: Path, count: int = 3) -> list[TopicContent]:
    """The first `count` mapped challenges that the JSON file at `path` holds, in the mapping's order.

    Raises `OSError` if the file cannot be read and `ValueError` if it is no list of records or holds too
    few of them.
    """
    records = _records(path)
    chosen = [
        _topic(entry, records[entry["challenge_id"]], slot)
        for slot, entry in enumerate(e for e in mapping()["challenges"] if e["challenge_id"] in records)
        if slot < count
    ]
    if len(chosen) < count:
        msg = f"{path.name} holds {len(chosen)} of the mapped challenges, {count} are needed"
        raise ValueError(msg)
    return chosen


def mapping() -> dict[str, Any]:
    """The mapping file that comes with the package."""
    return json.loads(files("jiebang.demo").joinpath("challenge_gov_map.json").read_text(encoding="utf-8"))


def problem_text(record: Mapping[str, Any], *, max_chars: int = _MAX_PROBLEM) -> str:
    """Plain text of a raw record: the tagline, then the description or the next field that says anything.

    Not empty as long as the record has a title.
    """
    tagline = html_to_text(_field(record, "tagline"), max_chars=max_chars)
    bodies = (html_to_text(_field(record, name), max_chars=max_chars) for name in _TEXT_FIELDS)
    body = next(filter(None, bodies), "")
    text = "\n\n".join(filter(None, (tagline, body))) or html_to_text(_field(record, "challenge-title"))
    return text if len(text) <= max_chars else text[: max_chars - 1].rstrip() + "…"


def prize_minor(record: Mapping[str, Any]) -> int:
    """The cash prize in cents. Raises `ValueError` if the record offers none that can be read."""
    offered = _field(record, "total-prize-offered-cash")
    figure = re.sub(r"[\s$,]", "", offered)
    try:
        amount = Decimal(figure)
    except InvalidOperation:
        amount = Decimal(0)
    if not amount.is_finite() or amount <= 0 or amount * 100 != int(amount * 100):
        msg = f"no readable prize in challenge {_field(record, 'challenge-id')!r}: {offered[:40]!r}"
        raise ValueError(msg)
    return int(amount * 100)


def _records(path: Path) -> dict[str, dict[str, Any]]:
    raw = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(raw, list) or not all(isinstance(record, dict) for record in raw):
        msg = f"{path.name} is not a list of challenge records"
        raise ValueError(msg)
    return {_field(record, "challenge-id"): record for record in raw}


def _field(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    return "" if value is None else str(value)


def _topic(entry: dict[str, Any], record: dict[str, Any], slot: int) -> TopicContent:
    purse = prize_minor(record)
    common = mapping()
    return TopicContent(
        key=f"challenge-gov-{entry['challenge_id']}",
        track=entry["track"],
        authoritative=common["authoritative"],
        title=Text(entry["title_zh"], html_to_text(_field(record, "challenge-title"), max_chars=200)),
        problem=Text(entry["abstract_zh"], problem_text(record)),
        baseline=_BASELINE,
        gap=Text(**entry["gap"]),
        indicators=tuple(_indicator(i) for i in entry["indicators"]),
        currency=common["currency"],
        purse_minor=purse,
        award_count=1,
        criteria=tuple(Criterion(code, _CRITERIA[code], weight) for code, weight in entry["weights"].items()),
        milestones=_milestones(purse, entry["tranche_percents"], entry["months"]),
        acceptance=_ACCEPTANCE,
        ip_terms=_IP_TERMS,
        end_user=_END_USERS[slot % len(_END_USERS)],
        source=_field(record, "permalink") or None,
    )


def _indicator(raw: dict[str, Any]) -> Indicator:
    return Indicator(
        code=raw["code"],
        name=Text(**raw["name"]),
        unit=raw["unit"],
        comparator=raw["comparator"],
        threshold=raw["threshold"],
        method=Text(**raw["method"]),
    )


def _milestones(purse: int, percents: list[int], months: list[int]) -> tuple[Milestone, ...]:
    """Tranches in whole cents; the last one takes what rounding left, so that they add to the purse."""
    tranches = [purse * percent // 100 for percent in percents]
    tranches[-1] = purse - sum(tranches[:-1])
    return tuple(
        Milestone(f"m{n}", title, month, tranche, evidence)
        for n, ((title, evidence), month, tranche) in enumerate(zip(_NODES, months, tranches, strict=True), 1)
    )
