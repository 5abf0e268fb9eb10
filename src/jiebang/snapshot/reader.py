"""Writes the public pages as HTML from what the API answers."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from jiebang.snapshot import words
from jiebang.web.build import Route
from jiebang.web.spa import Reading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jiebang.web.spa import Language, Place

_PAGE = "src/pages/public/{}/index.tsx"
_FILTERS = "field=&q=&state=open&track="
_LONGEST_DESCRIPTION = 160
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class PublicReader:
    """The list of topics, a topic, a draw of its experts, the notices, a notice, the signed heads of the audit log."""

    routes = (
        Route(
            "/",
            _PAGE.format("topics"),
            ("/api/v1/topics?cursor=&limit=20&" + _FILTERS, "/api/v1/topic-facets?" + _FILTERS),
        ),
        Route("/topics/{id}", _PAGE.format("topic"), ("/api/v1/topics/{id}", "/api/v1/topics/{id}/draw-commitments")),
        Route(
            "/topics/{id}/draws/{n}",
            _PAGE.format("draw"),
            ("/api/v1/topics/{id}", "/api/v1/topics/{id}/draw-commitments"),
        ),
        Route("/notices", _PAGE.format("notices"), ("/api/v1/notices?cursor=&limit=20",)),
        Route("/notices/{id}", _PAGE.format("notice"), ("/api/v1/notices/{id}",)),
        Route("/audit", _PAGE.format("audit"), ("/api/v1/audit/checkpoints?cursor=&limit=20",)),
    )

    def __call__(self, place: Place, data: Sequence[Any], /) -> Reading:
        """Write the page from the answer that is its own, the first; JSON as the API gives it."""
        name, lang, answer = _NAMES[place.route.shape], place.lang, data[0]
        title, description = _told(name, answer, lang, place.values)
        draws = data[1] if name in ("topic", "draw") and len(data) > 1 else []
        html = _TEMPLATES.get_template(f"{name}.html").render(
            data=answer,
            draws=draws,
            draw=next((one for one in draws if place.values[1:] == (str(one["n"]),)), None),
            place=place,
            lang=lang,
            home="/en" if lang == "en" else "",
            title=title,
            states=words.STATES,
            w=partial(words.word, lang=lang),
            t=partial(_in, lang=lang),
            numbered=partial(words.numbered, lang=lang),
            day=partial(words.day, lang=lang),
            instant=partial(words.instant, lang=lang),
            midnight_after=partial(words.midnight_after, lang=lang),
            money=partial(words.money, lang=lang),
            months=partial(words.after_months, lang=lang),
        )
        return Reading(title, description, html)


_NAMES = {
    "/": "topics",
    "/topics/{}": "topic",
    "/topics/{}/draws/{}": "draw",
    "/notices": "notices",
    "/notices/{}": "notice",
    "/audit": "audit",
}


def _told(name: str, answer: Any, lang: Language, values: Sequence[str]) -> tuple[str, str]:
    """The page's title and description."""
    if name == "draw":
        title = f"{words.numbered(values[1], lang)} · {_plain(answer['text']['title'], lang)}"
        return title, words.word("draws_slogan", lang)
    if name == "topic":
        return _plain(answer["text"]["title"], lang), _short(_plain(answer["text"]["problem"], lang))
    if name == "notice":
        title = _plain({"zh": answer["title_zh"], "en": answer["title_en"]}, lang)
        return f"{words.word('public_notice', lang)} · {title}", _short(_plain(answer["body"]["text"], lang))
    about, slogan = {"topics": ("challenges", "slogan"), "audit": ("audit", "audit_slogan")}.get(
        name, ("notices", "notices_slogan")
    )
    return words.word(about, lang), words.word(slogan, lang)


def _plain(text: Mapping[str, str], lang: Language) -> str:
    zh, en = text["zh"] or text["en"], text["en"] or text["zh"]
    return en if lang == "en" else zh


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_DESCRIPTION else f"{text[: _LONGEST_DESCRIPTION - 1]}…"


def _in(text: Mapping[str, str], lang: Language) -> Markup:
    """A bilingual text in this language, or in the other and marked so; line breaks are kept."""
    mine, other = ("en", "zh") if lang == "en" else ("zh", "en")
    said = Markup("<br>").join(escape(line) for line in (text[mine] or text[other]).splitlines() if line.strip())
    if text[mine]:
        return said
    return Markup('<span lang="{}">{}</span>').format("zh-CN" if other == "zh" else "en", said)
