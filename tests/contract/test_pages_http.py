"""The pages over HTTP: addresses, files and their forms, the policy, languages; on a made-up build, without Node."""

from __future__ import annotations

import gzip
import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from jiebang.web.build import Build, Builds, accepted_encodings
from support import api, pages

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import httpx

NONCE = re.compile(r'nonce="([^"]+)"')


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pages.write_build(tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="module")
async def http(endpoints, database, store, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with api.client(api.composed(endpoints, Builds(folder))) as client:
        client.headers["accept-encoding"] = "identity"
        yield client


@pytest.mark.parametrize("path", ["/", "/en", "/en/", "/sign-in", "/en/sign-in", "/my/topics/new", "/notices"])
async def test_known_addresses_are_the_page(http, path):
    response = await http.get(path)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    lang = "en" if path.startswith("/en") else "zh-CN"
    assert response.headers["content-language"] == lang
    assert f'<html lang="{lang}">' in response.text
    assert "<!--jb:" not in response.text
    assert '"__CSP' not in response.text


@pytest.mark.parametrize("path", ["/nowhere", "/en/nowhere", "/sign-in/more", "/topics", "/my/topics", "/index.html"])
async def test_unknown_addresses_are_the_page_with_404(http, path):
    response = await http.get(path)
    assert response.status_code == 404
    assert '<div id="root"></div>' in response.text
    assert 'name="robots" content="noindex"' in response.text


@pytest.mark.parametrize(
    "path",
    [
        "/api", "/api/v1/nowhere", "/assets/nowhere.js", "/assets", "/cmaps/nowhere.bcmap", "/assets/main-1a2b.js.br",
        "/.well-known/nothing",
    ],
)  # fmt: skip
async def test_api_and_files_never_fall_back_to_the_page(http, path):
    response = await http.get(path)
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"] == "not_found"


@pytest.mark.parametrize(
    "path", ["/.vite/manifest.json", "/routes.json", "/index.html", "/..%2Fpages%2Findex.html", "/%2e%2e/etc/passwd"]
)
async def test_only_listed_files_are_served(http, path):
    response = await http.get(path)
    assert response.status_code == 404
    assert b"csp-nonce" not in response.content or response.headers["content-type"].startswith("text/html")
    assert "isEntry" not in response.text
    assert "root:" not in response.text


async def test_every_script_and_style_has_this_request_s_nonce(http):
    seen: set[str] = set()
    for _ in range(3):
        response = await http.get("/sign-in")
        policy = response.headers["content-security-policy"]
        (nonce,) = set(NONCE.findall(response.text))
        assert f"script-src 'nonce-{nonce}' 'strict-dynamic'" in policy
        assert "unsafe" not in policy
        for tag in re.findall(r"<(?:script|link)[^>]*>", response.text):
            assert f'nonce="{nonce}"' in tag
        seen.add(nonce)
    assert len(seen) == 3


async def test_a_worker_may_load_our_scripts_and_speak_to_us_and_the_store(http, endpoints):
    policy = (await http.get("/assets/main-1a2b.js")).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert f"connect-src 'self' {endpoints.s3_endpoint}" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    ("accepted", "form"),
    [
        ("gzip, deflate, br, zstd", "br"), ("gzip", "gzip"), ("br;q=0, gzip;q=0.5", "gzip"), ("", None),
        ("identity", None), ("BR", "br"), ("br; q=0.000", None),
    ],
)  # fmt: skip
async def test_files_come_in_the_smallest_form_that_the_client_takes(http, accepted, form):
    async with http.stream("GET", "/assets/main-1a2b.js", headers={"accept-encoding": accepted}) as response:
        raw = b"".join([chunk async for chunk in response.aiter_raw()])
    assert response.headers.get("content-encoding") == form
    assert response.headers["vary"] == "Accept-Encoding"
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert int(response.headers["content-length"]) == len(raw)
    plain = {"br": lambda b: pages.MAIN.encode() if b == pages.BROTLI else b"", "gzip": gzip.decompress}
    assert plain.get(form or "", lambda b: b)(raw) == pages.MAIN.encode()


