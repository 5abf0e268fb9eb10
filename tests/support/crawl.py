"""A crawl: everything that one person can reach, written down so that two crawls can be compared byte by byte.

Masked are these random values alone, each only where it is proved to be what it claims:
- the request's own id: the `x-request-id` header and, in a problem, `urn:uuid:` with the same value;
- what is left of the caller's own quota (`ratelimit-remaining`, `ratelimit-reset`);
- an ETag that is the digest of the very body that it came with; without a body, one that has come with such a body;
- the ids of one's own assignment and proposals, their aliases and the panel's codes, each named by the answers of the proposal, if they
  are random UUIDs and four random letters; any other id must be equal in both worlds;
- the order of a list of proposals, if it is that of their random ids;
- the instants at which the draw was announced, frozen and run, and its id, if it is a random UUID;
- in a link: the object's random key, the date of signing and the signature;
- of a page: its nonce, the server's time, and so its packed length;
- of the store: its `date` and request id; an ETag that is the MD5 of the bytes; `last-modified`, if it lies in the
  minutes in which the copies were made; in a file, the salted /ID of its trailer.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from itertools import product
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote, unquote
from uuid import UUID, uuid4

import httpx
import pikepdf
from litestar import Response

from jiebang.web.csrf import csrf_token
from jiebang.web.session import SessionCookie
from support import api

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

    from jiebang.web.assembly import Application

V1 = "/api/v1"
LANGUAGES = ("zh-CN", "en")
ABSENT = "0badc0de-0000-4000-8000-000000000000"
HIDDEN, OWN, NONE = "hidden", "own", "none"
PAGES = ("/", "/{path:path}")
OUTSIDE = ("/health", "/ready", "/metrics", "/.well-known/security.txt", "/robots.txt", "/sitemap.xml", *PAGES)
"""Routes that the document does not tell."""
_NONCE = re.compile(r"""(nonce-|nonce=")[A-Za-z0-9_+/=-]{16,}""")
_SERVER_NOW = re.compile(r'(name="server-now" content=")[0-9T:.+-]+')
_ALIAS = re.compile(r"(?:申请|评议) ([2-9A-HJ-NP-Z]{4})")
_SIGNED = re.compile(
    r"(/blind/)[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}(\?[^\"]+?X-Amz-Credential=[a-z]+%2F)\d{8}"
    r"(%2F[^\"]+?X-Amz-Date=)\d{8}T\d{6}Z([^\"]+?X-Amz-Signature=)[0-9a-f]{64}(?=\")"
)
_INSTANTS = re.compile(r'"(commit_by|committed_at|drawn_at|frozen_at|reveal_by|revealed_at)":"[0-9T:.+Z-]+"')
_DRAW = re.compile(r'([\[,]\{)"id":"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"')
_FILE_ID = re.compile(rb"/ID ?\[ ?<[0-9a-f]{32}> ?<[0-9a-f]{32}> ?\]")


@asynccontextmanager
async def browser(
    app: Application, token: str, language: str = "en", address: str = "192.0.2.7"
) -> AsyncIterator[httpx.AsyncClient]:
    """A browser with this session."""
    response: Response[None] = Response(None)
    SessionCookie().set(response, token)
    headers = {
        "accept-language": language,
        "cookie": f"{SessionCookie().name}={response.cookies[0].value}",
        "x-csrf-token": csrf_token(token),
    }
    transport = httpx.ASGITransport(app=cast("Any", app), client=(address, 9), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=api.HOST, headers=headers) as http:
        yield http


async def made(http: httpx.AsyncClient, path: str, body: Mapping[str, Any] | None = None) -> Any:
    """POST, and what came of it."""
    answer = await http.post(V1 + path, json=body, headers={"idempotency-key": uuid4().hex})
    assert answer.status_code in {200, 201, 202}, f"{path}: {answer.text}"
    return answer.json()


