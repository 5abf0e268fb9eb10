"""The pages over HTTP: one page for every address that the client's router knows, and the files that it loads.

The language lies in the path: Chinese at `/…`, English at `/en/…`. A page is the same for everybody, but for its
nonce, the time and a mark that the browser sent a session cookie. What public ones say before their script runs is
what the API says to everybody: as data, which the script begins with, and as HTML by a `Reader`. API and files never
fall back to the page.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any, Literal, Protocol
from urllib.parse import parse_qsl, quote, urlencode

import msgspec
from litestar import Request, Response, get

from jiebang.kernel.errors import NotFound
from jiebang.web.build import Route, accepted_encodings
from jiebang.web.csp import nonce
from jiebang.web.inner import read

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from litestar.handlers import HTTPRouteHandler

    from jiebang.web.build import Asset, Build, Builds

Language = Literal["zh-CN", "en"]
LANGUAGES: tuple[Language, ...] = ("zh-CN", "en")
OK = 200
_NEVER_PAGES = ("api", "assets", "cmaps", "standard_fonts", ".well-known")
_LEVEL = 5
_NAME = {"zh-CN": "揭榜 Jiebang", "en": "Jiebang"}
_MISSING = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>揭榜 Jiebang</title></head><body>
<h1>网页尚未构建</h1><p>请在源码目录执行 <code>make pages</code>，然后刷新本页。接口不受影响。</p>
<h1 lang="en">The pages are not built yet</h1>
<p lang="en">Run <code>make pages</code> in the source folder, then reload. The API works without them.</p>
</body></html>
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Which page was asked for: its route, the values of the route's `{names}` in order, its query, its language."""

    route: Route
    values: tuple[str, ...] = ()
    query: Mapping[str, str] = field(default_factory=dict)
    lang: Language = "zh-CN"

    def url(self, lang: Language) -> str:
        """The same page's path in a language."""
        path = _filled(self.route.path, self.values)
        return path if lang == "zh-CN" else f"/en{path}".removesuffix("/")

    def targets(self) -> list[str]:
        """The API's targets that the page begins with, written as the client writes them."""
        found: list[str] = []
        for read_ in self.route.reads:
            path, _, query = read_.partition("?")
            asked = [(name, self._asked(name, value)) for name, value in parse_qsl(query, keep_blank_values=True)]
            given = _encoded([(name, value) for name, value in sorted(asked) if value])
            found.append(_filled(path, self.values) + (f"?{given}" if given else ""))
        return found

    def _asked(self, name: str, otherwise: str) -> str:
        value = self.query.get(name, otherwise)
        return "" if otherwise and value == "all" else value


@dataclass(frozen=True, slots=True)
class Reading:
    """What a page says without its script; `html` goes into the root."""

    title: str = ""
    description: str = ""
    html: str = ""


class Reader(Protocol):
    """Writes public pages for readers without a script."""

    routes: tuple[Route, ...]
    """The pages that it can write, and what they read."""

    def __call__(self, place: Place, data: Sequence[Any], /) -> Reading:
        """Write one of them from the API's answers."""
        ...


def spa_routes(
    base_url: str, reader: Reader, builds: Builds, *, cookie: str, clock: Callable[[], Awaitable[datetime | None]]
) -> list[HTTPRouteHandler]:
    """The routes of the pages, served at `base_url`.

    A page is told what time it is (`clock`), since deadlines go by the server's, and whether the browser sent a session
    `cookie`, so that strangers' pages need not ask who they are.
    """
    readable = {route.shape: route for route in reader.routes}

    def place_of(build: Build, request: Request[Any, Any, Any]) -> Place:
        known = {route.shape: route for route in build.routes} | readable
        return find(request.scope["path"], known.values(), dict(request.query_params.items()))

    @get(
        ["/", "/{path:path}"],
        operation_id="page",
        include_in_schema=False,
        opt={"public": True, "sessionless": True},
    )
    async def page(request: Request[Any, Any, Any]) -> Response[bytes]:
        build = builds.now()
        path = request.scope["path"]
        if build is not None and (asset := build.assets.get(path)) is not None:
            return _file(asset, request.headers.get("accept-encoding", ""))
        if path.lstrip("/").split("/")[0] in _NEVER_PAGES:
            raise NotFound
        if build is None:
            return _html(request, _MISSING, 503)
        place, key = place_of(build, request), nonce(request.scope)
        answers = {target: await read(request.scope, target) for target in place.targets()}
        status = next((status for status, _ in answers.values()), 200 if place.route.path else 404)
        good = {target: body for target, (code, body) in answers.items() if code == OK}
        reading = Reading()
        if status == OK and place.route.shape in readable:
            reading = reader(place, [msgspec.json.decode(body) for body in good.values()])
        text = build.page(
            place.lang,
            key,
            head=_head(build, place, reading, base_url, key)
            + (f'\n<meta name="server-now" content="{now.isoformat()}">' if (now := await clock()) else "")
            + ('\n<meta name="session" content="perhaps">' if cookie in request.cookies else ""),
            snapshot=reading.html,
            boot=_boot(good if status == OK else {}, key),
        )
        return _html(request, text, status, place.lang)

    return [page]


