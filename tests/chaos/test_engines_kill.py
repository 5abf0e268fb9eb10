"""Whoever is killed, engine or supervisor: the data stays and nobody is left behind."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import boto3
import pytest
import pytest_asyncio
import redis.asyncio
from botocore.config import Config

from jiebang.engines import EngineError, LocalEngines
from jiebang.local import temporary_folder
from support.processes import alive, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from jiebang.engines import Endpoints

NAMES = ("postgres", "valkey", "seaweedfs")


@pytest.fixture
def folder() -> Iterator[Path]:
    with temporary_folder("jiebang-test-") as path:
        yield path


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def engines() -> AsyncIterator[LocalEngines]:
    with temporary_folder("jiebang-test-") as path:
        async with LocalEngines(path / "data") as running:
            yield running


def family(ancestor: int) -> list[int]:
    """The process and all its living descendants."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                parents[int(entry.name)] = int(fields[1])
    found = [ancestor]
    for one in found:
        found += [pid for pid, parent in parents.items() if parent == one]
    return found


async def connect(at: Endpoints) -> asyncpg.Connection:
    return await asyncpg.connect(
        host=at.database_host, port=at.database_port, user=at.admin_user,
        password=at.admin_password, database=at.database_name, ssl=False,
    )  # fmt: skip


def bucket(at: Endpoints) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=at.s3_endpoint,
        region_name=at.s3_region,
        aws_access_key_id=at.s3_access_key,
        aws_secret_access_key=at.s3_secret_key,
        config=Config(signature_version="s3v4"),
    )


async def keep(at: Endpoints, word: str) -> None:
    """Store a word in each engine; returns when each has acknowledged it."""
    db = await connect(at)
    await db.execute("CREATE TABLE IF NOT EXISTS kept (word text PRIMARY KEY)")
    await db.execute("INSERT INTO kept VALUES ($1)", word)
    await db.close()
    async with redis.asyncio.Redis.from_url(at.redis_url or "") as client:
        await client.set(f"kept:{word}", word)
    with contextlib.closing(bucket(at)) as s3:
        s3.put_object(Bucket=at.s3_bucket, Key=f"kept/{word}", Body=word.encode())


async def kept(at: Endpoints, word: str) -> list[Any]:
    db = await connect(at)
    row = await db.fetchval("SELECT word FROM kept WHERE word = $1", word)
    await db.close()
    async with redis.asyncio.Redis.from_url(at.redis_url or "") as client:
        value = await client.get(f"kept:{word}")
    with contextlib.closing(bucket(at)) as s3:
        body = s3.get_object(Bucket=at.s3_bucket, Key=f"kept/{word}")["Body"].read()
    return [row, value and value.decode(), body.decode()]


@pytest.mark.parametrize("name", NAMES)
async def test_a_killed_engine_comes_back_with_its_data(engines: LocalEngines, name: str) -> None:
    await keep(engines.endpoints, name)
    first = engines.supervisor.pid(name)
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await until(lambda: engines.supervisor.pid(name) not in {None, first} and engines.supervisor.is_ready(name))
    assert not alive(first)
    assert await kept(engines.endpoints, name) == [name] * 3


async def test_postgres_comes_back_though_a_backend_is_busy(engines: LocalEngines) -> None:
    """A backend deep in a computation does not notice that its postmaster died, and bars the next one."""
    db = await connect(engines.endpoints)
    backend = db.get_server_pid()
    await db.execute(
        "CREATE FUNCTION spin() RETURNS bigint LANGUAGE sql "
        "AS $$ SELECT count(*) FROM generate_series(1, 20000) a, generate_series(1, 20000) b $$"
    )
    busy = asyncio.create_task(db.fetchval("SELECT spin()"))
    await until(lambda: _state(backend) == "R")
    first = engines.supervisor.pid("postgres")
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await until(lambda: engines.supervisor.pid("postgres") not in {None, first})
    assert not alive(backend)
    with pytest.raises((asyncpg.PostgresError, asyncpg.InternalClientError, OSError)):  # as the connection dies
        await busy
    await until(lambda: engines.supervisor.is_ready("postgres"))


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


