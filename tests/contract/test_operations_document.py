"""The OpenAPI document says all that a client must know, and says it truly."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from support import api

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.api import Operation

OPERATIONS = api.operations()
BOUNDED = {
    "list_calendars": "a year each",
    "list_rule_sets": "a version each, made by releases",
    "list_taxonomies": "a version each, made by releases",
    "list_my_organisations": "a person's own roles",
    "list_my_experts": "one per agency and person",
    "list_my_assignments": "a reviewer's own, few a year",
    "list_my_proposals": "one assignment's",
    "grant_topic_role": "a topic's officers",
    "list_materials": "limited by the topic's rules",
    "list_draw_commitments": "a topic's draws, each with its reason",
    "list_draws": "a topic's draws, each with its reason",
    "list_score_runs": "a topic's reviews are closed once",
    "list_panel": "a topic's panel",
    "list_blind_copies": "what a topic's panel reads, which its matrix shows whole",
    "list_award_lists": "a topic's lists, each with its notice",
    "list_milestones": "20 at most, by the topic's form",
    "list_disbursements": "one per milestone",
    "list_grants": "the newest two hundred of an authority",
    "list_topic_bars": "the newest five hundred of a topic",
}
"""Lists without pages, and what keeps them short."""
_ID = re.compile(r"[a-z]+(_[a-z]+)*")


def test_it_is_openapi_3_1() -> None:
    document = api.openapi()
    assert document["openapi"].startswith("3.1.")
    assert document["info"]["title"] == "Jiebang"
    assert document["info"]["version"]
    assert len(OPERATIONS) == sum(len(methods) for methods in document["paths"].values())


def test_the_committed_document_is_this_one() -> None:
    committed = Path(__file__).parents[2] / "docs/openapi.json"
    assert json.loads(committed.read_text()) == api.openapi()


def test_operations_are_named_once() -> None:
    counted = Counter(operation.id for operation in OPERATIONS)
    assert [name for name, times in counted.items() if times > 1] == []


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: o.id)
def test_an_operation_is_documented(operation: Operation) -> None:
    said = operation.document
    assert _ID.fullmatch(operation.id)
    assert operation.path.startswith("/api/v1/")
    assert said["summary"]
    assert said["description"].endswith("."), "a sentence"
    assert len(said["tags"]) == 1
    assert operation.role in {"member", "officer", "reviewer"}
    successes = [status for status in operation.responses if status.startswith("2")]
    assert len(successes) == 1
    for status, response in operation.responses.items():
        if not status.startswith("2"):
            media = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
            assert (response["content"], bool(response["description"])) == (media, True), status
    wanted = {"401", "403"} if not operation.public else set[str]()
    wanted |= {"404"} if operation.names("path") else set()
    wanted |= {"400", "413", "415", "422"} if operation.schema else set()
    wanted |= {"412", "428"} if operation.wants("If-Match") else set()
    wanted |= {"400", "409", "422"} if operation.wants("Idempotency-Key") else set()
    assert wanted <= operation.responses.keys()
    assert {p["name"] for p in operation.parameters if p["in"] == "path"} == set(re.findall(r"{(\w+)}", operation.path))


@pytest.mark.parametrize("operation", [o for o in OPERATIONS if o.schema], ids=lambda o: o.id)
def test_a_body_is_described_and_shown(operation: Operation) -> None:
    assert operation.schema is not None
    assert operation.document["requestBody"]["required"] is True
    assert list(operation.document["requestBody"]["content"]) == ["application/json"]
    assert operation.schema["description"]
    assert operation.example is not None
    assert operation.example.keys() <= operation.schema["properties"].keys()
    for at, node in _nodes(operation.schema, ""):
        if node.get("type") == "object" and "properties" in node:
            assert node["additionalProperties"] is False, at
        if node.get("type") == "array":
            assert "items" in node or "prefixItems" in node, at
            assert "maxItems" in node, f"{at} has no end"


@pytest.mark.parametrize("operation", [o for o in OPERATIONS if o.method == "POST"], ids=lambda o: o.id)
def test_what_creates_may_be_repeated(operation: Operation) -> None:
    """A POST that answers 201 makes something: a retry must not make two. Signing in makes a session, on purpose."""
    if "201" in operation.responses and operation.id != "sign_in":
        assert operation.wants("Idempotency-Key")


def test_every_list_has_an_end() -> None:
    """Pages, or lists that something else keeps short."""
    plain = {o.id for o in OPERATIONS if _success(o).get("type") == "array"}
    assert plain == BOUNDED.keys()
    for operation in OPERATIONS:
        if "next_cursor" in _success(operation).get("properties", ()):
            assert {"limit", "cursor"} <= set(operation.names("query")), operation.id


def test_nothing_of_the_framework_shows() -> None:
    text = json.dumps(api.openapi())
    assert "status_code" not in text
    assert "litestar" not in text.lower()
    assert "ValidationException" not in text


def test_every_schema_is_used() -> None:
    document = api.openapi()
    used = set(re.findall(r"#/components/schemas/([A-Za-z0-9_.-]+)", json.dumps(document)))
    assert used == document["components"]["schemas"].keys()


def _success(operation: Operation) -> dict[str, Any]:
    """The schema of what the operation answers when all is well; empty without a body."""
    (response,) = [r for status, r in operation.responses.items() if status.startswith("2")]
    schema = response.get("content", {}).get("application/json", {}).get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    return api.openapi()["components"]["schemas"][name] if name else schema


def _nodes(node: Any, at: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        members = cast("dict[str, Any]", node)
        yield at, members
        for name, item in members.items():
            if name not in {"examples", "default"}:
                yield from _nodes(item, f"{at}/{name}")
    elif isinstance(node, list):
        for n, item in enumerate(cast("list[Any]", node)):
            yield from _nodes(item, f"{at}/{n}")
