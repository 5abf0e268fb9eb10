"""Rule sets: the numbers of a competition as data, frozen into each topic when it is published.

`digest(rule_set)` (kernel/canonical.py) is the hash that a topic carries. A preset says of every value that
no text read supports that it must be checked; nothing here is legal advice.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from jiebang.kernel.errors import Rule
from jiebang.kernel.malformed import malformed
from jiebang.kernel.text import BilingualText, Language
from jiebang.kernel.working_days import Period

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Count = Annotated[int, Field(strict=True, ge=0)]
Positive = Annotated[int, Field(strict=True, ge=1)]
Aggregation = Literal["mean", "trimmed_mean", "median"]
TieStep = Literal["criterion_order", "lower_spread", "joint_lot"]

TRIMMED_MIN = 5
WEIGHT_TOTAL = 100

TRIMMED_NEEDS_FIVE = Rule(
    "rule_set.trimmed_needs_five",
    zh="“去掉最高分最低分”至少需要 5 份有效评审意见；人数较少时请改用平均分或中位数。",
    en="A trimmed mean needs at least five valid reviews; with fewer, choose the mean or the median.",
)
PANEL_TOO_SMALL = Rule(
    "rule_set.panel_too_small",
    zh="评审专家共 {size} 人，少于要求的有效评审意见数 {needed}。",
    en="The panel has {size} seats, fewer than the {needed} valid reviews that are required.",
)
STRATUM_TWICE = Rule(
    "rule_set.stratum_twice",
    zh="同一专家类别只能出现一次。",
    en="Each kind of expert may appear only once.",
)
TIE_CHAIN_OPEN = Rule(
    "rule_set.tie_chain_open",
    zh="同分处理规则不得重复，且最后一步应为监督下的公开抽签，以确保总能排出次序。",
    en="The steps of the tie chain differ from one another and end with the supervised lot, so that an "
    "order always results.",
)
LANGUAGE_TWICE = Rule(
    "rule_set.languages",
    zh="必备语言应至少一种，且不重复。",
    en="At least one language is required, and each is named once.",
)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Stratum(_Frozen):
    """Seats for one kind of expert."""

    kind: Code
    count: Positive


class UploadLimits(_Frozen):
    """What a team may upload. `content_types` are checked against the bytes, never against the name."""

    max_bytes: Positive
    max_files: Positive
    content_types: Annotated[tuple[str, ...], Field(min_length=1)]


class DrawRules(_Frozen):
    """How experts are drawn. `topic`: one panel judges all of a topic's proposals; `proposal`: a panel for each."""

    mode: Literal["topic", "proposal"] = "topic"
    chance_cap: Annotated[int, Field(strict=True, ge=1, le=1000)] = 500
    """Thousandths that nobody's chance of a seat exceeds, as long as enough experts are eligible."""
    quality: Annotated[int, Field(strict=True, ge=0, le=100)] = 90
    """Percent of the best expected similarity that evener chances must keep."""
    text_weight: Annotated[int, Field(strict=True, ge=0, le=100)] = 70
    """Percent of the similarity that texts make; the taxonomy's directions make the rest."""
    similarity_ceiling: Annotated[int, Field(strict=True, ge=1, le=1_000_000)] = 1_000_000
    """Millionths above which all experts fit equally well."""
    per_region: Positive | None = None
    """Experts of one province or foreign country on a panel, at the most; none: no such rule."""
    max_load: Positive = 8
    """Proposals that one expert judges at the most, where each proposal has its own panel."""
    names_open: bool = False
    """Whether the drawn experts' commitments are opened to the public once the result is final."""


class Remark(_Frozen):
    """Where a value comes from. `basis`: a statute, an analogue from elsewhere, or not verified."""

    field: str
    basis: Literal["statute", "analogue", "unverified"]
    text: BilingualText


class RuleSet(_Frozen):
    """The rules of a competition. Scores are whole, 0 to `score_max` per criterion; weights add up to 100."""

    code: Code
    version: Positive
    title: BilingualText
    publication_lead: Period
    """From publication to the closing instant, at the least."""
    languages_required: tuple[Language, ...]
    """The languages in which a topic must be complete before it is published."""
    max_partners: Count
    """Partner organisations beside the lead."""
    uploads: UploadLimits
    eligible_must_exceed_awards: bool
    """Minimum competition: reviewing starts only with more eligible applications than awards."""
    conflict_years: Positive
    """How far back a tie (employment, directorship, control) makes a conflict."""
    panel: Annotated[tuple[Stratum, ...], Field(min_length=1)]
    reserves_per_stratum: Count
    """Reserves that the pool must still hold for each kind when the panel is drawn."""
    draw: DrawRules = DrawRules()
    min_valid_reviews: Positive
    score_max: Positive
    aggregation: Aggregation
    tie_chain: Annotated[tuple[TieStep, ...], Field(min_length=1)]
    notice: Period
    contract_signing: Period
    """From the confirmed award to the signed contract, at the most."""
    remarks: tuple[Remark, ...] = ()

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        kinds = [stratum.kind for stratum in self.panel]
        if len(set(kinds)) != len(kinds):
            raise malformed(STRATUM_TWICE)
        if self.aggregation == "trimmed_mean" and self.min_valid_reviews < TRIMMED_MIN:
            raise malformed(TRIMMED_NEEDS_FIVE)
        if self.panel_size < self.min_valid_reviews:
            raise malformed(PANEL_TOO_SMALL, size=self.panel_size, needed=self.min_valid_reviews)
        if self.tie_chain[-1] != "joint_lot" or len(set(self.tie_chain)) != len(self.tie_chain):
            raise malformed(TIE_CHAIN_OPEN)
        if not self.languages_required or len(set(self.languages_required)) != len(self.languages_required):
            raise malformed(LANGUAGE_TWICE)
        return self

    @property
    def panel_size(self) -> int:
        """Seats on the panel."""
        return sum(stratum.count for stratum in self.panel)

    @property
    def strata(self) -> dict[str, int]:
        """Kind of expert -> seats, as the draw takes them."""
        return {stratum.kind: stratum.count for stratum in self.panel}

    def enough_competition(self, eligible: int, awards: int) -> bool:
        """Whether the review may start."""
        return eligible > awards if self.eligible_must_exceed_awards else eligible > 0


