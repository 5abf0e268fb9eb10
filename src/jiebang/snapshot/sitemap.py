"""robots.txt and sitemap.xml: readers' pages alone, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from litestar import Response, get

from jiebang.awards import service as awards
from jiebang.challenges import catalogue
from jiebang.snapshot.reader import PublicReader
from jiebang.web.spa import LANGUAGES, Place

if TYPE_CHECKING:
    from litestar.handlers import HTTPRouteHandler

_MOST = 10_000
"""Topics, and notices; four addresses each keep below the 50 000 of a sitemap."""
_SPACES = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml"'


def sitemap_routes(base_url: str) -> list[HTTPRouteHandler]:
    """The routes of both, for pages served at `base_url`."""
    base = base_url.rstrip("/")
    home, topic, _, notices, notice, audit = PublicReader.routes

    @get("/robots.txt", operation_id="robots", include_in_schema=False, opt=_OPT, sync_to_thread=False)
    def robots() -> Response[str]:
        allowed = ["/$", "/?", "/en$", "/en?", "/assets/", "/api/v1/"]
        allowed += [f"{prefix}{path}" for prefix in ("", "/en") for path in ("/topics/", "/notices", "/audit")]
        lines = [
            "User-agent: *",
            *(f"Allow: {path}" for path in allowed),
            "Disallow: /",
            f"Sitemap: {base}/sitemap.xml",
        ]
        return Response("\n".join(lines) + "\n", media_type="text/plain")

    @get("/sitemap.xml", operation_id="sitemap", include_in_schema=False, opt=_OPT | _SLOWLY)
    async def sitemap() -> Response[str]:
        places = [Place(home), Place(notices), Place(audit)]
        places += [Place(topic, (str(it["id"]),)) for it in await catalogue.topics(limit=_MOST)]
        places += [Place(notice, (str(it.id),)) for it in await awards.notices(None, _MOST)]
        lines = [line for place in places for line in _entries(base, place)]
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {_SPACES}>\n{"".join(lines)}</urlset>\n'
        return Response(text, media_type="application/xml; charset=utf-8")

    return [robots, sitemap]


_OPT = {"public": True, "sessionless": True}
_SLOWLY = {"rate": "10/minute", "rate_by": "client"}


def _entries(base: str, place: Place) -> list[str]:
    urls = {lang: escape(base + place.url(lang)) for lang in LANGUAGES}
    others = "".join(f'<xhtml:link rel="alternate" hreflang="{lang}" href="{url}"/>' for lang, url in urls.items())
    return [f"<url><loc>{url}</loc>{others}</url>\n" for url in urls.values()]
