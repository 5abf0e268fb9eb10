from collections import Counter
from copy import deepcopy

import pytest

from jiebang.challenges.data import payload
from jiebang.challenges.taxonomy import parse_taxonomy

RAW = payload("taxonomy")
TAXONOMY = parse_taxonomy(RAW)


def test_the_counts_of_the_policy():
    assert TAXONOMY.version == "pudong-2023"
    assert [(field.name.zh, len(field.tracks)) for field in TAXONOMY.fields] == [
        ("未来信息", 3),
        ("未来健康", 3),
        ("未来智能", 4),
        ("未来能源", 2),
        ("未来空间", 3),
    ]
    assert {track.code: len(track.directions) for track in TAXONOMY.tracks} == {
        "chips": 13,
        "communications": 14,
        "quantum": 11,
        "bci": 12,
        "precision_medicine": 16,
        "synthetic_biology": 13,
        "intelligent_computing": 14,
        "general_ai": 8,
        "robots": 16,
        "xr": 11,
        "nuclear": 11,
        "energy_storage": 13,
        "deep_sea": 12,
        "aerospace": 8,
        "mobility": 10,
    }
    assert len(list(TAXONOMY.directions)) == 182


def test_names_flags_and_codes():
    assert all(d.name.zh and d.name.en for d in TAXONOMY.directions)
    assert len({d.code for d in TAXONOMY.directions}) == 182
    first = next(TAXONOMY.directions)
    assert (first.code, first.name.zh, first.name.en) == ("chips.01", "光子芯片", "Photonic chips")
    flags = Counter(flag for track in TAXONOMY.tracks for flag in track.gate_flags)
    assert flags == {
        "export_control": 5,
        "ethics": 3,
        "human_subjects": 2,
        "human_genetic_resources": 1,
        "biosafety": 1,
        "ai_safety": 2,
        "nuclear_safety": 1,
        "airspace": 1,
    }


@pytest.mark.parametrize("flaw", ["track_twice", "field_twice", "gap", "no_english", "no_tracks", "no_directions"])
def test_flawed_data_is_refused(flaw):
    raw = deepcopy(RAW)
    track = raw["fields"][0]["tracks"][0]
    match flaw:
        case "track_twice":
            raw["fields"][1]["tracks"].append(track)
        case "field_twice":
            raw["fields"].append({**raw["fields"][0], "tracks": raw["fields"][0]["tracks"][:0]})
        case "gap":
            del track["directions"][3]
        case "no_english":
            track["directions"][0]["en"] = ""
        case "no_tracks":
            raw["fields"][0]["tracks"] = []
        case "no_directions":
            track["directions"] = []
    with pytest.raises(ValueError, match=r"twice|numbered|both languages|has tracks"):
        parse_taxonomy(raw)
