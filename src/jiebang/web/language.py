"""Which of the two languages to answer in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jiebang.kernel.errors import Rule

Language = Literal["zh-CN", "en"]


def negotiate(accept_language: str | None) -> Language:
    """The best of zh-CN and en by RFC 9110 quality values; Chinese when the client does not care.

    Malformed quality values count as 0, so that a broken header never breaks an answer.
    """
    best: dict[Language, float] = {"zh-CN": 0.0, "en": 0.0}
    for part in (accept_language or "").split(","):
        tag, _, quality = part.strip().partition(";")
        primary = tag.strip().lower().split("-")[0]
        weight = _quality(quality)
        if primary == "zh":
            best["zh-CN"] = max(best["zh-CN"], weight)
        elif primary == "en":
            best["en"] = max(best["en"], weight)
    return "en" if best["en"] > best["zh-CN"] else "zh-CN"


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if not name:
        return 1.0
    try:
        return min(1.0, max(0.0, float(value))) if name.strip().lower() == "q" else 1.0
    except ValueError:
        return 0.0


def say(rule: Rule, language: Language, facts: Mapping[str, object] | None = None) -> str:
    """The rule's sentence in that language with its facts filled in; unfilled when a fact is missing."""
    sentence = rule.zh if language == "zh-CN" else rule.en
    try:
        return sentence.format(**(facts or {}))
    except (KeyError, IndexError, ValueError):
        return sentence
