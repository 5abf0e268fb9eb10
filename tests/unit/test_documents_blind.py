"""A blind copy shows what the original shows and says nothing else."""

from __future__ import annotations

import hashlib
import io
import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pikepdf
import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Name, Stream, String

from jiebang.demo.pdf import make_pdf
from jiebang.kernel.errors import Refused
from jiebang.platform import documents
from jiebang.platform.documents import blind, rules
from jiebang.platform.documents.images import strip_jpeg, strip_jpx

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PARAGRAPHS = ["本项目研究 quantum sensing 的方法，指标见第二节。" * 20] * 8
CANARY = "ZhangWeiCanary"
UNWANTED = {
    "/Author", "/Creator", "/Producer", "/CreationDate", "/ModDate", "/Info", "/Metadata", "/PieceInfo", "/Properties",
    "/LastModified", "/URI", "/A", "/AA", "/JS", "/JavaScript", "/OpenAction", "/Names", "/EmbeddedFile", "/F", "/EF",
    "/EmbeddedFiles", "/Annots", "/AcroForm", "/Outlines", "/Thumb", "/StructTreeRoot", "/Alt", "/ActualText", "/OC",
    "/OCProperties",
}  # fmt: skip


def original(change: Callable[[pikepdf.Pdf], object] = lambda _: None, *, author: str = CANARY) -> bytes:
    when = datetime(2026, 3, len(author) % 28 + 1, tzinfo=UTC)
    made = make_pdf("申请书", PARAGRAPHS, author=author, organisation=f"{author} Lab", created=when)
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(made)) as pdf:
        change(pdf)
        pdf.save(out)
    return out.getvalue()


def blinded(data: bytes, tmp_path: Path, *, nonce: bytes = b"") -> bytes:
    src, dst = tmp_path / f"src-{CANARY}.pdf", tmp_path / "dst.pdf"
    src.write_bytes(data)
    facts = blind.blind_copy(src, dst, nonce=nonce)
    made = dst.read_bytes()
    assert (facts.size, facts.sha256) == (len(made), hashlib.sha256(made).digest())
    return made


def text_of(data: bytes) -> list[str]:
    pdf = pypdfium2.PdfDocument(data)
    try:
        return [page.get_textpage().get_text_range() for page in pdf]
    finally:
        pdf.close()


def pixels_of(data: bytes) -> list[bytes]:
    pdf = pypdfium2.PdfDocument(data)
    try:
        return [bytes(page.render(may_draw_forms=False).buffer) for page in pdf]
    finally:
        pdf.close()


def objects_in(data: bytes) -> list[Any]:
    """Every object and value of a PDF, streams followed by their dictionaries."""
    found: list[Any] = []
    with pikepdf.open(io.BytesIO(data)) as pdf:
        waiting: list[Any] = [pdf.trailer, *pdf.objects]
        while waiting:
            each = waiting.pop()
            if isinstance(each, Stream):
                try:
                    found.append(each.read_bytes())
                except pikepdf.PdfError:
                    found.append(each.read_raw_bytes())
                each = each.stream_dict
            if isinstance(each, Dictionary):
                inside = dict(each.items())
                found.append(set(inside))
                waiting += [v for v in inside.values() if not getattr(v, "is_indirect", False)]
            elif isinstance(each, Array):
                waiting += [v for v in each if not getattr(v, "is_indirect", False)]
            elif isinstance(each, String):
                found += [bytes(each), str(each)]
            elif isinstance(each, Name):
                found.append(str(each))
    return found


def everything_in(data: bytes) -> bytes:
    """All names, strings and unpacked streams, strings in UTF-8 too, so that nothing can hide in a coding."""
    parts = [data]
    for each in objects_in(data):
        if isinstance(each, set):
            parts += [key.encode() for key in each]
        else:
            parts.append(each if isinstance(each, bytes) else each.encode())
    return b"\0".join(parts)


def keys_in(data: bytes) -> set[str]:
    return set().union(*(each for each in objects_in(data) if isinstance(each, set)))


# --- places where a name hides; each takes a PDF and puts the canary there -------------------------------------------


def _annotation(pdf: pikepdf.Pdf, **entries: Any) -> None:
    note = pdf.make_indirect(Dictionary(Type=Name.Annot, Rect=Array([0, 0, 9, 9]), **entries))
    pdf.pages[0].obj.Annots = Array([note])


