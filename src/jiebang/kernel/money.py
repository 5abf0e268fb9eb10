"""Money: whole minor units of one currency, never a float (thirds of 10 000 000.00 would not add up)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import ConfigDict, Strict

from jiebang.kernel.errors import Refused, Rule
from jiebang.kernel.malformed import malformed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

CURRENCY_UNKNOWN = Rule(
    "money.currency_unknown",
    zh="币种应为 ISO 4217 的三位大写代码，例如 CNY。",
    en="The currency is a three-letter code in capitals (ISO 4217), for example CNY.",
)
AMOUNT_NOT_WHOLE = Rule(
    "money.amount_not_whole",
    zh="金额应为整数，以最小货币单位（如分）计。",
    en="The amount is a whole number of the currency's smallest unit (for example fen or cents).",
)
CURRENCY_MIXED = Rule(
    "money.currency_mixed",
    zh="{left} 与 {right} 币种不同，不能直接相加减或比较。",
    en="{left} and {right} are different currencies and cannot be added, subtracted or compared.",
)
SPLIT_WEIGHTS = Rule(
    "money.split_weights",
    zh="分配比例应为非负整数，且不能全为零。",
    en="The shares are whole numbers, none negative and not all of them zero.",
)

# ISO 4217 currencies in circulation, by the digits of their minor unit.
_NO_DIGITS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_TWO_DIGITS = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY "
    "COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF "
    "IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR "
    "MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG "
    "SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST "
    "XCD XCG YER ZAR ZMW ZWG"
)
_THREE_DIGITS = "BHD IQD JOD KWD LYD OMR TND"
_DIGITS = {
    code: digits for digits, codes in ((0, _NO_DIGITS), (2, _TWO_DIGITS), (3, _THREE_DIGITS)) for code in codes.split()
}


def minor_digits(currency: str) -> int:
    """How many decimals the currency's minor unit has (CNY 2, JPY 0). KeyError for an unknown code."""
    return _DIGITS[currency]


@dataclass(frozen=True, slots=True)
class Money:
    """`amount_minor` whole minor units (fen, cents), of either sign, of `currency` (ISO 4217)."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    amount_minor: Annotated[int, Strict()]
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount_minor) is not int:
            raise malformed(AMOUNT_NOT_WHOLE)
        if self.currency not in _DIGITS:
            raise malformed(CURRENCY_UNKNOWN)

    def __add__(self, other: Money) -> Money:
        return Money(self.amount_minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount_minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount_minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.amount_minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.amount_minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.amount_minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.amount_minor >= self._same(other)

    def split(self, weights: Sequence[int]) -> list[Money]:
        """Parts in proportion to `weights`, in their order; the parts add up to the whole, always.

        Largest remainder (Hamilton): each part gets its share rounded towards zero, the units left over go to
        the largest remainders, the earlier part first where two are equal. No part is more than one unit off
        its share. Raises `Refused` when the weights are negative, not whole or all zero.
        """
        total = sum(weights)
        if total <= 0 or any(type(weight) is not int or weight < 0 for weight in weights):
            raise Refused(SPLIT_WEIGHTS)
        size, sign = abs(self.amount_minor), (-1 if self.amount_minor < 0 else 1)
        parts = [size * weight // total for weight in weights]
        by_remainder = sorted(range(len(parts)), key=lambda i: -(size * weights[i] % total))
        for i in by_remainder[: size - sum(parts)]:
            parts[i] += 1
        return [Money(sign * part, self.currency) for part in parts]

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise Refused(CURRENCY_MIXED, left=self.currency, right=other.currency)
        return other.amount_minor


def total(items: Iterable[Money], currency: str) -> Money:
    """The sum of `items`, zero `currency` when there are none. Raises `Refused` for another currency."""
    return sum(items, start=Money(0, currency))
