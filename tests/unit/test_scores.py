import json
from copy import deepcopy
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from statistics import median
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiebang.kernel.errors import Refused
from jiebang.matching import scores
from jiebang.matching.scores import Criterion, Review, ScoreRule, rounded, score_run, verify

CRITERIA = (Criterion("merit", 60), Criterion("team", 40))
MEAN = ScoreRule("mean", 3)
SEED = bytes(range(32))
whole = st.integers(0, 100)


def reviews_of(application: str, marks: list[tuple[int, int]]) -> list[Review]:
    return [
        Review(f"{application}-r{i}", 1, application, f"x{i}", {"merit": merit, "team": team})
        for i, (merit, team) in enumerate(marks)
    ]


def run(marks: dict[str, list[tuple[int, int]]], rule: ScoreRule = MEAN, seed: bytes | None = SEED):
    return score_run(list(marks), [r for a, m in marks.items() for r in reviews_of(a, m)], CRITERIA, rule, seed)


def order(result) -> list[str]:
    return [entry.application_id for entry in result.entries]


fields_of_marks = st.dictionaries(
    st.sampled_from([f"a{i}" for i in range(6)]),
    st.lists(st.tuples(whole, whole), min_size=5, max_size=7),
    min_size=1,
)


@given(fields_of_marks, st.sampled_from(["mean", "median", "trimmed_mean"]), st.randoms(use_true_random=False))
def test_scores_are_exact_and_independent_of_the_order_of_reviews(marks, method, random):
    rule = ScoreRule(method, 5)
    result = run(marks, rule)
    for entry in result.entries:
        totals = sorted(Fraction(60 * a + 40 * b, 100) for a, b in marks[entry.application_id])
        expected = {
            "mean": sum(totals) / len(totals),
            "median": median(totals),
            "trimmed_mean": sum(totals[1:-1]) / (len(totals) - 2),
        }
        assert entry.score == expected[method]
        assert entry.reviews == len(totals)
        exact = Decimal(entry.score.numerator) / Decimal(entry.score.denominator)
        if entry.score.denominator in {1, 5, 25, 125, 625}:
            assert entry.display == str(exact.quantize(Decimal("0.01"), ROUND_HALF_UP))
    assert [e.rank for e in result.entries] == list(range(1, len(marks) + 1))
    assert [e.score for e in result.entries] == sorted((e.score for e in result.entries), reverse=True)
    flat = [r for a, m in marks.items() for r in reviews_of(a, m)]
    names = random.sample(sorted(marks), len(marks))
    assert score_run(names, random.sample(flat, len(flat)), CRITERIA, rule, SEED) == result
    assert verify(json.loads(json.dumps(result.export()))) == []


@given(fields_of_marks, st.integers(0, 4), st.integers(1, 30))
def test_a_better_mark_never_hurts(marks, which, more):
    name = min(marks)
    before = order(run(marks)).index(name)
    better = dict(marks)
    better[name] = [(min(100, a + more), b) if i == which else (a, b) for i, (a, b) in enumerate(marks[name])]
    raised = next(e for e in run(better).entries if e.application_id == name)
    if better[name] != marks[name]:
        assert raised.rank - 1 <= before


def test_unrounded_scores_decide_where_two_decimals_look_equal():
    hundredth = {"a": [(80, 80), (80, 80), (80, 80)], "b": [(80, 80)] * 6 + [(81, 80)]}
    result = run(hundredth)
    assert order(result) == ["b", "a"]
    tight = ScoreRule("mean", 1)
    near = {"a": [(50, 50)] * 299 + [(51, 50)], "b": [(50, 50)] * 300}
    result = run(near, tight)
    assert [entry.display for entry in result.entries] == ["50.00", "50.00"]
    assert order(result) == ["a", "b"]
    assert [entry.decided_by for entry in result.entries] == [None, None]


def test_three_reviewers_by_mean_and_by_median():
    marks = {"a": [(90, 90), (70, 70), (88, 88)]}
    assert run(marks).entries[0].display == "82.67"
    assert run(marks, ScoreRule("median", 3)).entries[0].display == "88.00"
    assert [rounded(Fraction(x, 1000)) for x in (5, 15, 4, 99995)] == ["0.01", "0.02", "0.00", "100.00"]


def test_a_trimmed_mean_needs_five():
    for few in (1, 3, 4):
        with pytest.raises(ValueError, match="trimmed"):
            ScoreRule("trimmed_mean", few)
    with pytest.raises(Refused):
        run({"a": [(1, 1)] * 4}, ScoreRule("trimmed_mean", 5))
    marks = {"a": [(0, 0), (50, 50), (60, 60), (70, 70), (100, 100)]}
    assert run(marks, ScoreRule("trimmed_mean", 5)).entries[0].score == 60


def test_missing_reviews_are_never_zero():
    flat = reviews_of("a", [(90, 90)] * 3) + reviews_of("b", [(90, 90)] * 2)
    with pytest.raises(Refused) as caught:
        score_run(["c", "a", "b"], flat, CRITERIA, MEAN)
    assert caught.value.rule == scores.TOO_FEW_REVIEWS
    assert caught.value.facts == {"needed": 3, "applications": ["b", "c"]}


