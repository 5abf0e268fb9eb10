import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiebang.kernel.errors import Refused
from jiebang.matching.problem import SCALE
from jiebang.matching.similarity import WEIGHTS_INVALID, Grams, Weights, similarity

TEXT = Weights(100, 0)
BATTERY = "固态锂电池电解质界面的离子传导与稳定性研究"
GRID = "新型电力系统中储能电站的调度与安全控制"
CHIP = "High-bandwidth memory interconnects for chiplet packaging"


def plainly(proposals, experts):
    """The definition in plain Python: character 1–3-grams, sublinear TF-IDF, cosine, mean of the best three."""
    texts = [*proposals, *(text for one in experts for text in one)]
    grams = []
    for text in texts:
        plain = " ".join(text.lower().split())
        grams.append(Counter(plain[i : i + n] for n in (1, 2, 3) for i in range(len(plain) - n + 1)))
    among = Counter(gram for one in grams for gram in one)

    def vector(one):
        weights = {g: (1 + math.log(n)) * (1 + math.log((1 + len(texts)) / (1 + among[g]))) for g, n in one.items()}
        length = math.sqrt(sum(w * w for w in weights.values())) or 1
        return {g: w / length for g, w in weights.items()}

    vectors = [vector(one) for one in grams]
    scores = []
    for p in range(len(proposals)):
        row, at = [], len(proposals)
        for own in experts:
            cosines = [sum(w * vectors[t].get(g, 0) for g, w in vectors[p].items()) for t in range(at, at + len(own))]
            at += len(own)
            best = sorted(cosines, reverse=True)[:3]
            row.append(sum(best) / len(best) * SCALE if best else 0)
        scores.append(row)
    return np.array(scores)


words = st.text(st.sampled_from("电池储能ab c"), max_size=12)


@settings(max_examples=200, deadline=None)
@given(st.lists(words, min_size=1, max_size=4), st.lists(st.lists(words, max_size=5), min_size=1, max_size=4))
def test_it_is_what_the_definition_says(proposals, experts):
    found = similarity(proposals, experts, weights=TEXT).matrix()
    assert found.dtype == np.int32
    assert np.abs(found - plainly(proposals, experts)).max() <= 1
    assert found.min() >= 0
    assert found.max() <= SCALE


def test_the_expert_of_the_field_comes_first_in_both_languages():
    experts = [
        ["锂电池电解质的界面", "固态电池"],
        ["电力系统调度", "储能电站控制"],
        ["chiplet interconnect", "memory packaging"],
    ]
    assert similarity([BATTERY, GRID, CHIP], experts).matrix().argmax(axis=1).tolist() == [0, 1, 2]


def test_only_the_best_three_texts_of_an_expert_count():
    once = similarity([BATTERY], [[BATTERY] * 3, [BATTERY] * 3 + [CHIP] * 4], weights=TEXT).matrix()
    assert once.tolist() == [[SCALE, SCALE]]


def test_rows_on_demand_are_those_of_the_matrix_and_width_and_case_do_not_matter():
    wide = similarity([BATTERY, "ＡＩ  芯片", GRID], [[GRID], ["ai 芯片"], []])
    assert (wide[1:3] == wide.matrix()[1:3]).all()
    assert wide.matrix()[1, 1] == SCALE
    assert wide.matrix()[:, 2].tolist() == [0, 0, 0]


def test_counts_are_kept_from_run_to_run():
    grams = Grams()
    first = similarity([BATTERY], [[GRID]], grams=grams).matrix()
    assert len(grams) == 2
    assert (similarity([BATTERY], [[GRID]], grams=grams).matrix() == first).all()
    similarity([BATTERY], [[GRID, CHIP]], grams=grams)
    assert len(grams) == 3


def test_directions_agree_as_far_as_their_beginnings_do():
    found = similarity(
        ["", ""],
        [[""], [""], [""], [""]],
        proposal_directions=[("能源", "储能"), ("能源", "电网")],
        expert_directions=[[("能源", "储能")], [("能源", "电网"), ("材料",)], [("能源",)], []],
        weights=Weights(60, 40),
    ).matrix()
    assert found.tolist() == [[400_000, 200_000, 200_000, 0], [200_000, 400_000, 200_000, 0]]


def test_above_the_ceiling_all_pairs_are_equal():
    found = similarity([BATTERY], [[BATTERY], [BATTERY + "。"]], weights=Weights(100, 0, 500_000)).matrix()
    assert found.tolist() == [[500_000, 500_000]]


@pytest.mark.parametrize("bad", [(50, 40), (101, -1), (70, 30, 0), (70, 30, SCALE + 1), (70.0, 30)])
def test_weights_that_are_none_get_a_sentence(bad):
    with pytest.raises(Refused) as caught:
        Weights(*bad)
    assert caught.value.rule == WEIGHTS_INVALID
