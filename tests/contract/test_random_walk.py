"""Random commands, legal and illegal, by everybody, over a competition in all its stages: nothing leaves its lifecycle.

About half of the steps are commands that the right person could give now (`support.walk`): they must be done. Some are
the same commands by somebody else or once more. The others are any operation by anybody on anything, with the document's
example as body, some with a member of the wrong value. After each command every object that moved has taken one step of its lifecycle that the command may cause, a
refusal moved nothing and names its rule, and the books are right. Each walk begins in an agency of its own, so that a
failing one is found again, and made shorter, by its steps alone.
"""

from __future__ import annotations

import gc
import os
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from jiebang.applications.domain import LIFECYCLE as APPLICATION
from jiebang.awards.domain import AWARD_LIST, CONTRACT
from jiebang.challenges.lifecycle import TOPIC
from jiebang.funding.domain import DISBURSEMENT, MILESTONE
from jiebang.kernel.errors import Rule
from jiebang.platform.db import ENGINE, Role
from jiebang.review.domain import ASSIGNMENT
from jiebang.web.rules import CONFLICT
from support import api, people, walk
from support.world import make_world, strangers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path
    from uuid import UUID

    import httpx

    from jiebang.platform.storage import Storage
    from jiebang.web.assembly import Application

Walker: TypeAlias = "tuple[frozenset[str], httpx.AsyncClient]"
Known: TypeAlias = "dict[str, list[str]]"
WALKS = int(os.environ.get("JIEBANG_WALKS", "60"))
PHASES = [Phase.generate, *([Phase.shrink] if os.environ.get("JIEBANG_SHRINK") else [])]
"""Making a failing walk shorter takes minutes: it is asked for."""
LIFECYCLES: dict[str, Any] = {
    "topic": TOPIC, "application": APPLICATION, "review_assignment": ASSIGNMENT, "award_list": AWARD_LIST,
    "contract": CONTRACT, "milestone": MILESTONE, "disbursement": DISBURSEMENT,
}  # fmt: skip
LEFT_OUT = {
    "sign_out", "act_for", "freeze_topic", "recuse_from_topic", "bar_from_topic", "revoke_topic_role", "reassign_duties",
}  # fmt: skip
"""They would end the walkers' own sessions, or stand them before closed doors for the rest of the walk."""
OPERATIONS = [operation for operation in api.operations() if operation.id not in LEFT_OUT]
BY_NAME = {operation.id: operation for operation in OPERATIONS}
STEP = st.tuples(
    st.sampled_from(("possible", "possible", "possible", "again", "any")),
    st.integers(0, 719),
    st.integers(0, 99),
    st.integers(0, 99),
    st.integers(0, 6),
    st.sampled_from("aaab"),
)
"""A possible command, if there is one; one of the possible or past ones by anybody of the agency's; or any operation by
anybody. Then: which operation; who; on which objects; and of those that are any: which version (most the right one),
whether the body is the example (a) or has a wrong value (b)."""
COUNTS: Counter[str] = Counter()
TAKEN: Counter[str] = Counter()
REFUSED: Counter[str] = Counter()
MOVED_AT_LEAST = 40


@dataclass(frozen=True, slots=True)
class Seen:
    """What the database says between two commands.

    `states` and `versions` are of every object by (kind, id); `possible` as `walk.possible`.
    """

    states: dict[tuple[str, str], str]
    versions: dict[tuple[str, str], int]
    wrong_books: list[str]
    known: Known
    possible: dict[str, list[dict[str, Any]]]


_OBJECTS = " union all ".join(
    f"select '{table}' as kind, id::text, status, version from {table}" for table in LIFECYCLES
)


async def _look(agency_id: UUID) -> Seen:
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        rows = await db.fetch(_OBJECTS)
        return Seen(
            {(r["kind"], r["id"]): r["status"] for r in rows},
            {(r["kind"], r["id"]): r["version"] for r in rows},
            [r["wrong"] for r in await db.fetch(walk.Q.wrong_books)],
            {r["name"]: r["known"] for r in await db.fetch(walk.Q.ids, agency_id)},
            await walk.possible(db, agency_id),
        )


