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
from jiebang.matching.draw import commit
from jiebang.matching.problem import problem
from jiebang.matching.rounding import Stream, rounded
from jiebang.matching.sampling import (
    DENOMINATOR,
    NOT_COMMITTED,
    PARTIES_MISSING,
    REDRAW_UNEXPLAINED,
    drawn,
    lottery,
    salt,
    veiled,
    verify,
)

KEY = b"k" * 32
REVEALS = {"agency": b"a" * 32, "supervisor": b"s" * 32, "applicants": b"p" * 32}
COMMITMENTS = {party: commit(secret) for party, secret in REVEALS.items()}


def task(height=12, width=9, load=3, cap=6, conflicts=((0, 0), (1, 2))):
    scores = np.random.default_rng(7).integers(1, 1_000_000, (height, width))
    names, people = [f"p{i:02}" for i in range(height)], [f"e{i:02}" for i in range(width)]
    return problem(names, people, scores, load=load, cap=cap, conflicts=conflicts)


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


def test_over_two_thousand_draws_every_pair_is_as_frequent_as_its_marginal_says():
    frozen = lottery(task(), KEY, most=600)
    marginals = {(p, e): n for p, e, n in frozen.marginals}
    assert max(marginals.values()) == 600
    seen = Counter()
    for i in range(2000):
        pairs = rounded(marginals, DENOMINATOR, Stream(sha256(i.to_bytes(4, "big")).digest()))
        seen.update(pairs)
        assert set(Counter(p for p, _ in pairs).values()) == {3}
        assert max(Counter(e for _, e in pairs).values()) <= 6
    scores = []
    for pair, amount in marginals.items():
        share = amount / DENOMINATOR
        scores.append((seen[pair] - 2000 * share) / (2000 * share * (1 - share)) ** 0.5)
    # Exact marginals: standard scores of deviation 1 (they are correlated, hence the room) and none far out.
    assert max(map(abs, scores)) < 4.5
    assert 0.7 < float(np.std(scores)) < 1.3


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


def test_marginals_that_are_none_are_refused():
    for marginals in ({(0, 0): 5}, {(0, 0): -1}, {(0, 0): 3}):
        with pytest.raises(ValueError, match="marginal"):
            rounded(marginals, 4, Stream(b"x"))


def export(**more):
    return drawn(lottery(task(), KEY, most=600), COMMITMENTS, REVEALS, **more)


PINNED_NUMBERS = [419, 430, 256, 740, 989]
PINNED_DRAW = "2eef058bce44d8f3a07caa587cff2043559e51822a9f34251cbaa973b8fc79e4"


def test_a_draw_holds_names_nobody_and_is_the_same_everywhere():
    record = export()
    text = canonical_json(record)
    assert verify(text) == []
    assert verify(text, record["digest"]) == []
    assert verify(text, "0" * 64) == ["digest: it is not the one published"]
    assert not any(f"e{i:02}".encode() in text.replace(b'"', b"|").split(b"|") for i in range(9))
    assert sha256(canonical_json(record["pairs"])).hexdigest() == PINNED_DRAW


