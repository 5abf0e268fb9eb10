from typing import Any, get_args

import pytest
from pydantic import ValidationError

from jiebang.challenges import rules
from jiebang.challenges.rules import PRESETS, PUDONG_GOV, RuleSet
from jiebang.kernel.canonical import canonical_json, digest
from jiebang.kernel.working_days import Period
from jiebang.matching import scores
from jiebang.matching.scores import ScoreRule


def changed(**values: Any) -> RuleSet:
    return RuleSet.model_validate({**PUDONG_GOV.model_dump(), **values})


def refusal(**values: Any) -> Any:
    with pytest.raises(ValidationError) as caught:
        changed(**values)
    (error,) = caught.value.errors()
    return error.get("ctx", {}).get("rule") or (error["loc"], error["type"])


def test_the_defaults_of_pudong():
    assert PRESETS == {"pudong_gov": PUDONG_GOV}
    assert PUDONG_GOV.notice == Period(5, "working_days")
    assert PUDONG_GOV.publication_lead == PUDONG_GOV.contract_signing == Period(30, "calendar_days", "forward")
    assert PUDONG_GOV.strata == {"technical": 1, "industry": 1, "finance": 1}
    assert (PUDONG_GOV.panel_size, PUDONG_GOV.min_valid_reviews, PUDONG_GOV.max_partners) == (3, 3, 4)
    assert [PUDONG_GOV.enough_competition(n, 2) for n in (1, 2, 3)] == [False, False, True]
    assert changed(eligible_must_exceed_awards=False).enough_competition(1, 2)
    assert not changed(eligible_must_exceed_awards=False).enough_competition(0, 2)


def test_every_remark_is_about_a_value_and_in_both_languages():
    for remark in PUDONG_GOV.remarks:
        assert remark.field in RuleSet.model_fields
        assert remark.text.missing() == ()
    unverified = {remark.field for remark in PUDONG_GOV.remarks if remark.basis == "unverified"}
    assert {"code", "panel", "aggregation"} <= unverified


def test_a_rule_set_survives_json_and_keeps_its_hash():
    again = RuleSet.model_validate_json(PUDONG_GOV.model_dump_json())
    assert again == PUDONG_GOV
    assert digest(again) == digest(PUDONG_GOV)
    assert RuleSet.model_validate_json(canonical_json(PUDONG_GOV)) == PUDONG_GOV
    assert digest(changed(max_partners=5)) != digest(PUDONG_GOV)
    with pytest.raises(ValidationError):
        PUDONG_GOV.max_partners = 5


def test_contradictions_are_refused():
    seats = [{"kind": "technical", "count": 5}]
    assert refusal(aggregation="trimmed_mean") == rules.TRIMMED_NEEDS_FIVE
    assert refusal(panel=seats * 2) == rules.STRATUM_TWICE
    assert refusal(min_valid_reviews=4).code == rules.PANEL_TOO_SMALL.code
    assert refusal(min_valid_reviews=4).en == "The panel has 3 seats, fewer than the 4 valid reviews that are required."
    assert refusal(tie_chain=["criterion_order"]) == rules.TIE_CHAIN_OPEN
    assert refusal(tie_chain=["joint_lot", "joint_lot"]) == rules.TIE_CHAIN_OPEN
    assert refusal(languages_required=[]) == rules.LANGUAGE_TWICE
    assert refusal(unknown=1) == (("unknown",), "extra_forbidden")
    assert refusal(max_partners=4.0) == (("max_partners",), "int_type")
    assert changed(aggregation="trimmed_mean", panel=seats, min_valid_reviews=5).aggregation == "trimmed_mean"


def test_the_score_engine_speaks_the_same_words():
    assert get_args(rules.Aggregation) == get_args(scores.Aggregation)
    assert get_args(rules.TieStep) == get_args(scores.TieStep)
    assert (rules.TRIMMED_MIN, rules.WEIGHT_TOTAL) == (scores.TRIMMED_MIN, scores.WEIGHT_TOTAL)
    rule = ScoreRule(PUDONG_GOV.aggregation, PUDONG_GOV.min_valid_reviews, PUDONG_GOV.tie_chain, PUDONG_GOV.score_max)
    assert rule == ScoreRule("mean", 3)