def comment(pdf: pikepdf.Pdf) -> None:
    _annotation(pdf, Subtype=Name.Text, T=String(CANARY), Contents=String(f"by {CANARY}"))


def link(pdf: pikepdf.Pdf) -> None:
    _annotation(pdf, Subtype=Name.Link, A=Dictionary(S=Name.URI, URI=String(f"https://{CANARY}.example")))


def script(pdf: pikepdf.Pdf) -> None:
    action = Dictionary(S=Name.JavaScript, JS=String(f"app.alert('{CANARY}')"))
    pdf.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("a"), action])))
    pdf.Root.OpenAction = action
    pdf.pages[0].obj.AA = Dictionary(O=action)


def launch(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = Dictionary(S=Name.Launch, F=String(f"{CANARY}.exe"))


def attachment(pdf: pikepdf.Pdf) -> None:
    name = f"{CANARY}.txt"
    pdf.attachments[name] = pikepdf.AttachedFileSpec(pdf, CANARY.encode(), filename=name)  # pyright: ignore[reportCallIssue]


def outline(pdf: pikepdf.Pdf) -> None:
    with pdf.open_outline() as tree:
        tree.root.append(pikepdf.OutlineItem(CANARY, 0))


def page_metadata(pdf: pikepdf.Pdf) -> None:
    page = pdf.pages[0].obj
    page.Metadata = Stream(pdf, CANARY.encode())
    page.PieceInfo = Dictionary(Word=Dictionary(LastModified=String("D:2026"), Private=String(CANARY)))
    page.LastModified = String("D:20260302")
    page.Thumb = Stream(pdf, CANARY.encode())


def structure(pdf: pikepdf.Pdf) -> None:
    figure = Dictionary(S=Name.Figure, Alt=String(CANARY), ActualText=String(CANARY))
    pdf.Root.StructTreeRoot = Dictionary(Type=Name.StructTreeRoot, K=figure)
    pdf.pages[0].obj.StructParents = 0


def _add_content(pdf: pikepdf.Pdf, data: bytes) -> None:
    pdf.pages[0].contents_add(Stream(pdf, data))


def content_marks(pdf: pikepdf.Pdf) -> None:
    _add_content(pdf, f"/Span <</ActualText ({CANARY})>> BDC EMC /{CANARY} MP".encode())


def content_comment(pdf: pikepdf.Pdf) -> None:
    _add_content(pdf, f"q % drawn by {CANARY}\nQ".encode())


def unknown_operator(pdf: pikepdf.Pdf) -> None:
    _add_content(pdf, f"BX ({CANARY}) whoami EX".encode())


def latex_figure(pdf: pikepdf.Pdf) -> None:
    form = Stream(pdf, f"0 0 m % {CANARY}".encode())
    form.Type, form.Subtype, form.BBox = Name.XObject, Name.Form, Array([0, 0, 9, 9])
    form[Name("/PTEX.FileName")] = String(f"/home/{CANARY}/fig.pdf")
    form[Name("/PTEX.InfoDict")] = Dictionary(Author=String(CANARY))
    pdf.pages[0].obj.Resources.XObject = Dictionary(Fig=pdf.make_indirect(form))
    _add_content(pdf, b"/Fig Do")


def private_key(pdf: pikepdf.Pdf) -> None:
    font = pdf.pages[0].obj.Resources.Font.F2
    font[Name(f"/{CANARY}")] = String(CANARY)
    font.FontVendor = String(CANARY)


def hidden_layer(pdf: pikepdf.Pdf) -> None:
    layer = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String(CANARY)))
    pdf.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=Dictionary(OFF=Array([layer])))
    pdf.pages[0].obj.Resources.Properties = Dictionary(MC0=layer)
    shown = f"/OC /MC0 BDC BT /F1 9 Tf 9 9 Td ({CANARY}) Tj ET 0 0 5 5 re f EMC"
    form = Stream(pdf, f"BT /F1 9 Tf ({CANARY}) Tj ET".encode())
    form.Type, form.Subtype, form.BBox, form.OC = Name.XObject, Name.Form, Array([0, 0, 99, 99]), layer
    pdf.pages[0].obj.Resources.XObject = Dictionary(Hid=pdf.make_indirect(form))
    _add_content(pdf, shown.encode() + b" /Hid Do")


