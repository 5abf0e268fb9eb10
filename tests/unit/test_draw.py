import json
import os
import subprocess
import sys
from copy import deepcopy
from hashlib import sha256
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiebang.kernel.errors import Refused
from jiebang.matching.draw import (
    RESERVES_EXHAUSTED,
    STRATUM_SHORT,
    Candidate,
    Ranking,
    commit,
    draw,
    next_reserve,
    replay,
    verify,
)

KINDS = ("technical", "industry", "finance")
STRATA: dict[str, int] = dict.fromkeys(KINDS, 1)
SEED = bytes(range(32))
ROSTER = [Candidate(f"e{i:02}", KINDS[i % 3], f"o{i % 7}") for i in range(24)]

seeds = st.binary(min_size=32, max_size=32)
strata_of = st.dictionaries(st.sampled_from(KINDS), st.integers(1, 3), min_size=1)


@st.composite
def rosters(draw_):
    size = draw_(st.integers(0, 14))
    return [Candidate(f"e{i}", draw_(st.sampled_from(KINDS)), f"o{draw_(st.integers(0, 8))}") for i in range(size)]


def feasible(roster: list[Candidate], strata: dict[str, int]) -> bool:
    """By brute force: is there any panel with the counts and one expert per organisation?"""
    panels = [frozenset[str]()]
    for kind, count in strata.items():
        orgs = sorted({one.org_id for one in roster if one.kind == kind})
        panels = list({p | set(c) for p in panels for c in combinations(orgs, count) if not p & set(c)})
    return bool(panels)


@given(rosters(), st.sets(st.integers(0, 13)), strata_of, seeds, st.randoms(use_true_random=False))
def test_a_draw_keeps_every_promise_or_names_the_stratum(roster, conflicted, strata, seed, random):
    conflicts = {f"e{i}": ["same_org"] for i in conflicted}
    free = [one for one in roster if one.id not in conflicts]
    if not feasible(free, strata):
        with pytest.raises(Refused) as caught:
            draw(roster, conflicts, strata, seed)
        assert caught.value.rule == STRATUM_SHORT
        assert caught.value.facts["needed"] == strata[str(caught.value.facts["stratum"])]
        return
    result = draw(roster, conflicts, strata, seed)
    by_id = {one.id: one for one in roster}
    chosen = [by_id[one] for ids in result.chosen.values() for one in ids]
    assert {kind: len(ids) for kind, ids in result.chosen.items()} == strata
    assert all(by_id[one].kind == kind for kind, ids in result.order.items() for one in ids)
    assert len({one.org_id for one in chosen}) == len(chosen)
    assert not {one.id for one in chosen} & set(conflicts)
    assert not {one for ids in result.order.values() for one in ids} & set(conflicts)
    for kind, ids in result.order.items():
        assert sorted(ids) == sorted(one.id for one in free if one.kind == kind)
        assert [one for one in ids if one in result.chosen[kind]] == list(result.chosen[kind])
    shuffled = random.sample(roster, len(roster))
    turned = dict(reversed(strata.items()))
    assert draw(shuffled, dict(reversed(conflicts.items())), turned, seed) == result
    stored = json.loads(json.dumps(result.export()))
    assert verify(stored, commit(seed)) == []
    assert replay(stored) == result


def test_the_only_panel_is_found_even_where_the_first_in_rank_would_block_it():
    # f can only come from organisation a; whoever ranks first among the technical experts must not take it.
    roster = [
        Candidate("t1", "technical", "a"),
        Candidate("t2", "technical", "b"),
        Candidate("f", "zfinance", "a"),
    ]
    seen = set()
    for i in range(20):
        result = draw(roster, {}, {"technical": 1, "zfinance": 1}, sha256(bytes([i])).digest())
        assert result.chosen == {"technical": ("t2",), "zfinance": ("f",)}
        seen.add(result.order["technical"])
    assert seen == {("t1", "t2"), ("t2", "t1")}


def test_the_result_is_the_same_in_every_process():
    program = (
        "import json; from tests_draw import ROSTER, SEED, STRATA, draw; "
        "print(json.dumps(draw(ROSTER, {'e00': {'b', 'a'}}, STRATA, SEED).export()))"
    )
    here = os.path.dirname(__file__)  # noqa: PTH120
    program = program.replace("tests_draw", "test_draw")
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join([here, *sys.path])},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert len(outputs) == 1
    assert json.loads(outputs.pop()) == draw(ROSTER, {"e00": {"b", "a"}}, STRATA, SEED).export()


def test_a_known_draw_stays_as_it_was():
    result = draw(ROSTER, {}, STRATA, SEED)
    assert result.inputs_digest == "7db266cd48985cc1fce3c60cc8598757103d10ed4fd8f6a0fb3b0485230e3179"
    assert result.chosen == {"finance": ("e08",), "industry": ("e10",), "technical": ("e21",)}
    assert commit(SEED) == "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd"


def test_absent_rivals_move_nobody():
    whole = draw(ROSTER, {}, STRATA, SEED)
    for gone in ROSTER:
        part = draw([one for one in ROSTER if one != gone], {}, STRATA, SEED)
        assert part.order == {k: tuple(i for i in ids if i != gone.id) for k, ids in whole.order.items()}


