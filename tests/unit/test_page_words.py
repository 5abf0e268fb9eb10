"""The pages speak of what the server has: rights and roles of the policy, actions of the audit log."""

from __future__ import annotations

import re
from pathlib import Path

from jiebang.kernel.policy import RIGHTS, ROLE_NAMES

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "frontend" / "src"


def test_pages_ask_for_rights_that_the_policy_has() -> None:
    union = (PAGES / "shared/api/rights.ts").read_text("utf-8").split("export type Right =")[1].split(";")[0]
    asked = set(re.findall(r"'([a-z_.]+)'", union))
    assert asked
    assert asked <= RIGHTS.keys()


def test_pages_name_every_role_in_both_languages() -> None:
    words = (PAGES / "shared/lib/roles.ts").read_text("utf-8")
    for role in ROLE_NAMES:
        assert len(re.findall(rf"^\s+{role}: '", words, flags=re.MULTILINE)) == 2, role


def test_pages_name_every_action_of_the_audit_log_in_both_languages() -> None:
    words = (PAGES / "features/audit/messages.ts").read_text("utf-8")
    rules = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "migrations").glob("*/*.sql")))
    actions = set(
        re.findall(r"^\s+\('([a-z_]+\.[a-z_]+)', '\{[a-z_,]+\}', (?:true|false)\)", rules, flags=re.MULTILINE)
    )
    assert len(actions) > 80
    for action in actions:
        assert words.count(f"'{action}': '") == 2, action
