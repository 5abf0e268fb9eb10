"""Hostile files are opened by a process of their own (`cell`), with little memory, little time and no secrets.

The coroutines here start it, and turn its answer or its death into a value or a refusal.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

from jiebang.kernel.errors import Refused
from jiebang.platform.documents import rules
from jiebang.platform.documents.facts import PdfFacts

if TYPE_CHECKING:
    from pathlib import Path

LONGEST = 25
"""Seconds; the process ends itself before."""
MAX_ANSWER = 32 << 20


async def check_pdf(path: Path, expected_size: int, expected_sha256: bytes) -> PdfFacts:
    """Facts of a PDF that is what was announced, or `Refused` by one of `rules`."""
    return _facts(await _run("check", path, expected_size, expected_sha256.hex()))


async def blind_copy(src: Path, dst: Path, *, nonce: bytes = b"") -> PdfFacts:
    """Rebuild `src` at `dst` without anything but what its pages show; see `blind.blind_copy`."""
    try:
        return _facts(await _run("blind", src, dst, nonce.hex()))
    except BaseException:
        dst.unlink(missing_ok=True)  # noqa: ASYNC240 at once, cancelled or not: half a copy may lie there
        raise


async def extract_text(path: Path) -> list[str]:
    """The text of each page."""
    return await _run("text", path)


def _facts(answer: dict[str, Any]) -> PdfFacts:
    return PdfFacts(answer["pages"], answer["size"], bytes.fromhex(answer["sha256"]))


async def _run(operation: str, *arguments: object) -> Any:
    kept = {k: v for k, v in os.environ.items() if k in {"PYTHONPATH", "SYSTEMROOT"}}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "jiebang.platform.documents.cell",
        operation,
        *map(str, arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**kept, "LC_ALL": "C.UTF-8"},
    )
    try:
        async with asyncio.timeout(LONGEST):
            answer = await _read(process)
            status = await process.wait()
    except TimeoutError:
        raise Refused(rules.TOO_HEAVY) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if status in {-signal.SIGXCPU, -signal.SIGALRM, -signal.SIGKILL}:
        raise Refused(rules.TOO_HEAVY)
    if status != 0:  # a parser crashed, or could not get memory and said so by abort()
        raise Refused(rules.DAMAGED if status == -signal.SIGSEGV else rules.TOO_HEAVY)
    told = json.loads(answer)
    if "refused" in told:
        raise Refused(rules.ALL[told["refused"]], **told["facts"])
    return told["value"]


async def _read(process: asyncio.subprocess.Process) -> bytes:
    """All that the process says, up to a limit: its parser may have been taken over."""
    assert process.stdout is not None  # noqa: S101 PIPE was asked for
    parts: list[bytes] = []
    size = 0
    while part := await process.stdout.read(1 << 16):
        parts.append(part)
        size += len(part)
        if size > MAX_ANSWER:
            raise Refused(rules.TOO_HEAVY)
    return b"".join(parts)