@given(seeds, st.lists(st.integers(0, 2), max_size=12))
def test_declines_walk_down_the_reserves_in_order(seed, who):
    result = draw(ROSTER, {}, STRATA, seed)
    by_id = {one.id: one for one in ROSTER}
    taken = {kind: ids[0] for kind, ids in result.chosen.items()}
    declined: list[str] = []
    assert next_reserve(result, list(taken.values()), declined) is None
    for kind in (KINDS[i] for i in who):
        gone = taken.pop(kind)
        declined.append(gone)
        busy = {by_id[one].org_id for one in taken.values()}
        fit = [i for i in result.order[kind] if i not in declined and by_id[i].org_id not in busy]
        if not fit:
            with pytest.raises(Refused) as caught:
                next_reserve(result, list(taken.values()), declined)
            assert caught.value.rule == RESERVES_EXHAUSTED
            assert caught.value.facts == {"stratum": kind}
            return
        following = next_reserve(result, list(taken.values()), declined)
        assert following is not None
        assert following == by_id[fit[0]]
        assert following.kind == kind
        taken[kind] = following.id
        assert len({by_id[one].org_id for one in taken.values()}) == 3


def test_several_open_seats_are_filled_without_blocking_each_other():
    roster = [
        Candidate("a1", "a", "x"),
        Candidate("a2", "a", "y"),
        Candidate("a3", "a", "z"),
        Candidate("b1", "b", "w"),
        Candidate("b2", "b", "y"),
    ]
    result = next(
        r
        for i in range(200)
        if (r := draw(roster, {}, {"a": 1, "b": 1}, sha256(bytes([i])).digest())).order
        == {"a": ("a1", "a2", "a3"), "b": ("b1", "b2")}
    )
    assert next_reserve(result, [], ["a1", "b1"]) == roster[2]
    assert next_reserve(result, ["a3"], ["a1", "b1"]) == roster[4]
    # One seat can no longer be filled: the other still is.
    assert next_reserve(result, [], ["a1", "b1", "b2"]) == roster[1]
    assert next_reserve(result, ["b1"], ["a1"]) == roster[1]


def test_every_expert_is_drawn_equally_often():
    # Chi-square, 9 degrees of freedom: 27.88 is exceeded by chance once in 1000; the seeds are fixed.
    roster = [Candidate(f"e{i}", "technical", f"o{i}") for i in range(10)]
    rounds = 4000
    seats = [dict.fromkeys((one.id for one in roster), 0) for _ in range(3)]
    for i in range(rounds):
        result = draw(roster, {}, {"technical": 3}, sha256(i.to_bytes(4, "big")).digest())
        for place, one in enumerate(result.chosen["technical"]):
            seats[place][one] += 1
    expected = rounds / 10
    for counts in seats:
        assert sum((n - expected) ** 2 / expected for n in counts.values()) < 27.88


def changed(export: dict, name: str) -> dict:
    other = deepcopy(export)
    match name:
        case "seed":
            other["seed"] = "ff" * 32
        case "roster":
            other["roster"].pop()
        case "conflicts":
            other["conflicts"]["e05"] = ["invented"]
        case "strata":
            other["strata"]["technical"] = 2
        case "chosen":
            other["chosen"]["finance"] = other["order"]["finance"][1:2]
        case "order":
            other["order"]["finance"].reverse()
        case "extra":
            other["extra"] = 1
        case _:
            other[name] = "0" * 64
    return other


@pytest.mark.parametrize(
    "name",
    [
        "seed",
        "roster",
        "conflicts",
        "strata",
        "chosen",
        "order",
        "commitment",
        "inputs_digest",
        "scheme",
        "extra",
    ],
)
def test_any_change_of_the_record_is_found(name):
    export = draw(ROSTER, {"e00": ["same_org"]}, STRATA, SEED).export()
    assert verify(export) == []
    assert verify(changed(export, name))


def test_a_seed_that_was_not_committed_to_is_found():
    other = draw(ROSTER, {}, STRATA, b"\1" * 32).export()
    assert verify(other, commit(b"\1" * 32)) == []
    assert verify(other, commit(SEED)) == ["commitment: the seed is not the one that was committed to"]


@pytest.mark.parametrize("export", [{}, {"roster": 1}, {**draw(ROSTER, {}, STRATA, SEED).export(), "seed": "xx"}])
def test_a_malformed_record_is_named_so(export):
    assert verify(export)[0].startswith("the export is malformed")


def test_malformed_calls():
    for call in (
        lambda: draw([*ROSTER, ROSTER[0]], {}, STRATA, SEED),
        lambda: draw(ROSTER, {}, {}, SEED),
        lambda: draw(ROSTER, {}, {"technical": 0}, SEED),
        lambda: draw(ROSTER, {}, STRATA, b"short"),
    ):
        with pytest.raises(ValueError, match=r"seed|twice|stratum"):
            call()


def test_reserves_are_those_not_chosen():
    result: Ranking = draw(ROSTER, {}, STRATA, SEED)
    for kind in KINDS:
        assert sorted([*result.chosen[kind], *result.reserves(kind)]) == sorted(result.order[kind])
        assert [one for one in result.order[kind] if one in result.reserves(kind)] == [*result.reserves(kind)]