def signature(pdf: pikepdf.Pdf) -> None:
    _annotation(pdf, Subtype=Name.Widget, FT=Name.Sig, T=String("s"), V=Dictionary(Name=String(CANARY)))
    pdf.Root.AcroForm = Dictionary(Fields=Array([pdf.pages[0].obj.Annots[0]]), SigFlags=3)


def jpeg(pdf: pikepdf.Pdf) -> None:
    image = Stream(pdf, camera_jpeg(CANARY.encode()))
    image.Type, image.Subtype, image.Filter = Name.XObject, Name.Image, Name.DCTDecode
    image.Width = image.Height = image.BitsPerComponent = 8
    image.ColorSpace, image.Metadata = Name.DeviceGray, Stream(pdf, CANARY.encode())
    pdf.pages[0].obj.Resources.XObject = Dictionary(Im=pdf.make_indirect(image))
    _add_content(pdf, b"q 80 0 0 80 9 9 cm /Im Do Q")


def earlier_revision(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Unused = pdf.make_indirect(Stream(pdf, CANARY.encode()))


def spare_operand(pdf: pikepdf.Pdf) -> None:
    _add_content(pdf, f"({CANARY}) q <</By ({CANARY})>> Q /{CANARY} 0 0 0 rg".encode())


def unused_resource(pdf: pikepdf.Pdf) -> None:
    form = Stream(pdf, f"BT /F1 9 Tf ({CANARY}) Tj ET".encode())
    form.Type, form.Subtype, form.BBox = Name.XObject, Name.Form, Array([0, 0, 99, 99])
    pdf.pages[0].obj.Resources.XObject = Dictionary(Spare=pdf.make_indirect(form))


def resource_name(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].obj.Resources.ExtGState = Dictionary({f"/{CANARY}": Dictionary(ca=1)})
    _add_content(pdf, f"q /{CANARY} gs Q".encode())


def colour_profile(pdf: pikepdf.Pdf) -> None:
    profile = Stream(pdf, icc_profile(CANARY.encode()))
    profile.N, profile.Alternate = 1, Name.DeviceGray
    space = Array([Name.ICCBased, pdf.make_indirect(profile)])
    pdf.pages[0].obj.Resources.ColorSpace = Dictionary(Cs=space)
    _add_content(pdf, b"q /Cs cs 1 sc 0 0 1 1 re f Q")


def character_map(pdf: pikepdf.Pdf) -> None:
    *_, last = fonts = list(pdf.pages[0].obj.Resources.Font.values())
    for font in fonts:
        if "/ToUnicode" in font:
            font.ToUnicode.write(b"% made for " + CANARY.encode() + b"\n" + font.ToUnicode.read_bytes())
            return
    last.ToUnicode = Stream(pdf, f"/CIDInit /ProcSet findresource begin % {CANARY}\nend".encode())


def calculator(pdf: pikepdf.Pdf) -> None:
    function = Stream(pdf, f"{{ % {CANARY}\n pop 0 }}".encode())
    function.FunctionType, function.Domain, function.Range = 4, Array([0, 1]), Array([0, 1])
    spot = Array([Name.Separation, Name.Spot, Name.DeviceGray, pdf.make_indirect(function)])
    pdf.pages[0].obj.Resources.ColorSpace = Dictionary(Sp=spot)
    _add_content(pdf, b"q /Sp cs 1 scn 0 0 1 1 re f Q")


def font_program(pdf: pikepdf.Pdf) -> None:
    tables = {b"glyf": b"drawn", b"name": b"\0\0\0\1\0\x12" + bytes(12) + CANARY.encode()}
    at, head, body = 12 + 16 * len(tables), b"\0\1\0\0" + len(tables).to_bytes(2, "big") + bytes(6), b""
    for tag, data in tables.items():
        head += tag + bytes(4) + (at + len(body)).to_bytes(4, "big") + len(data).to_bytes(4, "big")
        body += data
    program = Stream(pdf, head + body)
    program.Length1 = len(head + body)
    descriptor = Dictionary(Type=Name.FontDescriptor, FontName=Name.Own, Flags=32, FontFile2=pdf.make_indirect(program))
    pdf.pages[0].obj.Resources.Font.Own = Dictionary(
        Type=Name.Font, Subtype=Name.TrueType, BaseFont=Name.Own, FontDescriptor=pdf.make_indirect(descriptor)
    )
    _add_content(pdf, b"BT /Own 9 Tf ET")


def icc_profile(secret: bytes) -> bytes:
    """A grey profile with what tells who made it: a creator, a date, a description, a copyright."""
    tags = {b"kTRC": b"curv" + bytes(8), b"wtpt": b"XYZ " + bytes(16), b"desc": b"desc" + bytes(8) + secret,
            b"cprt": b"text" + bytes(4) + secret}  # fmt: skip
    at, table, body = 132 + 12 * len(tags), len(tags).to_bytes(4, "big"), b""
    for name, data in tags.items():
        table += name + (at + len(body)).to_bytes(4, "big") + len(data).to_bytes(4, "big")
        body += data
    head = (at + len(body)).to_bytes(4, "big") + bytes(8) + b"mntrGRAYXYZ " + b"2026-03-01 .acsp" + secret[:14]
    return head[:128].ljust(128, b"\0") + table + body


def _segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2, "big") + body


