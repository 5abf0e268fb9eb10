"""The authorization matrix: every operation × {public, member, lead, expert, officer, funder, supervisor} × {own, same
agency, foreign, absent}. `matrix.txt` says what each may do; an operation without a row fails.

Every call runs in a unit of work that is rolled back, so no cell depends on another one.
"""

from __future__ import annotations

import os
import re
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from jiebang.applications.rules import NOT_LEAD
from jiebang.applications.service import bids
from jiebang.awards import contracts as award_contracts
from jiebang.awards import service as award_service
from jiebang.kernel.errors import Forbidden, NotFound
from jiebang.platform.db import ENGINE, Role, engine
from support import api, matrix, people

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID

    import httpx

    from jiebang.engines.local import Endpoints
    from jiebang.kernel.actor import Actor
    from jiebang.platform.storage import Storage
    from support.api import Operation
    from support.matrix import Place

TABLE = Path(__file__).with_name("matrix.txt")
OPERATIONS = {operation.id: operation for operation in api.operations()}
OPEN_TO_ALL = {
    "read_topic", "count_applications", "list_draw_commitments", "read_draw_record", "found_team", "read_notice", "read_taxonomy",
}  # fmt: skip
"""What is published is there for everybody, foreign or not."""
AS_THINGS_STAND = {
    "export_audit_chain": str.maketrans("=", "+"),
    "list_audit_checkpoints": str.maketrans("=", "+"),
    "reveal_applicants_share": str.maketrans("!", "0"),
}
"""Feeds that are empty until something is in them, and a share that nobody awaits (a rule) or that is another's (absent)."""
WORDS = set(api.WORDS)
_OWN_TO_EACH = {"x-request-id", "ratelimit-remaining", "ratelimit-reset", "date"}


def rows() -> dict[str, list[str]]:
    """The table: an operation's cells, one word for each relation, one sign for each class."""
    lines = (line.split() for line in TABLE.read_text("utf-8").splitlines() if line and not line.startswith("#"))
    return {line[0]: line[1:] for line in lines}


async def _undone(connection: Any) -> None:
    await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    await connection.execute("ROLLBACK")
    await connection.execute("RESET ALL")


@pytest.fixture(scope="module")
async def places(database: Any, store: Storage, tmp_path_factory: pytest.TempPathFactory) -> list[Place]:
    agencies = [await people.organisation("agency") for _ in range(2)]
    async with ENGINE.unit_of_work(Role.OWNER) as db:  # the one that the document's examples name
        await db.execute(
            "insert into organisation (id, kind, country, registry, registry_id, name_zh, name_en, created_at)"
            " values (gen_random_uuid(), 'enterprise', 'DE', 'Handelsregister', 'HRB 00000', '示例', 'Example', now())"
            " on conflict do nothing"
        )
    return [
        await matrix.make_place(agency, store, tmp_path_factory.mktemp("place"))
        for agency in (agencies[0], agencies[0], agencies[1])
    ]


@pytest.fixture(scope="module")
async def clients(places: list[Place], endpoints: Endpoints) -> AsyncIterator[dict[object, httpx.AsyncClient]]:
    """A browser for everybody in the places, and one for nobody."""
    async with AsyncExitStack() as stack:
        app = api.composed(endpoints)
        everybody: set[Actor] = {
            one for place in places for home in place.homes for group in home.people.values() for one in group
        }
        made: dict[object, httpx.AsyncClient] = {
            one.person_id: await stack.enter_async_context(api.client(app, one)) for one in everybody
        }
        yield made | {None: await stack.enter_async_context(api.client(app))}


@pytest.fixture
async def tried(
    places: list[Place], clients: dict[object, httpx.AsyncClient], monkeypatch: pytest.MonkeyPatch
) -> dict[object, httpx.AsyncClient]:
    """The browsers, while nothing that they do stays."""
    monkeypatch.setattr(engine, "_commit", _undone)
    return clients


def _looks(answer: httpx.Response, asked: dict[str, str]) -> Any:
    headers = {name: value for name, value in answer.headers.items() if name not in _OWN_TO_EACH}
    body = re.sub('"urn:uuid:[0-9a-f-]{36}"', '"."', answer.text)
    for name, value in asked.items():
        body = body.replace(value, name)
    return answer.status_code, body, headers


