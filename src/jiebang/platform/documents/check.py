"""Is this file the honest, plain PDF that was announced?"""

from __future__ import annotations

import hashlib
import mmap
import zlib
from typing import TYPE_CHECKING, Any

import pikepdf
import pypdfium2

from jiebang.kernel.errors import Refused
from jiebang.platform.documents import rules
from jiebang.platform.documents.facts import PdfFacts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_PAGES = 1_000
MAX_OBJECTS = 100_000
MAX_STREAM = 256 << 20
MAX_TOTAL = 1 << 30
MAX_PIXELS = 200_000_000
CHUNK = 1 << 20

ZIP_END = b"PK\x05\x06"
ACTIVE = {"/JS", "/JavaScript", "/XFA", "/RichMediaContent"}
ACTIVE_ACTIONS = {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/RichMediaExecute", "/Rendition"}
ATTACHED = {"/EmbeddedFiles", "/EF"}
PACKED = {"/FlateDecode", "/LZWDecode", "/RunLengthDecode", "/Fl", "/LZW", "/RL"}


def check_pdf(path: Path, expected_size: int, expected_sha256: bytes) -> PdfFacts:
    """Facts of a PDF that is what its team announced, or `Refused` by one of `rules`.

    Two parsers that know nothing of each other (qpdf and pdfium) must agree that it is sound. Sizes in bytes.
    """
    found = path.stat().st_size
    if not found:
        raise Refused(rules.EMPTY)
    if found != expected_size:
        raise Refused(rules.WRONG_SIZE, found=found, expected=expected_size)
    # Mapped, not read: a large file must fit beside its parsers.
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        digest = hashlib.sha256(data).digest()
        if digest != expected_sha256:
            raise Refused(rules.WRONG_HASH)
        _refuse_polyglot(data)
    pages = _read_with_qpdf(path)
    if _read_with_pdfium(path) != pages:
        raise Refused(rules.DAMAGED)
    return PdfFacts(pages, expected_size, digest)


def _refuse_polyglot(data: mmap.mmap) -> None:
    """Nothing before the header, nothing after the end, and no ZIP directory that closes the file."""
    if data[:5] != b"%PDF-":
        raise Refused(rules.NOT_PDF)
    end = data.rfind(b"%%EOF")
    if end < 0:
        raise Refused(rules.DAMAGED)
    if data[end + 5 :].strip(b"\0\t\n\f\r \x1a"):
        raise Refused(rules.NOT_PDF)
    zipped = data.rfind(ZIP_END)
    if zipped >= 0 and zipped + 22 + int.from_bytes(data[zipped + 20 : zipped + 22], "little") == len(data):
        raise Refused(rules.NOT_PDF)


def _read_with_qpdf(path: Path) -> int:
    try:
        with pikepdf.open(path, suppress_warnings=True, attempt_recovery=False, inherit_page_attributes=False) as pdf:
            if pdf.is_encrypted:
                raise Refused(rules.ENCRYPTED)
            if len(pdf.objects) > MAX_OBJECTS:
                raise Refused(rules.TOO_HEAVY)
            _limit_page_tree(pdf)
            _inspect_objects(pdf)
            pages = len(pdf.pages)
            if not pages:
                raise Refused(rules.DAMAGED)
            return pages
    except pikepdf.PasswordError:
        raise Refused(rules.ENCRYPTED) from None
    except (pikepdf.PdfError, zlib.error, ValueError, TypeError, KeyError, AttributeError):
        raise Refused(rules.DAMAGED) from None


def _read_with_pdfium(path: Path) -> int:
    try:
        pdf = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError:
        raise Refused(rules.DAMAGED) from None
    try:
        return len(pdf)
    finally:
        pdf.close()


def _limit_page_tree(pdf: pikepdf.Pdf) -> None:
    """Count pages by hand before qpdf does: a tree that shares its branches can name 10^9 pages in a few objects."""
    waiting: list[Any] = [pdf.Root.get("/Pages")]
    visits = 0
    while waiting:
        node = waiting.pop()
        visits += 1
        if visits > 2 * MAX_PAGES:
            raise Refused(rules.TOO_MANY_PAGES, limit=MAX_PAGES)
        if not isinstance(node, pikepdf.Dictionary):
            raise Refused(rules.DAMAGED)
        kids = node.get("/Kids")
        if isinstance(kids, pikepdf.Array):
            if len(kids) > MAX_PAGES:
                raise Refused(rules.TOO_MANY_PAGES, limit=MAX_PAGES)
            waiting.extend(kids)
    if len(pdf.pages) > MAX_PAGES:
        raise Refused(rules.TOO_MANY_PAGES, limit=MAX_PAGES)


def _inspect_objects(pdf: pikepdf.Pdf) -> None:
    """Refuse active content and attachments wherever they hide, and streams that inflate beyond measure."""
    total = 0
    for top in pdf.objects:
        for each in dictionaries(top):
            names = set(each.keys())
            if names & ATTACHED:
                raise Refused(rules.ATTACHMENTS)
            # an action's type is a name; elsewhere /S is a style, a subtype or a number
            if names & ACTIVE or ("/S" in names and str(each["/S"]) in ACTIVE_ACTIONS):
                raise Refused(rules.ACTIVE)
        if isinstance(top, pikepdf.Stream):
            if int(top.get("/Width", 0)) * int(top.get("/Height", 0)) > MAX_PIXELS:
                raise Refused(rules.TOO_HEAVY)
            total += _inflated(top)
            if total > MAX_TOTAL:
                raise Refused(rules.TOO_HEAVY)


def dictionaries(top: Any) -> Iterator[pikepdf.Dictionary]:
    """A top-level object's own dictionaries, nested direct ones included; references are not followed."""
    waiting: list[Any] = [top]
    while waiting:
        each = waiting.pop()
        if isinstance(each, pikepdf.Stream):
            each = each.stream_dict
        if isinstance(each, pikepdf.Dictionary):
            yield each
            inside = list(each.values())
        elif isinstance(each, pikepdf.Array):
            inside = list(each)
        else:
            continue
        waiting.extend(v for v in inside if isinstance(v, pikepdf.Object) and not v.is_indirect)


def _inflated(stream: pikepdf.Stream) -> int:
    """Bytes that a stream unpacks to, counted in pieces so that a bomb never lies in memory as a whole."""
    found = stream.get("/Filter")
    filters = [] if found is None else [str(f) for f in found] if isinstance(found, pikepdf.Array) else [str(found)]
    packings = [f for f in filters if f in PACKED]
    if len(packings) > 1:  # no honest writer packs twice
        raise Refused(rules.TOO_HEAVY)
    raw = stream.read_raw_bytes()
    if not packings or filters[0] not in {"/FlateDecode", "/Fl"}:
        # LZW and run lengths multiply by at most 1,400 and 64; the process's own limits hold those
        return len(stream.read_bytes(pikepdf.StreamDecodeLevel.generalized)) if packings else len(raw)
    engine, size, rest = zlib.decompressobj(), 0, bytes(raw)
    while rest and not engine.eof:
        size += len(engine.decompress(rest, CHUNK))
        if size > MAX_STREAM:
            raise Refused(rules.TOO_HEAVY)
        rest = engine.unconsumed_tail
    return size
