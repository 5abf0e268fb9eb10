"""The double-entry ledger, pure: what is posted when money is granted, promised, owed and paid.

Amounts are signed minor units: a debit is positive, a credit negative; every entry adds up to zero in its one
currency. Entries never change and balances are derived. The chart follows fund accounting with commitments:

| account         | of        | normal | holds                                          |
|-----------------|-----------|--------|------------------------------------------------|
| `cash`          | a budget  | debit  | money that the payer holds for the budget line |
| `appropriation` | a budget  | credit | granted to the line and not promised           |
| `commitment`    | an award  | credit | promised by contract, not yet owed             |
| `payable`       | an award  | credit | owed: its milestone is passed and approved     |
| `grant_expense` | a budget  | debit  | earned by its teams, whether paid or not       |

| event           | debit                            | credit                        |
|-----------------|----------------------------------|-------------------------------|
| `appropriate`   | cash                             | appropriation                 |
| `commit_award`  | appropriation                    | commitment                    |
| `owe_tranche`   | commitment, grant_expense        | appropriation, payable        |
| `pay_tranche`   | payable                          | cash                          |

When a tranche becomes owed, the commitment turns back into appropriation and an expense takes its place, so
what a line may still promise is its appropriation less its expense, and commitment, debt and payment stay
apart.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from jiebang.kernel.errors import Refused, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jiebang.kernel.money import Money

Account = Literal["cash", "appropriation", "commitment", "payable", "grant_expense"]
EntryKind = Literal["appropriate", "commit_award", "owe_tranche", "pay_tranche"]

AMOUNT_NOT_POSITIVE = Rule(
    "ledger.amount_not_positive",
    zh="入账金额必须大于零。未作任何记账。",
    en="The amount must be more than zero. Nothing was posted.",
)
BUDGET_EXCEEDED = Rule(
    "ledger.budget_exceeded",
    zh="预算可用额度 {available} 不足以承诺 {amount}（{currency}，最小货币单位）。未作任何记账。",
    en="The budget line has {available} left and cannot promise {amount} ({currency}, minor units). "
    "Nothing was posted.",
)
COMMITMENT_EXCEEDED = Rule(
    "ledger.commitment_exceeded",
    zh="合同未结承诺 {available} 少于本笔拨付 {amount}（{currency}，最小货币单位）。未作任何记账。",
    en="The contract has {available} left to call and cannot owe {amount} ({currency}, minor units). "
    "Nothing was posted.",
)
PAYABLE_EXCEEDED = Rule(
    "ledger.payable_exceeded",
    zh="已核定应付 {available} 少于本笔付款 {amount}（{currency}，最小货币单位）。未作任何记账。",
    en="Only {available} is owed, so {amount} cannot be paid ({currency}, minor units). Nothing was posted.",
)
CASH_SHORT = Rule(
    "ledger.cash_short",
    zh="账户资金 {available} 少于本笔付款 {amount}（{currency}，最小货币单位）。未作任何记账。",
    en="The account holds {available} and cannot pay {amount} ({currency}, minor units). Nothing was posted.",
)


@dataclass(frozen=True, slots=True)
class Posting:
    """A line of an entry, of the account of a `subject` (budget line or award). A debit is positive."""

    account: Account
    subject: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A balanced entry. `reference` is unique, `<kind>:<award, tranche or grant>`: a second payment would repeat it.

    ValueError for an entry that does not balance, has no line, or a line of zero: such an entry cannot exist.
    """

    kind: EntryKind
    reference: str
    currency: str
    postings: tuple[Posting, ...]

    def __post_init__(self) -> None:
        if not self.postings or any(not posting.amount_minor for posting in self.postings):
            raise ValueError("an entry has lines, none of them zero")
        if not self.balanced:
            raise ValueError(f"the entry {self.reference} does not balance")

    @property
    def balanced(self) -> bool:
        """Whether debits equal credits."""
        return sum(posting.amount_minor for posting in self.postings) == 0


Key = tuple[Account, str, str]
"""Account, subject, currency."""

_Line = tuple[Account, str, Literal[1, -1]]


def balances(entries: Iterable[Entry]) -> dict[Key, int]:
    """Debits less credits in minor units; a missing key means 0.

    A service sums the same in SQL, under the lock of budget line and award, and passes what the command
    touches.
    """
    result: dict[Key, int] = defaultdict(int)
    for entry in entries:
        for posting in entry.postings:
            result[posting.account, posting.subject, entry.currency] += posting.amount_minor
    return dict(result)


def appropriate(budget: str, money: Money, reference: str) -> Entry:
    """A funder grants `money` to a budget line and provides the cash. Raises `Refused` for zero or less."""
    return _entry("appropriate", reference, money, [("cash", budget, 1), ("appropriation", budget, -1)])


def available(held: Mapping[Key, int], budget: str, currency: str) -> int:
    """What the line may still promise, in minor units: its appropriation less its expense."""
    return -(held.get(("appropriation", budget, currency), 0) + held.get(("grant_expense", budget, currency), 0))


def commit_award(held: Mapping[Key, int], budget: str, award: str, money: Money) -> Entry:
    """The contract takes effect: `money` of the line is promised to the award.

    `held` needs the line's `appropriation` and `grant_expense`. Raises `Refused` (`BUDGET_EXCEEDED`).
    """
    _enough(BUDGET_EXCEEDED, available(held, budget, money.currency), money)
    return _entry("commit_award", award, money, [("appropriation", budget, 1), ("commitment", award, -1)])


def owe_tranche(held: Mapping[Key, int], budget: str, award: str, tranche: str, money: Money) -> Entry:
    """A milestone is passed and its tranche approved: part of the promise becomes a debt.

    `held` needs the award's `commitment`. Raises `Refused` (`COMMITMENT_EXCEEDED`).
    """
    _enough(COMMITMENT_EXCEEDED, -held.get(("commitment", award, money.currency), 0), money)
    lines: list[_Line] = [
        ("commitment", award, 1),
        ("appropriation", budget, -1),
        ("grant_expense", budget, 1),
        ("payable", award, -1),
    ]
    return _entry("owe_tranche", tranche, money, lines)


def pay_tranche(held: Mapping[Key, int], budget: str, award: str, tranche: str, money: Money) -> Entry:
    """The tranche leaves the account.

    `held` needs the award's `payable` and the line's `cash`. Raises `Refused` (`PAYABLE_EXCEEDED`,
    `CASH_SHORT`).
    """
    _enough(PAYABLE_EXCEEDED, -held.get(("payable", award, money.currency), 0), money)
    _enough(CASH_SHORT, held.get(("cash", budget, money.currency), 0), money)
    return _entry("pay_tranche", tranche, money, [("payable", award, 1), ("cash", budget, -1)])


def _enough(rule: Rule, at_hand: int, money: Money) -> None:
    if money.amount_minor > at_hand:
        raise Refused(rule, available=at_hand, amount=money.amount_minor, currency=money.currency)


def _entry(kind: EntryKind, reference: str, money: Money, lines: Iterable[_Line]) -> Entry:
    if money.amount_minor <= 0:
        raise Refused(AMOUNT_NOT_POSITIVE)
    postings = tuple(Posting(account, subject, sign * money.amount_minor) for account, subject, sign in lines)
    return Entry(kind, f"{kind}:{reference}", money.currency, postings)