async def cells(
    operation: Operation, places: list[Place], clients: dict[object, httpx.AsyncClient]
) -> tuple[list[str], list[str]]:
    """The operation's row as it is, and where foreign and absent can be told apart."""
    home = places[0].home(operation)
    target = matrix.values_of(operation, home)
    none = {name: api.WORDS.get(name) or str(uuid4()) for name in target}
    words, apart = [], []
    for relation, place, values in zip(
        matrix.RELATIONS, (places[0], places[1], places[2], places[2]), (target, target, target, none), strict=True
    ):
        word = ""
        for group in matrix.CLASSES:
            who = place.home(operation).people.get(group, [None])
            answers = [await api.call(clients[one and one.person_id], operation, values) for one in who]
            word += matrix.furthest([matrix.sign(answer) for answer in answers])
            if relation == "foreign" and operation.id not in OPEN_TO_ALL:
                for one, answer in zip(who, answers, strict=True):
                    missing = await api.call(clients[one and one.person_id], operation, none)
                    if _looks(answer, values) != _looks(missing, none):
                        apart.append(f"{group}: {answer.status_code} {answer.text[:200]} / {missing.text[:200]}")
        words.append(word)
        if not target:  # it names nothing: there is one relation
            break
    return words, apart


PUBLISHED = {"agency_id", "rule_set_id", "end_user_id", "funder_id"}
"""Members of bodies that name what everybody may see, or what officers may look up: any registered organisation."""
NAMES = {
    "application_id": "application_id", "from_person_id": "person_id", "material_ids": "material_id",
    "milestone_id": "milestone_id", "org_id": "org_id", "to_person_id": "person_id",
}  # fmt: skip
"""Members of bodies that name something of somebody's, and what it is called in a path."""


