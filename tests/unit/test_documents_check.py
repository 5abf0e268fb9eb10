"""Honest PDFs pass, hostile ones are refused by name, and neither can hurt the worker."""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import subprocess
import sys
import time
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

from jiebang.demo.pdf import make_pdf
from jiebang.kernel.errors import Refused
from jiebang.platform import documents
from jiebang.platform.documents import check, rules

if TYPE_CHECKING:
    from collections.abc import Callable

    from jiebang.kernel.errors import Rule

HONEST = make_pdf("揭榜挂帅申请书", ["本项目研究 quantum sensing 的方法。" * 30] * 20, author="林一帆")
CATALOGUE = b"<< /Type /Catalog /Pages 2 0 R >>"


def raw_pdf(*objects: bytes) -> bytes:
    """A PDF of exactly these objects, numbered from 1, the first being the catalogue."""
    out = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % o for o in offsets)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def one_page(content: bytes, filters: bytes) -> bytes:
    return raw_pdf(
        CATALOGUE,
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] /Contents 4 0 R /Resources << >> >>",
        b"<< /Length %d /Filter %s >>\nstream\n%s\nendstream" % (len(content), filters, content),
    )


def edited(change: Callable[[pikepdf.Pdf], object] = lambda _: None, **options: Any) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(HONEST)) as pdf:
        change(pdf)
        pdf.save(out, **options)
    return out.getvalue()


def flate_bomb(size: int) -> bytes:
    packer = zlib.compressobj(1)
    block = b"0 0 m\n" * 100_000
    packed = b"".join(packer.compress(block) for _ in range(size // len(block) + 1)) + packer.flush()
    return one_page(packed, b"/FlateDecode")


def page_tree_bomb() -> bytes:
    """Nine levels of ten shared branches: 10^9 pages in 1 kB."""
    levels = [b"<< /Type /Pages /Count %d /Kids [%s] >>" % (10 ** (9 - n), b"%d 0 R " % (n + 3) * 10) for n in range(9)]
    return raw_pdf(CATALOGUE, *levels, b"<< /Type /Page /MediaBox [0 0 9 9] >>")


def polyglot_zip() -> bytes:
    """A ZIP whose closing comment ends like a PDF."""
    packed = io.BytesIO(HONEST)
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("run.exe", "x")
        archive.comment = b"\n%%EOF\n"
    return packed.getvalue()


def launch(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = Dictionary(S=Name.Launch, F=String("calc.exe"))


def script(pdf: pikepdf.Pdf) -> None:
    action = pdf.make_indirect(Dictionary(S=Name.JavaScript, JS=String("app.alert(1)")))
    pdf.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("a"), action])))


def submit(pdf: pikepdf.Pdf) -> None:
    link = Dictionary(Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), A=Dictionary(S=Name.SubmitForm))
    pdf.pages[0].obj.Annots = Array([link])


def attach(pdf: pikepdf.Pdf) -> None:
    pdf.attachments["a.exe"] = pikepdf.AttachedFileSpec(pdf, b"MZ", filename="a.exe")  # pyright: ignore[reportCallIssue]


def pixel_flood(pdf: pikepdf.Pdf) -> None:
    flood = pikepdf.Stream(pdf, b"\0")
    flood.Type, flood.Subtype, flood.Width, flood.Height = Name.XObject, Name.Image, 60_000, 60_000
    pdf.pages[0].obj.Resources.XObject = Dictionary(I=flood)


def many_pages(pdf: pikepdf.Pdf) -> None:
    for _ in range(check.MAX_PAGES):
        pdf.pages.append(pdf.pages[0])


def many_objects() -> bytes:
    pages = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
    return raw_pdf(CATALOGUE, pages, b"<< /Type /Page /MediaBox [0 0 9 9] >>", *[b"0"] * check.MAX_OBJECTS)


def locked(user: str) -> bytes:
    return edited(encryption=pikepdf.Encryption(user=user, owner="o"))


