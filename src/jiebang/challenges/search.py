"""What a topic is found by: single characters and pairs of Chinese, words and their beginnings of everything else.

PostgreSQL has no word boundaries for Chinese without an extension, so that text is cut here, the same way for the
index and for the query. A query finds every topic that contains it; a long Chinese query may also find a topic in
which all its pairs stand apart.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Han, kana and Hangul.
_CJK = "\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U000323af"
_RUNS = re.compile(rf"(?P<cjk>[{_CJK}]+)|(?P<word>(?:(?![{_CJK}])[^\W_])+)")
_PREFIX_MIN = 3
_WORD_MAX = 40
_QUERY_TERMS_MAX = 32


def _runs(text: str) -> Iterator[tuple[str, bool]]:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    for match in _RUNS.finditer(folded):
        yield match.group(), match.lastgroup == "cjk"


def _pairs(run: str) -> Iterator[str]:
    return (run[i : i + 2] for i in range(len(run) - 1))


def index_terms(texts: Iterable[str]) -> list[str]:
    """Everything that a query for a part of `texts` may ask for, sorted."""
    terms: set[str] = set()
    for text in texts:
        for run, cjk in _runs(text):
            if cjk:
                terms.update(run)
                terms.update(_pairs(run))
            else:
                word = run[:_WORD_MAX]
                terms.add(word)
                terms.update(word[:n] for n in range(_PREFIX_MIN, len(word)))
    return sorted(terms)


def search_terms(query: str) -> list[str]:
    """The terms that a topic must have, all of them, in the query's order; empty when the query holds no word.

    One Chinese character alone is a term too. At most 32 terms, the first ones.
    """
    terms: dict[str, None] = {}
    for run, cjk in _runs(query):
        if not cjk:
            terms[run[:_WORD_MAX]] = None
        elif len(run) == 1:
            terms[run] = None
        else:
            terms.update(dict.fromkeys(_pairs(run)))
    return list(terms)[:_QUERY_TERMS_MAX]
