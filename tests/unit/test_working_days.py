from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from jiebang.challenges.data import payload
from jiebang.kernel.working_days import (
    PERIOD_LENGTH,
    Calendar,
    Deadline,
    Period,
    deadline,
    end_of_day,
    parse_calendar,
)

DAY = timedelta(days=1)
YEAR = [date(2026, 1, 1) + i * DAY for i in range(365)]
CALENDAR = parse_calendar([payload("cn_calendar_2026")])
in_2026 = st.dates(date(2026, 1, 1), date(2026, 10, 31))


def test_the_year_agrees_day_by_day_with_an_independent_source():
    assert [CALENDAR.is_working_day(d) for d in YEAR] == [chinese_calendar.is_workday(d) for d in YEAR]


def test_figures_of_2026():
    assert sum(map(CALENDAR.is_working_day, YEAR)) == 248
    assert sum(CALENDAR.is_working_day(d) != (d.weekday() < 5) for d in YEAR) == 25


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (date(2026, 9, 28), date(2026, 10, 10)),  # a Saturday that is worked
        (date(2026, 2, 11), date(2026, 2, 25)),
        (date(2026, 3, 2), date(2026, 3, 9)),
    ],
)
def test_five_working_days(start, end):
    assert CALENDAR.add_working_days(start, 5) == Deadline(end, provisional=False)


@given(in_2026, st.integers(1, 30))
def test_exactly_n_working_days_lie_after_the_start(start, n):
    end = CALENDAR.add_working_days(start, n)
    counted = [d for d in YEAR if start < d <= end.date and CALENDAR.is_working_day(d)]
    assert len(counted) == n
    assert counted[-1] == end.date
    assert not end.provisional


@given(in_2026, st.integers(1, 20), st.integers(1, 20))
def test_periods_add_up(start, a, b):
    halfway = CALENDAR.add_working_days(start, a).date
    assert CALENDAR.add_working_days(halfway, b) == CALENDAR.add_working_days(start, a + b)


@given(in_2026, st.integers(1, 60))
def test_calendar_days_end_on_the_day_or_roll_to_the_next_working_day(start, n):
    plain = CALENDAR.add_calendar_days(start, n, roll=False).date
    assert plain == start + n * DAY
    rolled = CALENDAR.add_calendar_days(start, n).date
    assert CALENDAR.is_working_day(rolled)
    assert not any(CALENDAR.is_working_day(plain + i * DAY) for i in range((rolled - plain).days))


def test_a_last_day_within_the_national_holiday_rolls_behind_it():
    assert CALENDAR.add_calendar_days(date(2026, 9, 1), 30).date == date(2026, 10, 8)
    assert CALENDAR.add_calendar_days(date(2026, 4, 9), 30).date == date(2026, 5, 9)  # a worked Saturday stays


def test_past_the_notice_everything_is_provisional():
    assert CALENDAR.add_working_days(date(2026, 12, 24), 5) == Deadline(date(2026, 12, 31), provisional=False)
    assert CALENDAR.add_working_days(date(2026, 12, 24), 6) == Deadline(date(2027, 1, 1), provisional=True)
    assert CALENDAR.add_calendar_days(date(2026, 12, 1), 33) == Deadline(date(2027, 1, 4), provisional=True)
    assert CALENDAR.add_calendar_days(date(2026, 12, 1), 33, roll=False) == Deadline(
        date(2027, 1, 3), provisional=False
    )
    assert CALENDAR.add_working_days(date(2025, 12, 30), 2).provisional
    assert not CALENDAR.add_working_days(date(2025, 12, 31), 1).provisional


def test_a_last_day_before_the_first_notice_is_provisional_wherever_it_rolls():
    june = Calendar(frozenset(), frozenset(), date(2026, 6, 1), date(2026, 6, 30))
    assert june.add_calendar_days(date(2026, 5, 30), 1) == Deadline(date(2026, 6, 1), provisional=True)
    assert june.add_calendar_days(date(2026, 5, 30), 2) == Deadline(date(2026, 6, 1), provisional=False)


def test_the_last_day_ends_at_midnight_in_shanghai():
    notice = Period(5, "working_days")
    # 16:30 UTC on the 27th is already the 28th in Shanghai, so the 28th is the day not counted.
    end = deadline(datetime(2026, 9, 27, 16, 30, tzinfo=UTC), notice, CALENDAR)
    assert end.date == date(2026, 10, 10)
    assert end.instant == datetime(2026, 10, 10, 16, tzinfo=UTC)
    assert deadline(datetime(2026, 9, 27, 15, 59, tzinfo=UTC), notice, CALENDAR).date == date(2026, 10, 9)
    assert deadline(datetime(2026, 9, 1, tzinfo=UTC), Period(30, "calendar_days"), CALENDAR).date == date(2026, 10, 8)
    raw = Period(30, "calendar_days", "none")
    assert deadline(datetime(2026, 9, 1, tzinfo=UTC), raw, CALENDAR).date == date(2026, 10, 1)
    with pytest.raises(ValueError, match="zone"):
        deadline(datetime(2026, 9, 1), notice, CALENDAR)  # noqa: DTZ001


@given(st.dates(date(1992, 1, 1), date(2199, 12, 30)))
def test_the_fixed_offset_is_the_zone(day):
    following = day + DAY
    midnight = datetime(following.year, following.month, following.day, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert end_of_day(day) == midnight
    assert end_of_day(day).tzinfo is UTC


def test_periods_are_data_with_checked_length():
    adapter = TypeAdapter(Period)
    assert adapter.validate_python({"n": 5, "unit": "working_days"}) == Period(5, "working_days", "forward")
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python({"n": 0, "unit": "working_days"})
    assert caught.value.errors()[0].get("ctx", {})["rule"] == PERIOD_LENGTH
    for n in (0, -1):
        with pytest.raises(ValueError, match="at least one"):
            CALENDAR.add_working_days(date(2026, 1, 5), n)
        with pytest.raises(ValueError, match="at least one"):
            CALENDAR.add_calendar_days(date(2026, 1, 5), n)


def test_contradictory_calendars_are_refused():
    first, last = date(2026, 1, 1), date(2026, 12, 31)
    saturday, monday = date(2026, 1, 3), date(2026, 1, 5)
    for off, worked, start, end in [
        ({saturday}, {saturday}, first, last),
        (set(), {monday}, first, last),
        ({date(2027, 1, 1)}, set(), first, last),
        (set(), set(), last, first),
    ]:
        with pytest.raises(ValueError, match=r"calendar|day"):
            Calendar(frozenset(off), frozenset(worked), start, end)
    notice = {"holiday_ranges": [], "makeup_workdays": []}
    with pytest.raises(ValueError, match="follow one another"):
        parse_calendar([{**notice, "year": 2026}, {**notice, "year": 2028}])
    with pytest.raises(ValueError, match="follow one another"):
        parse_calendar([])
    two = parse_calendar([{**notice, "year": 2027}, payload("cn_calendar_2026")])
    assert (two.covered_from, two.covered_until) == (first, date(2027, 12, 31))
