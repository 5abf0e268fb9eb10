"""Becomes the program it is told to run, tied to the life of the supervisor that started it.

Run as a file under `python -I -S`, so it imports the standard library alone. A launcher instead of a
`preexec_fn`: nothing of ours runs between fork and exec in a process that may hold threads.

    launcher.py PARENT_PID ORPHAN_SIGNAL UID GID PROGRAM [ARGUMENT ...]

UID and GID of -1 keep the caller's account.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Drop the account, ask the kernel for a signal at the parent's death, exec."""
    parent, orphan_signal, uid, gid = (int(word) for word in sys.argv[1:5])
    program = sys.argv[5:]
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    for number in (
        signal.SIGINT,
        signal.SIGTERM,
        signal.SIGHUP,
        signal.SIGQUIT,
        signal.SIGPIPE,
        signal.SIGXFSZ,
    ):
        signal.signal(number, signal.SIG_DFL)
    os.umask(0o077)
    if uid >= 0:
        os.setgroups([gid])
        os.setgid(gid)
        os.setuid(uid)
    # After the account: a change of credentials clears the parent-death signal.
    if libc is not None and libc.prctl(PR_SET_PDEATHSIG, orphan_signal, 0, 0, 0) != 0:
        sys.exit("the kernel refused PR_SET_PDEATHSIG")
    if os.getppid() != parent:  # it died before the kernel knew of our wish
        sys.exit("the supervisor is gone")
    try:
        os.execv(program[0], program)  # noqa: S606
    except OSError as error:
        sys.exit(f"cannot run {program[0]}: {error.strerror}")


if __name__ == "__main__":
    main()
