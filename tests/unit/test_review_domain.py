"""Rules of draws and reviews without a database."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiebang.kernel.errors import Refused
from jiebang.review import domain
from jiebang.review.domain import Inputs, PoolExpert, Seat, blind_answers, draw_inputs
from jiebang.review.mails import offer_mail
from jiebang.review.service.panel import drawn, next_in_line, shortage

SEED = bytes(range(32))
COMMITMENT = sha256(SEED).hexdigest()
STRATA = {"technical": 2, "finance": 1}

orgs = st.integers(0, 9).map(lambda n: f"org{n}")
experts = st.builds(
    lambda kind, org, more, person: (kind, org, frozenset({org, *more}), person),
    st.sampled_from(sorted(STRATA)), orgs, st.sets(orgs, max_size=2), st.integers(0, 30).map(str),
)  # fmt: skip


def _pool(facts: list[Any]) -> list[PoolExpert]:
    return [PoolExpert(f"e{n:02}", person, kind, org, ties, "v") for n, (kind, org, ties, person) in enumerate(facts)]


@given(st.lists(experts, max_size=20), st.sets(orgs, max_size=4), st.sets(st.integers(0, 30).map(str), max_size=4))
def test_nobody_with_a_tie_is_ever_drawn(facts: list[Any], units: set[str], members: set[str]) -> None:
    pool = _pool(facts)
    inputs = draw_inputs(pool, units=units, members=members, parties={"org9"}, strata=STRATA, seats=[])
    refusal = shortage(inputs, reserves=0)
    if refusal is not None:
        assert refusal.rule.code in {"draw.stratum_short", "draw.reserves_short"}
        with pytest.raises(Refused):
            drawn(inputs.stored(), SEED, COMMITMENT)
        return
    ranking = drawn(inputs.stored(), SEED, COMMITMENT)
    by_id = {e.id: e for e in pool}
    for one in (one for order in ranking.order.values() for one in order):
        assert not by_id[one].orgs & (units | {"org9"})
        assert by_id[one].person_id not in members


@given(st.lists(experts, min_size=3, max_size=25), st.data())
def test_reserves_fill_seats_in_drawn_order_and_never_twice(facts: list[Any], data: st.DataObject) -> None:
    pool = _pool(facts)
    inputs = draw_inputs(pool, units=[], members=[], parties=[], strata=STRATA, seats=[])
    if shortage(inputs, reserves=0) is not None:
        return
    export = drawn(inputs.stored(), SEED, COMMITMENT).export()
    by_id = {c.id: c for c in inputs.roster}
    status = {one: "offered" for chosen in export["chosen"].values() for one in chosen}
    for _ in count():
        seats = [Seat(one, by_id[one].org_id, by_id[one].kind, how) for one, how in status.items()]
        held = [s for s in seats if s.status == "offered"]
        assert len({s.org_id for s in held}) == len(held), "one expert per organisation"
        assert all(sum(s.kind == kind for s in held) <= n for kind, n in STRATA.items())
        found = next_in_line([export], seats, STRATA)
        if found is None:
            if not held:
                break
            status[data.draw(st.sampled_from(sorted(s.expert_id for s in held)))] = "declined"
        else:
            assert found[1].id not in status, "who was asked before is not asked again"
            status[found[1].id] = "offered"


def test_a_redraw_is_for_open_seats_alone() -> None:
    facts = [("technical", f"org{n}", frozenset({f"org{n}"}), str(n)) for n in range(4)]
    pool = [*_pool(facts), PoolExpert("f", "f", "finance", "org1", frozenset({"org1"}), "v")]
    seats = [Seat("e00", "org0", "technical", "accepted"), Seat("e01", "org1", "technical", "declined"),
             Seat("x", "org3", "finance", "submitted")]  # fmt: skip
    inputs = draw_inputs(pool, units=[], members=[], parties=[], strata=STRATA, seats=seats)
    assert inputs.strata == {"technical": 1}
    assert inputs.conflicts == {"e00": ("on_panel",), "e01": ("declined_before",), "e03": ("unit_on_panel",)}
    assert inputs.eligible("technical") == 1
    refusal = shortage(inputs, reserves=1)
    assert refusal is not None
    assert refusal.facts == {"stratum": "technical", "eligible": 1, "needed": 1, "reserves": 1}


def test_stored_inputs_hold_opaque_ids_alone() -> None:
    one = PoolExpert("e", "a person", "technical", "o", frozenset({"o", "p"}), "an officer")
    inputs = Inputs((one,), {"e": ("party_of_topic",)}, {"technical": 1})
    assert inputs.stored() == {
        "roster": [{"id": "e", "kind": "technical", "org_id": "o"}],
        "conflicts": {"e": ["party_of_topic"]},
        "strata": {"technical": 1},
    }


def test_only_named_fields_of_part_b_are_blind() -> None:
    answers = {
        "part_a": {"contact_name": "甲", "title": "某公司的方案"},
        "part_b": {"title": "方案", "risk": "低", "team_name": "某队", "promised": {"depth": "4500"}},
    }
    assert blind_answers(answers) == {"title": "方案", "risk": "低", "promised": {"depth": "4500"}}
    assert blind_answers({}) == {}


def test_an_alias_is_four_even_characters() -> None:
    assert domain.alias(lambda _: bytes([0, 31, 32, 255])) == "申请 2Z2Z"
    assert len({domain.alias(lambda n, b=b: bytes([b]) * n) for b in range(256)}) == 32


def test_a_review_is_complete_only_with_every_score_and_comment() -> None:
    good = {"a": "论证充分，计划可以核查。", "b": "论证充分，计划可以核查。"}
    domain.check_complete({"a": 0, "b": 100}, good, ["a", "b"])
    for scores, comments in (({"a": 1}, good), ({"a": 1, "b": 2}, {**good, "b": "         短         "})):
        with pytest.raises(Refused) as refused:
            domain.check_complete(scores, comments, ["a", "b"])
        assert refused.value.facts["criteria"] == ["b"]
    for bad in ({"a": True}, {"a": -1}, {"a": 101}):
        with pytest.raises(Refused) as refused:
            domain.check_draft(bad, {}, ["a", "b"], 100)
        assert refused.value.rule.code == "review.score_range"


def test_the_offer_names_the_topic_and_nobody() -> None:
    offer = {"title_zh": "深海\n坞站", "title_en": "Dock", "proposals": 4, "answer_by": date(2026, 4, 14),
             "due_on": date(2026, 4, 24)}  # fmt: skip
    subject, text = offer_mail("zh-CN", offer, "https://jiebang.example/review")
    assert subject == "邀请您评审榜题：深海 坞站"
    assert "2026-04-14" in text
    assert "{" not in text
    subject, text = offer_mail("en", offer, "https://jiebang.example/review")
    assert subject == "You are invited to review: Dock"
    assert "https://jiebang.example/review" in text


def test_another_seed_than_the_committed_one_draws_nothing() -> None:
    inputs = {"roster": [{"id": "e", "kind": "technical", "org_id": "o"}], "conflicts": {}, "strata": {"technical": 1}}
    assert drawn(inputs, SEED, COMMITMENT).chosen == {"technical": ("e",)}
    with pytest.raises(RuntimeError, match="committed"):
        drawn(inputs, bytes(32), COMMITMENT)
