"""One data directory: who holds it, its secrets, its ports, its folders.

instance.json   marks the directory as ours and keeps the ports
lock            held (flock) while an instance lives; the kernel frees it, kill -9 included
secrets/        0700, one 0600 file per secret
log/  run/      logs of the children; their tethers (see supervisor.py)
bin/            binaries, only where the environment is closed to the engines' account
postgres/  valkey/  seaweedfs/   0700, the engines' account's own
"""

from __future__ import annotations

import fcntl
import json
import os
import random
import secrets
import shutil
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from jiebang.engines.accounts import can_access
from jiebang.engines.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jiebang.engines.accounts import Account

_MARK = "instance.json"
# Below Linux's ephemeral range (32768 and up): no outgoing connection takes a stored port while we are down.
_PORTS = range(15_000, 32_000)


def default_data_dir() -> Path:
    """`/var/lib/jiebang` for root, else `$XDG_DATA_HOME/jiebang` or `~/.local/share/jiebang`."""
    if os.geteuid() == 0:
        return Path("/var/lib/jiebang")
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "jiebang"


class DataDir:
    """A directory of ours. Nothing is written before `claim`."""

    def __init__(self, root: Path, account: Account | None) -> None:
        self.root = root.expanduser().absolute()
        self.account = account
        self._lock: int | None = None

    @property
    def secrets_dir(self) -> Path:
        """0700; other code keeps one 0600 file per login here."""
        return self.root / "secrets"

    def is_marked(self) -> bool:
        """Whether a former start made it ours."""
        return (self.root / _MARK).exists()

    def is_foreign(self) -> bool:
        """Whether somebody else keeps files there: we would change its mode, so we stay out."""
        try:
            return not self.is_marked() and any(path.name != "lock" for path in self.root.iterdir())
        except OSError:
            return False

    def unreachable(self) -> str:
        """The sentence for a directory that the engines' account cannot pass into."""
        who = self.account.name if self.account else "here"
        return (
            f"The account {who}, which runs the engines, cannot reach {self.root}; choose a data directory "
            "outside closed homes with --data-dir, such as /var/lib/jiebang."
        )

    def claim(self) -> None:
        """Make the directory if need be and hold it until `release`; changes no parent's mode.

        Raises:
            EngineError: not ours, not writable, closed to the engines' account, or held by another instance.
        """
        try:
            self._make()
            self._take_lock()
        except OSError as error:
            raise EngineError(f"The data directory {self.root} cannot be used: {error.strerror}.") from error

    def _make(self) -> None:
        root = self.root
        root.mkdir(parents=True, exist_ok=True)
        if not self.is_marked():
            if self.is_foreign():
                raise EngineError(
                    f"{root} is not empty and is no Jiebang data directory; choose another with --data-dir."
                )
            # Ours alone from here on; root lets the engines' account pass through, not list.
            root.chmod(0o711 if self.account else 0o700)
        if self.account is not None and not can_access(self.account, root)[0]:
            raise EngineError(self.unreachable())

    def _take_lock(self) -> None:
        lock = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = os.read(lock, 20).decode(errors="replace").strip() or "unknown"
            os.close(lock)
            raise EngineError(
                f"Another Jiebang (process {pid}) already uses {self.root}; stop it or choose another with --data-dir."
            ) from None
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        self._lock = lock
        if not self.is_marked():
            self._write(self.root / _MARK, json.dumps({"ports": {}}))
        for name in ("secrets", "log"):
            self.folder(name)

    def release(self) -> None:
        """Let another instance have the directory."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def held_elsewhere(self) -> bool:
        """Whether a running instance holds the directory."""
        try:
            lock = os.open(self.root / "lock", os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(lock)
        return False

    def folder(self, name: str, *, owned: bool = False) -> Path:
        """A 0700 folder of the directory; `owned` gives it to the engines' account."""
        path = self.root / name
        path.mkdir(mode=0o700, exist_ok=True)
        path.chmod(0o700)
        if owned:
            self._give(path)
        return path

    def adopt(self, folder: Path) -> None:
        """Hand a tree to the engines' account if it belongs to another (JIEBANG_RUN_AS changed since)."""
        if self.account is None or not folder.exists() or folder.stat().st_uid == self.account.uid:
            return
        for path in folder.rglob("*"):
            os.chown(path, self.account.uid, self.account.gid, follow_symlinks=False)
        self._give(folder)

    def write_owned(self, path: Path, text: str) -> None:
        """A 0600 file of the engines' account, replaced whole."""
        self._write(path, text, owned=True)

    def secret(self, name: str, length: int = 32) -> str:
        """The secret of that name, made on first use: URL-safe, `length` random bytes."""
        path = self.secrets_dir / name
        if not path.exists():
            self._write(path, secrets.token_urlsafe(length))
        return path.read_text().strip()

    def ports_in_use(self) -> dict[str, int]:
        """The stored ports, by name."""
        return json.loads((self.root / _MARK).read_text())["ports"]

    def ports(self, names: Iterable[str]) -> dict[str, int]:
        """One free loopback port per name; the stored one while nobody else listens there."""
        stored = self.ports_in_use()
        chosen: dict[str, int] = {}
        for name in names:
            port = stored.get(name)
            taken = {*stored.values(), *chosen.values()}
            while port is None or not _is_free(port):
                port = next(p for p in iter(lambda: random.choice(_PORTS), None) if p not in taken)  # noqa: S311
            chosen[name] = port
        if chosen.items() - stored.items():
            self._write(self.root / _MARK, json.dumps({"ports": stored | chosen}, indent=1))
        return chosen

    def _write(self, path: Path, text: str, *, owned: bool = False) -> None:
        fresh = path.with_name(f"{path.name}.new")
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(handle)
        if owned:
            self._give(fresh)
        fresh.rename(path)

    def _give(self, path: Path) -> None:
        if self.account is not None:
            os.chown(path, self.account.uid, self.account.gid)


def free_bytes(path: Path) -> int:
    """Free disk space where `path` lies or will lie."""
    while not path.exists():
        path = path.parent
    return shutil.disk_usage(path).free


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the engines do: a connection in TIME_WAIT does not make a port taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
        except OSError:
            return False
    return True