def camera_jpeg(secret: bytes) -> bytes:
    """A grey 8 × 8 JPEG by hand, with the camera's EXIF, a comment, and a second image after its end."""
    one_code = bytes([1, *[0] * 15, 0])
    return b"".join(
        [
            b"\xff\xd8",
            _segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0"),
            _segment(0xE1, b"Exif\0\0II*\0" + secret),
            _segment(0xED, b"Photoshop 3.0\0" + secret),
            _segment(0xFE, secret),
            _segment(0xDB, b"\0" + bytes([1] * 64)),
            _segment(0xC0, bytes([8, 0, 8, 0, 8, 1, 1, 0x11, 0])),
            _segment(0xC4, b"\x00" + one_code),
            _segment(0xC4, b"\x10" + one_code),
            _segment(0xDA, bytes([1, 1, 0, 0, 63, 0])),
            b"\x3f\xff\x00\xff\xd9",
            b"\xff\xd8" + _segment(0xE1, b"Exif\0\0" + secret) + b"\xff\xd9",
        ]
    )


HIDING_PLACES = [
    comment, link, script, launch, attachment, outline, page_metadata, structure, content_marks, content_comment,
    unknown_operator, latex_figure, private_key, hidden_layer, signature, jpeg, earlier_revision,
    spare_operand, unused_resource, resource_name, colour_profile, character_map, calculator, font_program,
]  # fmt: skip


@pytest.mark.parametrize("hide", HIDING_PLACES, ids=lambda f: f.__name__)
def test_a_name_survives_nowhere(hide: Callable[[pikepdf.Pdf], None], tmp_path: Path) -> None:
    data = original(hide)
    assert everything_in(data).count(CANARY.encode()) > everything_in(original()).count(CANARY.encode())

    made = blinded(data, tmp_path)

    assert CANARY.encode() not in everything_in(made)
    assert not keys_in(made) & UNWANTED
    assert text_of(made) == text_of(original())
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert set(pdf.Root.keys()) == {"/Type", "/Pages"}
        assert "/Info" not in pdf.trailer
        assert not pdf.check_pdf_syntax()


def test_pages_look_the_same(tmp_path: Path) -> None:
    data = original(jpeg)
    assert pixels_of(data) != pixels_of(original())
    assert pixels_of(blinded(data, tmp_path)) == pixels_of(data)


