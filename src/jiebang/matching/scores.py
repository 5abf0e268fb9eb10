"""Scores of one topic: from submitted reviews to a ranking, exact and replayable.

A review's total is the weighted mean of its criterion scores; an application's score aggregates the totals of
its valid reviews by the frozen rule. Everything is a fraction and compared unrounded; two decimals are for
display alone. A missing review or score is never 0: the run is refused instead. The run is immutable;
invalidated reviews stay in its record.
"""

from __future__ import annotations

import hmac
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

from jiebang.kernel.canonical import NotCanonicalError, canonical_json, digest
from jiebang.kernel.errors import Refused, Rule

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

SCHEME = "jiebang-scores-1"
WEIGHT_TOTAL = 100
TRIMMED_MIN = 5

Aggregation = Literal["mean", "trimmed_mean", "median"]
TieStep = Literal["criterion_order", "lower_spread", "joint_lot"]

TOO_FEW_REVIEWS = Rule(
    "scores.too_few_reviews",
    zh="以下申请的有效评审意见不足 {needed} 份，不能计分：{applications}。缺少的意见不按零分计，请递补专家后再计分。",
    en="These applications have fewer than {needed} valid reviews and cannot be scored: {applications}. A "
    "missing review does not count as zero; call in reserve experts first.",
)
SCORE_MISSING = Rule(
    "scores.score_missing",
    zh="评审意见 {review} 缺少或多出评审指标得分：{criteria}。未计分。",
    en="The review {review} lacks scores for criteria, or has them for unknown ones: {criteria}. Nothing was computed.",
)
SCORE_RANGE = Rule(
    "scores.score_range",
    zh="评审意见 {review} 的指标 {criterion} 得分应为 0 至 {maximum} 的整数。未计分。",
    en="In the review {review} the score for {criterion} must be a whole number from 0 to {maximum}. Nothing "
    "was computed.",
)
REVIEWED_TWICE = Rule(
    "scores.reviewed_twice",
    zh="专家 {reviewer} 对申请 {application} 有两份有效评审意见。请先将其中一份作废。",
    en="The expert {reviewer} has two valid reviews of the application {application}. Invalidate one of them first.",
)
LOT_NEEDED = Rule(
    "scores.lot_needed",
    zh="申请 {applications} 得分及各级比较均相同，须在监督下公开抽签决定次序。未计分。",
    en="The applications {applications} are equal in every comparison; a lot under supervision must order "
    "them. Nothing was computed.",
)


@dataclass(frozen=True, slots=True)
class ScoreRule:
    """The frozen rule: how totals are aggregated, how many valid reviews it takes, how ties are broken."""

    aggregation: Aggregation
    min_valid_reviews: int
    tie_chain: tuple[TieStep, ...] = ("criterion_order", "lower_spread", "joint_lot")
    score_max: int = 100

    def __post_init__(self) -> None:
        if self.aggregation not in {"mean", "trimmed_mean", "median"}:
            raise ValueError(f"no such aggregation: {self.aggregation}")
        if self.min_valid_reviews < (TRIMMED_MIN if self.aggregation == "trimmed_mean" else 1):
            raise ValueError("too few valid reviews; a trimmed mean needs five, of three it is one person's mark")
        if not set(self.tie_chain) <= {"criterion_order", "lower_spread", "joint_lot"}:
            raise ValueError("no such step in a tie chain")


@dataclass(frozen=True, slots=True)
class Criterion:
    """A criterion and its weight in per cent; their order is the order in which they break ties."""

    id: str
    weight: int


@dataclass(frozen=True, slots=True)
class Review:
    """A submitted review: whole scores per criterion. Unless `valid` it is recorded, not counted."""

    id: str
    version: int
    application_id: str
    reviewer_id: str
    scores: Mapping[str, int]
    valid: bool = True


@dataclass(frozen=True, slots=True)
class Entry:
    """One application in the ranking, first is 1.

    `spread` is the variance of the review totals. `decided_by` names the step of the tie chain that put it
    behind an equal score just above; None where the scores differ.
    """

    application_id: str
    rank: int
    score: Fraction
    criteria: tuple[Fraction, ...]
    spread: Fraction
    reviews: int
    decided_by: TieStep | None

    @property
    def display(self) -> str:
        """The score with two decimals, half up."""
        return rounded(self.score)


