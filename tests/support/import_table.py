"""The layer table as import-linter contracts: which room of the house may import what.

import-linter's own contracts name what is forbidden; the table names what is allowed, per room, in every slice. A
pattern is a dotted name that covers all beneath it; `*` is any one name, and `{slice}` any slice, the same one within a
row (`jiebang.{slice}.tables` is one's own). `stdlib` is the standard library.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any, cast

from importlinter import Contract, ContractCheck, fields, output

if TYPE_CHECKING:
    from collections.abc import Iterable

    from grimp import ImportGraph

NOT_SLICES = (
    "kernel", "matching", "engines", "platform", "web", "demo", "backup", "snapshot", "workers", "migrations",
)  # fmt: skip


class Row(Contract):
    """One row: direct imports of `modules` (but `except_modules`) are covered by `may_import` and not by `never`.

    Without `may_import`, everything may be imported that `never` does not name. Imports under `TYPE_CHECKING` count:
    whoever names another room in a signature knows it.
    """

    type_name = "row"
    modules = fields.ListField(subfield=fields.StringField())
    except_modules = fields.ListField(subfield=fields.StringField(), required=False)
    may_import = fields.ListField(subfield=fields.StringField(), required=False)
    never = fields.ListField(subfield=fields.StringField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Compare every direct import with the row."""
        modules, except_, may, never = (
            [cast("str", pattern) for pattern in cast("Iterable[Any]", listed or ())]
            for listed in (self.modules, self.except_modules, self.may_import, self.never)
        )
        faults: list[str] = []
        covered = 0
        for module in sorted(graph.modules):
            if not _any(modules, module) or _any(except_, module):
                continue
            covered += 1
            own = module.split(".")[1]
            for imported in sorted(graph.find_modules_directly_imported_by(module)):
                allowed = not may or _any(may, imported, own)
                if not allowed or _any(never, imported, own):
                    details = graph.get_import_details(importer=module, imported=imported)
                    lines = ", ".join(f"l.{detail['line_number']}" for detail in details)
                    faults.append(f"{module} -> {imported} ({lines})")
        warnings = [] if covered else [f"no module is in the row {', '.join(modules)}"]
        return ContractCheck(kept=not faults, warnings=warnings, metadata={"faults": faults})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print each import that the row does not allow."""
        for fault in cast("list[str]", check.metadata["faults"]):
            output.print_error(f"- {fault}", bold=False)
        output.new_line()


def _any(patterns: Iterable[str], module: str, own: str | None = None) -> bool:
    """Whether a pattern covers the module; `{slice}` is the slice `own`, or any."""
    return any(
        module.partition(".")[0] in sys.stdlib_module_names
        if pattern == "stdlib"
        else _covers(pattern.replace("{slice}", own) if own else pattern, module)
        for pattern in patterns
    )


def _covers(pattern: str, module: str) -> bool:
    a_slice = rf"(?!({'|'.join(NOT_SLICES)})\b)[^.]+"
    expression = re.escape(pattern).replace(r"\*", r"[^.]+").replace(r"\{slice\}", a_slice)
    return re.fullmatch(rf"{expression}(\..+)?", module) is not None
