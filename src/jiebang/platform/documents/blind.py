"""A PDF rebuilt from what its pages show, and from nothing else.

Nothing is removed from the original; a new file is made of what a page needs to be drawn. Names that do not serve
drawing have no place in it, so that a kind of metadata nobody has thought of stays behind as well.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Operator, Stream

from jiebang.kernel.errors import Refused
from jiebang.platform.documents import rules
from jiebang.platform.documents.check import dictionaries
from jiebang.platform.documents.facts import PdfFacts
from jiebang.platform.documents.images import is_icc, strip_comments, strip_icc, strip_jpeg, strip_jpx, strip_sfnt
from jiebang.platform.documents.layers import Layers

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def _names(text: str, *, mark: str = "/") -> frozenset[str]:
    return frozenset(f"{mark}{name}" for name in text.split())


PAGE = _names("Type Parent Resources MediaBox CropBox Rotate Contents Group UserUnit")
"""What is left of a page's own dictionary; opening it has brought inherited entries down to it."""

# Names by which pages are drawn (ISO 32000-2, 7.4, 7.10, 8, 9, 11). Every other name is left behind.
DRAWN = _names("""
    Type Subtype Length Filter DecodeParms Predictor Colors Columns BitsPerComponent EarlyChange K EndOfLine Rows
    EncodedByteAlign EndOfBlock BlackIs1 DamagedRowsBeforeError JBIG2Globals ColorTransform
    Font XObject ExtGState ColorSpace Pattern Shading Resources
    FormType BBox Matrix Group S CS I
    Width Height Intent ImageMask Mask Decode Interpolate SMask SMaskInData Matte
    BaseFont FirstChar LastChar Widths FontDescriptor Encoding ToUnicode DescendantFonts CIDSystemInfo Registry Ordering
    Supplement DW W DW2 W2 CIDToGIDMap FontBBox FontMatrix CharProcs BaseEncoding Differences UseCMap CMapName WMode
    FontName FontFamily FontStretch FontWeight Flags ItalicAngle Ascent Descent Leading CapHeight XHeight StemV StemH
    AvgWidth MaxWidth MissingWidth FontFile FontFile2 FontFile3 CharSet CIDSet Style Panose FD Length1 Length2 Length3
    LW LC LJ ML D RI OP op OPM BG BG2 UCR UCR2 TR TR2 FL SM SA BM CA ca AIS TK UseBlackPtComp G BC
    PatternType PaintType TilingType XStep YStep
    ShadingType Background AntiAlias Domain Function Coords Extend BitsPerCoordinate BitsPerFlag VerticesPerRow
    FunctionType Range Size BitsPerSample Order Encode C0 C1 N Functions Bounds
    WhitePoint BlackPoint Gamma Alternate Colorants Process Components MixingHints Solidities PrintingOrder DotGain
""")

RESOURCES = {"/Font", "/XObject", "/ExtGState", "/ColorSpace", "/Pattern", "/Shading"}
"""Categories of a resource dictionary; the names inside each are the author's own."""
REWRITTEN = {"/ToUnicode": strip_comments, "/FontFile2": strip_sfnt, "/FontFile3": strip_sfnt}
"""Streams that hold words beside what is drawn."""
OWN_NAMES = {"/CharProcs", "/Colorants", "/Solidities", "/DotGain"}

OPERATORS = _names(
    "b B b* B* c cm cs CS d d0 d1 Do f F f* G g gs h i j J K k l m M n q Q re RG rg ri s S sc SC scn SCN sh T* Tc Td TD"
    " Tf Tj TJ TL Tm Tr Ts Tw Tz v w W W* y ' \" BT ET",
    mark="",
)
_ARITY = ("b B b* B* BT ET f F f* h n q Q s S T* W W*", "CS cs Do gs i j J M ri sh Tc Tj TJ TL Tr Ts Tw Tz w g G '",
    "d d0 l m Td TD Tf", 'rg RG "', "K k re v y", "", "c cm d1 Tm")  # fmt: skip
ARITY = {operator: count for count, operators in enumerate(_ARITY) for operator in operators.split()}
"""How many operands an operator takes; colours (sc SC scn SCN) take as many as there are components."""
TEXT = {"Tj", "TJ", "'", '"'}
NAMING = {"Tf", "Do", "gs", "cs", "CS", "scn", "SCN", "sh"}
"""Operators that name a resource."""
STANDARD = _names("DeviceGray DeviceRGB DeviceCMYK Pattern DefaultGray DefaultRGB DefaultCMYK G RGB CMYK I Indexed")
"""Names of colour spaces that are nobody's own; the defaults stand in for the devices without being named."""

