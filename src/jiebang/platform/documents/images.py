"""Compressed images without what cameras and editors write beside the picture. Pure functions on bytes."""

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
