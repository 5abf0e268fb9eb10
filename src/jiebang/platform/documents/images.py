"""Images, colour profiles and fonts without what their makers write beside the picture. Pure functions on bytes."""

from __future__ import annotations

import re

EOI, SOS, APP14, COMMENT = 0xD9, 0xDA, 0xEE, 0xFE
DROPPED = {COMMENT, *range(0xE0, 0xF0)} - {APP14}
STANDALONE = {0x01, *range(0xD0, 0xD8)}
AFTER_SCAN = re.compile(rb"\xff+([^\x00\xd0-\xd7\xff])", re.DOTALL)

JPX_SIGNATURE = b"\x00\x00\x00\x0cjP  "
JPX_CODESTREAM = b"\xff\x4f\xff\x51"
JPX_NEEDED = {b"jP  ", b"ftyp", b"jp2h", b"jp2c"}


def strip_jpeg(data: bytes) -> bytes:  # noqa: C901 each branch is one rule of the format
    """The JPEG without comments, application segments (EXIF, XMP, thumbnails) and anything after its end.

    Adobe's APP14 stays: it says how the colours are coded. `ValueError` if the data is not a whole JPEG.
    """
    if data[:2] != b"\xff\xd8":
        raise ValueError("no start of image")
    kept, at = [b"\xff\xd8"], 2
    while True:
        if data[at : at + 1] != b"\xff":
            raise ValueError("no marker where one must be")
        while data[at + 1 : at + 2] == b"\xff":
            at += 1
        if at + 2 > len(data):
            raise ValueError("no end of image")
        marker = data[at + 1]
        if marker == EOI:
            return b"".join([*kept, b"\xff\xd9"])
        if marker in STANDALONE:
            kept.append(data[at : at + 2])
            at += 2
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        end = at + 2 + length
        if length < 2 or end > len(data):  # noqa: PLR2004 a length counts its own two bytes
            raise ValueError("a segment passes the end")
        if marker == SOS:  # coded data follows, up to the next marker that is no restart
            found = AFTER_SCAN.search(data, end)
            if found is None:
                raise ValueError("no end of image")
            end = found.start()
        if marker not in DROPPED:
            kept.append(data[at:end])
        at = end


def strip_jpx(data: bytes) -> bytes:
    """The JPEG 2000 file without XML, UUID (EXIF, XMP) and other boxes that the picture does not need."""
    if data.startswith(JPX_CODESTREAM):
        return data
    if not data.startswith(JPX_SIGNATURE):
        raise ValueError("no JPEG 2000 signature")
    kept, at = [], 0
    while at < len(data):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if length == 1:
            length = int.from_bytes(data[at + 8 : at + 16], "big")
        end = len(data) if length == 0 else at + length
        if not at + 8 <= end <= len(data):
            raise ValueError("a box passes the end")
        if kind in JPX_NEEDED:
            kept.append(data[at:end])
        at = end
    return b"".join(kept)


# What colours are computed with (ICC.1:2022, 9.2); every other tag describes, dates or names.
ICC_NEEDED = {
    b"A2B0", b"A2B1", b"A2B2", b"B2A0", b"B2A1", b"B2A2", b"D2B0", b"D2B1", b"D2B2", b"D2B3", b"B2D0", b"B2D1", b"B2D2",
    b"B2D3", b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC", b"kTRC", b"wtpt", b"bkpt", b"chad", b"gamt", b"lumi",
    b"cicp",
}  # fmt: skip
ICC_HEADER, ICC_TABLE, ICC_ENTRY = 128, 132, 12
ICC_MARK = slice(36, 40)
ICC_TELLING = (slice(24, 36), slice(40, 44), slice(48, 56), slice(80, 100))
"""Of the header: date, platform, device, creator, id."""


def is_icc(data: bytes) -> bool:
    """Whether this is a colour profile."""
    return data[ICC_MARK] == b"acsp"


def strip_icc(data: bytes) -> bytes:
    """The profile at the same places without date, creator, texts and gaps. `ValueError` if a tag passes the end."""
    count = int.from_bytes(data[ICC_HEADER:ICC_TABLE], "big")
    end = ICC_TABLE + ICC_ENTRY * count
    if end > len(data):
        raise ValueError("a tag table passes the end")
    made = bytearray(data[:end]) + bytes(len(data) - end)
    for telling in ICC_TELLING:
        made[telling] = bytes(telling.stop - telling.start)
    for at in range(ICC_TABLE, end, ICC_ENTRY):
        name, start, size = data[at : at + 4], *(int.from_bytes(data[at + n : at + n + 4], "big") for n in (4, 8))
        if start < end or start + size > len(data):
            raise ValueError("a tag passes the end")
        kept = size if name in ICC_NEEDED else min(size, 8)  # of the others the type alone
        made[start : start + kept] = data[start : start + kept]
    return bytes(made)


SFNT = (b"\0\1\0\0", b"OTTO", b"true")
SFNT_TELLING = {b"name", b"meta", b"DSIG", b"FFTM"}
"""Names and licence, further metadata, a signature, FontForge's dates."""


def strip_sfnt(data: bytes) -> bytes:
    """The TrueType or OpenType font without the tables that tell who made it; any other font as it is."""
    made = bytearray(data)
    if data[:4] in SFNT:
        for at in range(12, 12 + 16 * int.from_bytes(data[4:6], "big"), 16):
            start, size = (int.from_bytes(data[at + n : at + n + 4], "big") for n in (8, 12))
            if data[at : at + 4] in SFNT_TELLING:
                made[start : start + size] = bytes(len(made[start : start + size]))
    return bytes(made)


def strip_comments(data: bytes) -> bytes:
    """PostScript as character maps and calculators use it, without comments; `%` in a string is none."""
    return _COMMENT.sub(lambda found: found[1] or b"", data)


_COMMENT = re.compile(rb"(\((?:[^()\\]|\\.)*\))|%[^\r\n]*", re.DOTALL)