def twice_packed() -> bytes:
    return one_page(zlib.compress(zlib.compress(bytes(50 << 20))), b"[/FlateDecode /FlateDecode]")


PACKED = {"object_stream_mode": pikepdf.ObjectStreamMode.generate}
HOSTILE: list[tuple[str, Callable[[], bytes], Rule]] = [
    ("zero bytes", lambda: b"", rules.EMPTY),
    ("an image", lambda: b"\x89PNG\r\n\x1a\n" + bytes(100), rules.NOT_PDF),
    ("a web page", lambda: b"<html>" + HONEST, rules.NOT_PDF),
    ("a PDF followed by a ZIP", lambda: HONEST + b"PK\x03\x04" + bytes(20), rules.NOT_PDF),
    ("a PDF that is a ZIP", polyglot_zip, rules.NOT_PDF),
    ("password", lambda: locked("u"), rules.ENCRYPTED),
    ("owner's password only", lambda: locked(""), rules.ENCRYPTED),
    ("half a file", lambda: HONEST[: len(HONEST) // 2], rules.DAMAGED),
    ("no cross-reference", lambda: HONEST.replace(b"startxref", b"startxxxx"), rules.DAMAGED),
    ("bytes lost", lambda: HONEST[:100] + HONEST[300:], rules.DAMAGED),
    ("only a header", lambda: b"%PDF-1.7\n%%EOF", rules.DAMAGED),
    ("no pages", lambda: raw_pdf(CATALOGUE, b"<< /Type /Pages /Kids [] /Count 0 >>"), rules.DAMAGED),
    ("circle", lambda: raw_pdf(CATALOGUE, b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"), rules.TOO_MANY_PAGES),
    ("page tree bomb", page_tree_bomb, rules.TOO_MANY_PAGES),
    ("1,001 pages", lambda: edited(many_pages), rules.TOO_MANY_PAGES),
    ("flate bomb", lambda: flate_bomb(check.MAX_STREAM), rules.TOO_HEAVY),
    ("packed twice", twice_packed, rules.TOO_HEAVY),
    ("pixel flood", lambda: edited(pixel_flood), rules.TOO_HEAVY),
    ("a hundred thousand objects", many_objects, rules.TOO_HEAVY),
    ("launches a program", lambda: edited(launch), rules.ACTIVE),
    ("JavaScript", lambda: edited(script), rules.ACTIVE),
    ("packed JavaScript", lambda: edited(script, **PACKED), rules.ACTIVE),
    ("submits a form", lambda: edited(submit), rules.ACTIVE),
    ("attachment", lambda: edited(attach), rules.ATTACHMENTS),
]


@pytest.mark.parametrize(("make", "rule"), [pytest.param(m, r, id=n) for n, m, r in HOSTILE])
async def test_hostile_files_are_refused_by_name(make: Callable[[], bytes], rule: Rule, tmp_path: Path) -> None:
    data = make()
    path = tmp_path / "f.pdf"
    path.write_bytes(data)
    with pytest.raises(Refused) as refused:
        await documents.check_pdf(path, len(data), hashlib.sha256(data).digest())
    assert refused.value.rule is rule
    assert "{" not in rule.zh.format(**refused.value.facts) + rule.en.format(**refused.value.facts)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: HONEST, id="as written"),
        pytest.param(lambda: edited(linearize=True), id="linearised"),
        pytest.param(lambda: edited(**PACKED), id="object streams"),
        pytest.param(lambda: HONEST + b"\r\n\0", id="trailing blanks"),
        pytest.param(lambda: make_pdf("Plain English", ["text"]), id="English"),
    ],
)
async def test_honest_files_pass(make: Callable[[], bytes], tmp_path: Path) -> None:
    data = make()
    path = tmp_path / "申请书 final.pdf"
    path.write_bytes(data)
    digest = hashlib.sha256(data).digest()
    facts = await documents.check_pdf(path, len(data), digest)
    with pikepdf.open(path) as pdf:
        assert facts == documents.PdfFacts(len(pdf.pages), len(data), digest)


async def test_the_announced_size_and_hash_must_be_the_files(tmp_path: Path) -> None:
    path = tmp_path / "f.pdf"
    path.write_bytes(HONEST)
    with pytest.raises(Refused) as refused:
        await documents.check_pdf(path, len(HONEST) + 1, hashlib.sha256(HONEST).digest())
    assert refused.value.rule is rules.WRONG_SIZE
    assert refused.value.facts == {"found": len(HONEST), "expected": len(HONEST) + 1}
    with pytest.raises(Refused) as refused:
        await documents.check_pdf(path, len(HONEST), bytes(32))
    assert refused.value.rule is rules.WRONG_HASH


# A forked child counts what its parent held before it became itself, so the parent must be a small one.
PEAK = """
import asyncio, contextlib, hashlib, pathlib, resource, sys
from jiebang.kernel.errors import Refused
from jiebang.platform import documents

async def all_of(folder):
    for path in sorted(folder.glob("*.pdf")):
        data = path.read_bytes()
        with contextlib.suppress(Refused):
            await documents.check_pdf(path, len(data), hashlib.sha256(data).digest())
        with contextlib.suppress(Refused):
            await documents.blind_copy(path, path.with_suffix(".blind"))

asyncio.run(all_of(pathlib.Path(sys.argv[1])))
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def test_no_hostile_file_takes_more_than_512_mib(tmp_path: Path) -> None:
    for n, (_, make, _) in enumerate([*HOSTILE, ("a heavy page", lambda: flate_bomb(64 << 20), rules.TOO_HEAVY)]):
        (tmp_path / f"{n:02}.pdf").write_bytes(make())
    done = subprocess.run(
        [sys.executable, "-c", PEAK, str(tmp_path)], env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    peak = int(done.stdout) * 1024
    assert 32 << 20 < peak < 512 << 20


async def test_a_heavy_page_ends_its_own_process_only(tmp_path: Path) -> None:
    """64 MB of path operators pass the check's limit for one stream, but are more than a page may cost."""
    path = tmp_path / "f.pdf"
    path.write_bytes(flate_bomb(64 << 20))
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    ticking = asyncio.create_task(tick())
    before, start = os.times(), time.monotonic()
    with pytest.raises(Refused) as refused:
        await documents.blind_copy(path, tmp_path / "g.pdf")
    ticking.cancel()
    assert refused.value.rule is rules.TOO_HEAVY
    assert not (tmp_path / "g.pdf").exists()
    after = os.times()
    assert after.children_user + after.children_system - before.children_user - before.children_system < 5
    assert ticks > (time.monotonic() - start) / 0.01 / 10, "the event loop was held up"


async def test_a_cancelled_job_leaves_no_process(tmp_path: Path) -> None:
    path = tmp_path / "f.pdf"
    path.write_bytes(flate_bomb(64 << 20))
    others = _children()
    running = asyncio.create_task(documents.blind_copy(path, tmp_path / "g.pdf"))
    deadline = time.monotonic() + 10
    while not (started := _children() - others) and time.monotonic() < deadline:
        await asyncio.sleep(0.01)
    assert started
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not started & _children()


async def test_the_jail_has_no_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: list[dict[str, str]] = []
    start = asyncio.create_subprocess_exec

    async def spy(*command: str, **options: Any) -> asyncio.subprocess.Process:
        seen.append(options["env"])
        return await start(*command, **options)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", spy)
    monkeypatch.setenv("DATABASE_PASSWORD", "secret")
    path = tmp_path / "f.pdf"
    path.write_bytes(HONEST)
    assert await documents.extract_text(path)
    assert [set(env) - {"PYTHONPATH"} for env in seen] == [{"LC_ALL"}]


def _children() -> set[str]:
    return set(Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split())
