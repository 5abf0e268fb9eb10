"""Real challenge texts become topics: hostile HTML is harmless, real HTML keeps its shape."""

from __future__ import annotations

import json
import os
import re
import time
import unicodedata
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiebang.demo.expertise import review
from jiebang.demo.html_text import MAX_INPUT, html_to_text
from jiebang.demo.real_topics import load_real_topics, mapping, prize_minor, problem_text
from jiebang.demo.season import TOPICS, season

TRACKS = {
    "chips", "communications", "quantum",
    "bci", "precision_medicine", "synthetic_biology",
    "intelligent_computing", "general_ai", "robots", "xr",
    "nuclear", "energy_storage",
    "deep_sea", "aerospace", "mobility",
}  # fmt: skip
CJK = re.compile(r"[\u4e00-\u9fff]")


def realdata() -> Path:
    root = Path(__file__).resolve().parents[2]
    return Path(os.environ.get("JIEBANG_REALDATA") or root.parent / "shared" / "realdata")


@pytest.fixture(scope="module")
def challenges() -> Path:
    path = realdata() / "challenge_gov.json"
    if not path.is_file():
        pytest.skip("challenge_gov.json is not here: set JIEBANG_REALDATA to the folder that holds it")
    return path


# cleaning----


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One.</p>\n<p>Two&nbsp;three&amp;four</p>", "One.\n\nTwo three&four"),
        ("<p>a<br>b</p>", "a\nb"),
        ("line\nbroken\r\nin the  source", "line broken in the source"),
        ("<ul> <li>one</li> <li>two</li> </ul>after", "- one\n- two\n\nafter"),
        ("<ol><li>one<ul><li>in</li></ul></li><li>two</li></ol>", "1. one\n\n- in\n\n2. two"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\n\nc"),
        ("<h4>Head</h4>text", "Head\n\ntext"),
        ("before<script>alert(1)</script><style>p{}</style>after", "beforeafter"),
        ("a<!-- hidden <b>x</b> -->b", "ab"),
        ('<p title="1 > 0" data-x=\'a>b\'>quoted</p><b title=">bold</b>', "quoted\n\nbold"),
        ("<script>if (a<b) s='<script>';</script>code", "code"),
        ("<script><!-- x</script>shown<!-- never closed <b>x", "shown"),
        ("a<svg><script>x</script><text>y</text></svg>b", "ab"),
        ("<object><object>x</object></object>b", "b"),
        ('<a href="javascript:alert(1)" onclick="x()">go</a>', "go"),
        ('<img src=x onerror="alert(1)">pic', "pic"),
        ("a<embed src=x>b", "ab"),
        ("</p></div></li></ul>text</script>", "text"),
        ("<div><p><b><i>deep</p></div>out", "deep\n\nout"),
        (
            "zero\u200bwidth\ufeff bi\u202ed\u2066i soft\u00adhyphen \x00nul\x1b",
            "zerowidth bidi softhyphen nul",
        ),
        ("fi\ufe0fller\u3164\u2800s", "fillers"),
        ("line\u2028sep", "line\nsep"),
        ("e\u0301", "\u00e9"),
        ("5 < 6 and a<=b, x<1", "5 < 6 and a<=b, x<1"),
        ("&lt;p&gt;once too often&lt;/p&gt;&lt;script&gt;x&lt;/script&gt;", "once too often"),
        ("&amp;lt;script&amp;gt;evil&amp;lt;/script&amp;gt;ok", "ok"),
        ("keep &lt;unknown tag", "keep ‹unknown tag"),
        ("&#0;&#xD800;&#x110000;&bogus;", "\ufffd\ufffd\ufffd&bogus;"),
        ("", ""),
        (None, ""),
    ],
)
def test_cleaning(markup: str | None, text: str):
    assert html_to_text(markup) == text


FRAGMENTS = st.sampled_from([
    "<p>", "</p>", "<script>", "</script>", "<style>", "</style", "<!--", "-->", "<![CDATA[", "]]>", "<?php",
    "<!", "<ul>", "<ol>", "<li>", "</ul>", "</ol>", "<td>", "<svg>", "</svg>", "&lt;", "&gt;", "&amp;", "&#",
    "&#x202e;", "<a href='", "'", '"', ">", "<", "/", "\u200b", "\u202e", "\ud800", "\x00", "\n", "text", " ",
    "é", "汉字", "<textarea>", "<plaintext>", "<title>", "&lt;script&gt;", "&amp;lt;b&amp;gt;",
])  # fmt: skip


@given(st.lists(FRAGMENTS | st.text(max_size=8), max_size=40).map("".join), st.integers(1, 300))
def test_any_input_gives_bounded_visible_inert_text(markup: str, limit: int):
    text = html_to_text(markup, max_chars=limit)
    assert len(text) <= limit
    assert not re.search(r"<[/!?a-zA-Z]", text)
    assert not [c for c in text if c != "\n" and unicodedata.category(c)[0] == "C"]
    assert "\n\n\n" not in text
    assert text == text.strip()
    assert text == unicodedata.normalize("NFC", text)


@given(st.lists(st.text("abc xyz", min_size=1, max_size=9).filter(str.strip), min_size=1, max_size=6))
def test_no_paragraph_is_lost(paragraphs: list[str]):
    text = html_to_text("".join(f"<div><p>{p}</p>\n</div>" for p in paragraphs))
    assert text.split("\n\n") == [" ".join(p.split()) for p in paragraphs]


