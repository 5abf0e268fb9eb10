"""What can go wrong, in the domain's words.

A refusal carries a `Rule`: a stable code and a sentence in Chinese and English. `web/problem.py` is the only place
that turns these into HTTP (RFC 9457); nothing here knows a status code.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that can refuse a command.

    `code` is stable and dotted (`application.late`). `zh` and `en` say what happened, what was kept and what to do;
    they may hold `{name}` fields that the refusal's facts fill.
    """

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One invalid field. `pointer` is a JSON pointer (RFC 6901) into the request body."""

    pointer: str
    rule: Rule


class JiebangError(Exception):
    """Base of everything that a caller can be told."""


class Refused(JiebangError):
    """A command broke a rule; nothing changed."""

    def __init__(self, rule: Rule, **facts: object) -> None:
        super().__init__(rule.code)
        self.rule = rule
        self.facts = facts


class Forbidden(Refused):
    """The actor may see the object but not do this to it."""


class NotFound(JiebangError):
    """Absent and hidden alike: one constant answer."""


class Unauthenticated(JiebangError):
    """No valid session."""


class Stale(JiebangError):
    """The object changed since the caller read it (If-Match failed)."""


class Invalid(JiebangError):
    """The input is malformed; names every field at once."""

    def __init__(self, fields: list[FieldProblem]) -> None:
        super().__init__(", ".join(f"{f.pointer}: {f.rule.code}" for f in fields))
        self.fields = fields


class TooMany(JiebangError):
    """A limit was reached. `retry_after` in whole seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"retry after {retry_after} s")
        self.retry_after = retry_after
