"""English text has punctuation of its own: what Chinese typefaces draw as wide as a character stays in the Chinese."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import jiebang

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(jiebang.__file__).parent
CHINESE = re.compile(r"[\u4e00-\u9fff]")
LATIN = re.compile(r"[A-Za-z]{2}")
WIDE = re.compile(r"[‘’“”（）：，。、；？！]")


def _lines(source: str) -> Iterator[tuple[int, str]]:
    """The lines of all string literals; of an f-string the parts between its braces."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from ((node.lineno, line) for line in node.value.splitlines())


def _faults(source: str) -> list[tuple[int, str]]:
    return [(at, s) for at, s in _lines(source) if WIDE.search(s) and LATIN.search(s) and not CHINESE.search(s)]


def test_the_check_sees_wide_punctuation_in_english_alone() -> None:
    seen = _faults('a = f"the team “{x}” cannot"\nb = "团队“{team}”"\nc = """Dear team’s\n您好，Jiebang"""')
    assert {s for _, s in seen} == {"the team “", "” cannot", "Dear team’s"}


def test_english_has_no_wide_punctuation() -> None:
    sources = sorted(ROOT.rglob("*.py"))
    assert len(sources) > 100
    faults = {str(path.relative_to(ROOT)): found for path in sources if (found := _faults(path.read_text("utf-8")))}
    assert not faults
