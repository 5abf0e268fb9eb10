import json
import os
import subprocess
import sys
from collections import Counter
from hashlib import sha256
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiebang.kernel.canonical import canonical_json, digest
from jiebang.kernel.errors import Refused
from jiebang.matching.lottery import UNIT, lottery, proves
from jiebang.matching.record import (
    NOT_COMMITTED,
    NOTHING_REVEALED,
    REDRAW_UNEXPLAINED,
    commit,
    drawn,
    freeze,
    openings,
    places,
    reserves,
)
from jiebang.matching.rounding import Stream, rounded
from jiebang.matching.seats import Person, blocks, seats
from jiebang.matching.verification import verify
from support.golden_draw import COMMITMENTS, GOLDEN, SHARES, golden

KEY = b"k" * 32
KINDS = ("technical", "industry", "finance")


def panel(people=24, orgs=8, per_kind=1, regions=3, seed=1, **more):
    """One panel for a topic."""
    everybody = [Person(f"e{i:02}", KINDS[i % 3], f"o{i % orgs}", f"r{i % orgs % regions}") for i in range(people)]
    scores = np.random.default_rng(seed).integers(1, 1_000_000, (1, people))
    given = {"out": ["e03"], "per_region": 2} | more
    return seats(["t"], everybody, {("t", kind): per_kind for kind in KINDS}, scores, **given)


def panels(units=12, people=30, orgs=14, regions=4, load=6, seed=2):
    """A panel for each proposal."""
    everybody = [
        Person(f"e{i:02}", KINDS[i % 3], f"o{i % orgs}", f"r{i % orgs % regions}", load) for i in range(people)
    ]
    names = [f"p{i:02}" for i in range(units)]
    scores = np.random.default_rng(seed).integers(1, 1_000_000, (units, people))
    return seats(
        names, everybody, {(name, kind): 1 for name in names for kind in KINDS}, scores,
        barred=[("p00", "e00"), ("p01", "e05")], per_region=2,
    )  # fmt: skip


def keeps_every_rule(of, pairs):
    """Seats, loads, institutions, regions, kinds and recusals of drawn pairs (row, person)."""
    assert Counter(row for row, _ in pairs) == {n: row.count for n, row in enumerate(of.rows)}
    assert all(of.people[e].kind == of.rows[row].kind for row, e in pairs)
    assert all(of.similarity[of.rows[row].unit, e] >= 0 for row, e in pairs)
    assert all(n <= of.people[e].cap for e, n in Counter(e for _, e in pairs).items())
    houses = Counter((of.rows[row].unit, of.people[e].institution) for row, e in pairs)
    assert max(houses.values()) == 1
    regions = Counter((of.rows[row].unit, of.people[e].region) for row, e in pairs)
    assert of.per_region is None or max(regions.values()) <= of.per_region


@st.composite
def fractions(draw):
    """Marginals whose rows are whole: the mean of `whole` random simple assignments, so any structure may occur."""
    height, width, whole = draw(st.integers(1, 6)), draw(st.integers(1, 6)), draw(st.integers(1, 6))
    random = draw(st.randoms(use_true_random=False))
    marginals = Counter()
    for row in range(height):
        load = random.randint(1, width)
        for _ in range(whole):
            for column in random.sample(range(width), load):
                marginals[row, column] += 1
    return dict(marginals), whole


@settings(max_examples=200, deadline=None)
@given(fractions(), st.binary(min_size=32, max_size=32))
def test_rounding_meets_every_row_and_keeps_every_column_between_floor_and_ceiling(case, seed):
    rounds_exactly(case, seed)


@pytest.mark.long
@settings(max_examples=5000, deadline=None)
@given(fractions(), st.binary(min_size=32, max_size=32))
def test_rounding_does_so_on_thousands_of_instances(case, seed):
    rounds_exactly(case, seed)


