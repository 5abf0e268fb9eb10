"""How a value object says that it cannot be built."""

from __future__ import annotations

from pydantic_core import PydanticCustomError

from jiebang.kernel.errors import Rule


def malformed(rule: Rule, **facts: object) -> PydanticCustomError:
    """The error to raise from `__post_init__`; a `ValueError`, so that pydantic adds the field's place to it.

    In pydantic's error list it appears with `type == "malformed"` and `ctx["rule"]`, a `Rule` whose sentences
    are already filled with `facts`.
    """
    filled = Rule(rule.code, rule.zh.format(**facts), rule.en.format(**facts))
    return PydanticCustomError("malformed", "{sentence}", {"sentence": filled.en, "rule": filled})
