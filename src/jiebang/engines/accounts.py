"""Who the engines run as. PostgreSQL refuses root, so root hands all engines to an unprivileged account."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jiebang.engines.errors import EngineError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Account:
    """An unprivileged account of this machine."""

    name: str
    uid: int
    gid: int


def engine_account(run_as: str | None = None) -> Account | None:
    """The account to drop to: `run_as`, else JIEBANG_RUN_AS, else postgres, else nobody. None if not root.

    Raises:
        EngineError: the named account does not exist or is root.
    """
    if os.geteuid() != 0:
        return None
    named = run_as or os.environ.get("JIEBANG_RUN_AS")
    for name in [named] if named else ["postgres", "nobody"]:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid == 0:
            raise EngineError(
                f"The engines cannot run as {name}, which is root; name another account in JIEBANG_RUN_AS."
            )
        return Account(name, entry.pw_uid, entry.pw_gid)
    wanted = f"The account {named} does" if named else "Neither postgres nor nobody does"
    raise EngineError(f"{wanted} not exist; name an unprivileged account in JIEBANG_RUN_AS.")


_PROBE = """
import os, sys
uid, gid, mode = map(int, sys.argv[1:4])
os.setgroups([gid]); os.setgid(gid); os.setuid(uid)
print("".join(str(int(os.access(path, mode))) for path in sys.argv[4:]))
"""


def can_access(account: Account | None, *paths: Path, mode: int = os.X_OK) -> list[bool]:
    """What `account` (None: we) may do with each path, asked of the kernel by a process of that account.

    Mode bits alone would not know of access lists, read-only mounts or user namespaces.
    """
    if account is None:
        return [os.access(path, mode) for path in paths]
    answer = subprocess.run(  # noqa: S603
        [
            sys.executable,
            "-I",
            "-S",
            "-c",
            _PROBE,
            str(account.uid),
            str(account.gid),
            str(mode),
            *map(str, paths),
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    return [digit == "1" for digit in answer]
