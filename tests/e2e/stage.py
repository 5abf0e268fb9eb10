"""Serve a season at one of its steps until Ctrl-C: `python tests/e2e/stage.py --until review --port 8123`.

Steps are those of `jiebang.demo.season` (start, draft, …, submit, opening, formal_check, draw, declare, review, …, end).
`tour` has four topics: one awarded, one under review, one opened, one open. The calendar is moved so that the step happens now; `--as-written` leaves it in 2026 and shifts the database's clock.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from jiebang.demo.season import STEPS, instant
from jiebang.demo.seed import accounts
from jiebang.local import temporary_folder
from support.stage import stage, tour


async def main() -> None:
    """Play, say who is who, serve."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--until", default="publish", choices=["tour", *(step.code for step in STEPS)])
    parser.add_argument("--port", type=int, default=None)
    parser.add_argument("--slots", default="0,1,2", help="which of the three topics, e.g. 0")
    parser.add_argument("--as-written", action="store_true")
    given = parser.parse_args()
    slots = tuple(int(slot) for slot in given.slots.split(","))
    if given.until == "tour":
        await serve_tour(given.port)
        return
    offset = None if given.as_written else datetime.now(UTC) - timedelta(minutes=5) - instant(given.until)
    with temporary_folder("jiebang-stage-") as folder:
        async with stage(folder / "data", until=given.until, slots=slots, port=given.port, offset=offset) as it:
            if offset is not None:
                await it.clock.real()
            print(
                f"{it.base} serves the season after {given.until!r}", *accounts(it.online.season), sep="\n", flush=True
            )
            await asyncio.Event().wait()


async def serve_tour(port: int | None) -> None:
    """Topics in each state worth looking at."""
    with temporary_folder("jiebang-stage-") as folder:
        async with stage(folder / "data", until=None, port=port) as it:
            plays = await tour(it)
            for name, play in plays.items():
                print(name, play.state["topics"], [team["team"] for team in play.state["teams"]])
            print(f"{it.base} serves the tour", *accounts(it.online.season), sep="\n", flush=True)
            await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        print("stopped")
