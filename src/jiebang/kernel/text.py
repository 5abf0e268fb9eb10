"""Text in Chinese and English."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, ConfigDict, Field

from jiebang.kernel.errors import Rule
from jiebang.kernel.malformed import malformed

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")

TEXT_EMPTY = Rule(
    "text.empty",
    zh="中文和英文至少填写一种。",
    en="Fill in the text in at least one language, Chinese or English.",
)


NOT_ONE_LINE = Rule(
    "text.not_one_line",
    zh="须为一行文字，不得含有换行、控制字符或改变文字方向的字符。",
    en="Must be one line of text, without line breaks, control characters or characters that turn its direction.",
)
_BREAKING = r"\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
_ONE_LINE = re.compile(f"[^{_BREAKING}]*")


def _one_line(text: str) -> str:
    if _ONE_LINE.fullmatch(text) is None:
        raise malformed(NOT_ONE_LINE)
    return text


OneLine = Annotated[str, AfterValidator(_one_line), Field(json_schema_extra={"pattern": f"^[^{_BREAKING}]*$"})]
"""A name of something: what stands in mails, headers and lists cannot begin a line of its own or hide its end."""


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
