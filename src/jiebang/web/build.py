"""The built pages on disk: the page's text, the files that it loads, and which chunk shows which route.

`make pages` writes the folder: `index.html` with marks for what differs per request, `.vite/manifest.json`, hashed
files under `assets/`, other files beside them, `.br` and `.gz` of each where they are smaller, and last `routes.json`,
the paths of the client's router.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec
import structlog

if TYPE_CHECKING:
    from collections.abc import Mapping

Encoding = Literal["br", "gzip", "identity"]

_log = structlog.get_logger("jiebang.pages")
FOLDER = Path(__file__).parent / "pages"
_SUFFIX: dict[Encoding, str] = {"br": ".br", "gzip": ".gz"}
_MARK = re.compile(r'(__CSP_NONCE__|<!--jb:(?:head|snapshot|boot)-->|<html lang="zh-CN">)')
_NOT_SERVED = {"index.html", "routes.json"}
_MEDIA_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".json": "application/json",
    ".txt": "text/plain",
    ".ttf": "font/ttf",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class Route:
    """An address of the client's router: its path in Chinese with `{names}` for what varies.

    `page` is the source of the chunk that shows it, as the manifest's key. `reads` are the public API's targets whose
    answers the page begins with: `{names}` stand for the path's in their order, and a query name takes the page's own
    value, else the one written here, and is left out where that is empty ("/api/v1/topics?q=&state=open&limit=20") or
    where the page says `all` instead of what is written.
    """

    path: str
    page: str | None = None
    reads: tuple[str, ...] = ()

    @property
    def shape(self) -> str:
        """The path with the names of what varies left out."""
        return re.sub(r"{[^/]*}", "{}", self.path)


class Chunk(msgspec.Struct, frozen=True, rename="camel"):
    """What Vite's manifest says of a source: its file, and the keys of what it imports at once and later."""

    file: str
    is_entry: bool = False
    imports: tuple[str, ...] = ()
    dynamic_imports: tuple[str, ...] = ()
    css: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asset:
    """A file and its compressed forms. `digest` is of its plain bytes; `immutable` has a hash in its name."""

    path: Path
    media_type: str
    digest: str
    forms: tuple[Encoding, ...]
    immutable: bool

    def best(self, accept_encoding: str) -> Encoding:
        """The smallest form that the client takes, by RFC 9110 quality values; any takes the plain one."""
        accepted = accepted_encodings(accept_encoding)
        for form in self.forms:
            if form in accepted:
                return form
        return "identity"

    def read(self, form: Encoding) -> bytes:
        """The bytes of a form."""
        return self.path.with_name(self.path.name + _SUFFIX.get(form, "")).read_bytes()


class Build:
    """One build, read once.

    Raises:
        OSError, msgspec.DecodeError: there is none in the folder, or half of one.
    """

    def __init__(self, folder: Path) -> None:
        self._template = _MARK.split((folder / "index.html").read_text(encoding="utf-8"))
        manifest = (folder / ".vite" / "manifest.json").read_bytes()
        self.manifest = msgspec.json.decode(manifest, type=dict[str, Chunk])
        paths = msgspec.json.decode((folder / "routes.json").read_bytes(), type=list[str])
        self.routes = [Route(path) for path in paths]
        self.assets = {f"/{asset.path.relative_to(folder).as_posix()}": asset for asset in _assets(folder)}

    def page(self, lang: str, nonce: str, *, head: str = "", snapshot: str = "", boot: str = "") -> str:
        """The page with everything in its place; the parts are HTML."""
        put = {
            "__CSP_NONCE__": nonce,
            '<html lang="zh-CN">': f'<html lang="{lang}">',
            "<!--jb:head-->": head,
            "<!--jb:snapshot-->": snapshot,
            "<!--jb:boot-->": boot,
        }
        return "".join(put.get(part, part) for part in self._template)

    def preloads(self, page: str | None) -> tuple[list[str], list[str]]:
        """The scripts and style sheets that a page's chunk needs beside the entry's."""
        if page not in self.manifest:
            return [], []
        entry = next((key for key, chunk in self.manifest.items() if chunk.is_entry), "")
        there = closure(self.manifest, entry)
        wanted = [self.manifest[key] for key in closure(self.manifest, page) if key not in there]
        return [f"/{chunk.file}" for chunk in wanted], [f"/{css}" for chunk in wanted for css in chunk.css]


class Builds:
    """The build that lies in the folder now: one made while we run is taken up."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._made: int | None = None
        self._build: Build | None = None

    def now(self) -> Build | None:
        """The build, or None where there is none."""
        try:
            made = (self._folder / "routes.json").stat().st_mtime_ns  # written last
        except FileNotFoundError:
            made = None
        if made != self._made:
            try:
                self._build = None if made is None else Build(self._folder)
            except (OSError, msgspec.DecodeError) as error:
                _log.error("pages_unusable", error=str(error))
                self._build = None
            self._made = made
        return self._build


def accepted_encodings(header: str) -> set[str]:
    """What an Accept-Encoding header names with a quality above 0."""
    found: set[str] = set()
    for part in header.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        if not any(re.fullmatch(r"q=0(\.0*)?", parameter) for parameter in parameters):
            found.add(name)
    return found


def closure(manifest: Mapping[str, Chunk], key: str) -> dict[str, None]:
    """A chunk's key and the keys of all that it imports at once: a set that keeps their order."""
    found: dict[str, None] = {}
    waiting = [key]
    while waiting:
        at = waiting.pop(0)
        if at in manifest and at not in found:
            found[at] = None
            waiting += manifest[at].imports
    return found


def _assets(folder: Path) -> list[Asset]:
    paths = {path for path in folder.rglob("*") if path.is_file()}
    return [
        Asset(
            path,
            _MEDIA_TYPES.get(path.suffix, "application/octet-stream"),
            sha256(path.read_bytes()).hexdigest()[:24],
            tuple(form for form, suffix in _SUFFIX.items() if path.with_name(path.name + suffix) in paths),
            immutable=path.parent == folder / "assets",
        )
        for path in sorted(paths)
        if path.suffix not in _SUFFIX.values()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and str(path.relative_to(folder)) not in _NOT_SERVED
    ]