def _check(before: Seen, after: Seen, effects: tuple[str, ...], told: str) -> None:
    """Whatever moved did so by one transition among `effects`; count the transitions, "kind state command"."""
    assert before.states.keys() <= after.states.keys(), f"{told}: something was deleted"
    assert not after.wrong_books, f"{told}: {after.wrong_books}"
    for (kind, key), state in after.states.items():
        lifecycle, old = LIFECYCLES[kind], before.states.get((kind, key))
        touched = before.versions.get((kind, key)) != after.versions[kind, key]
        assert state in lifecycle.states, f"{told}: {kind} in {state}"
        if old is None:
            assert state == lifecycle.initial, f"{told}: a new {kind} in {state}"
            assert f"{kind} new" in effects, f"{told}: makes no {kind}"
            TAKEN[f"{kind} new"] += 1
        elif touched or old != state:
            ways = [c for (at, c), to in lifecycle.transitions.items() if (at, to) == (old, state)]
            may = [c for c in ways if f"{kind} {c}" in effects]
            assert may or old == state, f"{told}: {kind} {old} to {state}, by {ways or 'no command'}"
            TAKEN.update(f"{kind} {old} {c}" for c in may)


def _body(operation: api.Operation, which: str, n: int) -> Any:
    if which == "a" or not isinstance(operation.example, dict) or not operation.example:
        return operation.example
    name = sorted(operation.example)[n % len(operation.example)]
    return operation.example | {name: [None, "", -1, "x" * 300, [], {}][n % 6]}


@dataclass(frozen=True, slots=True)
class Walk:
    """An agency's competition, its people and, in `all`, those of another one, whose objects are `foreign`."""

    agency_id: UUID
    own: dict[str, Walker]
    all: list[Walker]
    foreign: Known
    given: list[tuple[str, walk.Row]] = field(default_factory=list[tuple[str, walk.Row]])

    async def possible(self, seen: Seen, n: int, who: int, which: int) -> tuple[str, httpx.Response | None]:
        """Give one of the commands that are possible, or let time pass (no answer)."""
        weighed = [move for move in seen.possible for _ in range(walk.weight(move))]
        move = weighed[n % len(weighed)]
        row = seen.possible[move][which % len(seen.possible[move])]
        COUNTS["possible"] += 1
        if move in walk.TIME:
            await walk.TIME[move](row)
            return move, None
        person = row["people"][who % len(row["people"])]
        answer = await self._give(move, row, self.own[person], row.get("version", 0))
        assert answer.status_code < 300, f"possible, and refused: {move} {row} {answer.text[:500]}"
        self.given.append((move, row))
        return move, answer

    async def again(self, seen: Seen, n: int, who: int) -> tuple[str, httpx.Response]:
        """Give a command that is possible or was, with the right words and the present version, whoever one is."""
        pool = [
            *self.given,
            *((move, row) for move in seen.possible if move in walk.MOVES for row in seen.possible[move]),
        ]
        move, row = pool[n % len(pool)]
        names = BY_NAME[move].names("path")
        version = next((v for (_, key), v in seen.versions.items() if key in {row[name] for name in names}), 0)
        answer = await self._give(move, row, list(self.own.values())[who % len(self.own)], version)
        COUNTS["again: done" if answer.status_code < 300 else "again: refused"] += 1
        return move, answer

    async def _give(self, move: str, row: walk.Row, who: Walker, version: int) -> httpx.Response:
        operation, body = BY_NAME[move], await walk.MOVES[move].body(row)
        values = {name: row[name] for name in operation.names("path")}
        options = {} if body is None else {"json": body}
        return await api.call(who[1], operation, values, headers=operation.headers(version), **options)

    async def any(
        self, seen: Seen, n: int, who: int, which: int, version: int, kind: str
    ) -> tuple[str, httpx.Response]:
        """Call any operation on anything."""
        operation = OPERATIONS[n % len(OPERATIONS)]
        values = api.absent(operation)
        for name in values:
            if pool := seen.known.get(name, []) + self.foreign.get(name, []):
                values[name] = pool[which % len(pool)]
        versions = {key: v for (_, key), v in seen.versions.items()}
        right = next((versions[v] for v in reversed(values.values()) if v in versions), 0)
        admitted = [w for w in self.all if f"jiebang_{operation.role}" in w[0]] if who % 8 else self.all
        _, http = admitted[who % len(admitted)]
        options = {} if operation.schema is None else {"json": _body(operation, kind, which)}
        headers = operation.headers(right if version < 5 else version - 5)
        answer = await api.call(http, operation, values, headers=headers, **options)
        COUNTS["any: done" if answer.status_code < 300 else "any: refused"] += 1
        return operation.id, answer


