from __future__ import annotations

from uuid import uuid4

import pytest

from jiebang.applications import domain
from jiebang.applications.facts import TeamFacts, TeamOrgFacts
from jiebang.applications.form import Answers, Indicator, fulfils, gaps
from jiebang.applications.schemas import NewTeamInvitation

FULL = {
    "part_a": {"contact_name": "甲", "contact_email": "a@people.example", "contact_phone": "1"},
    "part_b": {
        "title": "一",
        "approach": "二",
        "work_plan": "三",
        "risk": "四",
        "budget": "五",
        "promised": {"i": "10"},
    },
}


@pytest.mark.parametrize(
    ("value", "comparator", "threshold", "good"),
    [
        ("0.3", ">=", "0.3", True),
        ("0.30", ">=", "0.3", True),
        ("0.299999999", ">=", "0.3", False),
        ("20.5", "<=", "20.50", True),
        ("20.500000001", "<=", "20.5", False),
        ("-1", "<=", "0", True),
        ("-1", ">=", "0", False),
        ("7.0", "==", "7", True),
        ("7.1", "==", "7", False),
        ("999999999999999.999999999", ">=", "999999999999999.999999998", True),
    ],
)
def test_promises_are_compared_exactly(value: str, comparator: str, threshold: str, good: bool) -> None:  # noqa: FBT001
    indicator = Indicator("i", comparator, threshold)  # pyright: ignore[reportArgumentType]
    assert fulfils(value, indicator) is good
    form = Answers.model_validate({**FULL, "part_b": {**FULL["part_b"], "promised": {"i": value}}})
    assert [p.rule.code for p in gaps(form, [indicator])] == ([] if good else ["application.promise_worse"])


@pytest.mark.parametrize("figure", ["1e9", "NaN", "１２", "1.", ".5", "+1", "0x1", "1,000", "", "1\n2"])
def test_figures_are_plain_decimals(figure: str) -> None:
    with pytest.raises(ValueError, match="promised"):
        Answers.model_validate({"part_b": {"promised": {"i": figure}}})


def test_pointers_escape_codes() -> None:
    (problem,) = gaps(Answers.model_validate(FULL), [Indicator("i", ">=", "1"), Indicator("a/b~c", ">=", "1")])
    assert problem.pointer == "/answers/part_b/promised/a~1b~0c"


def team(*shares: tuple[str, int, int]) -> TeamFacts:
    orgs = [TeamOrgFacts(uuid4(), role, "甲", "A", work, money) for role, work, money in shares]  # pyright: ignore[reportArgumentType]
    return TeamFacts(uuid4(), uuid4(), uuid4(), "队", uuid4(), orgs[0].org_id, 1, orgs, [])


A, B = domain.Chosen("part_a", "checked"), domain.Chosen("part_b", "checked")


@pytest.mark.parametrize(
    ("facts", "files", "codes"),
    [
        (team(("lead", 6000, 5500), ("partner", 4000, 4500)), [A, B], []),
        (team(("lead", 10_000, 10_000)), [A, B, B], []),
        (team(("lead", 6000, 5500), ("partner", 4000, 4501)), [A, B], ["team.shares"]),
        (team(("lead", 9999, 10_000)), [A, B], ["team.shares"]),
        (team(("lead", 10_000, 10_000), ("partner", 0, 0), ("partner", 0, 0)), [A, B], ["team.too_many_partners"]),
        (team(("lead", 10_000, 10_000)), [], ["application.no_part_a", "application.no_part_b"]),
        (team(("lead", 10_000, 10_000)), [A, B, None], ["application.file_unknown"]),
        (team(("lead", 10_000, 10_000)), [A, B, domain.Chosen("evidence", "checked")], ["application.file_unknown"]),
        (team(("lead", 10_000, 10_000)), [A, B, domain.Chosen("part_b", "refused")], ["application.file_unchecked"]),
    ],
)
def test_what_keeps_a_bid_back(facts: TeamFacts, files: list[domain.Chosen | None], codes: list[str]) -> None:
    answers, indicators = Answers.model_validate(FULL), [Indicator("i", ">=", "10")]
    assert [p.rule.code for p in domain.bid_problems(facts, 1, answers, indicators, files)] == codes


def test_receipt_numbers_show_their_entropy_alone() -> None:
    assert domain.receipt_number("2026-0001", bytes(5)) == "JB-2026-0001-AAAAAAAA"
    assert domain.receipt_number("2026-0001", b"\xff" * 9) == "JB-2026-0001-77777777"


def test_every_state_is_reached_and_a_contract_is_final() -> None:
    assert set(domain.LIFECYCLE.states) == {
        "draft", "submitted", "eligible", "ineligible", "in_review", "recommended", "not_recommended", "awarded",
        "contracted",
    }  # fmt: skip
    assert [s for s in domain.LIFECYCLE.states if not domain.LIFECYCLE.commands(s)] == [
        "ineligible", "not_recommended", "contracted",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "identifier",
    [{}, {"uscc": "911000000000000000"}, {"country": "DE", "registry": "HRB"}, {"registry_id": "1"}],
)
def test_a_partner_is_named_by_one_identifier(identifier: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="identifier"):
        NewTeamInvitation.model_validate({"email": "p@people.example", **identifier})
    assert NewTeamInvitation.model_validate(
        {"email": "p@people.example", "country": "DE", "registry": "HRB", "registry_id": "1"}
    )