def rounds_exactly(case, seed):
    marginals, whole = case
    pairs = rounded(marginals, whole, Stream(seed))
    assert len(set(pairs)) == len(pairs)
    assert set(pairs) <= set(marginals)
    assert {pair for pair, amount in marginals.items() if amount == whole} <= set(pairs)
    rows, columns = Counter(row for row, _ in pairs), Counter(column for _, column in pairs)
    for row in {row for row, _ in marginals}:
        assert rows[row] * whole == sum(n for (r, _), n in marginals.items() if r == row)
    for column in {column for _, column in marginals}:
        total = sum(n for (_, c), n in marginals.items() if c == column)
        assert total // whole <= columns[column] <= -(-total // whole)
    shuffled = dict(reversed(marginals.items()))
    assert rounded(shuffled, whole, Stream(seed)) == pairs


@pytest.mark.parametrize(
    "of", [panel(), panel(per_kind=2, orgs=12, regions=5), panels()], ids=["panel", "six", "apart"]
)
def test_over_two_thousand_draws_every_pair_is_as_frequent_as_its_chance_says(of):
    found = lottery(of, most=600, quality=85)
    chances = dict(zip(found.pairs, found.chances, strict=True))
    assert [pair for pair in found.pairs if chances[pair] > 600] == list(found.over)
    assert len(found.over) <= len(of.rows) // 4
    seen = Counter()
    for i in range(2000):
        pairs = rounded(chances, UNIT, Stream(sha256(i.to_bytes(4, "big")).digest()), of.groups)
        seen.update(pairs)
        if i < 300:
            keeps_every_rule(of, pairs)
    scores = []
    for pair, amount in chances.items():
        share = amount / UNIT
        if share < 1:
            scores.append((seen[pair] - 2000 * share) / (2000 * share * (1 - share)) ** 0.5)
        else:
            assert seen[pair] == 2000
    # Exact chances: standard scores of deviation 1 (they are correlated and may be few, hence the room), none far out.
    assert max(map(abs, scores)) < 4.5
    assert abs(float(np.std(scores)) - 1) < 0.2 + 1 / len(scores) ** 0.5


def test_equals_have_equal_chances_and_the_better_no_worse_ones():
    apart = panel(orgs=24, out=[], per_region=None)
    flat = seats(["t"], apart.people, {("t", kind): 1 for kind in KINDS}, np.zeros((1, 24), int))
    assert set(lottery(flat).chances) == {120, 130}  # eight of each kind
    found = lottery(apart, quality=80)
    scores = apart.matrix()
    for row in range(3):
        mine = sorted((scores[pair], n) for pair, n in zip(found.pairs, found.chances, strict=True) if pair[0] == row)
        assert [n for _, n in mine] == sorted(n for _, n in mine)


def test_the_floor_is_kept_and_the_certificate_holds():
    for of in (panel(), panels()):
        for quality in (60, 90, 99):
            found = lottery(of, most=UNIT, quality=quality)
            proof = found.certificate
            assert proof.best * quality <= proof.objective * 100 <= proof.best * 100 <= proof.bound * 100
            assert proves(of, proof.rows, proof.people) == proof.bound
    assert lottery(panels(), most=UNIT, quality=100).certificate.objective == lottery(panels()).certificate.best


def test_where_few_are_left_the_cap_gives_way_as_little_as_it_must():
    alone = panel(people=6, orgs=6, out=["e03"], per_region=None)  # e00 is the one technical expert left
    found = lottery(alone, most=500)
    assert found.over == ((2, 0),)
    assert dict(zip(found.pairs, found.chances, strict=True))[2, 0] == UNIT


def test_who_sits_already_counts_for_the_region():
    found = lottery(panel(seated={"r0": 2}))
    assert not {e for _, e in found.pairs} & {e for e, one in enumerate(found.seats.people) if one.region == "r0"}


def test_a_certain_asymmetric_case_is_exact_by_enumeration():
    # Two seats, three columns, marginals 1/4, 3/4 and the reverse: count the seeds that choose each.
    marginals = {(0, 0): 1, (0, 1): 3, (1, 0): 3, (1, 1): 1}
    seen = Counter(tuple(rounded(marginals, 4, Stream(i.to_bytes(2, "big")))) for i in range(4000))
    assert set(seen) == {((0, 0), (1, 1)), ((0, 1), (1, 0))}
    assert abs(seen[(0, 0), (1, 1)] - 1000) < 4.5 * (4000 * 3 / 16) ** 0.5


