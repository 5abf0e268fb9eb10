"""The application form: part A names the contact, part B is blind and answers the topic. Drafts may have gaps."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Final, Literal, NamedTuple

from pydantic import EmailStr, Field, StringConstraints

from jiebang.kernel.errors import FieldProblem, Rule
from jiebang.kernel.forms import Body, example

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Short = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Long = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000)]
Figure = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^-?[0-9]{1,15}(\.[0-9]{1,9})?$")]
"""An exact decimal, as text."""
Code = Annotated[str, StringConstraints(min_length=1, max_length=60)]

REQUIRED = Rule("application.required", "此项为必填项。", "This field is required.")
PROMISE_MISSING = Rule(
    "application.promise_missing",
    "尚未填写该考核指标的承诺值；申报须覆盖榜题的全部考核指标。",
    "The promised value for this indicator is missing; an application answers every indicator of the topic.",
)
PROMISE_WORSE = Rule(
    "application.promise_worse",
    "承诺值低于榜题要求；承诺指标可以优于榜题要求，但不得降低。",
    "The promised value falls short of what the topic demands; it may be better, never worse.",
)
PROMISE_UNKNOWN = Rule(
    "application.promise_unknown",
    "榜题中没有该考核指标，请删除此项。",
    "The topic has no such indicator; remove this entry.",
)


class PartA(Body):
    """The identity sheet: whom the agency calls. Never shown to reviewers."""

    contact_name: Short | None = None
    contact_email: EmailStr | None = None
    contact_phone: Short | None = None


class PartB(Body):
    """The blind part. Texts are paragraphs separated by a blank line; `promised` gives a value per indicator code."""

    title: Short | None = None
    approach: Long | None = None
    work_plan: Long | None = None
    risk: Long | None = None
    budget: Long | None = None
    promised: Annotated[dict[Code, Figure], Field(max_length=100)] = Field(default_factory=dict)


class Answers(Body):
    """The whole form, as far as it is filled in."""

    model_config = example(
        part_a={"contact_name": "林晓", "contact_email": "lin@example.org", "contact_phone": "+86 21 0000 0000"},
        part_b={"title": "模块化海底坞站", "promised": {"depth": "4600"}},
    )

    part_a: PartA = PartA()
    part_b: PartB = PartB()


class Indicator(NamedTuple):
    """What the topic demands: `promised comparator threshold` must hold."""

    code: str
    comparator: Literal[">=", "<=", "=="]
    threshold: str


_PART_A: Final = ("contact_name", "contact_email", "contact_phone")
_PART_B: Final = ("title", "approach", "work_plan", "risk", "budget")


def gaps(answers: Answers, indicators: Sequence[Indicator]) -> list[FieldProblem]:
    """Everything that keeps the form from being submitted; pointers below `/answers`."""
    return [FieldProblem(f"/answers{pointer}", rule) for pointer, rule in _gaps(answers, indicators)]


def _gaps(answers: Answers, indicators: Sequence[Indicator]) -> Iterator[tuple[str, Rule]]:
    for name in _PART_A:
        if not getattr(answers.part_a, name):
            yield f"/part_a/{name}", REQUIRED
    for name in _PART_B:
        if not getattr(answers.part_b, name):
            yield f"/part_b/{name}", REQUIRED
    promised = answers.part_b.promised
    for indicator in indicators:
        at = f"/part_b/promised/{_escaped(indicator.code)}"
        if indicator.code not in promised:
            yield at, PROMISE_MISSING
        elif not fulfils(promised[indicator.code], indicator):
            yield at, PROMISE_WORSE
    for code in promised.keys() - {indicator.code for indicator in indicators}:
        yield f"/part_b/promised/{_escaped(code)}", PROMISE_UNKNOWN


def fulfils(value: str, indicator: Indicator) -> bool:
    """Whether a promised value is at least as good as the threshold, compared exactly."""
    promised, threshold = Decimal(value), Decimal(indicator.threshold)
    match indicator.comparator:
        case ">=":
            return promised >= threshold
        case "<=":
            return promised <= threshold
        case "==":
            return promised == threshold


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
