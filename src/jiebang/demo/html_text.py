"""HTML of unknown origin to plain text: paragraphs and list items stay, what is active or hidden goes."""

from __future__ import annotations

import re
import unicodedata
from html import unescape

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
_RAW = frozenset("iframe noembed noframes script style textarea title xmp".split())  # noqa: SIM905
_CELL = frozenset({"td", "th"})
_INLINE = frozenset(
    "a abbr b code em font i img input li link meta s span strong sub sup u wbr".split()  # noqa: SIM905
)
_NAMES = "|".join(sorted(_BLOCK | _DROPPED | _CELL | _INLINE))
_ESCAPED_TAG = re.compile(rf"</?(?:{_NAMES})(?:\s[^<>]{{0,2000}})?/?>|<!--", re.IGNORECASE)
# A tag with quoted attributes, one with a stray quote, a comment's opening, any other declaration. No part
# looks past the next `<` or gives back what it took, so the scan is linear; the standard library's HTMLParser (3.11)
# took over a minute for 100 kB of unclosed tags.
_TOKEN = re.compile(
    r"""<(?P<slash>/?)(?P<name>[a-zA-Z][\w:-]*+)(?:(?:[^<>"']|"[^"<]*+"|'[^'<]*+')*+>|[^<>]*+>)"""
    r"|<!--|<[!?][^<>]*+>"
)
_TAG_START = re.compile(r"<(?=[/!?a-zA-Z])")
# Drawn as nothing, yet not of a control or format category: fillers, joiners, variation selectors.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
_PASSES = 3


class _Collector:
    """Collects the visible text; a stack of lists gives items their bullets or numbers."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._dropping: list[str] = []
        self._lists: list[int | None] = []  # None: bullets; a number: the last number given

    @property
    def raw(self) -> bool:
        """Inside an element whose content is no markup."""
        return bool(self._dropping) and self._dropping[-1] in _RAW

    def start(self, tag: str) -> None:
        if self.raw:
            return
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

    def end(self, tag: str) -> None:
        if self._dropping:
            if tag == self._dropping[-1]:
                self._dropping.pop()
        elif tag in _BLOCK:
            if tag in {"ol", "ul"} and self._lists:
                self._lists.pop()
            self.parts.append("\n" if tag in {"br", "tr"} else "\n\n")

    def data(self, data: str) -> None:
        if data and not self._dropping:
            # A line break in the source is a space, except where a block made one.
            self.parts.append(unescape(data).replace("\r", " ").replace("\n", " "))

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
        if not _ESCAPED_TAG.search(unescape(text)):
            break
        text = _parse(text.replace("\n", "<br>"))
    return _cut(_TAG_START.sub("‹", text), max_chars)


def _parse(markup: str) -> str:
    collector = _Collector()
    at = 0
    while token := _TOKEN.search(markup, at):
        collector.data(markup[at : token.start()])
        at = token.end()
        if token["name"]:
            (collector.end if token["slash"] else collector.start)(token["name"].lower())
        elif token[0] == "<!--" and not collector.raw:
            closed = markup.find("-->", at)
            at = closed + 3 if closed >= 0 else len(markup)
    collector.data(markup[at:])
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
