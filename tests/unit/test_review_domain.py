"""Rules of draws and reviews without a database."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiebang.applications.api import OpenedApplication
from jiebang.challenges.api import FrozenTopic
from jiebang.challenges.rules import PUDONG_GOV, DrawRules, Stratum
from jiebang.kernel.canonical import canonical_json
from jiebang.kernel.errors import Refused
from jiebang.kernel.text import BilingualText
from jiebang.matching.record import commit, places
from jiebang.matching.verification import verify
from jiebang.review import domain
from jiebang.review.domain import Placed, PoolExpert, Seat, blind_answers, draw_inputs
from jiebang.review.mails import offer_mail
from jiebang.review.service import panel
from jiebang.review.service.panel import Case
from support.topics import topic_text

SEED = bytes(range(32))
STRATA = {"technical": 2, "finance": 1}

orgs = st.integers(0, 9).map(lambda n: f"org{n}")
experts = st.builds(
    lambda kind, org, more, person: (kind, org, frozenset({org, *more}), person),
    st.sampled_from(sorted(STRATA)), orgs, st.sets(orgs, max_size=2), st.integers(0, 30).map(str),
)  # fmt: skip


def _pool(facts: list[Any]) -> list[PoolExpert]:
    return [PoolExpert(f"e{n:02}", person, kind, org, ties, "v") for n, (kind, org, ties, person) in enumerate(facts)]


def _topic(reserves: int = 0, **draw: Any) -> FrozenTopic:
    panel = tuple(Stratum(kind=kind, count=count) for kind, count in STRATA.items())
    rules = PUDONG_GOV.model_copy(
        update={"panel": panel, "reserves_per_stratum": reserves, "draw": DrawRules(**draw), "min_valid_reviews": 1}
    )
    now = datetime(2026, 4, 1, tzinfo=UTC)
    agency = BilingualText("甲", "A")
    return FrozenTopic(
        UUID(int=1), "2026-1", 1, "screening", UUID(int=2), agency, topic_text(), rules, "0" * 64, now, now
    )


def _bid(n: int, work: str) -> OpenedApplication:
    return OpenedApplication(
        UUID(int=100 + n), 1, "eligible", UUID(int=n), "r", datetime(2026, 4, 1, tzinfo=UTC), UUID(int=n), "队", [], [],
        {"part_b": {"title": work, "approach": {"zh": work}}}, [], None,
    )  # fmt: skip


def _outcome(case: Case) -> tuple[dict[str, Any], dict[str, Any]]:
    frozen = panel.frozen(case, key=SEED, number=1, reason=None)
    people = [{"id": e.id, "org_id": e.org_id, "region": e.region or e.org_id} for e in case.inputs.roster]
    stored = {"public": frozen.public, "evidence": frozen.evidence, "people": people}
    output, _ = panel.outcome(stored, {"platform": commit(SEED)}, {"platform": SEED})
    assert verify(canonical_json(panel.file(stored, output))) == []
    return stored, output


@settings(deadline=None)
@given(st.lists(experts, max_size=20), st.sets(orgs, max_size=4), st.sets(st.integers(0, 30).map(str), max_size=4))
def test_nobody_with_a_tie_is_ever_drawn(facts: list[Any], units: set[str], members: set[str]) -> None:
    pool, topic = _pool(facts), _topic()
    inputs = draw_inputs(pool, units=units, members=members, parties={"org9"}, strata=STRATA, seats=[])
    if found := panel.shortage(Case(topic, inputs, [])):
        assert found[0].rule.code in {"draw.pool_empty", "draw.seats_blocked", "draw.reserves_short"}
        assert "{" not in found[0].sentence("zh") + found[0].sentence("en")
        return
    stored, output = _outcome(Case(topic, inputs, []))
    by_id = {e.id: e for e in pool}
    names = stored["evidence"]["people"]
    for one in {names[e] for order in [*output["record"]["reserves"]] for e in order} | {
        names[e] for _, e, _ in output["record"]["chances"]
    }:
        assert not by_id[one].orgs & (units | {"org9"})
        assert by_id[one].person_id not in members


@settings(deadline=None)
@given(st.lists(experts, min_size=3, max_size=25), st.data())
def test_reserves_fill_seats_in_drawn_order_and_never_twice(facts: list[Any], data: st.DataObject) -> None:
    pool, topic = _pool(facts), _topic()
    inputs = draw_inputs(pool, units=[], members=[], parties=[], strata=STRATA, seats=[])
    case = Case(topic, inputs, [])
    if panel.shortage(case):
        return
    stored, output = _outcome(case)
    draw = {"inputs": stored, "output": output}
    by_id = {c.id: c for c in inputs.roster}
    status = {place.person: "offered" for place in places(output["record"], stored["evidence"])}
    for _ in count():
        sitting = [Seat(one, by_id[one].org_id, by_id[one].kind, how) for one, how in status.items()]
        held = [s for s in sitting if s.status == "offered"]
        assert len({s.org_id for s in held}) == len(held), "one expert per organisation"
        assert all(sum(s.kind == kind for s in held) <= n for kind, n in STRATA.items())
        found = panel.next_in_line([draw], sitting, STRATA, None)
        if found is None:
            if not held:
                break
            status[data.draw(st.sampled_from(sorted(s.expert_id for s in held)))] = "declined"
        else:
            assert found[1] not in status, "who was asked before is not asked again"
            status[found[1]] = "offered"


def test_each_proposal_may_have_a_panel_of_those_who_know_its_field() -> None:
    works = ["深海长期驻留装备的水声定位", "钠离子电池低温储能材料"]
    pool = [
        PoolExpert(f"e{n:02}", str(n), kind, f"org{n}", frozenset({f"org{n}"}), "v", f"CN-{n % 5}", (), (works[n % 2],))
        for n, kind in enumerate(["technical"] * 12 + ["finance"] * 6)
    ]
    topic = _topic(mode="proposal", max_load=2, per_region=2, quality=95, chance_cap=600)
    inputs = draw_inputs(pool, units=[], members=[], parties=[], strata=STRATA, seats=[], together=False)
    bids = [_bid(n, works[n % 2]) for n in range(4)]
    assert panel.shortage(Case(topic, inputs, bids)) == []
    stored, output = _outcome(Case(topic, inputs, bids))
    drawn = places(output["record"], stored["evidence"])
    by_id = {e.id: e for e in pool}
    assert len(drawn) == 4 * 3
    fitting = sum(by_id[one.person].publications == (works[int(UUID(one.unit)) % 2],) for one in drawn)
    assert fitting >= 10
    assert max(Counter(one.person for one in drawn).values()) <= 2
    # One declines: each of his applications gets the first reserve of its own line who fits.
    gone = drawn[0]
    sitting = [Seat(o.person, by_id[o.person].org_id, o.kind, "declined" if o.person == gone.person else "accepted",
                    by_id[o.person].region) for o in drawn]  # fmt: skip
    held = [Placed(o.unit, o.person, by_id[o.person].org_id, o.kind, by_id[o.person].region) for o in drawn
            if o.person != gone.person]  # fmt: skip
    units = sorted({one.unit for one in drawn if one.person == gone.person})
    draw = {"inputs": stored, "output": output}
    found = panel.next_apart([draw], units, gone.kind, sitting, held, 2)
    assert sorted(unit for _, _, mine in found.values() for unit in mine) == units
    for person in found:
        assert by_id[person].kind == gone.kind
        assert person not in {seat.expert_id for seat in sitting}
    # The pool of the open seats alone can be drawn from again.
    again = panel.seats_of(Case(topic, inputs, bids, held))
    assert {(again.units[row.unit], row.kind, row.count) for row in again.rows} == {(u, gone.kind, 1) for u in units}
    _outcome(Case(topic, inputs, bids, held))


def test_a_panel_for_each_proposal_names_what_is_missing() -> None:
    pool = _pool([("technical", f"org{n}", frozenset({f"org{n}"}), str(n)) for n in range(6)])
    pool += [PoolExpert("f", "f", "finance", "orgf", frozenset({"orgf"}), "v")]
    topic = _topic(mode="proposal", max_load=3)
    inputs = draw_inputs(pool, units=[], members=[], parties=[], strata=STRATA, seats=[], together=False)
    (block,) = panel.shortage(Case(topic, inputs, [_bid(n, "x") for n in range(5)]))
    assert block.sentence("en").startswith(
        "5 proposals need 5 reviews by experts of the kinds finance; after recusals their 1 eligible experts can give 3."
    )
    assert [r.sentence("en") for r in block.relaxations][1] == "Raise the limit of each of these experts by 2."


def test_a_redraw_is_for_open_seats_alone() -> None:
    facts = [("technical", f"org{n}", frozenset({f"org{n}"}), str(n)) for n in range(4)]
    pool = [*_pool(facts), PoolExpert("f", "f", "finance", "org1", frozenset({"org1"}), "v")]
    seats = [Seat("e00", "org0", "technical", "accepted"), Seat("e01", "org1", "technical", "declined"),
             Seat("x", "org3", "finance", "submitted")]  # fmt: skip
    inputs = draw_inputs(pool, units=[], members=[], parties=[], strata=STRATA, seats=seats)
    assert inputs.strata == {"technical": 1}
    assert inputs.conflicts == {"e00": ("on_panel",), "e01": ("declined_before",), "e03": ("unit_on_panel",)}
    assert inputs.eligible("technical") == 1
    topic = _topic()
    (block,) = panel.shortage(Case(topic, inputs, [], reserves=1))
    assert block.facts == {"stratum": "technical", "eligible": 1, "needed": 1, "reserves": 1}


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
