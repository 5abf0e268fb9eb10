"""The demo season is sound: sums, codes, names, blindness, calendar, and a clear winner whoever is drawn."""

from __future__ import annotations

import itertools
import re
from datetime import date, timedelta
from decimal import Decimal

import pytest

from jiebang.demo import deep_sea, energy, robots
from jiebang.demo.expertise import review
from jiebang.demo.generic import better, bids_for
from jiebang.demo.model import Indicator, Season, Text, TopicContent
from jiebang.demo.season import STEPS, TOPICS, identity_sheet, instant, season

SEASON = season()
TRACKS = {
    "chips", "communications", "quantum",
    "bci", "precision_medicine", "synthetic_biology",
    "intelligent_computing", "general_ai", "robots", "xr",
    "nuclear", "energy_storage",
    "deep_sea", "aerospace", "mobility",
}  # fmt: skip
CJK = re.compile(r"[\u4e00-\u9fff]")
TOPIC_IDS = [topic.key for topic in TOPICS]


def meets(indicator: Indicator, value: str) -> bool:
    left, right = Decimal(value), Decimal(indicator.threshold)
    return {">=": left >= right, "<=": left <= right, "==": left == right}[indicator.comparator]


def assert_topic_is_sound(topic: TopicContent) -> None:
    assert topic.track in TRACKS
    assert sum(c.weight for c in topic.criteria) == 100
    assert all(c.weight > 0 for c in topic.criteria)
    assert sum(m.tranche_minor for m in topic.milestones) == topic.purse_minor > 0
    assert all(m.tranche_minor > 0 for m in topic.milestones)
    assert [m.months for m in topic.milestones] == sorted({m.months for m in topic.milestones})
    assert topic.milestones[0].months == 3, "the calendar's milestone step is three months after the contract"
    assert 3 <= len(topic.indicators) <= 5
    for codes in ([i.code for i in topic.indicators], [c.code for c in topic.criteria]):
        assert len(set(codes)) == len(codes)
    assert all(Decimal(i.threshold).is_finite() and i.unit for i in topic.indicators)
    for text in texts_of(topic):
        assert CJK.search(text.zh), text
        assert text.en.strip(), text
        assert not CJK.search(text.en), text


def texts_of(topic: TopicContent) -> list[Text]:
    named = [topic.title, topic.problem, topic.baseline, topic.gap, topic.acceptance, topic.ip_terms]
    named += [t for i in topic.indicators for t in (i.name, i.method)]
    named += [c.name for c in topic.criteria]
    return named + [t for m in topic.milestones for t in (m.title, m.evidence)]


def bids_of(s: Season, slot: int):
    teams = {team.key for team in s.teams if team.slot == slot}
    return [bid for bid in s.bids if bid.team in teams]


@pytest.mark.parametrize("topic", TOPICS, ids=TOPIC_IDS)
def test_topics_are_sound_and_bilingual(topic: TopicContent):
    assert_topic_is_sound(topic)
    assert topic.problem.zh.count("\n\n") >= 2
    assert topic.problem.zh.count("\n\n") == topic.problem.en.count("\n\n")
    assert "\\" not in topic.problem.zh + topic.problem.en
    assert (topic.authoritative, topic.currency, topic.award_count) == ("zh", "CNY", 1)


def test_topics_lie_on_three_tracks():
    assert len({topic.track for topic in TOPICS}) == 3


def test_every_reference_resolves_and_every_key_is_unique():
    orgs = {o.key: o for o in SEASON.organisations}
    people = {p.key: p for p in SEASON.people}
    assert len(orgs) == len(SEASON.organisations)
    assert len(people) == len(SEASON.people)
    assert len({p.email for p in SEASON.people}) == len(SEASON.people)
    assert len({o.name.zh for o in orgs.values()}) == len({o.brand for o in orgs.values()}) == len(orgs)
    assert len({p.name.zh for p in SEASON.people}) == len({p.name.en for p in SEASON.people}) == len(people)
    assert all(p.org in orgs for p in SEASON.people)
    assert all(e.person in people and people[e.person].duty == "expert" for e in SEASON.experts)
    for team in SEASON.teams:
        assert people[team.lead].org == team.lead_org != team.partner_org == people[team.member].org
        assert (people[team.lead].duty, people[team.member].duty) == ("lead", "member")
    used = [org for team in SEASON.teams for org in (team.lead_org, team.partner_org)]
    assert len(set(used)) == 24
    for topic in TOPICS:
        assert orgs[topic.end_user].kind == "end_user"
        assert [p.duty for p in SEASON.people if p.org == topic.end_user] == ["end_user"]
    assert sum(o.kind == "expert" for o in SEASON.organisations) >= 9


