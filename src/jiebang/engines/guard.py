"""Outlives a killed supervisor just long enough to end what that left behind.

Run as a file under `python -I -S`. Standard input is a pipe that only the supervisor holds. Each line names a
process group, a signal and a tether (`+ 4711 15 /data/run/postgres.tether`) or takes one back (`- 4711`). End
of file means the supervisor is gone: the groups get their signal, five seconds later SIGKILL.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time

GRACE_SECONDS = 5.0


def holders(tether: str) -> list[int]:
    """Processes that still hold the tether file open (Linux; elsewhere none can be listed)."""
    found: list[int] = []
    try:
        wanted = os.stat(tether)  # noqa: PTH116
        processes = [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208
    except OSError:
        return found
    for pid in processes:
        with contextlib.suppress(OSError), os.scandir(f"/proc/{pid}/fd") as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    if os.path.samestat(entry.stat(), wanted):
                        found.append(pid)
                        break
    return [pid for pid in found if pid != os.getpid()]


def end(group: int, number: int, tether: str) -> bool:
    """Signal the group and whoever left it but kept the tether; False when nobody is left."""
    anyone = False
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
        anyone = True
    for pid in holders(tether):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)
            anyone = True
    return anyone


def main() -> None:
    """Keep the list until the pipe closes, then end what is on it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: dict[int, tuple[int, str]] = {}
    for line in sys.stdin:
        sign, group, *rest = line.rstrip("\n").split(" ", 3)
        if sign == "+":
            groups[int(group)] = (int(rest[0]), rest[1])
        else:
            groups.pop(int(group), None)
    for group, (number, _) in groups.items():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(group, number)
    deadline = time.monotonic() + GRACE_SECONDS
    while groups and time.monotonic() < deadline:
        time.sleep(0.05)
        groups = {group: rest for group, rest in groups.items() if end(group, 0, rest[1])}
    for group, (_, tether) in groups.items():
        end(group, signal.SIGKILL, tether)


if __name__ == "__main__":
    main()