def drawings(pdf: pikepdf.Pdf) -> None:
    """What honest writers use besides text: inline images, patterns, shadings, masks, drawn fonts, photographs."""
    page = pdf.pages[0].obj
    tile = Stream(pdf, b"1 0 0 rg 0 0 4 4 re f")
    tile.Type, tile.PatternType, tile.PaintType, tile.TilingType = Name.Pattern, 1, 1, 1
    tile.BBox, tile.XStep, tile.YStep, tile.Resources = Array([0, 0, 8, 8]), 8, 8, Dictionary()
    fade = Dictionary(FunctionType=2, Domain=Array([0, 1]), C0=Array([0]), C1=Array([1]), N=1)
    shading = Dictionary(ShadingType=2, ColorSpace=Name.DeviceGray, Coords=Array([0, 0, 90, 0]), Function=fade)
    mask = Stream(pdf, b"/Fade sh")
    mask.Type, mask.Subtype, mask.BBox = Name.XObject, Name.Form, Array([0, 0, 595, 842])
    mask.Group = Dictionary(S=Name.Transparency, CS=Name.DeviceGray)
    mask.Resources = Dictionary(Shading=Dictionary(Fade=shading))
    glyph = pdf.make_indirect(Stream(pdf, b"1000 0 0 0 750 750 d1 0 0 750 750 re f"))
    drawn = Dictionary(
        Type=Name.Font, Subtype=Name.Type3, FontBBox=Array([0, 0, 750, 750]), FirstChar=97, LastChar=97,
        FontMatrix=Array([0.001, 0, 0, 0.001, 0, 0]), CharProcs=Dictionary(square=glyph), Widths=Array([1000]),
        Encoding=Dictionary(Type=Name.Encoding, Differences=Array([97, Name.square])), Resources=Dictionary(),
    )  # fmt: skip
    photo = Stream(pdf, zlib.compress(camera_jpeg(CANARY.encode())))
    photo.Type, photo.Subtype, photo.Filter = Name.XObject, Name.Image, Array([Name.FlateDecode, Name.DCTDecode])
    photo.Width = photo.Height = photo.BitsPerComponent = 8
    photo.ColorSpace = Array([Name.Separation, Name.Spot, Name.DeviceGray, fade])
    soft = Dictionary(S=Name.Luminosity, G=pdf.make_indirect(mask))
    page.Resources.Pattern = Dictionary(Tile=pdf.make_indirect(tile))
    page.Resources.Shading = Dictionary(Fade=shading)
    page.Resources.ExtGState = Dictionary(Soft=Dictionary(SMask=soft), Half=Dictionary(ca=0.5))
    page.Resources.XObject = Dictionary(Photo=pdf.make_indirect(photo))
    page.Resources.Font.T3 = drawn
    _add_content(
        pdf,
        b"q 50 0 0 50 0 0 cm BI /W 4 /H 4 /BPC 8 /CS /G ID 0123456789abcdef EI Q "
        b"q /Pattern cs /Tile scn 0 60 50 50 re f Q q 1 0 0 1 0 120 cm 0 0 90 20 re W n /Fade sh Q "
        b"q /Soft gs 0 150 90 20 re f Q q /Half gs 0 180 90 20 re f Q q 50 0 0 50 0 210 cm /Photo Do Q "
        b"BT /T3 20 Tf 0 270 Td (aa) Tj ET",
    )


def test_drawings_look_the_same(tmp_path: Path) -> None:
    data = original(drawings)
    assert CANARY.encode() in everything_in(data).replace(original(), b"")
    made = blinded(data, tmp_path)
    assert pixels_of(made) == pixels_of(data)
    assert pixels_of(made) != pixels_of(original())
    assert CANARY.encode() not in everything_in(made)


def test_text_stays_selectable_in_both_languages(tmp_path: Path) -> None:
    made = text_of(blinded(original(), tmp_path))
    assert made == text_of(original())
    assert "量子" not in "".join(made)
    assert "指标见第二节" in "".join("".join(made).split())
    assert "quantum sensing" in "".join(made)


def test_the_author_changes_no_byte(tmp_path: Path) -> None:
    one = blinded(original(author="林一帆"), tmp_path)
    assert one == blinded(original(author="林一帆"), tmp_path)
    assert one == blinded(original(author="Maria Example"), tmp_path)
    assert one == blinded(original(comment, author="Maria Example"), tmp_path)
    assert one != blinded(original(lambda pdf: _add_content(pdf, b"0 0 9 9 re f")), tmp_path)


def test_a_nonce_salts_the_hash_and_nothing_that_is_seen(tmp_path: Path) -> None:
    one, two = blinded(original(), tmp_path, nonce=b"1"), blinded(original(), tmp_path, nonce=b"2")
    assert one != two
    assert text_of(one) == text_of(two)
    assert one == blinded(original(), tmp_path, nonce=b"1")


def test_a_blind_copy_of_a_blind_copy_is_itself(tmp_path: Path) -> None:
    made = blinded(original(latex_figure), tmp_path)
    assert blinded(made, tmp_path) == made


def test_a_visible_layer_is_kept(tmp_path: Path) -> None:
    def visible(pdf: pikepdf.Pdf) -> None:
        hidden_layer(pdf)
        pdf.Root.OCProperties.D.OFF = Array([])

    data = original(visible)
    assert text_of(blinded(data, tmp_path)) == text_of(data)
    assert CANARY in "".join(text_of(data))