async def test_all_engines_killed_at_once_come_back(engines: LocalEngines) -> None:
    await keep(engines.endpoints, "all")
    pids = {name: engines.supervisor.pid(name) for name in NAMES}
    for pid in pids.values():
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
    await until(
        lambda: all(
            engines.supervisor.pid(name) not in {None, pids[name]} and engines.supervisor.is_ready(name)
            for name in NAMES
        )
    )
    assert await kept(engines.endpoints, "all") == ["all"] * 3


# A supervisor in a process of its own

PROGRAM = """
import asyncio, sys
from pathlib import Path
from jiebang.engines import Child, LocalEngines, Supervisor

async def main(supervisor, folder):
    engines = LocalEngines(folder / "data", supervisor=supervisor)
    print("starting", flush=True)
    try:
        await engines.start()
        # As the API and its workers will be: a child beside the engines, with a grandchild that left the
        # group and hears no polite signal.
        deaf = "setsid sh -c 'trap \\"\\" TERM; echo $$ > deaf; while :; do sleep 1; done' & exec sleep 600"
        async def deaf_is_there():
            return bool((folder / "deaf").read_text())
        argv = ("/bin/sh", "-c", deaf)
        env = {"PATH": "/usr/bin:/bin"}
        app = Child("app", argv, folder / "app.log", env, cwd=folder, ready=deaf_is_there)
        await supervisor.start(app)
        print("ready", flush=True)
        await asyncio.Event().wait()
    finally:
        await engines.stop()

folder = Path(sys.argv[1])
supervisor = Supervisor()
asyncio.run(supervisor.run(main(supervisor, folder)))
"""


@contextlib.asynccontextmanager
async def program(folder: Path, upto: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The program, once it said `upto`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, str(folder), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(30):
            while (line := (await process.stdout.readline()).decode().strip()) != upto:
                assert line, "the program ended"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def started(folder: Path, name: str) -> None:
    """Wait until the engine's log has a line, so that a signal meets a half-started family."""
    log = folder / "data" / "log" / f"{name}.log"
    await until(lambda: log.exists() and log.stat().st_size > 0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_stopped_supervisor_leaves_nobody(folder: Path, number: signal.Signals) -> None:
    async with program(folder, "ready") as process:
        pids = [*family(process.pid), int((folder / "deaf").read_text())]
        assert len(pids) > 10  # supervisor, guard, weed, valkey, postmaster and its helpers, app, sleep, the deaf one
        process.send_signal(number)
        assert await asyncio.wait_for(process.wait(), 30) == 0
        assert [pid for pid in pids if alive(pid)] == []


@pytest.mark.parametrize("engine", ["postgres", "seaweedfs"])
async def test_a_supervisor_stopped_while_it_starts_leaves_nobody(folder: Path, engine: str) -> None:
    async with program(folder, "starting") as process:
        await started(folder, engine)
        pids = family(process.pid)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 30) == 0
        assert [pid for pid in pids if alive(pid)] == []


@pytest.mark.long
async def test_a_killed_supervisor_leaves_nobody(folder: Path) -> None:
    async with program(folder, "ready") as process:
        pids = [*family(process.pid), int((folder / "deaf").read_text())]
        process.kill()
        await process.wait()
        await until(lambda: not any(alive(pid) for pid in pids))


@pytest.mark.long
async def test_five_kills_in_mid_work_lose_nothing_acknowledged(folder: Path) -> None:
    """The next instance starts at once: it waits for the last one's engines instead of fighting them."""
    words: list[str] = []
    ports: list[dict[str, int]] = []
    for round_ in range(5):
        async with program(folder, "ready") as process:
            with pytest.raises(EngineError, match=f"process {process.pid}"):
                await LocalEngines(folder / "data").start()
            process.kill()
            await process.wait()
        async with LocalEngines(folder / "data") as engines:
            ports.append(json.loads((folder / "data" / "instance.json").read_text())["ports"])
            for word in words:
                assert await kept(engines.endpoints, word) == [word] * 3
            words.append(f"round-{round_}")
            await keep(engines.endpoints, words[-1])
    assert ports == [ports[0]] * 5
