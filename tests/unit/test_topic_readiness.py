from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from typing import Any

import pytest
from pydantic import ValidationError

from jiebang.challenges.content import TopicDraft, TopicText, frozen_digest
from jiebang.challenges.lifecycle import TOPIC, may_hold, public_state
from jiebang.challenges.readiness import missing
from jiebang.challenges.rules import PUDONG_GOV
from jiebang.demo.season import TOPICS, instant
from jiebang.kernel.canonical import digest
from jiebang.kernel.working_days import SHANGHAI, parse_calendar
from support.topics import topic_text

CALENDAR = parse_calendar([json.loads((files("jiebang.challenges.data") / "cn_calendar_2026.json").read_text())])
PUBLISHED = datetime(2026, 3, 4, 9, tzinfo=SHANGHAI)
CLOSES = datetime(2026, 4, 8, 17, tzinfo=SHANGHAI)
DIRECTIONS = {"deep_sea": {"deep_sea.01", "deep_sea.02"}, "robots": {"robots.01"}}


def findings(closes_at: datetime | None = CLOSES, now: datetime = PUBLISHED, **changes: Any) -> list[tuple[str, str]]:
    draft = TopicDraft.model_validate({**topic_text().model_dump(), **changes})
    return [
        (f.pointer, f.rule.code)
        for f in missing(
            draft, rules=PUDONG_GOV, closes_at=closes_at, now=now, directions=DIRECTIONS, calendar=CALENDAR
        )
    ]


def test_a_coherent_topic_lacks_nothing() -> None:
    assert findings() == []


def test_an_empty_draft_is_told_everything_at_once() -> None:
    found = [
        (f.pointer, f.rule.code)
        for f in missing(
            TopicDraft(),
            rules=PUDONG_GOV,
            closes_at=None,
            now=PUBLISHED,
            directions=DIRECTIONS,
            calendar=CALENDAR,
        )
    ]
    required = [n for n, f in TopicText.model_fields.items() if f.is_required()]
    assert sorted(found) == sorted(
        [*((f"/text/{n}", "topic.missing") for n in required), ("/closes_at", "topic.missing")]
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"purse_minor": 999_999}, ("/text/milestones", "topic.tranches")),
        ({"criteria": (topic_text().criteria[0],)}, ("/text/criteria", "topic.weights")),
        ({"title": {"zh": "只有中文", "en": ""}}, ("/text/title/en", "topic.language_missing")),
        ({"track": "alchemy", "directions": ()}, ("/text/track", "topic.track_unknown")),
        ({"secondary_tracks": ("deep_sea",)}, ("/text/secondary_tracks/0", "topic.track_twice")),
        ({"directions": ("robots.01",)}, ("/text/directions/0", "topic.direction_unknown")),
        ({"directions": ("deep_sea.01", "deep_sea.01")}, ("/text/directions", "topic.code_twice")),
    ],
)  # fmt: skip
def test_each_incoherence_is_named_with_its_place(changes: dict[str, Any], expected: tuple[str, str]) -> None:
    assert findings(**changes) == [expected]


def test_a_missing_language_inside_a_list_has_its_place() -> None:
    indicators = topic_text().model_dump()["indicators"]
    indicators[1]["method"] = {"zh": "", "en": "Measured"}
    assert findings(indicators=indicators) == [("/text/indicators/1/method/zh", "topic.language_missing")]


def test_milestones_follow_one_another() -> None:
    milestones = topic_text().model_dump()["milestones"]
    assert findings(milestones=milestones[::-1]) == [("/text/milestones/1/months", "topic.milestone_order")]


def test_the_lead_time_ends_at_midnight_in_shanghai_after_the_thirtieth_day() -> None:
    # 30 days after 4 March is Friday 3 April, a working day: the first instant after it is 4 April 00:00.
    earliest = datetime(2026, 4, 4, tzinfo=SHANGHAI)
    assert findings(earliest) == []
    assert findings(earliest - timedelta(microseconds=1)) == [("/closes_at", "topic.closes_too_soon")]
    # One day later the thirtieth day lies in Qingming and rolls on to 7 April.
    later = PUBLISHED + timedelta(days=1)
    assert findings(datetime(2026, 4, 8, tzinfo=SHANGHAI), later) == []
    assert findings(datetime(2026, 4, 7, 23, 59, tzinfo=SHANGHAI), later) == [("/closes_at", "topic.closes_too_soon")]


def test_a_closing_day_beyond_the_official_calendar_is_advice_and_blocks_nothing() -> None:
    (finding,) = missing(
        TopicDraft.model_validate(topic_text().model_dump()),
        rules=PUDONG_GOV,
        closes_at=datetime(2027, 2, 1, tzinfo=UTC),
        now=PUBLISHED,
        directions=DIRECTIONS,
        calendar=CALENDAR,
    )
    assert (finding.rule.code, finding.blocking) == ("topic.calendar_ends", False)
    assert str(date(2026, 12, 31)) in finding.rule.en


def test_the_demo_season_could_be_published_as_it_is_written() -> None:
    taxonomy = json.loads((files("jiebang.challenges.data") / "taxonomy.json").read_text())
    directions = {t["code"]: () for field in taxonomy["fields"] for t in field["tracks"]}
    for content in TOPICS:
        sent = {name: value for name, value in asdict(content).items() if name in TopicText.model_fields}
        text = TopicText.model_validate(sent)
        draft = TopicDraft.model_validate(text.model_dump())
        assert (
            missing(
                draft,
                rules=PUDONG_GOV,
                closes_at=instant("close"),
                now=instant("publish"),
                directions=directions,
                calendar=CALENDAR,
            )
            == []
        )


@pytest.mark.parametrize(
    "changes",
    [
        {"indicators": ({**topic_text().model_dump()["indicators"][0], "threshold": "4,500"},)},
        {"indicators": ({**topic_text().model_dump()["indicators"][0], "comparator": ">"},)},
        {"purse_minor": 10.5},
        {"purse_minor": "1000000"},
        {"currency": "RMB"},
        {"title": {"zh": "长" * 201, "en": "x"}},
        {"unknown": 1},
    ],
)
def test_what_has_no_meaning_is_refused_even_in_a_draft(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TopicDraft.model_validate(changes)


def test_the_digest_is_that_of_the_public_text() -> None:
    text = topic_text()
    sha256 = frozen_digest("2026-0001", 1, CLOSES, text, PUDONG_GOV)
    public = json.loads(json.dumps({"text": text.model_dump(mode="json"), "rules": PUDONG_GOV.model_dump(mode="json")}))
    assert sha256 == digest(
        {"code": "2026-0001", "n": 1, "closes_at": CLOSES, "text": public["text"], "rules": public["rules"]}
    )
    assert sha256 != frozen_digest("2026-0001", 1, CLOSES, topic_text(award_count=2), PUDONG_GOV)


def test_states_that_depend_on_time_are_derived() -> None:
    assert public_state("published", CLOSES, CLOSES - timedelta(microseconds=1)) == "open"
    assert public_state("published", CLOSES, CLOSES) == "closed"
    assert public_state("screening", CLOSES, PUBLISHED) == "screening"
    assert TOPIC.commands("awarded") == ()


def test_three_people_write_check_and_approve() -> None:
    assert may_hold(set(), "approver")
    assert may_hold({"drafter"}, "drafter")
    assert may_hold({"drafter"}, "opening_officer")
    assert not may_hold({"drafter"}, "legal_budget_reviewer")
    assert not may_hold({"legal_budget_reviewer"}, "approver")
    assert not may_hold({"approver"}, "drafter")
