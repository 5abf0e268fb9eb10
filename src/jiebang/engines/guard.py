"""Outlives a killed supervisor just long enough to end what that left behind.

Run as a file under `python -I -S`. Standard input is a pipe that only the supervisor holds. Each line names a
process group, a signal and a tether by device and inode (`+ 4711 15 65024 133`) or takes one back (`- 4711`).
End of file means the supervisor is gone: the groups get their signal, five seconds later SIGKILL.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time

GRACE_SECONDS = 5.0


def holders(device: int, inode: int) -> list[int]:
    """Processes that hold the lock on this tether (Linux; elsewhere none can be listed).

    To have it open is not enough: the next supervisor has, while it waits for them to end.
    """
    found: list[int] = []
    try:
        processes = [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208
    except OSError:
        return found
    for pid in processes:
        with contextlib.suppress(OSError), os.scandir(f"/proc/{pid}/fd") as entries:
            if any(_holds(pid, entry, device, inode) for entry in entries):
                found.append(pid)
    return [pid for pid in found if pid != os.getpid()]


def _holds(pid: int, entry: os.DirEntry[str], device: int, inode: int) -> bool:
    with contextlib.suppress(OSError):
        status = entry.stat()
        if (status.st_dev, status.st_ino) == (device, inode):
            with open(f"/proc/{pid}/fdinfo/{entry.name}", encoding="ascii") as file:  # noqa: PTH123
                return any("FLOCK" in line and "WRITE" in line for line in file)
    return False


def end(group: int, number: int, device: int, inode: int) -> bool:
    """Signal the group and whoever left it but kept the tether; False when nobody is left."""
    anyone = False
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
        anyone = True
    for pid in holders(device, inode):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)
            anyone = True
    return anyone


def main() -> None:
    """Keep the list until the pipe closes, then end what is on it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: dict[int, tuple[int, int, int]] = {}
    for line in sys.stdin:
        sign, group, *rest = line.split()
        if sign == "+":
            number, device, inode = map(int, rest)
            groups[int(group)] = (number, device, inode)
        else:
            groups.pop(int(group), None)
    for group, (number, _, _) in groups.items():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(group, number)
    deadline = time.monotonic() + GRACE_SECONDS
    while groups and time.monotonic() < deadline:
        time.sleep(0.05)
        groups = {group: rest for group, rest in groups.items() if end(group, 0, *rest[1:])}
    for group, (_, device, inode) in groups.items():
        end(group, signal.SIGKILL, device, inode)


if __name__ == "__main__":
    main()