def test_the_stream_is_uniform_and_pinned():
    stream = Stream(b"\x00" * 32)
    assert [stream.below(1000) for _ in range(5)] == PINNED_NUMBERS
    counts = Counter(stream.below(7) for _ in range(7000))
    assert all(abs(counts[i] - 1000) < 150 for i in range(7))
    with pytest.raises(ValueError, match="limit"):
        stream.below(0)


PINNED_NUMBERS = [419, 430, 256, 740, 989]


def test_chances_that_are_none_are_refused():
    for chances in ({(0, 0): 5}, {(0, 0): -1}, {(0, 0): 3}):
        with pytest.raises(ValueError, match="chance"):
            rounded(chances, 4, Stream(b"x"))


def files(of=None, number=1, reason=None, shares=None):
    """A drawn record, its evidence."""
    found = lottery(of or panel(), most=600)
    frozen = freeze(
        found, KEY, number=number, reason=reason, context={"topic": "t"}, conflicts={"e03": ["unit_of_applicant"]}
    )
    return drawn(frozen.public, COMMITMENTS, shares or SHARES), frozen.evidence


def export(of=None, **more):
    record, evidence = files(of, **more)
    return canonical_json({"draw": record, "evidence": evidence})


def test_a_known_draw_stays_as_it_was():
    assert golden() == GOLDEN


@pytest.mark.parametrize("hash_seed", ["0", "1", "4711"])
def test_another_process_with_another_hash_seed_draws_the_same(hash_seed):
    code = (
        "import json, runpy, sys; sys.path[:0] = json.loads(sys.argv[1])\n"
        "print(runpy.run_path(sys.argv[2])['files']()[0]['digest'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(sys.path), __file__],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == files()[0]["digest"]


@pytest.mark.parametrize("of", [panel(), panels()], ids=["panel", "apart"])
def test_a_record_holds_and_names_nobody(of):
    record, evidence = files(of)
    assert verify(canonical_json({"draw": record})) == []
    assert verify(canonical_json({"draw": record, "evidence": evidence})) == []
    assert verify(canonical_json({"draw": record}), frozen=record["frozen"], commitments=COMMITMENTS) == []
    assert verify(canonical_json({"draw": record}), frozen="0" * 64)
    assert verify(canonical_json({"draw": record}), commitments=COMMITMENTS | {"late": "0" * 64})
    text = canonical_json(record).decode()
    assert not any(f'"{one.id}"' in text for one in of.people)
    assert not any(f'"{one.institution}"' in text for one in of.people)
    seated = {(place.unit, place.person) for place in places(record, evidence)}
    assert len(seated) == sum(row.count for row in of.rows)
    for (unit, kind), names in reserves(record, evidence).items():
        assert not {(unit, name) for name in names} & seated
        assert {one.kind for one in of.people if one.id in names} == {kind}


@pytest.mark.parametrize("of", [panel(), panels(units=4, people=15)], ids=["panel", "apart"])
@pytest.mark.parametrize("part", [{}, {"evidence"}])
def test_two_hundred_changes_of_one_byte_are_all_noticed(of, part):
    record, evidence = files(of, number=2, reason="系统故障，第一次抽取未完成")
    text = canonical_json(
        {"draw": record, "openings": openings(record, evidence, ["e01"])} | ({"evidence": evidence} if part else {})
    )
    assert verify(text) == []
    random = Random(6)  # noqa: S311 -- which bytes to change
    for _ in range(200):
        at = random.randrange(len(text))
        changed = bytes([*text[:at], (text[at] + random.randrange(1, 256)) % 256, *text[at + 1 :]])
        assert verify(changed), at


def again_digested(record):
    record["frozen"] = digest({k: v for k, v in record.items() if k not in AFTER})
    del record["digest"]
    return record | {"digest": digest(record)}


AFTER = {"frozen", "commitments", "shares", "silent", "seed", "pairs", "reserves", "digest"}


@pytest.mark.parametrize(
    "part",
    ["chances", "pairs", "reserves", "caps", "rows", "shares", "commitments", "most", "seed", "institutions", "kinds",
     "region_limits", "silent", "certificate"],
)  # fmt: skip
def test_a_change_is_noticed_even_with_the_digests_made_to_fit(part):
    record = json.loads(canonical_json(files()[0]))
    match part:
        case "chances":
            record[part][0][2] -= 1
        case "pairs" | "reserves":
            record[part].reverse()
        case "caps":
            record[part] = [0] * len(record[part])
        case "rows":
            record[part][0][2] += 1
        case "shares" | "commitments":
            record[part]["agency"] = "00" * 32
        case "most":
            record[part] = 1
        case "institutions":
            record[part] = [0] * len(record[part])
        case "kinds":
            record[part].reverse()
        case "region_limits":
            record[part] = [0] * len(record[part])
        case "silent":
            record[part] = ["agency"]
        case "certificate":
            record[part]["bound"] = 1
        case _:
            record[part] = "00" * 32
    assert verify(canonical_json({"draw": again_digested(record)}))


@pytest.mark.parametrize("part", ["similarity", "people", "conflicts", "row_prices", "people_prices", "key"])
def test_false_evidence_is_noticed_even_with_the_digests_made_to_fit(part):
    record, evidence = (json.loads(canonical_json(half)) for half in files())
    match part:
        case "similarity":
            evidence[part][0] = [value if value < 0 else 1_000_000 for value in evidence[part][0]]
        case "people":
            evidence[part].reverse()
        case "conflicts":
            evidence[part] = {}
        case "key":
            evidence[part] = "00" * 32
        case _:
            evidence[part] = [price - 1_000_000 for price in evidence[part]]
    record["evidence"] = digest(evidence)
    record = again_digested(record)
    record["seed"] = record["seed"]
    found = verify(canonical_json({"draw": record, "evidence": evidence}))
    assert any(one.startswith("evidence") for one in found)


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b"null", b'{"draw":1}', b"\xff", b"[" * 5000])
def test_what_is_no_file_of_a_draw_is_said_to_be_none(text):
    assert verify(text)