PAINTS_PATH = {"b", "B", "b*", "B*", "f", "F", "f*", "s", "S"}
PAINTS = {"Do", "sh", "Tj", "TJ"}

FORBIDDEN = _names("""
    Metadata PieceInfo LastModified Author Creator Producer CreationDate ModDate Title Subject Keywords Info AF AA URI
    JS JavaScript OpenAction Names EmbeddedFile EmbeddedFiles EF UF Annots AcroForm XFA StructTreeRoot StructParents
    ActualText Alt Thumb OC OCProperties OPI Outlines PageLabels Dests PTEX.FileName PTEX.InfoDict
""")
"""What the finished file is searched for, independently of how it was made."""


def blind_copy(src: Path, dst: Path, *, nonce: bytes = b"") -> PdfFacts:
    """Rebuild `src` at `dst`; the same pages and `nonce` give the same bytes, whatever metadata `src` carries.

    Kept: what is drawn, selectable text, fonts, and form entries as drawn. Left behind: document information, XMP,
    attachments, scripts, actions, links, comments, signatures, outlines, thumbnails, structure tags with their
    alternative texts, hidden layers, marks and comments in content, earlier revisions, and EXIF in images. `nonce`
    salts the file's identifier, hence its hash and ETag. `Refused` if it cannot be done safely.
    """
    try:
        with pikepdf.open(src, suppress_warnings=True) as pdf, pikepdf.new() as copy:
            if pdf.is_encrypted:
                raise Refused(rules.ENCRYPTED)
            _fix_form_entries(pdf)
            rebuild = _Rebuild(pdf)
            for page in pdf.pages:
                rebuild.page(page.obj)
            rebuild.finish()
            for page in pdf.pages:
                copy.pages.append(page)
            pages = len(copy.pages)
            salt = pikepdf.String(hashlib.sha256(b"jiebang blind copy" + nonce).digest()[:16])
            copy.trailer.ID = Array([salt, salt])
            copy.save(
                dst,
                deterministic_id=True,
                force_version="1.7",
                object_stream_mode=pikepdf.ObjectStreamMode.generate,
                stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
                compress_streams=True,
                recompress_flate=True,
            )
        _verify(dst, pages)
    except pikepdf.PasswordError:
        raise Refused(rules.ENCRYPTED) from None
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        raise Refused(rules.UNSAFE) from error
    with dst.open("rb") as made:
        digest = hashlib.file_digest(made, "sha256").digest()
        return PdfFacts(pages, made.tell(), digest)


def _fix_form_entries(pdf: pikepdf.Pdf) -> None:
    """Draw what is entered in forms onto the pages; comments, links and signatures are not drawn."""
    for page in pdf.pages:
        kept = []
        for annotation in page.obj.get("/Annots", []):
            if annotation.get("/Subtype") != Name.Widget:
                continue
            if _of_field(annotation, "/FT") == Name.Sig:
                continue
            if "/AP" in annotation:
                kept.append(annotation)
            elif _of_field(annotation, "/V") not in (None, pikepdf.String(""), Name.Off):
                raise Refused(rules.FORM)
        page.obj.Annots = Array(kept)
    pdf.flatten_annotations("all")


def _of_field(field: Any, key: str) -> Any:
    for _ in range(32):
        if key in field or "/Parent" not in field:
            break
        field = field["/Parent"]
    return field.get(key)


