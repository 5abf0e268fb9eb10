"""The supervisor by itself, with children that are shell scripts."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiebang.engines import Child, EngineError, Event, Supervisor
from jiebang.engines import supervisor as supervisors
from jiebang.engines.supervisor import FIRST_PAUSE, LONGEST_PAUSE, pause_before_restart
from support.processes import alive, until


def shell(folder: Path, script: str, **changes: Any) -> Child:
    return Child(
        name="child",
        argv=("/bin/sh", "-c", script),
        log=folder / "child.log",
        env={"PATH": os.defpath},
        cwd=folder,
        **changes,
    )


async def never() -> bool:
    return False


async def test_a_child_that_does_not_start_says_why(tmp_path: Path) -> None:
    async with Supervisor() as supervisor:
        with pytest.raises(EngineError) as refusal:
            await supervisor.start(shell(tmp_path, "echo the disk is on fire >&2; exit 3", ready=never))
    assert str(refusal.value) == (
        f"child did not start: it ended with status 3; its log ends: the disk is on fire (log: {tmp_path / 'child.log'})."
    )


async def test_a_child_that_is_never_ready_is_stopped(tmp_path: Path) -> None:
    async with Supervisor() as supervisor:
        with pytest.raises(EngineError, match="was not ready within 0 s; its log ends: thinking"):
            await supervisor.start(
                shell(tmp_path, "echo thinking; echo $$ > pid; exec sleep 60", ready=never, ready_timeout=0.3)
            )
    assert not alive(int((tmp_path / "pid").read_text()))


async def test_a_dead_child_comes_back_without_its_old_grandchildren(tmp_path: Path) -> None:
    events: list[Event] = []
    # `setsid` leaves the process group; `trap` makes the grandchild deaf to polite signals.
    script = "setsid sh -c 'trap \"\" TERM; echo $$ >> grandchildren; while :; do sleep 1; done' & exec sleep 600"

    async def grandchild_is_there() -> bool:
        runs = sum(event.kind == "started" for event in events)
        pids = (tmp_path / "grandchildren").read_text().split()
        return len(pids) == runs

    async with Supervisor(events.append) as supervisor:
        await supervisor.start(shell(tmp_path, script, ready=grandchild_is_there))
        first = supervisor.pid("child")
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await until(lambda: [event.kind for event in events].count("ready") == 2)
        old, new = (int(pid) for pid in (tmp_path / "grandchildren").read_text().split())
        assert (alive(first), alive(old), alive(new)) == (False, False, True)
    assert not alive(new)
    assert [event.kind for event in events] == [
        "started", "ready", "exited", "restarting", "started", "ready", "stopped",
    ]  # fmt: skip


async def test_a_big_log_is_put_aside_at_the_start(tmp_path: Path) -> None:
    log = tmp_path / "child.log"
    log.write_bytes(b"x" * (10 * 1024 * 1024 + 1))
    async with Supervisor() as supervisor:
        await supervisor.start(shell(tmp_path, "echo fresh; exec sleep 60"))
        await until(lambda: log.read_bytes() == b"fresh\n")
    assert (tmp_path / "child.log.1").stat().st_size == 10 * 1024 * 1024 + 1


async def test_a_child_that_is_killed_again_and_again_never_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisors, "LONGEST_PAUSE", 0.4)
    events: list[Event] = []
    async with Supervisor(events.append) as supervisor:
        await supervisor.start(shell(tmp_path, "exec sleep 60"))
        for n in range(2, 6):
            await asyncio.sleep(0.6)  # ready for longer than the longest pause
            pid = supervisor.pid("child")
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            await until(lambda n=n: [event.kind for event in events].count("ready") == n)
    assert [event.detail for event in events if event.kind == "restarting"] == ["in 0.1 s"] * 4


async def test_a_child_that_ends_as_soon_as_it_is_ready_waits_ever_longer(tmp_path: Path) -> None:
    events: list[Event] = []
    async with Supervisor(events.append) as supervisor:
        await supervisor.start(shell(tmp_path, "exec sleep 0.05"))
        await until(lambda: [event.kind for event in events].count("restarting") == 4)
    first, *_, last = (float(event.detail.split()[1]) for event in events if event.kind == "restarting")
    assert first <= 0.2
    assert last >= 1.2


@given(st.lists(st.floats(0, LONGEST_PAUSE), min_size=8))
def test_what_ends_again_and_again_waits_ever_longer(lives: list[float]) -> None:
    pause, before = FIRST_PAUSE, 0.0
    for ready_for in lives:
        before, pause = pause, pause_before_restart(pause, ready_for)
        assert min(2 * before, LONGEST_PAUSE) == pause
    assert pause == LONGEST_PAUSE


@given(st.floats(FIRST_PAUSE, LONGEST_PAUSE), st.floats(LONGEST_PAUSE, exclude_min=True, allow_infinity=False))
def test_what_was_ready_for_long_is_back_at_once(last: float, ready_for: float) -> None:
    assert pause_before_restart(last, ready_for) == FIRST_PAUSE