@dataclass(frozen=True, slots=True)
class ScoreRun:
    """A ranking with all that its replay needs."""

    applications: tuple[str, ...]
    reviews: tuple[Review, ...]
    criteria: tuple[Criterion, ...]
    rule: ScoreRule
    lot_seed: bytes | None = None
    entries: tuple[Entry, ...] = field(default=())

    @property
    def inputs_digest(self) -> str:
        """SHA-256 over applications, reviews, criteria and rule in canonical form, without the lot's seed."""
        return digest(self._inputs())

    def export(self) -> dict[str, Any]:
        """A JSON object for `verify`; fractions are written as "numerator/denominator"."""
        return {
            "scheme": SCHEME,
            **self._inputs(),
            "lot_seed": self.lot_seed.hex() if self.lot_seed else None,
            "inputs_digest": self.inputs_digest,
            "entries": [
                {
                    "application_id": entry.application_id,
                    "rank": entry.rank,
                    "score": _written(entry.score),
                    "display": entry.display,
                    "criteria": [_written(value) for value in entry.criteria],
                    "spread": _written(entry.spread),
                    "reviews": entry.reviews,
                    "decided_by": entry.decided_by,
                }
                for entry in self.entries
            ],
        }

    def _inputs(self) -> dict[str, Any]:
        return {
            "applications": list(self.applications),
            "reviews": [{**asdict(review), "scores": dict(review.scores)} for review in self.reviews],
            "criteria": [asdict(criterion) for criterion in self.criteria],
            "rule": {**asdict(self.rule), "tie_chain": list(self.rule.tie_chain)},
        }