@pytest.mark.parametrize(
    "piece",
    ["<a ", "<!--", "<", "<div>", "</div>", "<ul><li>", "&lt;p", "&", "<a b='", "<a\t", "<script>",
     "<![CDATA[", "<!a ", "&#x", "<svg><svg>", "\u202e", "e\u0301\u0301", "<a '\" "],
)  # fmt: skip
def test_hostile_bulk_is_cut_and_fast(piece: str):
    begin = time.process_time()
    text = html_to_text(piece * (3 * MAX_INPUT // len(piece)))
    assert time.process_time() - begin < 3
    assert len(text) <= 20_000


def test_a_cut_says_so():
    assert html_to_text("word " * 100, max_chars=12) == "word word…"
    assert html_to_text("x" * 50, max_chars=10) == "x" * 9 + "…"


# records----


@pytest.mark.parametrize(
    ("offered", "cents"), [("$17,500", 1_750_000), ("$3,000,000.00", 300_000_000), (" $ 250.5 ", 25_050)]
)
def test_prizes_become_cents(offered: str, cents: int):
    assert prize_minor({"total-prize-offered-cash": offered}) == cents


@pytest.mark.parametrize("offered", [None, "", "$0", "-5", "up to $5", "NaN", "Infinity", "$1.005"])
def test_an_unreadable_prize_is_refused(offered: str | None):
    with pytest.raises(ValueError, match="no readable prize in challenge '7'"):
        prize_minor({"challenge-id": "7", "total-prize-offered-cash": offered})


def test_the_problem_falls_back_to_what_the_record_says():
    full = {"challenge-title": "T", "tagline": "Tag.", "description": "<p>Desc</p>", "judging": "J"}
    assert problem_text(full) == "Tag.\n\nDesc"
    assert problem_text({**full, "description": "<p> &nbsp;</p>"}) == "Tag.\n\nJ"
    assert problem_text({"challenge-title": "T &amp; U", "tagline": None}) == "T & U"
    assert problem_text(full, max_chars=5) == "Tag.…"


def test_the_mapping_is_sound():
    entries = mapping()["challenges"]
    assert len(entries) >= 10
    assert len({e["challenge_id"] for e in entries}) == len(entries)
    assert len({e["track"] for e in entries[:3]}) == 3, "the first three play a season"
    known = {c.code for c in TOPICS[0].criteria}
    for entry in entries:
        assert entry["track"] in TRACKS
        assert sum(entry["weights"].values()) == 100
        assert set(entry["weights"]) == known
        assert sum(entry["tranche_percents"]) == 100
        assert len(entry["tranche_percents"]) == len(entry["months"]) == 3
        assert 3 <= len({i["code"] for i in entry["indicators"]}) == len(entry["indicators"]) <= 5
        texts = [entry["title_zh"], entry["abstract_zh"], entry["gap"]["zh"]]
        for indicator in entry["indicators"]:
            assert indicator["comparator"] in {">=", "<=", "=="}
            assert Decimal(indicator["threshold"]).is_finite()
            texts += [indicator["name"]["zh"], indicator["method"]["zh"]]
            assert indicator["name"]["en"]
            assert indicator["method"]["en"]
        assert all(CJK.search(text) for text in texts)


def test_a_file_with_too_little_in_it_is_refused(tmp_path: Path):
    path = tmp_path / "topics.json"
    path.write_text("{}")
    with pytest.raises(ValueError, match=r"topics\.json is not a list"):
        load_real_topics(path)
    record = {"challenge-id": "936", "challenge-title": "X", "total-prize-offered-cash": "$10"}
    path.write_text(json.dumps([record]))
    with pytest.raises(ValueError, match=r"topics\.json holds 1 of the mapped challenges, 3 are needed"):
        load_real_topics(path)
    (topic,) = load_real_topics(path, 1)
    assert [m.tranche_minor for m in topic.milestones] == [400, 300, 300]


# the real file----


def test_all_real_records_clean_to_text(challenges: Path):
    records = json.loads(challenges.read_text(encoding="utf-8"))
    assert len(records) == 129
    for record in records:
        text = problem_text(record)
        assert 20 <= len(text) <= 8_000, record["challenge-id"]
        for field in ("description", "prizes", "rules", "judging", "how-to-enter"):
            cleaned = html_to_text(record[field])
            assert not re.search(r"<[/!?a-zA-Z]|&(?:nbsp|amp|lt|gt|#\d+);|\u200b", cleaned), record["challenge-id"]
            words = re.sub(r"<[^>]*>", " ", record[field] or "").split()
            assert len(cleaned.split()) >= 0.9 * min(len(words), 1_000) - 2, "nothing that can be read is lost"


def test_real_topics_fill_a_season(challenges: Path):
    topics = load_real_topics(challenges, count=len(mapping()["challenges"]))
    assert len(topics) >= 10
    for topic in topics:
        assert (topic.currency, topic.authoritative, topic.award_count) == ("USD", "en", 1)
        assert sum(m.tranche_minor for m in topic.milestones) == topic.purse_minor > 0
        assert len(topic.problem.en) > 200
        assert topic.source
        assert topic.source.startswith("https://www.challenge.gov/")
    assert topics[0].purse_minor == 1_750_000
    played = season(tuple(load_real_topics(challenges)))
    assert len(played.bids) == 12
    for slot, topic in enumerate(played.topics):
        bids = played.bids[4 * slot : 4 * slot + 4]
        totals = {
            (e.person, b.team): sum(review(e, b, topic).scores[c.code] * c.weight for c in topic.criteria)
            for e in played.experts
            for b in bids
        }
        best = max(bids, key=lambda bid: bid.merit).team
        for expert in played.experts:
            assert max(bids, key=lambda b: totals[expert.person, b.team]).team == best
