from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiebang.funding import ledger
from jiebang.funding.ledger import Entry, Posting, available, balances
from jiebang.kernel.errors import Refused
from jiebang.kernel.money import Money

BUDGETS = ("line-1", "line-2")
AWARDS = {"award-1": "line-1", "award-2": "line-1", "award-3": "line-2"}

steps = st.tuples(
    st.sampled_from(["appropriate", "commit", "owe", "pay"]),
    st.sampled_from(sorted(AWARDS)),
    st.integers(-5, 100),
    st.sampled_from(["CNY", "EUR"]),
)


def play(entries: list[Entry], step: tuple[str, str, int, str]) -> Entry:
    kind, award, amount, currency = step
    money, budget, held = Money(amount, currency), AWARDS[award], balances(entries)
    match kind:
        case "appropriate":
            return ledger.appropriate(budget, money, f"grant-{len(entries)}")
        case "commit":
            return ledger.commit_award(held, budget, award, money)
        case "owe":
            return ledger.owe_tranche(held, budget, award, f"t{len(entries)}", money)
        case _:
            return ledger.pay_tranche(held, budget, award, f"t{len(entries)}", money)


@given(st.lists(steps, max_size=40))
def test_whatever_happens_the_books_balance_and_nothing_is_paid_twice(commands):
    entries: list[Entry] = []
    moved: Counter[tuple[str, str, str]] = Counter()
    for step in commands:
        kind, award, amount, currency = step
        try:
            entries.append(play(entries, step))
        except Refused:
            continue
        moved[kind, award, currency] += amount
        assert amount > 0
    held = balances(entries)
    for currency in ("CNY", "EUR"):
        assert sum(value for (_, _, of), value in held.items() if of == currency) == 0
        for award in AWARDS:
            committed, owed, paid = (moved[kind, award, currency] for kind in ("commit", "owe", "pay"))
            assert paid <= owed <= committed
            assert held.get(("commitment", award, currency), 0) == -(committed - owed)
            assert held.get(("payable", award, currency), 0) == -(owed - paid)
        for budget in BUDGETS:
            of = {kind: 0 for kind in ("appropriate", "commit", "owe", "pay")}  # noqa: C420
            for (kind, award, coin), amount in moved.items():
                of[kind] += amount if AWARDS[award] == budget and coin == currency else 0
            assert available(held, budget, currency) == of["appropriate"] - of["commit"] >= 0
            assert held.get(("cash", budget, currency), 0) == of["appropriate"] - of["pay"] >= 0
            assert held.get(("grant_expense", budget, currency), 0) == of["owe"]


def test_the_path_of_one_award_to_the_last_fen():
    award = Money(100_000_001, "CNY")
    entries = [ledger.appropriate("b", award, "grant")]
    entries.append(ledger.commit_award(balances(entries), "b", "a", award))
    for i, tranche in enumerate(award.split([40, 30, 30])):
        entries.append(ledger.owe_tranche(balances(entries), "b", "a", f"t{i}", tranche))
        entries.append(ledger.pay_tranche(balances(entries), "b", "a", f"t{i}", tranche))
    assert {key: value for key, value in balances(entries).items() if value} == {
        ("appropriation", "b", "CNY"): -100_000_001,
        ("grant_expense", "b", "CNY"): 100_000_001,
    }
    assert available(balances(entries), "b", "CNY") == 0
    references = [entry.reference for entry in entries]
    assert references[:4] == ["appropriate:grant", "commit_award:a", "owe_tranche:t0", "pay_tranche:t0"]
    assert len(set(references)) == len(entries)


def test_each_guard_names_what_is_short():
    one = Money(1, "CNY")
    granted = [ledger.appropriate("b", Money(10, "CNY"), "grant")]
    committed = [*granted, ledger.commit_award(balances(granted), "b", "a", Money(10, "CNY"))]
    owed = [*committed, ledger.owe_tranche(balances(committed), "b", "a", "t", Money(10, "CNY"))]
    elsewhere = {**balances(owed), ("cash", "b", "CNY"): 0}
    for call, rule in [
        (lambda: ledger.appropriate("b", Money(0, "CNY"), "x"), ledger.AMOUNT_NOT_POSITIVE),
        (lambda: ledger.commit_award(balances(granted), "b", "a", Money(11, "CNY")), ledger.BUDGET_EXCEEDED),
        (lambda: ledger.commit_award(balances(granted), "b", "a", Money(1, "EUR")), ledger.BUDGET_EXCEEDED),
        (lambda: ledger.commit_award(balances(owed), "b", "a2", one), ledger.BUDGET_EXCEEDED),
        (lambda: ledger.owe_tranche(balances(granted), "b", "a", "t", one), ledger.COMMITMENT_EXCEEDED),
        (lambda: ledger.pay_tranche(balances(committed), "b", "a", "t", one), ledger.PAYABLE_EXCEEDED),
        (lambda: ledger.pay_tranche(elsewhere, "b", "a", "t", one), ledger.CASH_SHORT),
    ]:
        with pytest.raises(Refused) as caught:
            call()
        assert caught.value.rule == rule


def test_an_unbalanced_entry_cannot_exist():
    for lines in (
        (),
        (Posting("cash", "b", 1),),
        (Posting("cash", "b", 1), Posting("payable", "a", -2)),
        (Posting("cash", "b", 0),),
    ):
        with pytest.raises(ValueError, match=r"balance|lines"):
            Entry("pay_tranche", "t", "CNY", lines)
