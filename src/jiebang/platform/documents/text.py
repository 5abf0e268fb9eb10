"""The text of a PDF, as pdfium finds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pypdfium2

from jiebang.kernel.errors import Refused
from jiebang.platform.documents import rules

if TYPE_CHECKING:
    from pathlib import Path

MAX_CHARACTERS = 5_000_000


def extract_text(path: Path) -> list[str]:
    """One string per page, lines ended by newlines; `Refused` if pdfium cannot read the file."""
    try:
        pdf = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError:
        raise Refused(rules.DAMAGED) from None
    try:
        texts: list[str] = []
        for page in pdf:
            found = page.get_textpage()
            texts.append(found.get_text_range(errors="replace").replace("\r\n", "\n"))
            found.close()
            page.close()
            if sum(map(len, texts)) > MAX_CHARACTERS:
                raise Refused(rules.TOO_HEAVY)
    except pypdfium2.PdfiumError:
        raise Refused(rules.DAMAGED) from None
    else:
        return texts
    finally:
        pdf.close()
