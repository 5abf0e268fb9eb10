"""The content security policy in a real browser: what pages need works under it, what they must not do does not.

A made-up build does it all at once: modules that load modules, a worker that does, blob images, files to and from the
store, and pdf.js with its own worker on a signed link.
"""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn

from jiebang.app import create
from jiebang.platform.storage import new_key
from jiebang.settings import Settings
from jiebang.web.build import Builds
from support import files, pages
from support.browser import browser, chromium

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from jiebang.platform.storage import Storage

PDFJS = Path(__file__).parents[2] / "frontend" / "node_modules" / "pdfjs-dist"
MAIN = """
// In a task of its own: what the browser's driver calls is exempt from the policy's word on eval.
const settle = (work) => new Promise((next) => setTimeout(next)).then(work).then((value) => ({ value }), (error) => ({ error: String(error) }));
const later = (arm) => new Promise((resolve) => setTimeout(() => resolve('nothing'), 2000) && arm(resolve));
window.deeds = {
  dynamic: async () => (await import('./lazy-3c4d.js')).here,
  worker: async (link) => later((done) => {
    const it = new Worker('/assets/worker-5e6f.js', { type: 'module' });
    it.onmessage = ({ data }) => done(data);
    it.onerror = () => done('error');
    it.postMessage(link);
  }),
  blob: async () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 3, height: 2 });
    const blob = await new Promise((done) => canvas.toBlob(done));
    const image = new Image();
    image.src = URL.createObjectURL(blob);
    await image.decode();
    return [image.naturalWidth, image.naturalHeight];
  },
  put: async ({ url, method, headers, text }) => {
    const answer = await fetch(url, { method, headers, body: text });
    return [answer.status, answer.headers.get('etag') !== null];
  },
  part: async (link) => {
    const answer = await fetch(link, { headers: { Range: 'bytes=0-4' } });
    return [answer.status, await answer.text(), answer.headers.get('content-range') !== null];
  },
  pdf: async (link) => {
    const pdf = await import('/assets/pdf.mjs');
    pdf.GlobalWorkerOptions.workerSrc = '/assets/pdf.worker.mjs';
    const file = await pdf.getDocument({ url: link, useWasm: false, cMapUrl: '/cmaps/', cMapPacked: true }).promise;
    const page = await file.getPage(1);
    const { items } = await page.getTextContent();
    return [file.numPages, items.map(({ str }) => str).join('')];
  },
  abroad: async () => (await fetch('https://example.org/')).status,
  evaluate: async () => Function('return 1')(),
  inline: async () => later((done) => {
    window.injected = () => done('ran');
    document.body.insertAdjacentHTML('beforeend', '<img src="data:," onerror="injected()">');
  }),
  wasm: async () => Boolean(await WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))),
};
window.deed = (name, given) => settle(() => window.deeds[name](given));
"""
WORKER = """
import { here } from './shared-3c4d.js';
onmessage = async ({ data }) => {
  const lazy = (await import('./lazy-3c4d.js')).here;
  const store = (await fetch(data, { headers: { Range: 'bytes=0-4' } })).status;
  const ours = (await fetch('/favicon.svg')).status;
  const abroad = await fetch('https://example.org/').then(() => 'reached', () => 'kept');
  let evaluated = 'kept';
  try { evaluated = Function('return "ran"')(); } catch {}
  postMessage([here, lazy, store, ours, abroad, evaluated]);
};
"""


@pytest.fixture(scope="module")
async def site(endpoints, database, tmp_path_factory) -> AsyncIterator[tuple[str, Storage]]:
    """A served made-up build, and the store, open to its origin."""
    chromium()
    folder = pages.write_build(tmp_path_factory.mktemp("pages"))
    written = {"main-1a2b.js": MAIN, "worker-5e6f.js": WORKER, "lazy-3c4d.js": "export const here = 'lazy';",
               "shared-3c4d.js": "export const here = 'shared';"}  # fmt: skip
    for name, text in written.items():
        (folder / "assets" / name).write_text(text)
        for packed in (folder / "assets").glob(f"{name}.*"):
            packed.unlink()
    for name in ("pdf.mjs", "pdf.worker.mjs"):
        (folder / "assets" / name).write_bytes((PDFJS / "build" / name).read_bytes())
    shutil.copytree(PDFJS / "cmaps", folder / "cmaps", dirs_exist_ok=True)
    server = uvicorn.Server(uvicorn.Config("unused", port=0, lifespan="off", log_config=None))
    socket = uvicorn.Config("unused", port=0).bind_socket()
    base = f"http://127.0.0.1:{socket.getsockname()[1]}"
    update = {"base_url": base, "s3_endpoint": endpoints.s3_endpoint}
    settings = Settings().model_copy(update=update)  # pyright: ignore[reportCallIssue] - from the environment
    server.config.app = create(settings, Builds(folder))
    async with files.open_store(endpoints) as store:
        await store.ensure_bucket([base])
        serving = asyncio.create_task(server.serve([socket]))
        try:
            yield base, store
        finally:
            server.should_exit = True
            await serving


async def _deeds(base: str, given: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """What came of each deed, and the violations that the browser told."""
    async with browser() as started:
        page = await started.new_page()
        told: list[str] = []
        page.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
        await page.goto(f"{base}/sign-in")
        await page.wait_for_function("() => window.deed")
        outcome = {}
        for name, value in given.items():
            outcome[name] = await page.evaluate("([name, given]) => window.deed(name, given)", [name, value])
        return outcome, [text for text in told if "Content Security Policy" in text]


async def test_what_pages_need_works_under_the_policy(site: tuple[str, Storage], tmp_path: Path) -> None:
    base, store = site
    body = "%PDF-1.7 a file that a page uploads"
    upload = store.presign_upload(
        new_key("quarantine"), size=len(body), content_type="application/pdf",
        sha256=hashlib.sha256(body.encode()).digest(),
    )  # fmt: skip
    (tmp_path / "blind.pdf").write_bytes(files.pdf())
    await store.put_file(key := new_key("blind"), tmp_path / "blind.pdf")
    link = store.presign_download(key, filename="blind.pdf", inline=True)
    outcome, told = await _deeds(
        base,
        {
            "dynamic": None, "blob": None, "part": link, "pdf": link,
            "put": {"url": upload.url, "method": upload.method, "headers": upload.headers, "text": body},
        },
    )  # fmt: skip
    assert outcome == {
        "dynamic": {"value": "lazy"},
        "blob": {"value": [3, 2]},
        "part": {"value": [206, "%PDF-", True]},
        "pdf": {"value": [1, "申报书先建立误差预算，再以样机迭代。"]},
        "put": {"value": [200, True]},
    }
    assert told == []
    outcome, _ = await _deeds(base, {"worker": link})
    assert outcome == {"worker": {"value": ["shared", "lazy", 206, 200, "kept", "kept"]}}


async def test_what_pages_must_not_do_they_cannot(site: tuple[str, Storage]) -> None:
    outcome, told = await _deeds(site[0], {"abroad": None, "evaluate": None, "inline": None, "wasm": None})
    assert outcome["inline"] == {"value": "nothing"}
    for name in ("abroad", "evaluate", "wasm"):
        assert "error" in outcome[name], name
    assert len(told) >= 3
