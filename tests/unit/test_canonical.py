from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from jiebang.kernel.canonical import NotCanonicalError, canonical_json, digest
from jiebang.kernel.money import Money

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abé中"), inner, max_size=4),
    max_leaves=20,
)


@given(json_values, st.randoms(use_true_random=False))
def test_the_order_of_keys_never_matters(value, random):
    def shuffled(v):
        if isinstance(v, dict):
            items = list(v.items())
            random.shuffle(items)
            return {k: shuffled(x) for k, x in items}
        return [shuffled(x) for x in v] if isinstance(v, list) else v

    assert canonical_json(shuffled(value)) == canonical_json(value)


def test_the_form_is_fixed():
    value = {
        "b": [1, True, None],
        "a": "e\u0301",
        "榜": Money(5, "CNY"),
        "t": (date(2026, 3, 2), UUID(int=1)),
    }
    assert (
        canonical_json(value)
        == (
            '{"a":"é","b":[1,true,null],"t":["2026-03-02","00000000-0000-0000-0000-000000000001"],'
            '"榜":{"amount_minor":5,"currency":"CNY"}}'
        ).encode()
    )
    assert digest({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


def test_one_instant_has_one_form():
    here = datetime(2026, 3, 2, 8, tzinfo=timezone(timedelta(hours=8)))
    assert canonical_json(here) == canonical_json(here.astimezone(UTC)) == b'"2026-03-02T00:00:00.000000Z"'


def test_models_and_dataclasses_read_like_mappings():
    class Model(BaseModel):
        x: Money

    @dataclass
    class Box:
        x: Money

    assert canonical_json(Model(x=Money(1, "CNY"))) == canonical_json(Box(Money(1, "CNY")))


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        float("nan"),
        {"a": [1.5]},
        {1: 2},
        {"a"},
        b"a",
        datetime(2026, 1, 1),  # noqa: DTZ001
        "\ud800",
        {"é": 1, "e\u0301": 2},
        int,
    ],
)
def test_what_has_no_single_form_is_refused(value):
    with pytest.raises(NotCanonicalError):
        canonical_json(value)


def test_the_place_is_named():
    with pytest.raises(NotCanonicalError, match=r"\$\.a\[1\]: float"):
        canonical_json({"a": [1, 1.5]})