async def test_each_form_has_its_own_tag_and_is_not_sent_twice(http):
    tags = {}
    for form in ("br", "gzip", "identity"):
        async with http.stream("GET", "/assets/main-1a2b.js", headers={"accept-encoding": form}) as response:
            tags[form] = response.headers["etag"]
    assert len(set(tags.values())) == 3
    headers = {"accept-encoding": "gzip", "if-none-match": tags["gzip"]}
    response = await http.get("/assets/main-1a2b.js", headers=headers)
    assert (response.status_code, response.content) == (304, b"")


async def test_files_without_a_hash_are_asked_for_again(http):
    for path, media_type in (
        ("/favicon.svg", "image/svg+xml"),
        ("/cmaps/UniGB-UCS2-H.bcmap", "application/octet-stream"),
    ):
        response = await http.get(path)
        assert response.headers["cache-control"] == "no-cache"
        assert response.headers["content-type"] == media_type
        again = await http.get(path, headers={"if-none-match": response.headers["etag"]})
        assert again.status_code == 304


@pytest.mark.parametrize("path", ["/", "/sign-in", "/nowhere", "/assets/main-1a2b.js", "/robots.txt", "/sitemap.xml"])
async def test_head_is_get_without_the_body(http, path):
    got, head = await http.get(path), await http.head(path)
    assert head.status_code == got.status_code
    assert head.content == b""
    for name in ("content-type", "content-length", "cache-control", "etag"):
        assert head.headers.get(name) == got.headers.get(name), name


async def test_other_methods_are_refused(http):
    response = await http.post("/sign-in", headers={"origin": api.HOST})
    assert response.status_code == 405
    assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert (await http.post("/api/v1/nowhere")).status_code == 404


async def test_the_page_is_packed_for_who_takes_it(http):
    response = await http.get("/sign-in", headers={"accept-encoding": "gzip, br"})
    assert response.headers["content-encoding"] == "gzip"
    assert response.text.startswith("<!doctype html>")


async def test_a_page_names_early_what_its_chunk_needs(http, folder):
    scripts, sheets = Build(folder).preloads("src/pages/public/topic/index.tsx")
    assert scripts == ["/assets/topic-7a8b.js", "/assets/table-5e6f.js"]
    assert sheets == ["/assets/table-5e6f.css"]
    assert Build(folder).preloads("src/pages/gone.tsx") == ([], [])
    assert "modulepreload" not in (await http.get("/sign-in")).text


async def test_pages_ask_for_no_session(http):
    response = await http.get("/sign-in", headers={"cookie": f"__Host-jiebang={'A' * 43}.00000000"})
    assert response.status_code == 200
    assert "set-cookie" not in response.headers


async def test_a_page_says_what_time_it_is_and_whether_somebody_may_be_signed_in(http):
    stranger = (await http.get("/sign-in")).text
    said = datetime.fromisoformat(re.findall(r'name="server-now" content="([^"]+)"', stranger)[0])
    assert abs(datetime.now(UTC) - said) < timedelta(minutes=1)
    assert 'name="session"' not in stranger
    known = (await http.get("/sign-in", headers={"cookie": "__Host-jiebang=whatever"})).text
    assert 'name="session" content="perhaps"' in known


async def test_without_a_build_it_says_how_to_make_one_and_takes_it_up(endpoints, database, store, tmp_path):
    builds = Builds(tmp_path)
    async with api.client(api.composed(endpoints, builds)) as http:
        response = await http.get("/")
        assert response.status_code == 503
        assert response.text.count("make pages") == 2
        assert (await http.get("/api/v1/topics")).status_code == 200
        assert (await http.get("/assets/main-1a2b.js")).status_code == 404
        pages.write_build(tmp_path)
        assert (await http.get("/")).status_code == 200
        (tmp_path / "routes.json").write_text("[{")
        assert (await http.get("/")).status_code == 503


async def test_robots_and_map(http):
    text = (await http.get("/robots.txt")).text
    assert "Disallow: /\n" in text
    assert "Allow: /topics/\n" in text
    assert f"Sitemap: {api.HOST}/sitemap.xml" in text
    response = await http.get("/sitemap.xml")
    assert response.headers["content-type"] == "application/xml; charset=utf-8"
    assert f"<loc>{api.HOST}/en/notices</loc>" in response.text


def test_accepted_encodings():
    assert accepted_encodings("gzip;q=1.0, BR , deflate;q=0") == {"gzip", "br"}


def test_the_manifest_s_shape_is_what_vite_writes(folder):
    keys = set(json.loads((folder / ".vite/manifest.json").read_text()))
    assert set(Build(folder).manifest) == keys
