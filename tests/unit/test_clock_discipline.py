"""No decision reads a host's clock: where Python asks the time at all is listed here, each with its reason.

Hosts' clocks differ by minutes; the database's is one (`app.now()`, `app.clock()`). `monotonic` and `perf_counter`
measure spans and are free. (Presigned URLs take the host's clock inside boto3: S3 compares it with its own.)
"""

from __future__ import annotations

import ast
from pathlib import Path

import jiebang

ROOT = Path(jiebang.__file__).parent
MAY_ASK = {
    "applications/service/teams.py": "the life of an invitation's token",
    "backup/make.py": "the name of a backup's folder",
    "demo/seed.py": "the day around which a demo competition is laid",
    "engines/certificates.py": "the life of a certificate between our own engines",
    "platform/audit_chain.py": "the day beside an anchor, for whoever reads the file",
    "platform/limits.py": "Retry-After, from the window that Redis keeps by the same clock",
    "platform/mail.py": "the Date header of a mail",
    "platform/storage/signing.py": "a link's instant, which S3 compares with its own clock",
    "platform/telemetry.py": "the time of a log line",
    "workers/worker.py": "the age of a forgotten upload, days against which minutes do not count",
    "workers/lane.py": "arq's scores, set an hour early because hosts' clocks differ",
}
CLOCKS = {
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "time": {"time", "time_ns", "localtime", "gmtime", "ctime", "strftime", "clock_gettime", "clock_gettime_ns"},
    "utils": {"formatdate", "localtime"},
}


def asks(source: str) -> list[int]:
    """The lines on which Python source reads the wall clock, or imports a function that does."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(value=ast.Name(id=owner) | ast.Attribute(attr=owner), attr=name):
                if name in CLOCKS.get(owner, set()):
                    lines.append(node.lineno)
            case ast.ImportFrom(module="time" | "email.utils", names=names):
                if any(n.name in CLOCKS["time"] | CLOCKS["utils"] for n in names):
                    lines.append(node.lineno)
            case ast.ImportFrom(module="datetime", names=names) if any(n.asname for n in names):
                lines.append(node.lineno)  # an alias would hide it
            case ast.Import(names=names) if any(n.name in {"time", "datetime"} and n.asname for n in names):
                lines.append(node.lineno)
            case _:
                pass
    return lines


def _modules() -> dict[str, Path]:
    # The links to the top-level folders are read under their import names.
    return {str(path.relative_to(ROOT)): path for folder in [ROOT, ROOT / "workers"] for path in folder.rglob("*.py")}


def test_only_the_listed_modules_ask_the_hosts_clock() -> None:
    asking = {name for name, path in _modules().items() if asks(path.read_text(encoding="utf-8"))}
    assert asking == set(MAY_ASK), "ask the database, or say here why not"


def test_domain_rules_take_the_instant_as_an_argument() -> None:
    pure = [n for n in MAY_ASK if n.startswith(("kernel/", "matching/")) or n.endswith(("domain.py", "rules.py"))]
    assert not pure


def test_the_search_finds_every_way_to_ask() -> None:
    for source in (
        "datetime.now(UTC)", "datetime.datetime.now()", "date.today()", "time.time()", "time.time_ns()",
        "from time import time", "from datetime import datetime as dt", "import time as t", "formatdate()\nfrom email.utils import formatdate",
        "datetime.utcnow()",
    ):  # fmt: skip
        assert asks(source), source
    assert not asks("time.monotonic(), time.perf_counter(), datetime.fromisoformat(x), now()")