def test_form_entries_are_kept_as_drawn(tmp_path: Path) -> None:
    def entry(pdf: pikepdf.Pdf) -> None:
        drawn = Stream(pdf, b"BT /F1 12 Tf 2 2 Td (entered) Tj ET")
        drawn.Type, drawn.Subtype, drawn.BBox = Name.XObject, Name.Form, Array([0, 0, 99, 20])
        drawn.Resources = Dictionary(Font=Dictionary(F1=pdf.pages[0].obj.Resources.Font.F1))
        _annotation(pdf, Subtype=Name.Widget, FT=Name.Tx, T=String(CANARY), V=String("entered"))
        note = pdf.pages[0].obj.Annots[0]
        note.Rect, note.AP = Array([72, 20, 171, 40]), Dictionary(N=pdf.make_indirect(drawn))
        pdf.Root.AcroForm = Dictionary(Fields=Array([note]))

    made = blinded(original(entry), tmp_path)
    assert "entered" in text_of(made)[0]
    assert CANARY.encode() not in everything_in(made)


def test_entries_without_an_appearance_are_refused(tmp_path: Path) -> None:
    def entry(pdf: pikepdf.Pdf) -> None:
        _annotation(pdf, Subtype=Name.Widget, FT=Name.Tx, T=String("a"), V=String("entered"))
        pdf.Root.AcroForm = Dictionary(Fields=Array([pdf.pages[0].obj.Annots[0]]), NeedAppearances=True)

    with pytest.raises(Refused) as refused:
        blinded(original(entry), tmp_path)
    assert refused.value.rule is rules.FORM


def test_what_cannot_be_rebuilt_safely_is_refused(tmp_path: Path) -> None:
    def broken_jpeg(pdf: pikepdf.Pdf) -> None:
        jpeg(pdf)
        pdf.pages[0].obj.Resources.XObject.Im.write(b"\xff\xd8 not a picture", filter=Name.DCTDecode)

    def forbidden_name(pdf: pikepdf.Pdf) -> None:
        drawings(pdf)
        font = pdf.pages[0].obj.Resources.Font.T3
        font.CharProcs[Name.Author] = font.CharProcs.square

    def drawn_with_words(pdf: pikepdf.Pdf) -> None:
        _add_content(pdf, f"({CANARY}) w".encode())

    for change in (broken_jpeg, forbidden_name, drawn_with_words):
        with pytest.raises(Refused) as refused:
            blinded(original(change), tmp_path)
        assert refused.value.rule is rules.UNSAFE
        assert not (tmp_path / "dst.pdf").exists()


async def test_the_jail_makes_the_same_copy(tmp_path: Path) -> None:
    src, dst = tmp_path / "src.pdf", tmp_path / "blind.pdf"
    src.write_bytes(original(jpeg))
    facts = await documents.blind_copy(src, dst, nonce=b"n")
    assert dst.read_bytes() == blinded(original(jpeg), tmp_path, nonce=b"n")
    assert facts.sha256 == hashlib.sha256(dst.read_bytes()).digest()
    assert await documents.extract_text(dst) == [t.replace("\r\n", "\n") for t in text_of(original(jpeg))]


def test_a_jpeg_keeps_its_picture_only() -> None:
    made = strip_jpeg(camera_jpeg(b"secret"))
    assert b"secret" not in made
    assert b"Exif" not in made
    assert made.endswith(b"\x3f\xff\x00\xff\xd9")
    assert strip_jpeg(made) == made
    for cut in range(len(made)):
        with pytest.raises(ValueError, match=r"image|marker|segment"):
            strip_jpeg(made[:cut])


def test_a_jpeg_2000_keeps_its_picture_only() -> None:
    def box(kind: bytes, body: bytes) -> bytes:
        return (len(body) + 8).to_bytes(4, "big") + kind + body

    head = box(b"jP  ", b"\r\n\x87\n") + box(b"ftyp", b"jp2 \0\0\0\0jp2 ") + box(b"jp2h", b"header")
    code = box(b"jp2c", b"\xff\x4f\xff\x51picture")
    assert strip_jpx(head + box(b"uuid", b"secret") + box(b"xml ", b"secret") + code) == head + code
    assert strip_jpx(b"\xff\x4f\xff\x51picture") == b"\xff\x4f\xff\x51picture"
    with pytest.raises(ValueError, match="box"):
        strip_jpx(head + code[:-1])
    with pytest.raises(ValueError, match="signature"):
        strip_jpx(b"secret")