def test_people_cannot_be_mistaken_for_real_ones():
    assert all(p.email.endswith(".example") for p in SEASON.people)
    assert all(re.fullmatch(r"[a-z.]+@[a-z]+\.example", p.email) for p in SEASON.people)
    assert all("（演示）" in o.name.zh and "(demo)" in o.name.en for o in SEASON.organisations)
    for name in [o.name for o in SEASON.organisations] + [p.name for p in SEASON.people]:
        assert CJK.search(name.zh)
        assert not CJK.search(name.en)


def test_credit_codes_carry_correct_check_digits():
    """GB 32100 (modulus 31, weights 3^i) and GB 11714 (modulus 11), computed apart from the product."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    codes = [o.uscc for o in SEASON.organisations if o.uscc]
    assert len(set(codes)) == len(codes) >= 33
    for code in codes:
        assert re.fullmatch(rf"[{alphabet}]{{18}}", code)
        assert code[2:8] == "990000", "a division that was never assigned"
        total = sum(alphabet.index(char) * 3**i for i, char in enumerate(code[:17]))
        assert alphabet.index(code[17]) == -total % 31, code
        inner = sum(int(c, 36) * w for c, w in zip(code[8:16], (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
        assert code[16] == {10: "X", 11: "0"}.get(11 - inner % 11, str(11 - inner % 11)), code


def test_foreign_organisations_carry_a_registry_instead():
    foreign = [o for o in SEASON.organisations if o.country != "CN"]
    assert len(foreign) >= 3
    for org in SEASON.organisations:
        abroad = org in foreign
        assert (org.uscc is None, org.registry_id is not None, org.registry is not None) == (abroad,) * 3
        assert re.fullmatch(r"[A-Z]{2}", org.country)
    assert len({o.registry_id for o in foreign}) == len(foreign)


def test_every_duty_is_filled_by_another_person():
    duties = [p.duty for p in SEASON.people]
    single = (
        "drafter", "legal_budget_reviewer", "approver", "screener", "opener", "opening_witness", "supervisor",
        "funding_requester", "funding_approver",
    )  # fmt: skip
    assert [duties.count(duty) for duty in single] == [1] * len(single)
    assert (duties.count("lead"), duties.count("member")) == (12, 12)


def test_experts_leave_reserves_and_conflicts_for_every_topic():
    people = {p.key: p for p in SEASON.people}
    for kind, least in (("technical", 5), ("industry", 4), ("finance", 4)):
        assert sum(e.kind == kind for e in SEASON.experts) >= least
    assert len({e.person for e in SEASON.experts}) == len(SEASON.experts)
    for slot in range(3):
        bidding = {o for t in SEASON.teams if t.slot == slot for o in (t.lead_org, t.partner_org)}
        able = [e for e in SEASON.experts if slot in e.slots]
        assert any(people[e.person].org in bidding for e in able), "no conflict could ever be found"
        for kind in ("technical", "industry", "finance"):
            assert sum(e.kind == kind and people[e.person].org not in bidding for e in able) >= 3


def test_shares_sum_to_the_whole():
    for team in SEASON.teams:
        assert sum(team.work_bp) == sum(team.money_bp) == 10_000
        assert min(team.work_bp + team.money_bp) > 0


@pytest.mark.parametrize("slot", range(3), ids=TOPIC_IDS)
def test_four_bids_promise_every_indicator_and_undercut_none(slot: int):
    topic, bids = TOPICS[slot], bids_of(SEASON, slot)
    assert len(bids) == 4
    for bid in bids:
        assert list(bid.promised) == [i.code for i in topic.indicators]
        assert all(meets(i, bid.promised[i.code]) for i in topic.indicators), bid.team
        assert all(CJK.search(paragraph) for paragraph in bid.part_b)
        assert len("".join(bid.approach)) >= 100
    evidence = SEASON.evidence[slot]
    assert list(evidence.measured) == [i.code for i in topic.indicators]
    assert all(meets(i, evidence.measured[i.code]) for i in topic.indicators)
    assert all(CJK.search(paragraph) for paragraph in evidence.paragraphs)


def test_blind_texts_name_nobody():
    secrets = {t.name.zh for t in SEASON.teams} | {t.name.en for t in SEASON.teams}
    secrets |= {p.name.zh for p in SEASON.people} | {p.name.en for p in SEASON.people}
    secrets |= {o.brand for o in SEASON.organisations if o.kind in {"team", "expert"}}
    secrets |= {o.name.en.split()[0] for o in SEASON.organisations if o.kind in {"team", "expert"}}
    secrets |= {t.name.zh[:2] for t in SEASON.teams}
    assert all(len(secret) >= 2 for secret in secrets)
    for bid in SEASON.bids:
        blind = "\n".join((*bid.part_b, bid.title.zh, bid.title.en))
        assert [s for s in secrets if s.lower() in blind.lower()] == [], bid.team
        assert not re.search(r"@|\.example|大学|公司|研究院|研究所", blind), bid.team
        open_sheet = "\n".join(identity_sheet(bid.team))
        assert sum(s in open_sheet for s in secrets) >= 5, "Part A must hold what Part B must not"


def test_identity_sheet_says_who_and_how_much():
    sheet = identity_sheet("e3")
    assert "登记号HRB-DEMO-0001" in sheet[1]
    assert "承担任务70%，使用经费60%" in sheet[1]
    assert "统一社会信用代码91990000MADEM" in sheet[2]
    assert "ada.beispiel@beispiel.example" in sheet[3]


@pytest.mark.parametrize("slot", range(3), ids=TOPIC_IDS)
def test_scores_are_repeatable_and_the_winner_clear_for_any_draw(slot: int):
    topic, bids = TOPICS[slot], bids_of(SEASON, slot)
    able = [e for e in SEASON.experts if slot in e.slots]
    totals = {}
    for expert, bid in itertools.product(able, bids):
        first, second = review(expert, bid, topic), review(expert, bid, topic)
        assert first == second
        assert list(first.scores) == list(first.comments) == [c.code for c in topic.criteria]
        assert all(isinstance(score, int) and 0 <= score <= 100 for score in first.scores.values())
        assert all(len(comment) >= 30 for comment in first.comments.values())
        assert len(first.summary) >= 30
        totals[expert.person, bid.team] = sum(first.scores[c.code] * c.weight for c in topic.criteria)
    best = max(bids, key=lambda bid: bid.merit).team
    for expert in able:
        others = max(totals[expert.person, bid.team] for bid in bids if bid.team != best)
        assert totals[expert.person, best] - others >= 200, "two points of a hundred, for every single expert"
    assert len({totals[e.person, best] for e in able}) > 1, "experts differ"


def test_winners_are_not_always_the_first_bid():
    best = [max(bids_of(SEASON, slot), key=lambda bid: bid.merit).team for slot in range(3)]
    assert best == ["e2", "r1", "d3"]


def test_calendar_keeps_its_promises():
    holidays = {date(2026, 4, day) for day in (4, 5, 6)} | {date(2026, 5, day) for day in (1, 2, 3, 4, 5)}
    makeup = {date(2026, 5, 9)}

    def works(day: date) -> bool:
        return day in makeup or (day.weekday() < 5 and day not in holidays)

    def after(day: date, count: int) -> date:
        while count:
            day += timedelta(1)
            count -= works(day)
        return day

    instants = [step.at for step in STEPS]
    assert instants == sorted(set(instants))
    assert len({step.code for step in STEPS}) == len(STEPS)
    assert instants[0].isoformat() == "2026-03-02T09:00:00+08:00"
    assert (instant("close") - instant("publish")).days >= 30
    assert instant("opening").date() == after(instant("close").date(), 1)
    assert instant("notice_end").date() == after(instant("notice").date(), 5) + timedelta(1)
    assert instant("notice_end").isoformat() == "2026-05-12T00:00:00+08:00"
    assert instant("confirm") >= instant("notice_end")
    assert (instant("contract") - instant("confirm")).days <= 30
    assert (instant("milestone").month - instant("contract").month, instant("milestone").day) == (3, 18)
    assert all(works(step.at.date()) for step in STEPS)


def test_a_season_has_three_topics():
    with pytest.raises(ValueError, match="3 topics"):
        season(TOPICS[:2])


def test_other_topics_get_bids_and_evidence_of_their_own():
    other = season((robots.TOPIC, deep_sea.TOPIC, energy.TOPIC))
    assert [topic.key for topic in other.topics] == ["force-joint", "seabed-dock", "sodium-cold-storage"]
    for slot, topic in enumerate(other.topics):
        bids = bids_of(other, slot)
        assert len({bid.title.zh for bid in bids}) == 4
        for values in [bid.promised for bid in bids] + [other.evidence[slot].measured]:
            assert all(meets(i, values[i.code]) for i in topic.indicators)
    assert bids_for(robots.TOPIC, [t for t in other.teams if t.slot == 0])[0].team == "e1"


@pytest.mark.parametrize(
    ("comparator", "threshold", "unit", "percent", "expected"),
    [
        (">=", "140", "Wh/kg", 10, "154"),
        (">=", "95", "%", 10, "100"),
        (">=", "0.9", "1", 4, "0.94"),
        ("<=", "0.5", "%FS", 10, "0.45"),
        ("<=", "5", "s", 1, "4.9"),
        ("<=", "20", "s", 0, "20"),
        ("==", "0", "次", 10, "0"),
    ],
)
def test_better_improves_but_never_undercuts(comparator, threshold, unit, percent, expected):
    indicator = Indicator("x", Text("甲", "a"), unit, comparator, threshold, Text("乙", "b"))
    assert better(indicator, percent) == expected
    assert meets(indicator, expected)
