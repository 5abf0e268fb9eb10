"""What the demo's experts think of a bid: a pure, repeatable function of expert and bid."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from jiebang.demo.model import Review

if TYPE_CHECKING:
    from jiebang.demo.model import Bid, Criterion, Expert, TopicContent

_STRONG, _FAIR = 83, 74  # the lowest scores of the upper two bands

_VIEW = {"technical": "从技术角度看，", "industry": "从产业化角度看，", "finance": "从投入产出角度看，"}

# Per criterion: what to say of a strong, a fair and a weak bid.
_COMMENTS = {
    "technical": (
        "方案对全部考核指标逐项作出响应，关键机理交代清楚，并有前期试验数据支撑，承诺值留有合理余量。",
        "方案总体满足考核指标要求，但部分指标仅略高于门槛值，前期数据的测试条件说明不够完整。",
        "方案的创新点不够突出，个别核心指标缺少试验依据，达到承诺值的把握不大，需要补充论证。",
    ),
    "feasibility": (
        "技术路线完整、层次分明，关键步骤均有可替代的后备措施，从样机到工程应用的衔接安排可行。",
        "技术路线基本可行，主要环节有相应基础，但样机放大到工程尺度时的不确定因素分析不足。",
        "技术路线中存在尚未验证的关键环节，且未给出明确的替代方案，按期完成的难度较大。",
    ),
    "application": (
        "对应用场景的理解准确，接口与运维要求考虑周到，成果便于在同类场景推广，产业带动作用明显。",
        "与应用场景基本匹配，具备一定推广价值，但对现场安装、维护和更换条件的考虑还可以更细。",
        "对最终用户的使用条件分析偏少，产品化路径不够清晰，推广前景有待进一步说明和验证。",
    ),
    "plan": (
        "进度安排紧凑合理，里程碑可检查、可考核，主要风险识别到位，应对措施具体并落实到时间节点。",
        "进度安排总体合理，风险识别较为全面，但各任务之间的衔接关系以及应对措施的启动条件不够明确。",
        "进度安排较为笼统，里程碑交付物描述简单，主要风险的应对措施缺乏可操作性，需要细化。",
    ),
    "economy": (
        "经费概算与任务量匹配，测算依据充分，测试与试验费用安排得当，资金使用效率较高，结构合理。",
        "经费概算基本合理，但设备与材料费用的测算依据不够详细，建议在签订任务书时进一步核实。",
        "经费结构不够均衡，个别科目占比偏高且未说明理由，测试与试验费用可能不足，应当调整。",
    ),
}

_SUMMARIES = (
    "综合来看，该申请指标响应充分、路线成熟、风险可控，建议优先支持，并在任务书中固化承诺指标。",
    "综合来看，该申请具有一定基础和特色，整体达到要求，建议在名额允许的情况下予以考虑。",
    "综合来看，该申请与同题其他申请相比优势不明显，关键环节有待验证，本次暂不建议支持。",
)


def review(expert: Expert, bid: Bid, topic: TopicContent) -> Review:
    """The review that `expert` writes of `bid`: integer scores 0..100 and comments of 30 characters or more.

    A score is the bid's merit, moved by at most 3 for the expert's severity, 2 for the bid's profile and 2
    for the moment: too little to change who leads a topic.
    """
    scores = {c.code: _score(expert, bid, c) for c in topic.criteria}
    view = _VIEW[expert.kind]
    comments = {code: view + _COMMENTS[code][_band(score)] for code, score in scores.items()}
    first = topic.indicators[_spread(expert.person, bid.team, modulus=len(topic.indicators))]
    if "technical" in comments:
        comments["technical"] += f"其中“{first.name.zh}”承诺值为{bid.promised[first.code]} {first.unit}。"
    overall = sum(scores[c.code] * c.weight for c in topic.criteria) // 100
    return Review(scores=scores, comments=comments, summary=_SUMMARIES[_band(overall)])


def _score(expert: Expert, bid: Bid, criterion: Criterion) -> int:
    severity = _spread(expert.person, modulus=7) - 3
    profile = _spread(bid.team, criterion.code, modulus=5) - 2
    moment = _spread(expert.person, bid.team, criterion.code, modulus=5) - 2
    return max(0, min(100, bid.merit + severity + profile + moment))


def _spread(*parts: str, modulus: int) -> int:
    return int.from_bytes(sha256("\x1f".join(parts).encode()).digest()[:8], "big") % modulus


def _band(score: int) -> int:
    return 0 if score >= _STRONG else 1 if score >= _FAIR else 2
