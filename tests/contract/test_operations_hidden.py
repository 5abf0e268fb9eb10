"""What is hidden from somebody and what does not exist look alike, whoever asks and whatever is asked."""

from __future__ import annotations

import re
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest

from jiebang.platform.db.engine import RoutedEngine
from support import api
from support.world import SEALED, make_world, strangers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from jiebang.platform.storage import Storage
    from jiebang.web.assembly import Application
    from support.api import Operation
    from support.world import World

OPEN_TO_ALL = {"read_topic", "count_applications", "list_draw_commitments", "read_draw_record", "found_team"}
"""Everybody may see published topics: for these only drafts are hidden."""
NOTHING_HIDDEN = {"read_taxonomy", "read_notice"}
WITH_PATH = [o for o in api.operations() if o.names("path") and o.id not in NOTHING_HIDDEN]
_OWN_TO_EACH = {"x-request-id", "ratelimit-remaining", "ratelimit-reset", "date"}


@pytest.fixture(scope="module")
async def world(store: Storage, tmp_path_factory: pytest.TempPathFactory) -> World:
    return await make_world(store, tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
async def people(whole: Application, world: World) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    async with AsyncExitStack() as stack:
        clients = {
            name: await stack.enter_async_context(api.client(whole, actor))
            for name, actor in (await strangers(world)).items()
        }
        yield clients | {"nobody": await stack.enter_async_context(api.client(whole))}


def looks(answer: httpx.Response, asked: dict[str, str]) -> Any:
    """All that its receiver can tell it by, but for what he asked himself."""
    headers = {name: value for name, value in answer.headers.items() if name not in _OWN_TO_EACH}
    body = re.sub('"urn:uuid:[0-9a-f-]{36}"', '"."', answer.text)
    for name, value in asked.items():
        body = body.replace(value, name)
    return answer.status_code, body, headers


@pytest.mark.parametrize("operation", WITH_PATH, ids=lambda o: o.id)
async def test_hidden_and_absent_look_alike(
    operation: Operation, world: World, people: dict[str, httpx.AsyncClient]
) -> None:
    versions = (1, 2, 5) if operation.wants("If-Match") else (1,)
    different: list[str] = []
    for name, http in people.items():
        none = api.absent(operation)
        missing = looks(await api.call(http, operation, none), none)
        for values in world.foreign(operation):
            if operation.id in OPEN_TO_ALL and values["topic_id"] not in world.hidden:
                continue
            for version in versions:
                answer = await api.call(http, operation, values, headers=operation.headers(version))
                seen = looks(answer, values)
                if seen != missing:
                    told = (seen[:2], missing[:2]) if seen[:2] != missing[:2] else (seen, missing)
                    different.append(f"{name} {values}: {told[0]} instead of {told[1]}")
    assert not different, "\n".join(different)


OF_A_BID = [
    o for o in WITH_PATH if set(o.names("path")) & set(SEALED) and set(o.names("path")) <= {*SEALED, "topic_id"}
]


@pytest.mark.parametrize("operation", OF_A_BID, ids=lambda o: o.id)
async def test_a_sealed_bid_is_absent_for_its_own_agency(
    operation: Operation, whole: Application, world: World
) -> None:
    values = {name: world.sealed[name] for name in operation.names("path")}
    none = api.absent(operation) | {name: value for name, value in values.items() if name == "topic_id"}
    for insider in world.insiders:
        async with api.client(whole, insider) as http:
            missing = looks(await api.call(http, operation, none), none)
            assert missing[0] in {403, 404} or operation.id == "list_materials"
            assert looks(await api.call(http, operation, values), values) == missing


async def test_the_world_is_there_for_those_who_may_see_it(whole: Application, world: World) -> None:
    """Or the test above would compare nothing with nothing."""
    for name, (reader, values) in world.owners.items():
        (operation,) = [o for o in api.operations() if o.id == name]
        async with api.client(whole, reader) as http:
            assert (await api.call(http, operation, values)).status_code == 200, name


PRIVATE = [o for o in api.operations() if not o.public and o.id != "sign_out"]


@pytest.mark.parametrize("operation", PRIVATE, ids=lambda o: o.id)
async def test_each_login_serves_its_own_class(
    operation: Operation, people: dict[str, httpx.AsyncClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who lacks the class that an operation names is refused before its login is used; a member needs no other."""
    used: set[str] = set()
    read, unit = RoutedEngine.read, RoutedEngine.unit_of_work

    def spy(function: Any) -> Any:
        def run(self: RoutedEngine, role: Any, *args: Any, **kwargs: Any) -> Any:
            used.add(role.short)
            return function(self, role, *args, **kwargs)

        return run

    monkeypatch.setattr(RoutedEngine, "read", spy(read))
    monkeypatch.setattr(RoutedEngine, "unit_of_work", spy(unit))
    member = await api.call(people["member"], operation, api.absent(operation))
    assert used <= {"public", "member"}
    if operation.role != "member":
        assert (member.status_code, member.json()["code"]) == (403, "forbidden")
    used.clear()
    await api.call(people["reviewer" if operation.role == "reviewer" else "officer"], operation, api.absent(operation))
    assert used <= {"public", "member", operation.role} | ({"officer"} if operation.role == "member" else set())
