"""What a request body is made of: strict pydantic models that refuse with the domain's own rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pydantic

if TYPE_CHECKING:
    from jiebang.kernel.errors import Rule


class BadValue(ValueError):
    """Raise it in a validator of a `Body` to refuse a field with a rule of your own."""

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule.code)
        self.rule = rule


class Body(pydantic.BaseModel):
    """Base of every request body and of the objects in it.

    Types are JSON's: no "5" for 5, no 1 for true; UUIDs, instants, dates and enums are read from their
    strings.
    """

    model_config = pydantic.ConfigDict(extra="forbid", strict=True, frozen=True)