def test_opened_commitments_belong_to_the_roster():
    record, evidence = files()
    (opened,) = openings(record, evidence, ["e05"])
    assert verify(canonical_json({"draw": record, "openings": [opened]})) == []
    opened[1] = "e06"
    assert verify(canonical_json({"draw": record, "openings": [opened]}))


def test_a_party_that_reveals_nothing_is_left_out_and_named():
    fewer = {party: share for party, share in SHARES.items() if party != "supervisor"}
    record, evidence = files(shares=fewer)
    assert record["silent"] == ["supervisor"]
    assert verify(canonical_json({"draw": record, "evidence": evidence})) == []
    assert record["seed"] != files()[0]["seed"]


def test_what_was_not_committed_to_stops_the_draw():
    cases = [
        ({}, NOTHING_REVEALED),
        ({**SHARES, "agency": b"b" * 32}, NOT_COMMITTED),
        ({**SHARES, "agency": b"a"}, NOT_COMMITTED),
        ({**SHARES, "somebody": b"s" * 32}, NOT_COMMITTED),
    ]
    frozen = freeze(lottery(panel()), KEY, number=1, reason=None, context={}, conflicts={"e03": ["x"]})
    for shares, rule in cases:
        with pytest.raises(Refused) as caught:
            drawn(frozen.public, COMMITMENTS, shares)
        assert caught.value.rule == rule
        for text in (rule.zh, rule.en):
            assert "{" not in text.format(**caught.value.facts)


def test_a_second_draw_has_a_reason_and_another_outcome():
    with pytest.raises(Refused) as caught:
        files(number=2, reason=" ")
    assert caught.value.rule == REDRAW_UNEXPLAINED
    record, _ = files(number=2, reason="two experts fell ill")
    assert verify(canonical_json({"draw": record})) == []
    assert record["seed"] != files()[0]["seed"]


