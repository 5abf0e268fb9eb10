"""A small writer of real PDFs with selectable Chinese and English text.

Fonts are not embedded: Helvetica is one of the standard 14, STSong-Light with the predefined CMap UniGB-UTF16-H one
of the Asian fonts that viewers supply (ISO 32000-1, 9.7.5). A ToUnicode map makes the text extractable anywhere.
"""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream, String

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

WIDTH, HEIGHT, MARGIN = 595, 842, 72
"""A4 in points."""
TITLE_SIZE, BODY_SIZE, LEADING = 18, 11, 1.6

# Advance widths of Helvetica for U+0020 to U+007E in thousandths of the size (Adobe's font metrics).
_ADVANCES = (
    "278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 556 556 278 278 "
    "584 584 584 556 1015 667 667 722 722 667 611 778 722 278 500 667 556 833 722 778 667 778 722 667 611 722 667 944 "
    "667 667 611 278 278 278 469 556 333 556 556 500 556 556 278 556 556 222 222 500 222 833 556 556 556 556 333 500 "
    "278 556 500 722 500 500 500 334 260 334 584"
)
HELVETICA = [int(width) for width in _ADVANCES.split()]

TOKEN = re.compile(r"[!-~]+ *| +|[^ -~]")
CLOSING = "，。、；：？！）》」』”’…"
"""Marks that may not begin a line."""


def make_pdf(
    title: str,
    paragraphs: Iterable[str],
    *,
    author: str | None = None,
    organisation: str | None = None,
    created: datetime | None = None,
) -> bytes:
    """Set a title and paragraphs on A4 pages; the same arguments give the same bytes.

    Author, organisation and instant go where word processors put them: document information and XMP. So the file
    looks like what teams upload, and a blind copy has something to remove.
    """
    blocks = [(" ".join(t.split()), s) for t, s in [(title, TITLE_SIZE), *((p, BODY_SIZE) for p in paragraphs)]]
    with pikepdf.new() as pdf:
        text = "".join(text for text, _ in blocks)
        resources = Dictionary(Font=Dictionary(F1=_helvetica(), F2=pdf.make_indirect(_song(pdf, text))))
        shared = pdf.make_indirect(resources)
        for content in _pages(blocks):
            page = Dictionary(
                Type=Name.Page,
                MediaBox=Array([0, 0, WIDTH, HEIGHT]),
                Resources=shared,
                Contents=Stream(pdf, content),
            )
            pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))
        facts = {"/Title": title, "/Author": author, "/Company": organisation}
        for key, value in facts.items():
            if value:
                pdf.docinfo[key] = String(value)
        pdf.docinfo[Name.Creator] = pdf.docinfo[Name.Producer] = String("Jiebang demo")
        if created:
            pdf.docinfo[Name.CreationDate] = String(created.strftime("D:%Y%m%d%H%M%SZ"))
        xmp = Stream(pdf, _xmp(title, author))
        xmp.Type, xmp.Subtype = Name.Metadata, Name.XML
        pdf.Root.Metadata = pdf.make_indirect(xmp)
        out = BytesIO()
        pdf.save(out, deterministic_id=True)
        return out.getvalue()


def _pages(blocks: Sequence[tuple[str, int]]) -> Iterator[bytes]:
    """One content stream per page."""
    lines: list[bytes] = []
    y = float(HEIGHT - MARGIN)
    for text, size in blocks:
        for line in _wrap(text, size):
            y -= size * LEADING
            if y < MARGIN:
                yield b"\n".join(lines)
                lines, y = [], HEIGHT - MARGIN - size * LEADING
            lines.append(b"BT 1 0 0 1 %d %.2f Tm %s ET" % (MARGIN, y, _show(line, size)))
        y -= size * LEADING / 2
    yield b"\n".join(lines)


def _wrap(text: str, size: int) -> Iterator[str]:
    """Break into lines: English between words, Chinese between characters."""
    room = WIDTH - 2 * MARGIN
    line = ""
    for token in TOKEN.findall(text):
        if line and token not in CLOSING and _advance(line + token.rstrip(), size) > room:
            yield line.rstrip()
            line = ""
        while _advance(token.rstrip(), size) > room:
            cut = next(n for n in range(len(token), 0, -1) if _advance(token[:n], size) <= room)
            yield token[:cut]
            token = token[cut:]  # noqa: PLW2901 the rest of one very long word
        line += token
    if line.strip():
        yield line.rstrip()


def _advance(text: str, size: int) -> float:
    return sum(HELVETICA[ord(c) - 32] if " " <= c <= "~" else 1000 for c in text) * size / 1000


def _show(line: str, size: int) -> bytes:
    """Show one line, in Helvetica if it is all ASCII.

    A mixed line is one run in the Chinese font, with a closing blank: where no Chinese font is installed, pdfium
    gives a lone glyph no extent and leaves it out of the extracted text.
    """
    font, codec, text = ("F1", "ascii", line) if line.isascii() else ("F2", "utf-16-be", line + " ")
    return f"/{font} {size} Tf <{text.encode(codec).hex()}> Tj".encode()


def _helvetica() -> Dictionary:
    return Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding)


def _song(pdf: pikepdf.Pdf, text: str) -> Dictionary:
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=Name("/STSong-Light"),
        Flags=6,
        FontBBox=Array([-25, -254, 1000, 880]),
        ItalicAngle=0,
        Ascent=880,
        Descent=-120,
        CapHeight=880,
        StemV=93,
    )
    descendant = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType0,
        BaseFont=Name("/STSong-Light"),
        CIDSystemInfo=Dictionary(Registry=String("Adobe"), Ordering=String("GB1"), Supplement=4),
        DW=1000,
        W=Array([1, Array(HELVETICA)]),  # CIDs 1 to 95 of Adobe-GB1 are ASCII
        FontDescriptor=pdf.make_indirect(descriptor),
    )
    return Dictionary(
        Type=Name.Font,
        Subtype=Name.Type0,
        BaseFont=Name("/STSong-Light-UniGB-UTF16-H"),
        Encoding=Name("/UniGB-UTF16-H"),
        DescendantFonts=Array([pdf.make_indirect(descendant)]),
        ToUnicode=pdf.make_indirect(Stream(pdf, _to_unicode(text))),
    )


def _to_unicode(text: str) -> bytes:
    """A CMap that maps each used code to itself (both sides are UTF-16)."""
    codes = [c.encode("utf-16-be").hex() for c in sorted({" ", *text})]
    lines = [
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        "/CMapName /Jiebang-UTF16 def /CMapType 2 def",
        "2 begincodespacerange <0000> <d7ff> <d800dc00> <dbffdfff> endcodespacerange",
        "1 begincodespacerange <e000> <ffff> endcodespacerange",
    ]
    for start in range(0, len(codes), 100):  # a block holds at most 100 pairs
        block = codes[start : start + 100]
        lines += [f"{len(block)} beginbfchar", *(f"<{c}> <{c}>" for c in block), "endbfchar"]
    lines.append("endcmap CMapName currentdict /CMap defineresource pop end end")
    return "\n".join(lines).encode()


def _xmp(title: str, author: str | None) -> bytes:
    creator = f"<dc:creator><rdf:Seq><rdf:li>{escape(author)}</rdf:li></rdf:Seq></dc:creator>" if author else ""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{escape(title)}</rdf:li></rdf:Alt></dc:title>{creator}'
        '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()
