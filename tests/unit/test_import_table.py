"""The layer table's own contract type sees what it must, on a house of a few rooms."""

from __future__ import annotations

from typing import Any

import grimp
import pytest

from support.import_table import Row

ONLY_OWN_AND_APIS: dict[str, Any] = {
    "modules": ["jiebang.{slice}.service"],
    "may_import": ["stdlib", "jiebang.{slice}", "jiebang.*.api"],
    "never": ["random", "jiebang.{slice}.tables"],
}


@pytest.mark.parametrize(
    ("importer", "imported", "kept"),
    [
        ("jiebang.funding.service", "json", True),
        ("jiebang.funding.service", "jiebang.funding.ledger", True),
        ("jiebang.funding.service", "jiebang.awards.api", True),
        ("jiebang.funding.service", "random", False),
        ("jiebang.funding.service", "redis", False),
        ("jiebang.funding.service", "jiebang.funding.tables", False),
        ("jiebang.funding.service", "jiebang.awards.ledger", False),
        ("jiebang.funding.service.payments", "redis", False),
        ("jiebang.newcomer.service", "jiebang.awards.ledger", False),
        ("jiebang.web.service", "redis", True),
        ("jiebang.funding.services", "redis", True),
        ("jiebang.funding.ledger", "redis", True),
    ],
)
def test_a_row_allows_what_it_says(importer: str, imported: str, *, kept: bool) -> None:
    graph = grimp.ImportGraph()
    graph.add_module(importer)
    graph.add_import(importer=importer, imported=imported, line_number=7, line_contents="import it")
    row = Row(name="row", session_options={}, contract_options=ONLY_OWN_AND_APIS)
    check = row.check(graph, verbose=False)
    assert check.kept is kept
    assert check.metadata["faults"] == ([] if kept else [f"{importer} -> {imported} (l.7)"])


def test_a_row_without_a_list_allows_the_rest_and_except_modules_are_let_be() -> None:
    graph = grimp.ImportGraph()
    for importer in ("jiebang.workers.relay", "jiebang.workers.old"):
        graph.add_import(importer=importer, imported="litestar", line_number=1, line_contents="import litestar")
        graph.add_import(importer=importer, imported="redis", line_number=2, line_contents="import redis")
    options = {"modules": ["jiebang.workers"], "except_modules": ["jiebang.workers.old"], "never": ["litestar"]}
    check = Row(name="row", session_options={}, contract_options=options).check(graph, verbose=False)
    assert check.metadata["faults"] == ["jiebang.workers.relay -> litestar (l.1)"]


def test_an_empty_row_warns() -> None:
    row = Row(name="row", session_options={}, contract_options={"modules": ["jiebang.gone"]})
    assert row.check(grimp.ImportGraph(), verbose=False).warnings == ["no module is in the row jiebang.gone"]
