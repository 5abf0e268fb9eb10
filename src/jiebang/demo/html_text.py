"""HTML of unknown origin to plain text: paragraphs and list items stay, what is active or hidden goes."""

from __future__ import annotations

import re
import unicodedata
from html.parser import HTMLParser

MAX_INPUT = 100_000
"""Characters of markup that are looked at; the rest is cut off before parsing."""

_BLOCK = frozenset(
    "address article aside blockquote br caption dd div dl dt fieldset figcaption figure footer form "  # noqa: SIM905
    "h1 h2 h3 h4 h5 h6 header hr main nav ol p pre section table tbody tfoot thead tr ul".split()
)
_DROPPED = frozenset(
    "applet audio button canvas embed frameset head iframe math noembed noframes noscript object "  # noqa: SIM905
    "script select style svg template textarea title video xmp".split()
)
_VOID = frozenset({"embed"})  # elements of `_DROPPED` that have no content
_CELL = frozenset({"td", "th"})
_INLINE = frozenset(
    [
        "a",
        "abbr",
        "b",
        "code",
        "em",
        "font",
        "i",
        "img",
        "input",
        "link",
        "meta",
        "s",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "u",
        "wbr",
        "li",
    ]
)
_ESCAPED_TAG = re.compile(
    rf"</?(?:{'|'.join(sorted(_BLOCK | _DROPPED | _CELL | _INLINE))})(?:\s[^<>]{{0,2000}})?/?>|<!--",
    re.IGNORECASE,
)
_TAG_START = re.compile(r"<(?=[/!?a-zA-Z])")
# Drawn as nothing, yet not of a control or format category: fillers, joiners, variation selectors.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
_PASSES = 3


class _Collector(HTMLParser):
    """Collects the visible text; a stack of lists gives items their bullets or numbers."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._dropping: list[str] = []
        self._lists: list[int | None] = []  # None: bullets; a number: the last number given

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _DROPPED:
            if tag not in _VOID:
                self._dropping.append(tag)
        elif tag == "li":
            self.parts.append(f"\n{self._bullet()} ")
        elif tag in _CELL:
            self.parts.append(" ")
        elif tag in _BLOCK:
            if tag in {"ol", "ul"}:
                self._lists.append(0 if tag == "ol" else None)
            self.parts.append("\n" if tag in {"br", "tr"} else "\n\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._dropping:
            while self._dropping.pop() != tag:
                pass
        elif tag in _BLOCK:
            if tag in {"ol", "ul"} and self._lists:
                self._lists.pop()
            self.parts.append("\n" if tag in {"br", "tr"} else "\n\n")

    def handle_data(self, data: str) -> None:
        if not self._dropping:
            # A line break in the source is a space, except where a block made one.
            self.parts.append(data.replace("\r", " ").replace("\n", " "))

    def _bullet(self) -> str:
        if not self._lists or self._lists[-1] is None:
            return "-"
        self._lists[-1] += 1
        return f"{self._lists[-1]}."


def html_to_text(markup: str | None, *, max_chars: int = 20_000) -> str:
    """Plain text of an HTML fragment, at most `max_chars` characters, in NFC; never raises on any input.

    Paragraphs are separated by one blank line, list items start with `- ` or a number. Scripts, styles,
    comments, embedded objects, attributes, control, zero-width and bidirectional characters are gone. Tags
    that were escaped once too often are read as tags; no `<` that could open one remains.
    """
    text = _parse((markup or "")[:MAX_INPUT])
    for _ in range(_PASSES - 1):
        if not _ESCAPED_TAG.search(text):
            break
        text = _parse(text.replace("\n", "<br>"))
    return _cut(_TAG_START.sub("‹", text), max_chars)


def _parse(markup: str) -> str:
    collector = _Collector()
    collector.feed(markup)
    collector.close()
    return _tidy("".join(collector.parts))


def _tidy(text: str) -> str:
    """Drops what cannot be seen, joins runs of blanks and keeps at most one blank line."""
    visible = _INVISIBLE.sub("", "".join(_plain(char) for char in text))
    visible = unicodedata.normalize("NFC", visible)
    lines = [" ".join(line.split()) for line in visible.split("\n")]
    lines = ["" if line == "-" else line for line in lines]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _plain(char: str) -> str:
    if char in "\n ":
        return char
    category = unicodedata.category(char)
    if category in {"Zl", "Zp"}:
        return "\n"
    if category == "Zs" or char == "\t":
        return " "
    return "" if category[0] == "C" else char


def _cut(text: str, max_chars: int) -> str:
    """Cuts at the last blank before the limit and says so with an ellipsis."""
    if len(text) <= max_chars:
        return text
    kept = text[: max_chars - 1]
    border = max(kept.rfind(" "), kept.rfind("\n"))
    return (kept[:border] if border > max_chars // 2 else kept).rstrip() + "…"
