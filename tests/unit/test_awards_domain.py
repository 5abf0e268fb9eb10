from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib.resources import files
from json import loads

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiebang.awards import domain
from jiebang.challenges.rules import PUDONG_GOV
from jiebang.kernel.errors import Refused
from jiebang.kernel.working_days import deadline, parse_calendar

NOW = datetime(2026, 9, 28, 4, tzinfo=UTC)
figures = st.decimals(-1000, 1000, places=2).map(str)


@given(st.lists(st.uuids().map(str), unique=True, max_size=8), st.integers(1, 10))
def test_exactly_the_best_are_recommended_in_order(ranking: list[str], awards: int) -> None:
    placed = domain.recommend(ranking, awards)
    assert [p.application_id for p in placed] == ranking
    assert [p.rank for p in placed] == list(range(1, len(ranking) + 1))
    assert [p.application_id for p in placed if p.outcome == "recommended"] == ranking[:awards]


@given(st.sampled_from([">=", "<="]), figures, st.none() | figures)
def test_a_contract_lowers_neither_the_topic_nor_the_promise(
    comparator: domain.Comparator, threshold: str, promised: str | None
) -> None:
    value = Decimal(domain.binding(comparator, threshold, promised))
    sign = 1 if comparator == ">=" else -1
    for floor in filter(None, (threshold, promised)):
        assert sign * value >= sign * Decimal(floor)
    assert str(value) in {threshold, promised}


def test_figures_are_compared_as_numbers_and_exact_ones_stay_the_topics() -> None:
    assert domain.binding(">=", "9", "10.5") == "10.5", "as text, 9 would be the larger"
    assert domain.binding("<=", "10.5", "9") == "9"
    assert domain.binding("==", "7", "8") == "7"


def test_every_signature_is_needed() -> None:
    for left_out in domain.SIGNATORIES:
        assert domain.missing(set(domain.SIGNATORIES) - {left_out}) == (left_out,)
    assert domain.missing(set(domain.SIGNATORIES)) == ()


def test_the_last_instant_to_sign_is_just_before_the_end() -> None:
    domain.check_signature("contract", "agency", "a", "a", NOW - timedelta(microseconds=1), NOW)
    with pytest.raises(Refused) as refused:
        domain.check_signature("contract", "agency", "a", "a", NOW, NOW)
    assert refused.value.rule is domain.SIGNING_OVER


def test_a_notice_across_the_autumn_holidays_ends_on_a_working_saturday() -> None:
    calendar = parse_calendar([loads((files("jiebang.challenges.data") / "cn_calendar_2026.json").read_text())])
    ends_at = deadline(NOW, PUDONG_GOV.notice, calendar).instant
    assert ends_at == datetime(2026, 10, 10, 16, tzinfo=UTC), "24:00 in Shanghai on Saturday 10 October"
    domain.check_notice_over(ends_at, ends_at)
    with pytest.raises(Refused) as refused:
        domain.check_notice_over(ends_at - timedelta(microseconds=1), ends_at)
    assert refused.value.facts == {"ends_at": "2026-10-10T16:00:00+00:00"}