@pytest.fixture(scope="module")
async def ground(
    whole: Application, store: Storage, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Path, list[Walker], Known]]:
    """A folder; everybody who has a part in another agency's competition, and strangers; its objects by path parameter."""
    folder: Path = tmp_path_factory.mktemp("walk")
    world = await make_world(store, folder)
    found = [who for who, _ in world.owners.values()] + world.insiders + [world.rival, world.expert]
    actors = list({actor.person_id: actor for actor in [*found, *(await strangers(world)).values()]}.values())
    async with AsyncExitStack() as stack, walk.helpers():
        others = [
            (actor.classes if actor else frozenset[str](), await stack.enter_async_context(api.client(whole, actor)))
            for actor in [*actors, None]
        ]
        yield folder, others, world.ids


@asynccontextmanager
async def _begun(
    app: Application, start: str, folder: Path, others: list[Walker], foreign: Known
) -> AsyncIterator[Walk]:
    agency_id = await walk.STARTS[start](folder)
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        rows = await db.fetch(walk.Q.people, agency_id)
    async with AsyncExitStack() as stack:
        own: dict[str, Walker] = {}
        for row in rows:
            actor, _ = await people.sign_in(row["person_id"], row["org_id"])
            own[str(actor.person_id)] = actor.classes, await stack.enter_async_context(api.client(app, actor))
        yield Walk(agency_id, own, [*own.values(), *others], foreign)


@pytest.mark.long
@pytest.mark.parametrize("start", walk.STARTS)
@settings(
    max_examples=-(-WALKS // len(walk.STARTS)), deadline=None, derandomize=True, phases=PHASES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)  # fmt: skip
@given(steps=st.lists(STEP, min_size=35, max_size=60))
async def test_no_command_leaves_the_lifecycles(
    whole: Application, ground: tuple[Path, list[Walker], Known], start: str, steps: list[Any]
) -> None:
    known_rules = _known_rules()
    async with _begun(whole, start, *ground) as on:
        seen = await _look(on.agency_id)
        for way, n, who, which, version, kind in steps:
            if way == "possible" and seen.possible:
                operation, answer = await on.possible(seen, n, who, which)
            elif way == "again" and (on.given or seen.possible.keys() & walk.MOVES.keys()):
                operation, answer = await on.again(seen, n, who)
            else:
                operation, answer = await on.any(seen, n, who, which, version, kind)
            before, seen = seen, await _look(on.agency_id)
            if answer is None:
                _check(before, seen, (), operation)
                continue
            told = f"{operation} {answer.status_code} {answer.text[:300]}"
            if answer.status_code < 400:
                _check(before, seen, walk.MOVES[operation].effects if operation in walk.MOVES else (), told)
            else:
                _check(before, seen, (), told)
                assert (before.states, before.versions) == (seen.states, seen.versions), f"refused, and moved: {told}"
                assert answer.json()["code"] in known_rules, told
                REFUSED[answer.json()["code"]] += 1
            while jobs := await walk.due(on.agency_id):
                for job in jobs:
                    await walk.work(job)
                    before, seen = seen, await _look(on.agency_id)
                    _check(before, seen, walk.JOBS[job.kind].effects, f"{job.kind} after {told}")


def _known_rules() -> set[str]:
    """The rules that code declares, and the one that each lifecycle makes; not the one that says that none was asked."""
    declared = {one.code for one in gc.get_objects() if isinstance(one, Rule)}
    return declared - {CONFLICT.code} | {f"{lifecycle.name}.not_now" for lifecycle in LIFECYCLES.values()}


@pytest.mark.long
def test_the_walks_went_somewhere() -> None:
    """Every transition of every lifecycle was taken; it runs after the walks."""
    for counted in (COUNTS, TAKEN, REFUSED):
        print("\n" + "\n".join(f"{n:6} {what}" for what, n in sorted(counted.items())))
    if WALKS < 60:
        pytest.skip("too few walks to have gone everywhere")
    every = {f"{kind} {at} {c}" for kind, one in LIFECYCLES.items() for at, c in one.transitions}
    assert not sorted(every - TAKEN.keys()), "transitions that nobody took"
    for kind in LIFECYCLES:
        assert sum(n for what, n in TAKEN.items() if what.startswith(f"{kind} ")) >= MOVED_AT_LEAST, kind
    assert len(REFUSED) >= 15, sorted(REFUSED)
    assert 0.4 < COUNTS["possible"] / COUNTS.total() < 0.6, "half of the steps are possible commands"