def rounded(value: Fraction) -> str:
    """A fraction that is not negative, with two decimals, half up."""
    return str(Decimal((value * 200 + 1) // 2).scaleb(-2))


def score_run(
    applications: Collection[str],
    reviews: Iterable[Review],
    criteria: Sequence[Criterion],
    rule: ScoreRule,
    lot_seed: bytes | None = None,
) -> ScoreRun:
    """Score and rank all `applications` of a topic.

    `applications` names every one that should be scored, so that one without reviews is noticed. `lot_seed`
    (32 bytes, committed to like a draw's) decides what the other steps of the tie chain leave equal. Raises
    `Refused` with one of this module's rules, `ValueError` for weights that do not add up to 100 and other
    malformed calls.
    """
    marks = tuple(sorted(reviews, key=lambda review: (review.application_id, review.id)))
    _check(applications, marks, criteria, rule)
    by_application: dict[str, list[Review]] = defaultdict(list)
    for review in marks:
        if review.valid:
            by_application[review.application_id].append(review)
    few = sorted(one for one in applications if len(by_application[one]) < rule.min_valid_reviews)
    if few:
        raise Refused(TOO_FEW_REVIEWS, needed=rule.min_valid_reviews, applications=few)
    run = ScoreRun(tuple(sorted(applications)), marks, tuple(criteria), rule, lot_seed)
    scored = [_score(one, by_application[one], criteria, rule) for one in run.applications]
    return ScoreRun(run.applications, marks, run.criteria, rule, lot_seed, _ranked(scored, rule, lot_seed))


def verify(export: Mapping[str, Any]) -> list[str]:
    """Compute again from an export and name every difference; an empty list means that it holds."""
    try:
        rule = export["rule"]
        seed = export["lot_seed"]
        again = score_run(
            export["applications"],
            [Review(**review) for review in export["reviews"]],
            [Criterion(**criterion) for criterion in export["criteria"]],
            ScoreRule(**{**rule, "tie_chain": tuple(rule["tie_chain"])}),
            bytes.fromhex(seed) if seed else None,
        ).export()
    except Refused as refusal:
        return [f"the scores cannot be computed again: {refusal.rule.code}"]
    except (KeyError, TypeError, ValueError, AttributeError, NotCanonicalError) as error:
        return [f"the export is malformed: {error}"]
    return [
        f"{name}: the export and the repeated run differ"
        for name in sorted({*again, *export})
        if name not in export or name not in again or export[name] != again[name]
    ]


def _check(  # noqa: C901 -- one line per flaw
    applications: Collection[str], reviews: Sequence[Review], criteria: Sequence[Criterion], rule: ScoreRule
) -> None:
    names = [criterion.id for criterion in criteria]
    if any(criterion.weight < 1 for criterion in criteria) or sum(c.weight for c in criteria) != WEIGHT_TOTAL:
        raise ValueError("the weights are positive and add up to 100")
    if len(set(names)) != len(names) or len(set(applications)) != len(applications):
        raise ValueError("a criterion or an application is named twice")
    if len({review.id for review in reviews}) != len(reviews):
        raise ValueError("a review is given twice")
    if stray := {review.application_id for review in reviews} - set(applications):
        raise ValueError(f"reviews of applications that are not scored: {', '.join(sorted(stray))}")
    for review in (review for review in reviews if review.valid):
        if odd := set(review.scores) ^ set(names):
            raise Refused(SCORE_MISSING, review=review.id, criteria=sorted(odd))
        for name, score in review.scores.items():
            if type(score) is not int or not 0 <= score <= rule.score_max:
                raise Refused(SCORE_RANGE, review=review.id, criterion=name, maximum=rule.score_max)
    pairs = Counter((review.application_id, review.reviewer_id) for review in reviews if review.valid)
    for (application, reviewer), times in pairs.items():
        if times > 1:
            raise Refused(REVIEWED_TWICE, reviewer=reviewer, application=application)


def _score(application: str, reviews: Sequence[Review], criteria: Sequence[Criterion], rule: ScoreRule) -> Entry:
    totals = [Fraction(sum(c.weight * review.scores[c.id] for c in criteria), WEIGHT_TOTAL) for review in reviews]
    mean = Fraction(sum(totals), len(totals))
    return Entry(
        application_id=application,
        rank=0,
        score=_aggregate(totals, rule.aggregation),
        criteria=tuple(
            _aggregate([Fraction(review.scores[c.id]) for review in reviews], rule.aggregation) for c in criteria
        ),
        spread=sum(((total - mean) ** 2 for total in totals), Fraction(0)) / len(totals),
        reviews=len(totals),
        decided_by=None,
    )


def _aggregate(values: Sequence[Fraction], method: Aggregation) -> Fraction:
    ordered = sorted(values)
    if method == "trimmed_mean":
        ordered = ordered[1:-1]
    elif method == "median":
        ordered = ordered[(len(ordered) - 1) // 2 : len(ordered) // 2 + 1]
    return sum(ordered, Fraction(0)) / len(ordered)


def _ranked(scored: Sequence[Entry], rule: ScoreRule, lot_seed: bytes | None) -> tuple[Entry, ...]:
    """Best first. Each step contributes one part to the sort key; the first part that differs decided."""

    def part(entry: Entry, step: TieStep) -> Any:
        match step:
            case "criterion_order":
                return tuple(-value for value in entry.criteria)
            case "lower_spread":
                return entry.spread
            case "joint_lot":
                message = canonical_json([SCHEME, "lot", entry.application_id])
                return hmac.digest(lot_seed, message, "sha256") if lot_seed else b""

    def key(entry: Entry) -> tuple[Any, ...]:
        return (-entry.score, *(part(entry, step) for step in rule.tie_chain))

    keyed = sorted(((key(entry), entry) for entry in scored), key=lambda pair: pair[0])
    equal = Counter(of for of, _ in keyed)
    if tied := sorted(entry.application_id for of, entry in keyed if equal[of] > 1):
        raise Refused(LOT_NEEDED, applications=tied)
    ranking: list[Entry] = []
    above: tuple[Any, ...] | None = None
    for rank, (of, entry) in enumerate(keyed, start=1):
        place = next(i for i, (a, b) in enumerate(zip(above, of, strict=True)) if a != b) if above else 0
        decided_by = rule.tie_chain[place - 1] if place else None
        ranking.append(
            Entry(
                entry.application_id,
                rank,
                entry.score,
                entry.criteria,
                entry.spread,
                entry.reviews,
                decided_by,
            )
        )
        above = of
    return tuple(ranking)


def _written(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"
