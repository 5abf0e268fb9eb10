"""Working days, periods and the instants at which they end.

Civil Code of the PRC art. 201: the day on which a period begins is not counted. Art. 203: when the last day
is a legal holiday, the day after the holiday is the last day; the last day ends at 24:00. Working days are
those of mainland China: the State Council's yearly notice moves rest days (调休), so that Mon-Fri is wrong on
25 days of 2026.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Strict

from jiebang.kernel.errors import Rule
from jiebang.kernel.malformed import malformed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# China has kept one zone without summer time since 1992; a fixed offset needs no zone database.
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
_DAY = timedelta(days=1)
_SATURDAY = 5

PERIOD_LENGTH = Rule(
    "period.length",
    zh="期限至少为 1 天，且应为整数。",
    en="A period is a whole number of days, one at least.",
)


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time as the rules state it.

    `unit` says which days count. `roll` applies to calendar days: "forward" moves a last day that is no
    working day to the next working day (art. 203), "none" leaves it. A period of working days ends on one
    anyway.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    n: Annotated[int, Strict()]
    unit: Literal["working_days", "calendar_days"]
    roll: Literal["forward", "none"] = "forward"

    def __post_init__(self) -> None:
        if type(self.n) is not int or self.n < 1:
            raise malformed(PERIOD_LENGTH)


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day of a period.

    `provisional`: the official calendar did not reach it; recompute when it does. Once announced a deadline
    is stored and never moves silently.
    """

    date: date
    provisional: bool

    @property
    def instant(self) -> datetime:
        """24:00 in Shanghai on the last day, in UTC: the first instant after the period."""
        return end_of_day(self.date)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Mainland China's official working days from `covered_from` to `covered_until`, both included.

    `days_off` are all days of the notices' holidays, `makeup_days` the weekend days that are worked. Outside
    the covered span Mon-Fri is assumed and everything that rests on it is provisional.
    """

    days_off: frozenset[date]
    makeup_days: frozenset[date]
    covered_from: date
    covered_until: date

    def __post_init__(self) -> None:
        if self.covered_until < self.covered_from:
            raise ValueError("the calendar ends before it begins")
        if self.days_off & self.makeup_days:
            raise ValueError("a day is both off and worked")
        if any(day.weekday() < _SATURDAY for day in self.makeup_days):
            raise ValueError("a make-up working day lies on a weekend")
        if any(not self.covers(day) for day in self.days_off | self.makeup_days):
            raise ValueError("a day lies outside the covered span")

    def covers(self, day: date) -> bool:
        """Whether an official notice decides about `day`."""
        return self.covered_from <= day <= self.covered_until

    def is_working_day(self, day: date) -> bool:
        """Whether `day` is worked; by the weekday alone outside the covered span."""
        return day in self.makeup_days or (day.weekday() < _SATURDAY and day not in self.days_off)

    def add_working_days(self, start: date, n: int) -> Deadline:
        """The n-th working day after `start`, which itself is not counted (art. 201). ValueError if n < 1."""
        if n < 1:
            raise ValueError("a period has at least one day")
        day = start
        while n:
            day += _DAY
            n -= self.is_working_day(day)
        return self._deadline(start, day)

    def add_calendar_days(self, start: date, n: int, *, roll: bool = True) -> Deadline:
        """The n-th day after `start`, by `roll` moved on to a working day (art. 203). ValueError if n < 1."""
        if n < 1:
            raise ValueError("a period has at least one day")
        day = start + n * _DAY
        if not roll:
            return Deadline(day, provisional=False)
        while not self.is_working_day(day):
            day += _DAY
        # Days in between decide nothing: only the last day and those it rolled over do.
        return self._deadline(start + (n - 1) * _DAY, day)

    def _deadline(self, start: date, day: date) -> Deadline:
        return Deadline(day, provisional=not (self.covers(start + _DAY) and self.covers(day)))


def end_of_day(day: date) -> datetime:
    """24:00 in Shanghai on `day`, as a UTC instant."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI).astimezone(UTC) + _DAY


def deadline(start: datetime, period: Period, calendar: Calendar) -> Deadline:
    """The end of `period` for an event at the instant `start` (aware, else ValueError).

    The day that is not counted is the event's day in Shanghai, wherever it was triggered.
    """
    if start.tzinfo is None:
        raise ValueError("an instant needs a zone")
    day = start.astimezone(SHANGHAI).date()
    if period.unit == "working_days":
        return calendar.add_working_days(day, period.n)
    return calendar.add_calendar_days(day, period.n, roll=period.roll == "forward")


def parse_calendar(years: Iterable[Mapping[str, Any]]) -> Calendar:
    """Build a calendar from the yearly notices, which must follow one another without a gap (ValueError).

    Each holds `year`, `holiday_ranges` as [first day, last day, name] and `makeup_workdays`, days as
    YYYY-MM-DD.
    """
    notices = sorted(years, key=lambda notice: notice["year"])
    if not notices or any(b["year"] != a["year"] + 1 for a, b in pairwise(notices)):
        raise ValueError("the yearly notices must follow one another")
    days_off: set[date] = set()
    for notice in notices:
        for first, last, _name in notice["holiday_ranges"]:
            begin, end = date.fromisoformat(first), date.fromisoformat(last)
            days_off |= {begin + i * _DAY for i in range((end - begin).days + 1)}
    return Calendar(
        days_off=frozenset(days_off),
        makeup_days=frozenset(date.fromisoformat(day) for notice in notices for day in notice["makeup_workdays"]),
        covered_from=date(notices[0]["year"], 1, 1),
        covered_until=date(notices[-1]["year"], 12, 31),
    )
