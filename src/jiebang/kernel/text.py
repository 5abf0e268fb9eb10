"""Text in Chinese and English."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import ConfigDict

from jiebang.kernel.errors import Rule
from jiebang.kernel.malformed import malformed

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")

TEXT_EMPTY = Rule(
    "text.empty",
    zh="中文和英文至少填写一种。",
    en="Fill in the text in at least one language, Chinese or English.",
)


@dataclass(frozen=True, slots=True)
class BilingualText:
    """One text in both languages, stripped and in Unicode NFC.

    One side may be empty, never both: whether the second language is required is the rule set's business. A
    plain dataclass, so that pydantic reads it and msgspec writes it.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    zh: str = ""
    en: str = ""

    def __post_init__(self) -> None:
        for lang in LANGUAGES:
            object.__setattr__(self, lang, unicodedata.normalize("NFC", getattr(self, lang)).strip())
        if not (self.zh or self.en):
            raise malformed(TEXT_EMPTY)

    def get(self, lang: Language) -> str:
        """The text in `lang`, or in the other language where `lang` has none."""
        return (self.zh or self.en) if lang == "zh" else (self.en or self.zh)

    def missing(self) -> tuple[Language, ...]:
        """The languages without text."""
        return tuple(lang for lang in LANGUAGES if not getattr(self, lang))