class _Rebuild:
    """Cleans, in memory, everything that the pages lead to."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self.pdf = pdf
        self.layers = Layers(pdf)
        self.seen: set[tuple[tuple[int, int], str]] = set()
        self.resources: list[Any] = []
        self.rewritten: set[tuple[int, int]] = set()
        self.named: dict[str, str] = {}
        """What pages call their resources, and what the copy calls them."""

    def page(self, page: Any) -> None:
        if (page.objgen, "page") in self.seen:
            return
        self.seen.add((page.objgen, "page"))
        if "/Resources" not in page:
            page.Resources = Dictionary()
        resources = page.Resources
        pikepdf.Page(page).contents_coalesce()
        if "/Contents" in page:
            content = pikepdf.unparse_content_stream(self._visible(pikepdf.Page(page), resources))
            page.Contents = self.pdf.make_stream(content)
        for key in set(page.keys()) - PAGE:
            del page[key]
        if "/Group" in page:
            self._walk(page.Group, "drawn", resources)
        self._walk(resources, "resources", resources)

    def finish(self) -> None:
        """What other pages may have had to look up goes last, and what no page names; the rest is numbered."""
        numbered: set[tuple[int, int]] = set()
        for resources in _once(self.resources):
            for key in set(resources.keys()) - RESOURCES:
                del resources[key]
            for category in resources.values():
                if not isinstance(category, Dictionary) or (category.is_indirect and category.objgen in numbered):
                    continue
                numbered.add(category.objgen)
                for name, value in list(category.items()):
                    del category[name]
                    if name in STANDARD or name in self.named:
                        category[self.named.get(name, name)] = value

    def _walk(self, start: Any, kind: str, resources: Any) -> None:  # noqa: C901, PLR0912 one loop, a rule a kind
        """Follow everything below `start`. `kind`: drawn (names are the standard's), resources, or own names."""
        waiting = [(start, kind, resources)]
        while waiting:
            each, kind, resources = waiting.pop()
            if isinstance(each, Array):
                waiting.extend((v, kind, resources) for v in each if isinstance(v, Array | Dictionary | Stream))
                continue
            if not isinstance(each, Dictionary | Stream):
                continue
            if each.is_indirect:
                if (each.objgen, kind) in self.seen:
                    continue
                self.seen.add((each.objgen, kind))
            if isinstance(each, Stream):
                self._stream(each, resources)
            if kind == "resources":
                self.resources.append(each)
            inside = each.get("/Resources", resources)
            for key in list(each.keys()):
                value = each[key]
                if kind == "drawn" and key in REWRITTEN and isinstance(value, Stream):
                    value.write(REWRITTEN[key](value.read_bytes()))
                if kind == "drawn" and key not in DRAWN:
                    del each[key]
                elif kind != "resources" or key in RESOURCES:
                    waiting.append((value, _kind_below(kind, key), inside))
            if kind == "drawn" and isinstance(glyphs := each.get("/CharProcs"), Dictionary):
                for glyph in glyphs.values():
                    self._content(glyph, inside)

    def _stream(self, stream: Stream, resources: Any) -> None:
        if stream.get("/Subtype") == Name.Form or stream.get("/PatternType") == 1:
            self._content(stream, stream.get("/Resources", resources))
            return
        if stream.get("/FunctionType") == 4 or "/CMapName" in stream:  # noqa: PLR2004 - a calculator
            stream.write(strip_comments(stream.read_bytes()))
            return
        if "/N" in stream and is_icc(data := stream.read_bytes()):
            stream.write(strip_icc(data))
            return
        if stream.get("/Subtype") == Name.PS:
            raise Refused(rules.UNSAFE)
        found = stream.get("/Filter")
        filters = [str(f) for f in found] if isinstance(found, Array) else [] if found is None else [str(found)]
        if "/Crypt" in filters:
            raise Refused(rules.UNSAFE)
        strip = {"/DCTDecode": strip_jpeg, "/JPXDecode": strip_jpx}.get(filters[-1]) if filters else None
        if strip is None:
            return
        parameters = stream.get("/DecodeParms")
        data = stream.read_raw_bytes()
        if len(filters) > 1:  # undo the packing around the image
            packed = Stream(self.pdf, data)
            packed.Filter = Array([Name(f) for f in filters[:-1]])
            if isinstance(parameters, Array):
                packed.DecodeParms = Array(list(parameters)[:-1])
                parameters = parameters[-1]
            data = packed.read_bytes()
        kept = parameters if isinstance(parameters, Dictionary) else None
        stream.write(strip(bytes(data)), filter=Name(filters[-1]), decode_parms=kept)

    def _content(self, stream: Any, resources: Any) -> None:
        """Rewrite a form's, pattern's or glyph's content."""
        if stream.objgen in self.rewritten:
            return
        self.rewritten.add(stream.objgen)
        hidden = stream.objgen in self.layers.objects
        lines = [] if hidden else self._visible(stream, resources)
        stream.write(pikepdf.unparse_content_stream(lines))

    def _visible(self, content: Any, resources: Any) -> list[Any]:
        """The instructions that draw what can be seen: no marks, no comments, nothing of a hidden layer."""
        kept: list[Any] = []
        marks: list[bool] = []  # for each open mark, whether it hides
        for instruction in pikepdf.parse_content_stream(content):
            if isinstance(instruction, pikepdf.ContentStreamInlineImage):
                if not any(marks):
                    _refuse_camera_image(instruction)
                    kept.append(instruction)
                    self._own_name(instruction)
                continue
            operands, name = instruction.operands, str(instruction.operator)
            if name in {"BMC", "BDC"}:
                marks.append(name == "BDC" and self._hides(operands, resources))
            elif name == "EMC":
                marks = marks[:-1]
            elif name not in OPERATORS or (name == "Do" and self._hidden_object(operands, resources)):
                continue
            else:
                plain = self._plain(operands, name)
                if not any(marks):
                    kept.append(pikepdf.ContentStreamInstruction(plain, instruction.operator))
                else:
                    kept.extend(_without_paint(plain, name))
        return kept

    def _plain(self, operands: Any, name: str) -> list[Any]:
        """The operands that the operator takes, of the types that can be drawn, with resources under our names."""
        count = ARITY.get(name)
        taken = list(operands) if count is None else list(operands)[-count:] if count else []
        if any(not _drawable(one, name) for one in taken):
            raise Refused(rules.UNSAFE)
        if name in NAMING:
            return [self._renamed(one) if isinstance(one, Name) else one for one in taken]
        return taken

    def _renamed(self, name: Name) -> Name:
        own = str(name)
        return name if own in STANDARD else Name(self.named.setdefault(own, f"/R{len(self.named)}"))

    def _own_name(self, image: pikepdf.ContentStreamInlineImage) -> None:
        """An inline image's colour space cannot be renamed in place: it keeps its name, if it was not given another."""
        space = image.iimage.obj.get("/ColorSpace", image.iimage.obj.get("/CS"))
        if (
            isinstance(space, Name)
            and str(space) not in STANDARD
            and self.named.setdefault(str(space), str(space)) != str(space)
        ):
            raise Refused(rules.UNSAFE)

    def _hides(self, operands: Any, resources: Any) -> bool:
        if str(operands[0]) != "/OC":
            return False
        named = operands[1]
        known = resources.get("/Properties", Dictionary())
        return self.layers.hides(known.get(str(named)) if isinstance(named, Name) else named)

    def _hidden_object(self, operands: Any, resources: Any) -> bool:
        drawn = resources.get("/XObject", Dictionary()).get(str(operands[0]))
        return drawn is not None and drawn.objgen in self.layers.objects


def _drawable(operand: Any, name: str) -> bool:
    if isinstance(operand, Array):
        return name in {"TJ", "d"} and all(_drawable(one, name) and not isinstance(one, Array) for one in operand)
    if isinstance(operand, pikepdf.String):
        return name in TEXT
    return not isinstance(operand, Dictionary | Stream)


def _once(objects: Iterable[Any]) -> Iterable[Any]:
    seen: set[tuple[int, int]] = set()
    for one in objects:
        if not (one.is_indirect and one.objgen in seen):
            seen.add(one.objgen)
            yield one


def _kind_below(kind: str, key: str) -> str:
    if kind == "resources":
        return "names"
    if kind == "drawn" and key == "/Resources":
        return "resources"
    return "names" if kind == "drawn" and key in OWN_NAMES else "drawn"


def _without_paint(operands: Any, name: str) -> Iterable[Any]:
    """What an instruction does besides painting, so that what follows it is drawn as before."""
    if name in PAINTS_PATH:
        yield pikepdf.ContentStreamInstruction([], Operator("n"))
    elif name == "'":
        yield pikepdf.ContentStreamInstruction([], Operator("T*"))
    elif name == '"':
        yield pikepdf.ContentStreamInstruction([operands[0]], Operator("Tw"))
        yield pikepdf.ContentStreamInstruction([operands[1]], Operator("Tc"))
        yield pikepdf.ContentStreamInstruction([], Operator("T*"))
    elif name not in PAINTS:
        yield pikepdf.ContentStreamInstruction(operands, Operator(name))


def _refuse_camera_image(instruction: pikepdf.ContentStreamInlineImage) -> None:
    """Inline images are small drawings; a photograph among them, with its own metadata, is not expected."""
    filters = {str(f) for f in instruction.iimage.filters}
    if filters & {"/DCTDecode", "/DCT", "/JPXDecode"}:
        raise Refused(rules.UNSAFE)


def _verify(path: Path, pages: int) -> None:
    """Read the finished file afresh and refuse it if anything forbidden is there after all."""
    with pikepdf.open(path, attempt_recovery=False) as made:
        sound = (
            len(made.pages) == pages
            and "/Info" not in made.trailer
            and set(made.Root.keys()) == {"/Type", "/Pages"}
            and not any(FORBIDDEN & set(d.keys()) for top in made.objects for d in dictionaries(top))
        )
    if not sound:
        path.unlink()
        raise Refused(rules.UNSAFE)