def _members(schema: Any, at: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Where in a body ids stand: the members' names from the top, `*` for each item of a list."""
    if not isinstance(schema, dict):
        return []
    if schema.get("format") == "uuid":
        return [at]
    found = [place for name, one in schema.get("properties", {}).items() for place in _members(one, (*at, name))]
    found += _members(schema.get("items"), (*at, "*"))
    return found + [place for one in schema.get("anyOf", ()) for place in _members(one, at)]


def _with(body: Any, at: tuple[str, ...], value: str) -> Any:
    if not at:
        return value
    if at[0] == "*":
        return [_with(one, at[1:], value) for one in body or [None]]
    return {**body, at[0]: _with(body.get(at[0]), at[1:], value)}


BODIES = [
    (operation.id, at)
    for operation in OPERATIONS.values()
    for at in _members(operation.schema)
    if not PUBLISHED.intersection(at)
]


def test_matrix_knows_every_id_in_a_body() -> None:
    assert {next(name for name in reversed(at) if name != "*") for _, at in BODIES} == NAMES.keys()


@pytest.mark.parametrize(("name", "at"), BODIES, ids=lambda one: one if isinstance(one, str) else ".".join(one))
async def test_matrix_hides_what_a_body_names(
    name: str, at: tuple[str, ...], places: list[Place], tried: dict[object, httpx.AsyncClient]
) -> None:
    """Whoever names another agency's thing in a body of his own is answered as if there were none."""
    assert await _told_by_body(name, at, places, tried) == []


async def _told_by_body(
    name: str, at: tuple[str, ...], places: list[Place], clients: dict[object, httpx.AsyncClient]
) -> list[str]:
    operation, member = OPERATIONS[name], NAMES[next(one for one in reversed(at) if one != "*")]
    foreign = next(home.ids[member] for home in reversed(places[2].homes) if member in home.ids)
    told, calls = [], 0
    for home in places[0].homes:
        if not home.ids.keys() >= set(operation.names("path")) - WORDS:
            continue
        values = matrix.values_of(operation, home)
        for who in [one for group in matrix.CLASSES for one in home.people.get(group, [])]:
            seen: list[Any] = []
            for named in (foreign, str(uuid4())):
                body = _with(operation.example, at, named)
                answer = await api.call(clients[who.person_id], operation, values, json=body)
                seen.append((_looks(answer, {"named": named}), answer.text))
            calls += 1
            if seen[0][0] != seen[1][0]:
                told.append(f"{who.org_roles}: {seen[0][1][:200]} / {seen[1][1][:200]}")
    assert calls > 0
    return told


def test_matrix_has_a_row_for_every_operation() -> None:
    assert rows().keys() == OPERATIONS.keys()


@pytest.mark.parametrize("name", OPERATIONS)
async def test_matrix_says_who_may(name: str, places: list[Place], tried: dict[object, httpx.AsyncClient]) -> None:
    found, apart = await cells(OPERATIONS[name], places, tried)
    assert not apart, "\n".join(apart)
    if path := os.environ.get("MATRIX_OUT"):  # to draw the table up anew; a person then reads every changed row
        with Path(path).open("a", encoding="utf-8") as out:
            out.write(f"{name} {' '.join(found)}\n")
    expected = rows().get(name)
    if name in AS_THINGS_STAND:  # how far one gets depends on what the worlds did before; who gets in does not
        found, expected = (
            [word.translate(AS_THINGS_STAND[name]) for word in words] for words in (found, expected or [])
        )
    assert found == expected, name


@pytest.mark.parametrize("name", OPERATIONS)
def test_matrix_admits_nobody_who_is_not_signed_in(name: str) -> None:
    public = [word[0] for word in rows()[name]]
    if OPERATIONS[name].public:
        assert "?" not in public
    else:
        assert set(public) == {"?"}


@pytest.mark.parametrize("name", [n for n, o in OPERATIONS.items() if o.names("path") and n not in OPEN_TO_ALL])
def test_matrix_hides_what_is_foreign(name: str) -> None:
    """Nobody reaches into another agency; who lacks the class is told so, about whatever he names.

    `activate_expert` answers with one rule for whatever cannot be activated.
    """
    foreign, absent = rows()[name][2:]
    assert foreign == absent
    assert set(foreign) <= set("?0-=") | ({"!"} if name == "activate_expert" else set())


@pytest.mark.parametrize(
    "name", [n for n, o in OPERATIONS.items() if o.role == "officer" and o.method != "GET" and not o.public]
)
def test_matrix_lets_a_supervisor_decide_nothing(name: str) -> None:
    """What a supervisor may do is read, with a record of it, recuse himself, and give his share of a draw's seed."""
    supervisor = {word[matrix.CLASSES.index("supervisor")] for word in rows()[name]}
    if name not in {"download_opened_material", "recuse_from_topic", "commit_draw_share", "reveal_draw_share"}:
        assert supervisor <= set("-0")


async def _row(name: str, places: list[Place], tried: dict[object, httpx.AsyncClient]) -> tuple[list[str], list[str]]:
    found, apart = await cells(OPERATIONS[name], places, tried)
    return [] if found == rows()[name] else found, apart


async def test_matrix_finds_a_foreign_forbidden(
    places: list[Place], tried: dict[object, httpx.AsyncClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    real, known = bids._row, {home.ids.get("application_id") for home in places[0].homes}

    async def leaky(application_id: UUID) -> Any:
        try:
            return await real(application_id)
        except NotFound:
            if str(application_id) in known:
                raise Forbidden(NOT_LEAD) from None
            raise

    assert await _row("read_application", places, tried) == ([], [])
    monkeypatch.setattr(bids, "_row", leaky)
    found, apart = await _row("read_application", places, tried)
    assert found
    assert apart


async def test_matrix_finds_an_existence_told_by_a_body(
    places: list[Place], tried: dict[object, httpx.AsyncClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = award_contracts._bid

    async def leaky(topic_id: UUID, application_id: UUID) -> Any:
        if any(str(application_id) in home.ids.values() for home in places[2].homes):
            raise Forbidden(NOT_LEAD)
        return await real(topic_id, application_id)

    monkeypatch.setattr(award_contracts, "_bid", leaky)
    assert await _told_by_body("draw_up_contract", ("application_id",), places, tried)


async def test_matrix_finds_a_supervisor_who_decides(
    places: list[Place], tried: dict[object, httpx.AsyncClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await _row("announce_draw", places, tried) == ([], [])
    monkeypatch.setattr(sys.modules["jiebang.platform.db.use_case"], "decides", lambda _: True)
    found, _ = await _row("announce_draw", places, tried)
    assert found


async def test_matrix_finds_a_check_that_was_forgotten(
    places: list[Place], tried: dict[object, httpx.AsyncClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the service's check the database still refuses: the cell says who noticed."""
    monkeypatch.setattr(award_service.domain, "require_officer", lambda _: None)
    found, _ = await _row("decide_awards", places, tried)
    assert found
    assert not any("+" in word for word in found)
