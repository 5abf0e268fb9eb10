"""Text, identifiers, registries and money."""

import json
from typing import cast
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from jiebang.kernel import uscc
from jiebang.kernel.errors import Refused
from jiebang.kernel.ids import new_id, new_token
from jiebang.kernel.money import AMOUNT_NOT_WHOLE, CURRENCY_UNKNOWN, SPLIT_WEIGHTS, Money, minor_digits, total
from jiebang.kernel.text import TEXT_EMPTY, BilingualText


class Envelope(BaseModel):
    title: BilingualText
    purse: Money


def problems(value: dict) -> dict:
    with pytest.raises(ValidationError) as caught:
        Envelope.model_validate(value)
    return {".".join(map(str, e["loc"])): e.get("ctx", {}).get("rule") or e["type"] for e in caught.value.errors()}


def test_bilingual_text_falls_back_and_is_normalised():
    text = BilingualText(zh=" 揭榜 ", en="Cafe\u0301")
    assert text == BilingualText(zh="揭榜", en="Café")
    assert (text.get("zh"), text.get("en")) == ("揭榜", "Café")
    assert BilingualText(zh="揭榜").get("en") == "揭榜"
    assert BilingualText(en="Open").missing() == ("zh",)
    assert text.missing() == ()


def test_values_cross_pydantic_and_msgspec_unchanged():
    raw = {"title": {"zh": "芯片", "en": "Chips"}, "purse": {"amount_minor": 100, "currency": "CNY"}}
    value = Envelope.model_validate(raw)
    assert value.purse == Money(100, "CNY")
    assert value.model_dump() == raw
    assert json.loads(msgspec.json.encode([value.title, value.purse])) == [raw["title"], raw["purse"]]


def test_every_bad_field_is_named_at_once_with_its_rule():
    assert problems({"title": {"zh": " "}, "purse": {"amount_minor": 1, "currency": "ABC"}}) == {
        "title": TEXT_EMPTY,
        "purse": CURRENCY_UNKNOWN,
    }
    bad = problems({"title": {"zh": "a", "fr": "b"}, "purse": {"amount_minor": 1.0, "currency": "CNY"}})
    assert bad == {"title.fr": "unexpected_keyword_argument", "purse.amount_minor": "int_type"}


def test_ids_are_version_4_and_come_from_the_entropy_given():
    assert new_id(lambda n: bytes(range(n))) == UUID("00010203-0405-4607-8809-0a0b0c0d0e0f")
    assert new_id().version == 4
    assert len({new_id() for _ in range(100)}) == 100
    assert new_token(bytes) == "00" * 32


# Two universities and three listed companies, as their public registers and reports print them.
REAL = [
    "12100000400000624D",
    "12100000400002259P",
    "914403001922038216",
    "9144030071526726XG",
    "91110000802100433B",
]


@pytest.mark.parametrize("code", REAL)
def test_codes_of_real_organisations_hold_in_both_standards(code):
    assert uscc.is_valid_uscc(code)
    assert uscc.organisation_code_holds(code)


codes = st.tuples(
    st.text(uscc.ALPHABET, min_size=2, max_size=2),
    st.text("0123456789", min_size=6, max_size=6),
    st.text(uscc.ALPHABET, min_size=9, max_size=9),
).map("".join)


@given(codes, st.integers(0, 17), st.sampled_from(uscc.ALPHABET))
def test_any_single_wrong_character_is_found(first17, place, char):
    code = first17 + uscc.uscc_check_digit(first17)
    assert uscc.is_valid_uscc(code)
    wrong = code[:place] + char + code[place + 1 :]
    assert uscc.is_valid_uscc(wrong) == (wrong == code)


@given(codes, st.integers(0, 16))
def test_swapping_neighbours_is_found(first17, place):
    code = first17 + uscc.uscc_check_digit(first17)
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert uscc.is_valid_uscc(swapped) == (swapped == code)


@given(codes)
def test_the_organisation_code_is_a_second_check(first17):
    body = first17[:16] + uscc.organisation_code_check(first17[8:16])
    assert uscc.organisation_code_holds(body + uscc.uscc_check_digit(body))
    other = first17[:16] + ("0" if body[16] != "0" else "1")
    code = other + uscc.uscc_check_digit(other)
    assert uscc.is_valid_uscc(code)
    assert not uscc.organisation_code_holds(code)


