from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiebang.funding import domain, ledger
from jiebang.funding.ledger import Entry
from jiebang.kernel.errors import Refused
from jiebang.kernel.money import Money

CONTRACT = "contract"
INDICATORS: list[dict[str, Any]] = [
    {"code": "depth", "comparator": ">=", "value": "4500"},
    {"code": "latency", "comparator": "<=", "value": "20.5"},
    {"code": "ports", "comparator": "==", "value": "4"},
]

commands = st.lists(st.tuples(st.sampled_from(["request", "approve", "settle"]), st.integers(0, 4)), max_size=40)


@settings(max_examples=60)
@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=5), st.integers(-(10**9), 10**9), commands)
def test_any_order_of_hands_keeps_debits_equal_to_credits_and_paid_within_the_promise(
    tranches: list[int], excess: int, steps: list[tuple[str, int]]
) -> None:
    """The tranches may ask for more than the contract promised (`excess`): the ledger then refuses, nothing breaks."""
    committed = max(1, sum(tranches) - excess)
    entries: list[Entry] = [ledger.appropriate(CONTRACT, Money(committed, "CNY"), CONTRACT)]
    entries.append(ledger.commit_award(ledger.balances(entries), CONTRACT, CONTRACT, Money(committed, "CNY")))
    state: dict[int, domain.DisbursementStatus] = {}
    refusals: set[str] = set()
    for command, n in steps:
        if n >= len(tranches):
            continue
        money, held = Money(tranches[n], "CNY"), ledger.balances(entries)
        try:
            if command == "request":
                state.setdefault(n, domain.DISBURSEMENT.initial)
            elif n in state and command == "approve":
                after = domain.DISBURSEMENT.next(state[n], "approve")
                entries.append(ledger.owe_tranche(held, CONTRACT, CONTRACT, str(n), money))
                state[n] = after
            elif n in state:
                after = domain.DISBURSEMENT.next(state[n], "settle")
                entries.append(ledger.pay_tranche(held, CONTRACT, CONTRACT, str(n), money))
                state[n] = after
        except Refused as refused:
            refusals.add(refused.rule.code)
        held = ledger.balances(entries)
        paid = sum(tranches[i] for i, status in state.items() if status == "settled")
        owed = sum(tranches[i] for i, status in state.items() if status == "approved")
        assert sum(held.values()) == 0
        assert paid + owed <= committed
        assert held["cash", CONTRACT, "CNY"] == committed - paid
        assert held.get(("payable", CONTRACT, "CNY"), 0) == -owed
        assert held["commitment", CONTRACT, "CNY"] == -(committed - paid - owed)
    assert refusals <= {"disbursement.not_now", "ledger.commitment_exceeded"}
    assert len({entry.reference for entry in entries}) == len(entries)


@pytest.mark.parametrize(
    ("effective", "months", "due"),
    [
        (datetime(2026, 3, 2, 4, tzinfo=UTC), 0, date(2026, 3, 2)),
        (datetime(2026, 11, 30, 4, tzinfo=UTC), 3, date(2027, 2, 28)),
        (datetime(2027, 11, 30, 4, tzinfo=UTC), 3, date(2028, 2, 29)),
        (datetime(2026, 12, 31, 15, 59, tzinfo=UTC), 12, date(2027, 12, 31)),
        (datetime(2026, 12, 31, 16, tzinfo=UTC), 12, date(2028, 1, 1)),  # already 2027 in Shanghai
    ],
)
def test_months_are_counted_in_shanghai_and_end_with_the_month(effective: datetime, months: int, due: date) -> None:
    assert domain.due_on(effective, months) == due


def test_measured_values_are_compared_exactly() -> None:
    assert domain.missed(INDICATORS, {"depth": "4500.000", "latency": "20.50", "ports": "4.0"}) == []
    assert domain.missed(INDICATORS, {"depth": "4499.999999999", "latency": "20.500000001", "ports": "5"}) == [
        "depth", "latency", "ports",
    ]  # fmt: skip


def test_what_is_measured_is_what_was_promised() -> None:
    domain.check_measured(INDICATORS, {"ports": "4", "depth": "1", "latency": "1"})
    with pytest.raises(Refused) as refused:
        domain.check_measured(INDICATORS, {"depth": "1", "mass": "1"})
    assert refused.value.facts == {"missing": "latency, ports", "unknown": "mass"}
