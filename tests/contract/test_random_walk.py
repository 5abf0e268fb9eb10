"""Random commands, legal and illegal, by everybody, over a competition in all its stages: nothing leaves its lifecycle.

Operations, people, objects, versions and bodies are drawn; bodies are the document's examples, some with a member of the
wrong value. After each command every object that moved has moved along its lifecycle, and a refusal names its rule.
"""

from __future__ import annotations

import gc
import os
from contextlib import AsyncExitStack
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
from support import api
from support.world import make_world, strangers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import httpx

    from jiebang.platform.storage import Storage
    from jiebang.web.assembly import Application

Walker: TypeAlias = "tuple[frozenset[str], httpx.AsyncClient]"
WALKS = int(os.environ.get("JIEBANG_WALKS", "60"))
LIFECYCLES = {
    "topic": TOPIC, "application": APPLICATION, "review_assignment": ASSIGNMENT, "award_list": AWARD_LIST,
    "contract": CONTRACT, "milestone": MILESTONE, "disbursement": DISBURSEMENT,
}  # fmt: skip
LEFT_OUT = {
    "sign_out", "act_for", "freeze_topic", "recuse_from_topic", "bar_from_topic", "revoke_topic_role", "reassign_duties",
}  # fmt: skip
"""They would end the walkers' own sessions, or stand them before closed doors for the rest of the walk."""
OPERATIONS = [operation for operation in api.operations() if operation.id not in LEFT_OUT]
STEP = st.tuples(
    st.integers(0, len(OPERATIONS) - 1),
    st.integers(0, 99),
    st.integers(0, 99),
    st.integers(0, 6),
    st.sampled_from("aaab"),
)
"""Operation; who (most of a class that it admits); which objects; which version (most the right one); whether the body is
the example (a) or has a wrong value (b)."""


@pytest.fixture(scope="module")
async def walkers(
    whole: Application, store: Storage, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[list[Walker], dict[str, list[str]]]]:
    """Everybody who has a part in the world, strangers too, and the world's objects by path parameter."""
    folder: Path = tmp_path_factory.mktemp("walk")
    world = await make_world(store, folder)
    found = [who for who, _ in world.owners.values()] + world.insiders + [world.rival, world.expert]
    actors = list({actor.person_id: actor for actor in [*found, *(await strangers(world)).values()]}.values())
    async with AsyncExitStack() as stack:
        yield (
            [
                (actor.classes if actor else frozenset(), await stack.enter_async_context(api.client(whole, actor)))
                for actor in [*actors, None]
            ],
            world.ids,
        )


async def _look() -> tuple[dict[tuple[str, Any], str], dict[str, int]]:
    """Every object's state by (table, id), and its version by id."""
    columns = "select '{0}' as kind, id, status, version from {0}"
    async with ENGINE.unit_of_work(Role.OWNER) as db:
        rows = await db.fetch(" union all ".join(columns.format(table) for table in LIFECYCLES))
    return {(r["kind"], r["id"]): r["status"] for r in rows}, {str(r["id"]): r["version"] for r in rows}


def _check_moves(before: dict[tuple[str, Any], str], after: dict[tuple[str, Any], str], told: str) -> int:
    """How many objects moved."""
    moved = 0
    for (table, key), state in after.items():
        lifecycle: Any = LIFECYCLES[table]
        assert state in lifecycle.states, f"{told}: {table} in {state}"
        old = before.get((table, key))
        if old is None:
            assert state == lifecycle.initial, f"{told}: a new {table} in {state}"
        elif old != state:
            steps = {to for (at, _), to in lifecycle.transitions.items() if at == old}
            assert state in steps, f"{told}: {table} {old} to {state}"
        moved += old != state
    assert before.keys() <= after.keys(), f"{told}: something was deleted"
    return moved


def _known_rules() -> set[str]:
    """The rules that code declares, and the one that each lifecycle makes."""
    declared = {one.code for one in gc.get_objects() if isinstance(one, Rule)}
    return declared | {f"{lifecycle.name}.not_now" for lifecycle in LIFECYCLES.values()}


def _body(operation: api.Operation, which: str, n: int) -> Any:
    if which == "a" or not isinstance(operation.example, dict) or not operation.example:
        return operation.example
    name = sorted(operation.example)[n % len(operation.example)]
    return operation.example | {name: [None, "", -1, "x" * 300, [], {}][n % 6]}


@pytest.mark.long
@settings(
    max_examples=WALKS, deadline=None, derandomize=True, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)  # fmt: skip
@given(steps=st.lists(STEP, min_size=30, max_size=60))
async def test_no_command_leaves_the_lifecycles(
    walkers: tuple[list[Walker], dict[str, list[str]]], steps: list[Any]
) -> None:
    everybody, ids = walkers
    known = _known_rules()
    before, versions = await _look()
    for at, who, which, version, kind in steps:
        operation = OPERATIONS[at]
        values = {
            name: ids[name][which % len(ids[name])] if name in ids else api.absent(operation)[name]
            for name in operation.names("path")
        }
        admitted = [w for w in everybody if f"jiebang_{operation.role}" in w[0]] if who % 8 else everybody
        right = next((versions[v] for v in reversed(values.values()) if v in versions), 0)
        headers = operation.headers(right if version < 5 else version - 5)
        options = {} if operation.schema is None else {"json": _body(operation, kind, which)}
        answer = await api.call(admitted[who % len(admitted)][1], operation, values, headers=headers, **options)
        after, versions = await _look()
        told = f"{operation.id} {answer.status_code} {answer.text[:200]}"
        moved = _check_moves(before, after, told)
        if answer.status_code >= 400:
            assert moved == 0, f"refused, and something moved: {told}"
            assert answer.json()["code"] in known, told
        COUNTS[answer.status_code] = COUNTS.get(answer.status_code, 0) + 1
        COUNTS["moved"] = COUNTS.get("moved", 0) + moved
        before = after


COUNTS: dict[Any, int] = {}


@pytest.mark.long
def test_the_walks_went_somewhere() -> None:
    print(COUNTS)
    assert COUNTS["moved"] > 0
    assert sum(n for status, n in COUNTS.items() if status != "moved" and status < 300) > 50
