"""A whole installation to measure, and the CPU time of its processes."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import statistics
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from jiebang.engines.supervisor import Child
from jiebang.local import Installation, temporary_folder
from jiebang.platform.crypto import SIGNER
from jiebang.platform.db import ENGINE, Role
from jiebang.settings import Settings
from jiebang.workers.worker import POOL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

CONNECTIONS = 4
_visitors = itertools.count()


@dataclass(frozen=True, slots=True)
class Ground:
    """A running installation; every pool is open in this process too, so that supports of the tests can write."""

    installation: Installation
    addresses: list[str]

    def pid(self, name: str) -> int:
        """Of a child that runs."""
        found = self.installation.supervisor.pid(name)
        assert found is not None, name
        return found

    async def floor(self, module: str, *uvicorn: str) -> str:
        """Start tests/bench/<module>.py's `app` as the product's processes are started; its address."""
        installation = self.installation
        port = installation.engines.data.ports([module])[module]

        async def answers() -> bool:
            async with httpx.AsyncClient(trust_env=False) as http:
                return (await http.get(f"http://127.0.0.1:{port}/health", timeout=2)).is_success

        tests = Path(__file__).parents[1]
        environment = installation.environment(ADMIN_URL=installation.settings.database_admin_url or "")
        path = [str(tests), str(tests / "bench"), *sys.path]
        await installation.supervisor.start(
            Child(
                name=module,
                argv=(sys.executable, "-m", "uvicorn", f"{module}:app", "--port", str(port), "--no-access-log",
                      "--no-proxy-headers", "--no-server-header", *uvicorn),
                log=installation.root / "log" / f"{module}.log",
                env=environment | {"PYTHONPATH": ":".join(filter(None, path))},
                ready=answers,
            )
        )  # fmt: skip
        return f"http://127.0.0.1:{port}"

    def cpu(self, *processes: str) -> dict[int, float]:
        """CPU seconds so far of processes and of the whole database server, by process id."""
        postmaster = self.pid("postgres")
        return {pid: cpu_seconds(pid) for pid in [*map(self.pid, processes), postmaster, *_children(postmaster)]}


def cpu_seconds(pid: int) -> float:
    """On-CPU time of all threads of a process, from the scheduler (nanoseconds, where `stat` has hundredths)."""
    total = 0
    with contextlib.suppress(OSError):  # a thread or process that has just ended
        for task in Path(f"/proc/{pid}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def spent(before: Mapping[int, float], after: Mapping[int, float]) -> float:
    """CPU seconds between two looks; a server process that ended in between (autovacuum) is left out."""
    return sum(seconds - before.get(pid, 0.0) for pid, seconds in after.items())


def _children(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                ppid = (entry / "stat").read_text().rpartition(")")[2].split()[1]
            except OSError:
                continue
            if int(ppid) == parent:
                found.append(int(entry.name))
    return found


@asynccontextmanager
async def ground(
    apis: int = 1, *, worker: bool = False, folder: Path | None = None, **settings_: str
) -> AsyncIterator[Ground]:
    """Engines that sync to disk, so many API processes, a worker if asked for; `settings_` differ from the defaults."""
    with temporary_folder("jiebang-bench-") as temporary:
        async with Installation((folder or temporary) / "data", settings=_behind_a_proxy(**settings_)) as installation:
            await installation.open_storage()
            settings = installation.settings
            SIGNER.start(settings.secret("secret_key", settings.secret_key_file).encode())
            async with ENGINE.opened({role: settings.connect(role) for role in Role}, max_size=POOL):
                names = [f"api-{n}" for n in range(1, apis + 1)]
                ports = installation.engines.data.ports(names)
                children = [installation.api(ports[name], name=name) for name in names]
                children += [installation.worker()] if worker else []
                await installation.supervisor.start(*children)
                yield Ground(installation, [f"http://127.0.0.1:{ports[name]}" for name in names])


def _behind_a_proxy(**more: str) -> Settings:
    # Every visitor has an address of his own, as a proxy would say: rates count by it.
    settings = Settings(_env_file=None)  # pyright: ignore[reportCallIssue]
    return settings.model_copy(update={"trusted_proxies": "127.0.0.0/8"} | more)


@dataclass(frozen=True, slots=True)
class Subject:
    """Requests to measure: all `paths` of a round are one unit of work of `process`."""

    process: str
    address: str
    paths: Sequence[str]
    headers: Mapping[str, str]


async def cpu_ms(at: Ground, subjects: Mapping[str, Subject], *, rounds: int, per_round: int) -> dict[str, list[float]]:
    """CPU milliseconds (process plus database) for one unit of each subject, by round; the subjects take turns.

    Clients run on the same cores: a heavy one takes their caches, and what is measured would pay for that.
    """
    found: dict[str, list[float]] = {name: [] for name in subjects}
    async with asyncio.timeout(3600):
        clients = {name: [Wire(s.address) for _ in range(CONNECTIONS)] for name, s in subjects.items()}
        for turn in range(rounds + 1):
            for name, subject in subjects.items():
                before = at.cpu(subject.process)
                await _ask(clients[name], subject, per_round)
                if turn:  # the first round warms caches and plans
                    found[name].append(spent(before, at.cpu(subject.process)) * 1000 / per_round)
        for each in clients.values():
            for client in each:
                await client.close()
    return found


async def _ask(clients: Sequence[Wire], subject: Subject, count: int) -> None:
    left = iter(range(count))

    async def ask(client: Wire) -> None:
        for _ in left:
            visitor = {**subject.headers, "x-forwarded-for": str(IPv4Address(0x0A000000 + next(_visitors)))}
            for path in subject.paths:
                status, body = await client.send("GET", path, visitor)
                assert status == 200, body

    await asyncio.gather(*map(ask, clients))


def median(values: Sequence[float]) -> float:
    """To a microsecond, of milliseconds."""
    return round(statistics.median(values), 3)


def spread(values: Sequence[float]) -> list[float]:
    """The quartiles."""
    low, _, high = statistics.quantiles(values, n=4)
    return [round(low, 3), round(high, 3)]


def row(
    name: str, values: Sequence[float], floors: Sequence[float] | None = None, *, unit: str = "CPU-ms", **more: Any
) -> dict[str, Any]:
    """A row of bench.json. The ratio is the median of the rounds' ratios: what disturbs a round disturbs both."""
    ratio = None
    if floors is not None:
        ratio = round(statistics.median(v / f for v, f in zip(values, floors, strict=True)), 3)
    return {
        "name": name, "value": median(values), "unit": unit, "floor": floors and median(floors), "ratio": ratio,
        "n": len(values), "spread": spread(values), "floor_spread": floors and spread(floors), **more,
    }  # fmt: skip


class Wire:
    """A client of one connection that costs next to nothing: requests and answers as bytes, HTTP/1.1, kept alive."""

    def __init__(self, address: str) -> None:
        self._host, _, port = address.removeprefix("http://").partition(":")
        self._port = int(port)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> tuple[int, bytes]:
        """One request: (status, body). Connects at the first, and again where the server has hung up meanwhile."""
        if self._streams is None or self._streams[0].at_eof():
            await self.close()
            self._streams = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        lines = [f"{method} {path} HTTP/1.1", f"host: {self._host}:{self._port}", f"content-length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.split(b"\r\n") if line[:15].lower() == b"content-length:")
        return int(head[9:12]), await reader.readexactly(length)

    async def close(self) -> None:
        """Hang up; the next request connects anew."""
        if self._streams is not None:
            _, writer = self._streams
            self._streams = None
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