@given(st.text(max_size=20))
def test_arbitrary_text_never_crashes_the_check(text):
    assert uscc.is_valid_uscc(text) in {True, False}
    assert uscc.is_valid_uscc(uscc.normalise_uscc(text)) in {True, False}


@pytest.mark.parametrize("letter", "IOSVZ")
def test_letters_that_look_like_digits_are_refused(letter):
    assert not uscc.is_valid_uscc(REAL[0][:16] + letter + REAL[0][17])
    with pytest.raises(ValueError, match="first 17"):
        uscc.uscc_check_digit(REAL[0][:16] + letter)


def test_typed_codes_are_normalised():
    assert uscc.normalise_uscc(" 9144 0300-7152 6726xg ") == "9144030071526726XG"
    assert uscc.normalise_uscc("12100000400000624D") == REAL[0]


def test_foreign_registry_ids():
    adapter = TypeAdapter(uscc.ForeignRegistryId)
    good = adapter.validate_python({"country": "DE", "registry": " Handelsregister  Berlin ", "number": "HRB 1"})
    assert good == uscc.ForeignRegistryId("DE", "Handelsregister Berlin", "HRB 1")
    assert len(uscc.COUNTRIES) == 249
    for bad, rule in [
        (("CN", "SAMR", "1"), uscc.COUNTRY_HAS_USCC),
        (("ZZ", "x", "1"), uscc.COUNTRY_UNKNOWN),
        (("de", "x", "1"), uscc.COUNTRY_UNKNOWN),
        (("DE", "\u3000", "1"), uscc.REGISTRY_BLANK),
        (("DE", "x", "1" * 121), uscc.REGISTRY_BLANK),
    ]:
        with pytest.raises(ValidationError) as caught:
            adapter.validate_python(dict(zip(("country", "registry", "number"), bad, strict=True)))
        assert caught.value.errors()[0].get("ctx", {})["rule"] == rule


amounts = st.integers(-(10**15), 10**15)
weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any)


@given(amounts, weights)
def test_a_split_is_exact_fair_and_in_order(amount, shares):
    parts = Money(amount, "CNY").split(shares)
    assert total(parts, "CNY") == Money(amount, "CNY")
    for part, share in zip(parts, shares, strict=True):
        assert abs(part.amount_minor * sum(shares) - amount * share) < sum(shares)
        assert share or part.amount_minor == 0


@given(amounts, amounts)
def test_adding_and_subtracting_are_inverse(a, b):
    x, y = Money(a, "EUR"), Money(b, "EUR")
    assert (x + y) - y == x
    assert x - x == Money(0, "EUR") == x + -x
    assert (x < y, x <= y, x > y, x >= y) == (a < b, a <= b, a > b, a >= b)


def test_the_cent_left_over_goes_to_the_earliest_equal_share():
    assert [p.amount_minor for p in Money(1_000_000_000, "CNY").split([1, 1, 1])] == [
        333333334,
        333333333,
        333333333,
    ]
    assert [p.amount_minor for p in Money(-100, "CNY").split([1, 1, 1])] == [-34, -33, -33]
    assert [p.amount_minor for p in Money(10, "CNY").split([40, 30, 30])] == [4, 3, 3]


def test_money_refuses_what_it_cannot_mean():
    for operation in (lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a < b, lambda a, b: a >= b):
        with pytest.raises(Refused) as caught:
            operation(Money(1, "CNY"), Money(1, "USD"))
        assert caught.value.facts == {"left": "CNY", "right": "USD"}
    for shares in ([], [0, 0], [2, -1], [1.5, 1]):
        with pytest.raises(Refused) as caught:
            Money(1, "CNY").split(shares)
        assert caught.value.rule == SPLIT_WEIGHTS
    for amount in (1.0, True, "1"):
        with pytest.raises(ValueError, match=AMOUNT_NOT_WHOLE.en[:20]):
            Money(cast("int", amount), "CNY")
    assert (minor_digits("CNY"), minor_digits("JPY"), minor_digits("KWD")) == (2, 0, 3)