def test_an_invalidated_review_stays_in_the_record_only():
    flat = reviews_of("a", [(90, 90), (80, 80), (70, 70)])
    void = Review("void", 2, "a", "x0", {"merit": 0}, valid=False)
    result = score_run(["a"], [*flat, void], CRITERIA, MEAN)
    assert result.entries[0].score == 80
    assert void in result.reviews
    assert result.inputs_digest != score_run(["a"], flat, CRITERIA, MEAN).inputs_digest


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"scores": {"merit": 5}}, scores.SCORE_MISSING),
        ({"scores": {"merit": 5, "team": 5, "other": 5}}, scores.SCORE_MISSING),
        ({"scores": {"merit": 5, "team": 101}}, scores.SCORE_RANGE),
        ({"scores": {"merit": 5, "team": -1}}, scores.SCORE_RANGE),
        ({"scores": {"merit": 5, "team": 5.0}}, scores.SCORE_RANGE),
        ({"scores": {"merit": 5, "team": True}}, scores.SCORE_RANGE),
        ({"reviewer_id": "x1"}, scores.REVIEWED_TWICE),
    ],
)
def test_flawed_reviews_stop_the_run(change, rule):
    first, *rest = reviews_of("a", [(5, 5)] * 3)
    values: dict[str, Any] = {
        "id": first.id,
        "version": 1,
        "application_id": "a",
        "reviewer_id": "x0",
        "scores": first.scores,
    }
    with pytest.raises(Refused) as caught:
        score_run(["a"], [Review(**{**values, **change}), *rest], CRITERIA, MEAN)
    assert caught.value.rule == rule
    assert caught.value.rule.zh.format(**caught.value.facts) != caught.value.rule.zh


# Equal scores throughout: 70 by mean.
BY_CRITERION = {"a": [(70, 70)] * 3, "b": [(80, 55)] * 3, "c": [(60, 85)] * 3}
BY_SPREAD = {"a": [(60, 60), (70, 70), (80, 80)], "b": [(69, 69), (70, 70), (71, 71)]}
BY_LOT = {"a": [(70, 70)] * 3, "b": [(70, 70)] * 3, "c": [(70, 70)] * 3}


def test_ties_go_down_the_chain_and_say_which_step_decided():
    criterion = run(BY_CRITERION, seed=None)
    assert order(criterion) == ["b", "a", "c"]
    assert [e.decided_by for e in criterion.entries] == [None, "criterion_order", "criterion_order"]
    spread = run(BY_SPREAD, seed=None)
    assert order(spread) == ["b", "a"]
    assert [e.decided_by for e in spread.entries] == [None, "lower_spread"]
    lots = {tuple(order(run(BY_LOT, seed=bytes([i]) * 32))) for i in range(40)}
    assert len(lots) == 6  # every order comes up: never the order of ids
    assert [e.decided_by for e in run(BY_LOT).entries] == [None, "joint_lot", "joint_lot"]


def test_a_lot_without_a_seed_is_refused():
    for rule in (MEAN, ScoreRule("mean", 3, ("criterion_order",))):
        with pytest.raises(Refused) as caught:
            run(BY_LOT, rule, None)
        assert caught.value.rule == scores.LOT_NEEDED
        assert caught.value.facts == {"applications": ["a", "b", "c"]}


@pytest.mark.parametrize("name", ["score", "rank", "mark", "weight", "rule", "digest", "extra", "dropped", "seed"])
def test_any_change_of_the_record_is_found(name):
    export = run(BY_LOT).export()
    assert verify(export) == []
    other = deepcopy(export)
    match name:
        case "score":
            other["entries"][0]["score"] = "71/1"
        case "rank":
            other["entries"].reverse()
        case "mark":
            other["reviews"][0]["scores"]["merit"] = 71
        case "weight":
            other["criteria"][0]["weight"], other["criteria"][1]["weight"] = 50, 50
        case "rule":
            other["rule"]["aggregation"] = "median"
        case "digest":
            other["inputs_digest"] = "0" * 64
        case "extra":
            other["extra"] = 1
        case "dropped":
            other["applications"].remove("c")
        case "seed":
            other["lot_seed"] = None
    assert verify(other)
    assert verify({})[0].startswith("the export is malformed")


def test_malformed_calls():
    flat = reviews_of("a", [(5, 5)] * 3)
    for call in (
        lambda: score_run(["a"], flat, [Criterion("merit", 60), Criterion("team", 41)], MEAN),
        lambda: score_run(["a"], flat, [Criterion("merit", 100), Criterion("team", 0)], MEAN),
        lambda: score_run(["a"], flat, [Criterion("merit", 60), Criterion("merit", 40)], MEAN),
        lambda: score_run(["a", "a"], flat, CRITERIA, MEAN),
        lambda: score_run(["a"], [*flat, flat[0]], CRITERIA, MEAN),
        lambda: score_run(["b"], flat, CRITERIA, MEAN),
        lambda: ScoreRule(cast("Any", "mode"), 3),
        lambda: ScoreRule("mean", 0),
        lambda: ScoreRule("mean", 3, cast("Any", ("coin",))),
    ):
        with pytest.raises(ValueError, match=r"weights|twice|not scored|aggregation|valid|tie chain"):
            call()
