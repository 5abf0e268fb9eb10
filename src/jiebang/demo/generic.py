"""Bids and evidence for topics that brought none of their own, derived from the topic's indicators."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

from jiebang.demo.model import Bid, Evidence, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jiebang.demo.model import Indicator, Team, TopicContent

# Per bid: word of the title (zh, en), how it goes about it, margin over each threshold in per cent, merit.
_WAYS = (
    (
        ("整体优化", "system-level optimisation"),
        "以系统级指标分解为起点，把各项考核指标逐层分配到部件，先建立可追溯的误差与成本预算，再确定各部件的设计余量。",
        4,
        78,
    ),
    (
        ("原理样机先行", "prototype first"),
        "先用现成部件搭建原理样机，在第一个月内取得全部指标的实测基线，随后每两周迭代一版，以实测数据决定取舍。",
        10,
        88,
    ),
    (
        ("成熟技术集成", "integration of proven parts"),
        "以已经规模应用的成熟部件为主，通过接口标准化完成集成，减少新研部件数量，降低供应与维护风险。",
        0,
        68,
    ),
    (
        ("模型驱动", "model-driven design"),
        "先建立经试验校准的仿真模型，在模型中完成方案比选与参数优化，再以少量样机验证，缩短研制周期。",
        2,
        73,
    ),
)


_SIGNS = {">=": "≥", "<=": "≤", "==": "＝"}


def bids_for(topic: TopicContent, teams: Sequence[Team]) -> tuple[Bid, ...]:
    """One bid per team (at most four), blind and in Chinese; each promises at least every threshold."""
    return tuple(
        Bid(
            team=team.key,
            title=Text(f"{topic.title.zh}：{zh}方案", f"{topic.title.en}: {en}"),
            approach=(
                f"本方案针对“{topic.title.zh}”提出。{way}",
                "对照考核指标，拟采取的主要措施与承诺值如下："
                + "；".join(
                    f"{i.name.zh}{_SIGNS[i.comparator]}{better(i, margin)} {i.unit}（{i.method.zh.rstrip('。')}）"
                    for i in topic.indicators
                )
                + "。",
                "全部测试由独立第三方实施，原始数据连同哈希值一并提交，测试台架与数据处理程序可供复核。",
            ),
            work_plan=tuple(f"合同生效后第{m.months}个月：{m.title.zh}，提交{m.evidence.zh}" for m in topic.milestones),
            risk=("主要风险为样机到工程应用的放大偏差，拟在每个里程碑前一个月安排预测试，偏差超过5%即启动后备方案。",),
            budget=("测试化验加工费30%，材料费25%，设备费20%，人员费20%，其他费用5%。",),
            promised={i.code: better(i, margin) for i in topic.indicators},
            merit=merit,
        )
        for team, ((zh, en), way, margin, merit) in zip(teams, _WAYS, strict=True)
    )


def evidence_for(topic: TopicContent) -> Evidence:
    """Evidence for the first milestone in which every threshold is met."""
    first = topic.milestones[0]
    measured = {i.code: better(i, 1) for i in topic.indicators}
    return Evidence(
        title=Text(f"里程碑一：{first.title.zh}测试报告", f"Milestone 1: {first.title.en}, test report"),
        paragraphs=(
            "本阶段完成样机研制，测试由独立第三方实施，最终用户派员见证，样机状态与送检记录一致。",
            *(f"{i.name.zh}：实测{measured[i.code]} {i.unit}，测试方法为{i.method.zh}" for i in topic.indicators),
            "上述数值为样机口径，原始数据、台架照片与数据处理程序均已归档，并附文件哈希值供复核。",
        ),
        measured=measured,
    )


def better(indicator: Indicator, percent: int) -> str:
    """The threshold improved by `percent`, as a decimal string with one more place.

    It is never worse than the threshold. Percentages stay at or below 100, equalities stay equal.
    """
    threshold = Decimal(indicator.threshold)
    if indicator.comparator == "==" or percent == 0:
        return indicator.threshold
    step = Decimal(1).scaleb(min(0, int(threshold.as_tuple().exponent)) - 1)
    share = Decimal(percent) / 100
    if indicator.comparator == ">=":
        value = (threshold * (1 + share)).quantize(step, rounding=ROUND_CEILING)
        value = min(value, Decimal(100)) if indicator.unit == "%" else value
    else:
        value = (threshold * (1 - share)).quantize(step, rounding=ROUND_FLOOR)
    return f"{value.normalize():f}"