def find(path: str, routes: Iterable[Route], query: Mapping[str, str]) -> Place:
    """The place of a path; plain names win over `{names}`. Where no route is, the place's has no path."""
    parts = [part for part in path.split("/") if part]
    lang: Language = "en" if parts[:1] == ["en"] else "zh-CN"
    parts = parts[1:] if lang == "en" else parts
    for route in sorted(routes, key=lambda route: [part == "{}" for part in route.shape.split("/")]):
        pattern = [part for part in route.shape.split("/") if part]
        if len(pattern) == len(parts) and all(p in ("{}", q) for p, q in zip(pattern, parts, strict=True)):
            values = tuple(q for p, q in zip(pattern, parts, strict=True) if p == "{}")
            return Place(route, values, query, lang)
    return Place(Route(""), lang=lang)


def _encoded(query: Sequence[tuple[str, str]]) -> str:
    """A query as browsers write it (URLSearchParams), which differs from Python in two signs."""
    return urlencode(query, safe="*").replace("~", "%7E")


def _filled(path: str, values: tuple[str, ...]) -> str:
    given = iter(values)
    return "/".join(quote(next(given), safe="") if part.startswith("{") else part for part in path.split("/"))


def _file(asset: Asset, accept_encoding: str) -> Response[bytes]:
    form = asset.best(accept_encoding)
    headers = {
        "etag": f'"{asset.digest}-{form}"',
        "cache-control": "public, max-age=31536000, immutable" if asset.immutable else "no-cache",
        "vary": "Accept-Encoding",
    }
    if form != "identity":
        headers["content-encoding"] = form
    return Response(asset.read(form), media_type=asset.media_type, headers=headers)


def _head(build: Build, place: Place, reading: Reading, base_url: str, key: str) -> str:
    """Title, description, addresses in both languages and what to load early; what is not for readers is not listed."""
    name = _NAME[place.lang]
    lines = [f"<title>{escape(f'{reading.title} · {name}' if reading.title else name)}</title>"]
    if reading.title:
        zh, en = (escape(base_url.rstrip("/") + place.url(lang)) for lang in ("zh-CN", "en"))
        lines += [
            f'<meta name="description" content="{escape(reading.description)}">',
            f'<link rel="canonical" href="{en if place.lang == "en" else zh}">',
            f'<link rel="alternate" hreflang="zh-CN" href="{zh}">',
            f'<link rel="alternate" hreflang="en" href="{en}">',
            f'<link rel="alternate" hreflang="x-default" href="{zh}">',
        ]
    else:
        lines.append('<meta name="robots" content="noindex">')
    scripts, sheets = build.preloads(place.route.page)
    lines += [f'<link rel="modulepreload" href="{escape(path)}" nonce="{key}">' for path in scripts]
    lines += [f'<link rel="stylesheet" href="{escape(path)}" nonce="{key}">' for path in sheets]
    return "\n".join(lines)


def _boot(answers: Mapping[str, bytes], key: str) -> str:
    """The API's answers as JSON in the page. Every `<` is escaped, so that no text of theirs ends the script."""
    if not answers:
        return ""
    members = b",".join(msgspec.json.encode(target) + b":" + body for target, body in answers.items())
    text = members.decode().replace("<", r"\u003c")
    return f'<script type="application/json" id="boot" nonce="{key}">{{{text}}}</script>'


def _html(request: Request[Any, Any, Any], text: str, status: int, lang: Language = "zh-CN") -> Response[bytes]:
    """The page, never stored, since its nonce is for one request; packed where the client takes it."""
    headers = {"cache-control": "no-store", "content-language": lang, "vary": "Accept-Encoding"}
    body = text.encode()
    if "gzip" in accepted_encodings(request.headers.get("accept-encoding", "")):
        headers["content-encoding"] = "gzip"
        body = gzip.compress(body, _LEVEL, mtime=0)
    return Response(body, status_code=status, media_type="text/html", headers=headers)
