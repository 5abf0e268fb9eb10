"""SeaweedFS 4 as S3: master, volume server, filer and gateway in one process, closed to all but its S3 key.

Every default that opens a door is turned: telemetry, 0.0.0.0, a filer without credentials, gRPC without mTLS,
an admin page without a password, buckets made by a mistyped name.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jiebang.engines import binaries
from jiebang.engines.certificates import make_certificates
from jiebang.engines.supervisor import Child

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jiebang.engines.datadir import DataDir
    from jiebang.engines.supervisor import Supervisor

BUCKET = "jiebang"
REGION = "us-east-1"
ACCESS_KEY = "jiebang"
PORTS = tuple(f"{part}.port{kind}" for part in ("master", "volume", "filer", "s3", "admin") for kind in ("", ".grpc"))
_PROBE_KEY = ".jiebang/ready"
# A soft limit of the Go runtime. Some 250 MiB are buffers that live for ever, most of them never touched (118 MiB are
# resident): under a limit near that the collector runs without end and takes an eighth of a core from whoever is idle.
_MEMORY = "768MiB"
_VOLUME_MEGABYTES = 512


@dataclass(frozen=True, slots=True)
class SeaweedFS:
    """The store of `<data dir>/seaweedfs`. `ports` has one entry per name (and option) in `PORTS`."""

    data: DataDir
    ports: Mapping[str, int]

    @property
    def endpoint(self) -> str:
        """The S3 address."""
        return f"http://127.0.0.1:{self.ports['s3.port']}"

    @property
    def secret_key(self) -> str:
        """Of `ACCESS_KEY`."""
        return self.data.secret("s3")

    async def spawn(self, supervisor: Supervisor) -> None:
        """Start it; `supervisor.wait_ready("seaweedfs")` returns once the bucket accepted a signed PUT."""
        home = self.data.folder("seaweedfs", owned=True)
        self.data.adopt(home)
        server = await asyncio.to_thread(
            binaries.reachable, binaries.SEAWEEDFS, self.data.account, self.data.root / "bin"
        )
        self._configure(home)
        supervisor.spawn(
            Child(
                name="seaweedfs",
                argv=(str(server), "-logtostderr=true", "mini", *self._options()),
                log=self.data.root / "log" / "seaweedfs.log",
                env={
                    "PATH": os.defpath,
                    "HOME": str(home),
                    "TMPDIR": str(home),
                    "GOMEMLIMIT": _MEMORY,
                    "WEED_ADMIN_PASSWORD": self.data.secret("seaweedfs-admin"),
                },
                cwd=home,
                account=self.data.account,
                ready=self._answers,
                ready_timeout=60,
                # Rarely its volume server waits for an idle connection; the filer is closed by then, and what
                # was acknowledged is written.
                stop_timeout=3,
            )
        )

    def remove_sockets(self) -> None:
        """Remove what it leaves in /tmp at every stop: the place and names are fixed in its code."""
        for name, port in self.ports.items():
            part, _, kind = name.partition(".port")
            if kind:
                with contextlib.suppress(OSError):
                    Path(f"/tmp/seaweedfs-{part}-grpc-{port}.sock").unlink()  # noqa: S108

    def _options(self) -> list[str]:
        # Relative paths, from the working directory: they fit a socket's name however deep the data lies.
        options = {
            "dir": "data",
            "ip": "127.0.0.1",
            "ip.bind": "127.0.0.1",
            **self.ports,
            "master.telemetry": "false",
            # What it would resume is the number of its last volume, which the volumes themselves tell. Resuming, it
            # takes itself for a new leader, by chance, and refuses objects for the 15 s that other hosts might take.
            "master.resumeState": "false",
            "master.volumeSizeLimitMB": _VOLUME_MEGABYTES,
            "volume.preStopSeconds": 0,  # no second server could take over
            "filer.localSocket": "filer.sock",
            "filer.disableDirListing": "true",
            "filer.exposeDirectoryData": "false",
            "filer.allowedOrigins": self.endpoint,
            "s3.localSocket": "s3.sock",
            "s3.config": "s3.json",
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            "s3.autoCreateBucket": "false",
            "s3.allowDeleteBucketNotEmpty": "false",
            "webdav": "false",
            "admin.ui": "false",
        }
        return [f"-{name}={value}" for name, value in options.items()]

    def _configure(self, home: Path) -> None:
        (home / "data").mkdir(mode=0o700, exist_ok=True)
        if self.data.account is not None:
            os.chown(home / "data", self.data.account.uid, self.data.account.gid)
        # It keeps its former options there and would prefer them to defaults.
        (home / "data" / "mini.options").unlink(missing_ok=True)
        if not (home / "node.key").exists():
            for name, text in make_certificates().items():  # node.key is the last
                self.data.write_owned(home / name, text)
        key = self.data.secret
        tls = 'cert = "node.crt"\nkey = "node.key"\n'
        sections = {
            "jwt.signing": f'key = "{key("seaweedfs-volume-write")}"\n',
            "jwt.signing.read": f'key = "{key("seaweedfs-volume-read")}"\n',
            "jwt.filer_signing": f'key = "{key("seaweedfs-filer-write")}"\n',
            "jwt.filer_signing.read": f'key = "{key("seaweedfs-filer-read")}"\n',
            "grpc": 'ca = "ca.crt"\n',
            **{f"grpc.{part}": tls for part in ("master", "volume", "filer", "s3", "admin", "worker", "client")},
        }
        self.data.write_owned(home / "security.toml", "\n".join(f"[{name}]\n{body}" for name, body in sections.items()))
        identity = {
            "name": ACCESS_KEY,
            "credentials": [{"accessKey": ACCESS_KEY, "secretKey": self.secret_key}],
            "actions": ["Admin"],
        }
        self.data.write_owned(home / "s3.json", json.dumps({"identities": [identity]}))

    async def _answers(self) -> bool:
        _, writer = await asyncio.open_connection("127.0.0.1", self.ports["s3.port"])  # cheap, while nobody listens
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        return await asyncio.to_thread(self._accepts_a_put)

    def _accepts_a_put(self) -> bool:
        s3 = self._client()
        try:
            # A health page answers before a volume can be written, an empty object needs none. A bucket is asked for
            # only where there is none.
            try:
                s3.put_object(Bucket=BUCKET, Key=_PROBE_KEY, Body=b"ready")
            except s3.exceptions.NoSuchBucket:
                s3.create_bucket(Bucket=BUCKET)
                return False
            s3.delete_object(Bucket=BUCKET, Key=_PROBE_KEY)
        finally:
            s3.close()
        return True

    def _client(self) -> Any:
        import boto3  # noqa: PLC0415 - 0.3 s that only the storage check needs
        from botocore.config import Config  # noqa: PLC0415

        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=self.secret_key,
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": "path"},
                connect_timeout=1,
                read_timeout=4,
                retries={"total_max_attempts": 1},
                proxies={},
            ),
        )
