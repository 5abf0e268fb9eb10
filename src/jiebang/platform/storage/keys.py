"""Names of stored objects, and the names under which people save them."""

from __future__ import annotations

import re
import unicodedata
import uuid
from typing import Literal
from urllib.parse import quote

Prefix = Literal["quarantine", "material", "blind"]

KEY = re.compile(r"(?:quarantine|material|blind)/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def new_key(prefix: Prefix) -> str:
    """An opaque key that carries nothing: no identity, no order, no time."""
    return f"{prefix}/{uuid.uuid4()}"


def content_disposition(filename: str, *, inline: bool = False) -> str:
    """RFC 6266 header with an ASCII fallback and the RFC 5987 form.

    Control and bidirectional characters and path separators are dropped, so that a name can neither break the header
    nor disguise its extension.
    """
    kept = "".join(
        c for c in filename if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} and c not in '/\\"'
    )
    name = kept.strip(" .")[:150] or "file"
    ascii_name = re.sub(r"[^A-Za-z0-9._ -]", "_", name)
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name, safe='')}"


def only(key: str, *prefixes: str) -> str:
    """The key itself, if it is one of ours (and under one of `prefixes`): a defence against a caller's mistake."""
    if KEY.fullmatch(key) is None or (prefixes and not key.startswith(prefixes)):
        raise ValueError(f"{key!r} is not a key under {' or '.join(prefixes) or 'a known prefix'}")
    return key