@st.composite
def draws(draw):
    """Panels and panels per proposal of any shape, many of them impossible."""
    units = draw(st.sampled_from([1, 1, 2, 5]))
    people = draw(st.integers(1, 14))
    orgs, regions = draw(st.integers(1, 10)), draw(st.integers(1, 4))
    random = draw(st.randoms(use_true_random=False))
    everybody = []
    for i in range(people):
        org = random.randrange(orgs)
        everybody.append(
            Person(f"e{i:02}", random.choice(KINDS), f"o{org}", f"r{org % regions}", 1 if units == 1 else 3)
        )
    strata = {kind: random.randint(1, 2) for kind in random.sample(KINDS, random.randint(1, 3))}
    names = [f"p{i}" for i in range(units)]
    scores = np.array([[random.choice([0, 1, 999_999]) for _ in range(people)] for _ in range(units)])
    return seats(
        names,
        everybody,
        {(name, kind): count for name in names for kind, count in strata.items()},
        scores,
        barred=[(random.choice(names), f"e{random.randrange(people):02}") for _ in range(random.randrange(4))],
        per_region=draw(st.sampled_from([None, 1, 3])),
    )


def draws_or_says_why(of, share):
    if not possible(of):
        with pytest.raises(Refused) as caught:
            lottery(of, most=400)
        for text in (caught.value.rule.zh, caught.value.rule.en):
            assert "{" not in text.format(**caught.value.facts)
        return
    found = lottery(of, most=400)
    conflicts = {one.id: ["x"] for one in of.people}
    frozen = freeze(found, KEY, number=1, reason=None, context={}, conflicts=conflicts)
    record = drawn(frozen.public, {"platform": commit(share)}, {"platform": share})
    assert verify(canonical_json({"draw": record, "evidence": frozen.evidence})) == []
    pairs = rounded(dict(zip(found.pairs, found.chances, strict=True)), UNIT, Stream(share), of.groups)
    keeps_every_rule(of, pairs)


def possible(of):
    """Whether any draw keeps every rule, by exhaustive search."""
    places = [row for n, row in enumerate(of.rows) for _ in range(row.count)]
    loads = Counter()

    def fill(at, panel, low):
        if at == len(places):
            return True
        row = places[at]
        fresh = at == 0 or places[at - 1].unit != row.unit
        panel = [] if fresh else panel
        start = low if at and places[at - 1] == row else 0
        for e in range(start, len(of.people)):
            one = of.people[e]
            if one.kind != row.kind or of.similarity[row.unit, e] < 0 or loads[e] >= one.cap:
                continue
            if any(other.institution == one.institution for other in panel):
                continue
            if of.per_region is not None and sum(o.region == one.region for o in panel) >= of.per_region:
                continue
            loads[e] += 1
            if fill(at + 1, [*panel, one], e + 1):
                return True
            loads[e] -= 1
        return False

    return fill(0, [], 0)


@settings(max_examples=150, deadline=None)
@given(draws(), st.binary(min_size=32, max_size=32))
def test_any_draw_keeps_every_rule_and_verifies_or_says_why_not(of, share):
    draws_or_says_why(of, share)


@pytest.mark.long
@settings(max_examples=5000, deadline=None)
@given(draws(), st.binary(min_size=32, max_size=32))
def test_thousands_of_draws_do_so(of, share):
    draws_or_says_why(of, share)


def test_a_kind_that_nobody_has_is_one_matter_for_all_proposals():
    everybody = [Person(f"e{i}", "technical", f"o{i}", "", 8) for i in range(4)]
    names = [f"p{i:02}" for i in range(12)]
    needs = {(name, kind): 1 for name in names for kind in ("technical", "finance")}
    (block,) = blocks(seats(names, everybody, needs, None))
    assert block.sentence("zh").startswith("12 份申请共需 12 份金融类专家的评审意见；回避后可评审的该类专家 0 人")
    (help_,) = block.relaxations
    assert help_.amount == 2
    more = [*everybody, *(Person(f"f{i}", "finance", f"u{i}", "", 8) for i in range(2))]
    assert blocks(seats(names, more, needs, None)) == ()
    assert len(blocks(seats(names, more[:-1], needs, None))) == 1