def _remark(field: str, basis: Literal["statute", "analogue", "unverified"], zh: str, en: str) -> Remark:
    return Remark(field=field, basis=basis, text=BilingualText(zh=zh, en=en))


PUDONG_GOV = RuleSet(
    code="pudong_gov",
    version=1,
    title=BilingualText(zh="浦东新区政府类榜题", en="Pudong government topics"),
    publication_lead=Period(30, "calendar_days"),
    languages_required=("zh", "en"),
    max_partners=4,
    uploads=UploadLimits(max_bytes=300 * 1024 * 1024, max_files=20, content_types=("application/pdf",)),
    eligible_must_exceed_awards=True,
    conflict_years=3,
    panel=(
        Stratum(kind="technical", count=1),
        Stratum(kind="industry", count=1),
        Stratum(kind="finance", count=1),
    ),
    reserves_per_stratum=1,
    min_valid_reviews=3,
    score_max=100,
    aggregation="mean",
    tie_chain=("criterion_order", "lower_spread", "joint_lot"),
    notice=Period(5, "working_days"),
    contract_signing=Period(30, "calendar_days"),
    remarks=(
        _remark(
            "code",
            "unverified",
            "本预设未能核对浦东新区《优化揭榜挂帅机制促进新型研发机构发展若干规定》第四条以后的条文及"
            "浦科经委规〔2023〕6号正文，使用前请由法律顾问核对。",
            "The later articles of Pudong's regulation on open challenges and the body of measure "
            "浦科经委规〔2023〕6号 were not available when this preset was written. Have a lawyer check it "
            "before use.",
        ),
        _remark(
            "publication_lead",
            "analogue",
            "参照《国家自然科学基金条例》第八条（指南在受理申请前 30 日公布）；浦东的期限未核实。",
            "After art. 8 of the National Natural Science Fund Regulations (guide published 30 days before "
            "applications open); Pudong's own period is not verified.",
        ),
        _remark(
            "max_partners",
            "analogue",
            "参照工业和信息化部未来产业揭榜挂帅（联合体参与单位不超过 4 家）；浦东的上限未核实。",
            "After the future-industry calls of the Ministry of Industry and Information Technology (at "
            "most four partners); Pudong's own limit is not verified.",
        ),
        _remark(
            "eligible_must_exceed_awards",
            "analogue",
            "参照国家重点研发计划做法：申报数不多于拟支持数的，不启动评审。",
            "After the practice of the National Key R&D Programme: no review where applications do not "
            "outnumber awards.",
        ),
        _remark(
            "conflict_years",
            "analogue",
            "参照《政府采购法实施条例》第九条（三年内）；科技评审的回避年限未核实。",
            "After art. 9 of the Regulations on Government Procurement (three years); the window for "
            "science reviews is not verified.",
        ),
        _remark(
            "panel",
            "unverified",
            "行动方案要求产业界、金融界人士参与遴选；三类各一人为本系统默认值。",
            "The action plan wants industry and finance people in the selection; one of each kind is this "
            "system's default.",
        ),
        _remark(
            "min_valid_reviews",
            "analogue",
            "参照《国家自然科学基金条例》第十五条（随机选择不少于 3 名专家）。",
            "After art. 15 of the National Natural Science Fund Regulations (three experts at least, "
            "chosen at random).",
        ),
        _remark(
            "aggregation",
            "unverified",
            "平均分及同分处理次序为本系统默认值；3 名专家时“去掉最高分最低分”只剩一人打分，故不采用。",
            "The mean and the tie chain are this system's defaults; with three experts a trimmed mean "
            "would be one person's mark.",
        ),
        _remark(
            "notice",
            "analogue",
            "参照《政府采购法实施条例》第三十八条（单一来源采购公示不少于 5 个工作日）；浦东的公示天数未核实。",
            "After art. 38 of the Regulations on Government Procurement (notice of a single source: five "
            "working days at least); Pudong's own number of days is not verified.",
        ),
        _remark(
            "contract_signing",
            "analogue",
            "参照《招标投标法》第四十六条（30 日内订立书面合同）。",
            "After art. 46 of the Tendering and Bidding Law (written contract within 30 days).",
        ),
        _remark(
            "uploads",
            "unverified",
            "文件大小、数量和类型限制为本系统默认值。",
            "The limits on size, number and type of files are this system's defaults.",
        ),
    ),
)

PRESETS: dict[str, RuleSet] = {PUDONG_GOV.code: PUDONG_GOV}