@pytest.mark.parametrize("hash_seed", ["0", "1", "4711"])
def test_another_process_with_another_hash_seed_draws_the_same(hash_seed):
    code = (
        "import json, runpy, sys; sys.path[:0] = json.loads(sys.argv[1])\n"
        "print(runpy.run_path(sys.argv[2])['export']()['digest'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(sys.path), __file__],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == export()["digest"]


def test_two_hundred_changes_of_one_byte_are_all_noticed():
    record = export(number=2, reason="系统故障，第一次抽取未完成")
    text = canonical_json(record)
    random = Random(6)  # noqa: S311 -- which bytes to change
    for _ in range(200):
        at = random.randrange(len(text))
        changed = bytes([*text[:at], (text[at] + random.randrange(1, 256)) % 256, *text[at + 1 :]])
        assert verify(changed, record["digest"]), at


@pytest.mark.parametrize(
    "part", ["marginals", "pairs", "reserves", "caps", "loads", "reveals", "commitments", "most", "seed"]
)
def test_a_change_is_noticed_even_with_the_digest_made_to_fit(part):
    record = json.loads(canonical_json(export()))
    match part:
        case "marginals":
            record[part][0][2] -= 1
        case "pairs" | "reserves":
            record[part].reverse()
        case "caps" | "loads":
            record[part][0] += 1
        case "reveals" | "commitments":
            record[part]["agency"] = "00" * 32
        case "most":
            record[part] = 599
        case _:
            record[part] = "00" * 32
    del record["digest"]
    record["digest"] = digest(record)
    assert verify(canonical_json(record))


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b"null", b'{"scheme":1}', b"\xff", b"[" * 5000])
def test_what_is_no_export_is_said_to_be_malformed(text):
    assert verify(text)


def test_opened_commitments_belong_to_the_roster():
    text = canonical_json(export())
    salted = salt(KEY, "e03")
    assert veiled(salted, "e03") in export()["roster"]
    assert verify(text, openings=[(salted.hex(), "e03")]) == []
    assert verify(text, openings=[(salted.hex(), "e04")]) == ["opening e04: no such commitment in the roster"]


def test_reserves_are_eligible_unchosen_and_no_one_is_missing():
    record = export()
    for p, reserves in enumerate(record["reserves"]):
        support = {e for q, e, _ in record["marginals"] if q == p}
        chosen = {e for q, e in record["pairs"] if q == p}
        assert sorted(reserves) == sorted(support - chosen)


def test_who_did_not_commit_or_reveal_stops_the_draw():
    frozen = lottery(task(), KEY)
    cases = [
        ({}, {}, PARTIES_MISSING),
        (COMMITMENTS, {**REVEALS, "agency": b"b" * 32}, NOT_COMMITTED),
        (COMMITMENTS, {"agency": REVEALS["agency"]}, NOT_COMMITTED),
        ({"agency": COMMITMENTS["agency"]}, REVEALS, NOT_COMMITTED),
    ]
    for commitments, reveals, rule in cases:
        with pytest.raises(Refused) as caught:
            drawn(frozen, commitments, reveals)
        assert caught.value.rule == rule
        for text in (rule.zh, rule.en):
            assert "{" not in text.format(**caught.value.facts)


def test_a_second_draw_has_a_reason_and_another_outcome():
    with pytest.raises(Refused) as caught:
        export(number=2, reason=" ")
    assert caught.value.rule == REDRAW_UNEXPLAINED
    again = export(number=2, reason="two experts fell ill")
    assert verify(canonical_json(again)) == []
    assert again["seed"] != export()["seed"]


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 10), st.integers(3, 12), st.sampled_from([400, 700, 1000]), st.integers(0, 9))
def test_random_lotteries_verify(height, width, most, number):
    try:
        frozen = lottery(task(height, width, load=1, cap=3, conflicts=()), KEY, most=most)
    except Refused:
        assert height > width * 3
        return
    record = drawn(frozen, COMMITMENTS, REVEALS, number=number + 1, reason="again")
    assert verify(canonical_json(record)) == []


def test_fixed_pairs_are_certain():
    scores = np.random.default_rng(7).integers(1, 1_000_000, (4, 6))
    given = problem([f"p{i}" for i in range(4)], [f"e{i}" for i in range(6)], scores, load=2, cap=3, forced=[(1, 5)])
    frozen = lottery(given, KEY, most=500)
    place = frozen.roster.index(veiled(salt(KEY, "e5"), "e5"))
    assert (1, place, DENOMINATOR) in frozen.marginals
    record = drawn(frozen, COMMITMENTS, REVEALS)
    assert [1, place] in record["pairs"]
    assert verify(canonical_json(record)) == []
