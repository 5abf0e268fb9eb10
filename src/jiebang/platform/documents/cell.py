"""The process inside the jail: `python -m jiebang.platform.documents.cell OPERATION ARGUMENT…`.

It limits itself, does one operation and prints one JSON object: a value, or the code and facts of a refusal.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
from pathlib import Path
from typing import Any

from jiebang.kernel.errors import Refused
from jiebang.platform.documents import rules

MEMORY = 448 << 20
"""Bytes of address space, hence more than the process can ever hold resident."""
CPU_SECONDS = 4
WALL_SECONDS = 20
"""Longer than the CPU's limit, so that a busy machine refuses no honest file."""
MAX_OUTPUT = 256 << 20


def _lock() -> None:
    """Give up what an honest file does not need. SIGXCPU and SIGALRM end the process by default."""
    for kind, limit in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, MAX_OUTPUT),
        (resource.RLIMIT_NOFILE, 32),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        least = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(kind, (least, least))
    signal.alarm(WALL_SECONDS)


def _do(operation: str, arguments: list[str]) -> Any:
    # The parsers are imported here, under the limits, and never into the caller's process.
    if operation == "check":
        from jiebang.platform.documents import check  # noqa: PLC0415

        path, size, sha256 = arguments
        facts = check.check_pdf(Path(path), int(size), bytes.fromhex(sha256))
    elif operation == "blind":
        from jiebang.platform.documents import blind  # noqa: PLC0415

        src, dst, nonce = arguments
        facts = blind.blind_copy(Path(src), Path(dst), nonce=bytes.fromhex(nonce))
    else:
        from jiebang.platform.documents import text  # noqa: PLC0415

        return text.extract_text(Path(arguments[0]))
    return {"pages": facts.pages, "size": facts.size, "sha256": facts.sha256.hex()}


def _main() -> None:
    _lock()
    answer: dict[str, Any]
    try:
        answer = {"value": _do(sys.argv[1], sys.argv[2:])}
    except Refused as refused:
        answer = {"refused": refused.rule.code, "facts": refused.facts}
    except (MemoryError, RecursionError):
        answer = {"refused": rules.TOO_HEAVY.code, "facts": {}}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    _main()
