"""The demo's PDFs are real: another program reads their text and their metadata back."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO

import pikepdf
import pypdfium2

from jiebang.demo.pdf import make_pdf


def _text(data: bytes) -> list[str]:
    pdf = pypdfium2.PdfDocument(data)
    try:
        return [page.get_textpage().get_text_range() for page in pdf]
    finally:
        pdf.close()


def _dense(text: str) -> str:
    return "".join(text.split())


def test_text_comes_back_whole_and_in_order() -> None:
    paragraphs = [
        "".join(chr(0x4E00 + n) if n % 37 else f" word{n} " for n in range(2500)),
        "生僻字𠮷，全角（括号）与 half-width (parens) and \\ backslash.",
        "x" * 300,
    ]
    pages = _text(make_pdf("题", paragraphs))
    assert len(pages) > 1
    assert _dense("".join(pages)) == _dense("题" + "".join(paragraphs))


def test_lines_stay_within_the_margins_and_begin_with_no_closing_mark() -> None:
    pdf = pypdfium2.PdfDocument(make_pdf("标题", ["量子计算，" * 200, "superconducting qubits " * 100]))
    for page in pdf:
        found = page.get_textpage()
        assert not any(line.startswith("，") for line in found.get_text_range().splitlines())
        for n in range(found.count_chars()):
            left, bottom, right, top = found.get_charbox(n)
            if left < right and bottom < top and not found.get_text_range(n, 1).isspace():
                assert left > 71
                assert right < 595 - 72 + 12  # a closing mark may hang into the margin
                assert bottom > 60
    pdf.close()


def test_it_carries_what_a_blind_copy_must_remove() -> None:
    when = datetime(2026, 3, 2, 9, tzinfo=UTC)
    made = make_pdf("申请书", ["正文"], author="林一帆", organisation="Example 大学", created=when)
    assert made == make_pdf("申请书", ["正文"], author="林一帆", organisation="Example 大学", created=when)
    with pikepdf.open(BytesIO(made)) as pdf:
        assert str(pdf.docinfo["/Author"]) == "林一帆"
        assert str(pdf.docinfo["/Company"]) == "Example 大学"
        assert str(pdf.docinfo["/CreationDate"]) == "D:20260302090000Z"
        assert "林一帆" in pdf.Root.Metadata.read_bytes().decode()
        assert not pdf.check_pdf_syntax()
