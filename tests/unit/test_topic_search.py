from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jiebang.challenges.search import index_terms, search_terms


def _finds(query: str, *texts: str) -> bool:
    terms = search_terms(query)
    return bool(terms) and set(terms) <= set(index_terms(texts))


def test_chinese_is_cut_into_pairs_and_other_scripts_into_words() -> None:
    assert search_terms("深海坞站 RISC-V芯片") == ["深海", "海坞", "坞站", "risc", "v", "芯片"]
    assert index_terms(["深海 dock"]) == ["doc", "dock", "海", "深", "深海"]


def test_one_chinese_character_finds_every_text_that_holds_it() -> None:
    assert search_terms("芯") == ["芯"]
    assert _finds("芯", "量子芯片")
    assert not _finds("芯", "量子通信")


def test_words_are_found_by_their_beginnings_whatever_their_case_or_width() -> None:
    assert _finds("ROBOT", "Underwater robots")
    assert _finds("６Ｇ", "6g chips")
    assert not _finds("robots", "robot")
    assert not _finds("bot", "robots")


def test_all_terms_must_be_there() -> None:
    assert _finds("深海 robots", "深海机器人", "deep-sea robots")
    assert not _finds("深海 quantum", "深海机器人", "deep-sea robots")


def test_a_query_without_a_word_has_no_terms() -> None:
    assert search_terms(" ，。!? ") == []


@given(st.text(alphabet="深海坞站机器人量子芯片", min_size=1), st.data())
def test_every_part_of_a_chinese_text_finds_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    assert _finds(text[start:end], f"{text}，以及其他。")


@given(st.text())
def test_a_text_finds_itself(text: str) -> None:
    assert set(search_terms(text)) <= set(index_terms([text]))