async def put(http: httpx.AsyncClient, path: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> Any:
    """PUT, and what came of it."""
    answer = await http.put(V1 + path, json=body, headers=dict(headers))
    assert answer.status_code == 200, f"{path}: {answer.text}"
    return answer.json()


@dataclass(slots=True)
class Crawl:
    """What somebody met, in order. `seen` is masked, `raw` is not; `wrong` is what no pair of worlds is needed for."""

    http: dict[str, httpx.AsyncClient]
    """By language."""
    released: tuple[datetime, datetime]
    """Between these instants, by the real clock, blind copies were made."""
    names: dict[str, str] = field(default_factory=dict)
    """One's own random values and what they stand for."""
    seen: dict[str, str] = field(default_factory=dict)
    raw: list[bytes] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    operations: set[str] = field(default_factory=set)
    tags: set[str] = field(default_factory=set)
    """ETags that came with the bodies of which they are digests."""

    def note(
        self, label: str, answer: httpx.Response, asked: Mapping[str, str] | None = None, *, order: str = ""
    ) -> None:
        """Write an answer down under a label of its own."""
        assert label not in self.seen, label
        self.raw += [answer.content, "\n".join(f"{k}: {v}" for k, v in answer.headers.items()).encode()]
        headers = dict(answer.headers)
        body, request = answer.text, headers["x-request-id"]
        UUID(request)
        headers["x-request-id"] = "<request>"
        body = body.replace(f'"urn:uuid:{request}"', '"<request>"')
        headers |= {name: "<quota>" for name in ("ratelimit-remaining", "ratelimit-reset") if name in headers}
        if (etag := headers.get("etag")) is not None:
            headers["etag"] = self._etag(etag, answer)
        if order and answer.status_code == 200:
            body = self._in_order(label, body, order)
        if answer.request.url.path.endswith("/draw-commitments"):
            body = _DRAW.sub(r'\1"id":"<draw>"', _INSTANTS.sub(r'"\1":"<instant>"', body))
        if "/api/v1/review/" in str(answer.request.url):
            body = _SIGNED.sub(r"\1<key>\2<date>\3<date>\4<signature>", body)
        if not answer.request.url.path.startswith("/api/"):
            body = _SERVER_NOW.sub(r"\1<now>", _NONCE.sub(r"\1<nonce>", body))
            headers |= {
                name: "<length>" if name == "content-length" else _NONCE.sub(r"\1<nonce>", value)
                for name, value in headers.items()
                if name in {"content-length", "content-security-policy"}
            }
        text = f"{answer.status_code}\n{json.dumps(list(headers.items()), ensure_ascii=False)}\n{body}"
        for name, value in (asked or {}).items():
            text = text.replace(value, f"<{name}>")
        self.seen[label] = self._named(text)

    def _etag(self, etag: str, answer: httpx.Response) -> str:
        version, _, digest = etag.strip('"').partition("-")
        mine = base64.urlsafe_b64encode(hashlib.sha256(answer.content).digest()[:12]).decode()
        if digest == mine:
            self.tags.add(etag)
        bodiless = answer.status_code == 304 or answer.request.method == "HEAD"
        proven = digest == mine or (bodiless and etag in self.tags)
        return f'"{version}-<digest of the body>"' if proven else etag

    def _named(self, text: str) -> str:
        for value, name in reversed(self.names.items()):  # what is named last may name others
            text = text.replace(value, name)
        return text

    def _in_order(self, label: str, body: str, key: str) -> str:
        items = json.loads(body)
        assert json.dumps(items, ensure_ascii=False, separators=(",", ":")) == body, "a list may be sorted unchanged"
        if [item[key] for item in items] != sorted(item[key] for item in items):
            self.wrong.append(f"{label}: not in the order of random ids")
            return body
        items.sort(key=lambda item: self._named(item[key]))
        return json.dumps(items, ensure_ascii=False, separators=(",", ":"))

    async def gets(
        self, stage: str, language: str, values: Mapping[str, Sequence[tuple[str, str]]], *, under: str = "/"
    ) -> None:
        """Every GET of the document below `under` with every combination of values (what it is to the caller, value).

        What is hidden from the caller must look like what is absent. A parameter without values fails.
        """
        http = self.http[language]
        if under == "/":
            for path in OUTSIDE:
                self.note(f"{stage} {language} {path}", await http.get(path))
            for n, (_, value) in enumerate(values["q"]):
                answer = await http.get(f"{V1}/topics", params={"q": value})
                self.note(f"{stage} {language} list_topics q={n}", answer, {"asked": quote(value)})
        for operation in (o for o in api.operations() if o.method == "GET" and o.path.startswith(under)):
            self.operations.add(operation.id)
            required = [p["name"] for p in operation.parameters if p["in"] == "query" and p["required"]]
            names = [*operation.names("path"), *required]
            for chosen in product(*(list(enumerate(values[name])) for name in names)):
                asked = {name: value for name, (_, (_, value)) in zip(names, chosen, strict=True)}
                kinds = " ".join(f"{name}={kind}{n}" for name, (n, (kind, _)) in zip(names, chosen, strict=True))
                order = "id" if operation.id == "list_my_proposals" else ""
                label = f"{stage} {language} {operation.id} {kinds}"
                self.note(label, await http.get(operation.url(asked)), asked, order=order)
                none = re.sub(rf"={HIDDEN}\d+", f"={NONE}0", label)
                if none != label and self.seen[label] != self.seen[none]:
                    self.wrong.append(f"{label}: unlike what is absent")

    async def file(self, label: str, http: httpx.AsyncClient, path: str) -> None:
        """A link to a file, and what the store answers."""
        link = await http.get(f"{V1}{path}")
        self.note(label, link)
        if link.status_code != 200:
            return
        url = link.json()["url"]
        async with httpx.AsyncClient(trust_env=False, timeout=30) as store:
            answer = await store.get(url)
        body, headers = answer.content, dict(answer.headers)
        self.raw += [body, spread(body), "\n".join(f"{k}: {unquote(v)}" for k, v in headers.items()).encode()]
        headers |= {name: "<store>" for name in ("date", "x-amz-request-id", "x-amz-id-2") if name in headers}
        digest = hashlib.md5(body, usedforsecurity=False).hexdigest()
        headers = {
            name: "<md5 of the body>" if value.strip('"') == digest else value for name, value in headers.items()
        }
        changed = parsedate_to_datetime(headers["last-modified"])
        if self.released[0].replace(microsecond=0) <= changed <= self.released[1]:
            headers["last-modified"] = "<when copies were made>"
        stripped = _FILE_ID.sub(b"/ID [salted]", body)
        facts = f"{answer.status_code} {len(body)} {hashlib.sha256(stripped).hexdigest()}"
        self.seen[f"{label} file"] = self._named(f"{facts}\n{json.dumps(list(headers.items()))}")

    def own(self, value: str, name: str) -> None:
        """This random value of the caller's own stands for that."""
        if (alias := _ALIAS.fullmatch(value)) is not None:
            for form in (f"{value[:2]} {{}}", " {}.pdf", "20{}.pdf"):  # in a body, a header, a link
                self.names[form.format(alias[1])] = form.format(name)
        elif UUID(value).version == 4:
            self.names[value] = name


def spread(pdf: bytes) -> bytes:
    """A PDF with every stream unpacked."""
    out = io.BytesIO()
    with suppress(pikepdf.PdfError), pikepdf.open(io.BytesIO(pdf)) as opened:
        opened.save(out, stream_decode_level=pikepdf.StreamDecodeLevel.all, compress_streams=False, qdf=True)
    return out.getvalue()


def differences(one: Crawl, other: Crawl) -> list[str]:
    """How two crawls differ, and what is wrong with either; empty if they are equal."""
    found = [*one.wrong, *other.wrong]
    for label in one.seen | other.seen:
        a, b = one.seen.get(label, ""), other.seen.get(label, "")
        if a != b:
            at = max(0, next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), 0) - 40)
            found.append(f"{label}: …{a[at : at + 200]!r} and …{b[at : at + 200]!r}")
    return found


def occurring(canaries: Iterable[str], raw: Iterable[bytes]) -> list[str]:
    """The canaries that occur in these bytes: as they are, percent-encoded, in UTF-16, in hexadecimal or in Base64."""
    hay = b"\n\0".join(raw)
    hay += b"\n\0" + unquote(hay.decode("utf-8", "replace")).encode()
    return sorted(one for one in canaries if any(needle in hay for needle in _needles(one)))


def _needles(canary: str) -> Iterable[bytes]:
    for raw in (canary.encode(), canary.encode("utf-16-be"), canary.encode("utf-16-le")):
        yield raw
        yield raw.hex().encode()
        for shift in range(3):  # Base64 at each alignment, without what its neighbours colour
            yield base64.b64encode(b"\0" * shift + raw)[4 if shift else 0 : -4]
