"""Print the software bill of materials (CycloneDX 1.6, JSON): what requirements.lock names, and the embedded engines.

`make sbom` writes docs/sbom.cdx.json; a test holds it against the lock.
"""

from __future__ import annotations

import json
import re
import uuid
from pathlib import Path

ROOT = Path(__file__).parents[1]
NAMESPACE = uuid.UUID("4b0c2e0e-53a5-5d5e-9d1f-6a3d8f1c7b20")
_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)(?:\s*;\s*([^\\]+?))?\s*\\?$", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def locked(lock: str) -> list[tuple[str, str, str, int]]:
    """(name, version, marker, number of accepted hashes) of each pin, in the lock's order."""
    return [
        (pin[1].lower().replace("_", "-"), pin[2], pin[3] or "", len(_HASH.findall(block)))
        for block in re.split(r"\n(?=\S)", lock)
        if (pin := _PIN.match(block)) is not None
    ]


def runtime(project: str) -> set[str]:
    """The names that the project itself requires."""
    listed = project.split("dependencies = [", 1)[1].split("\n]", 1)[0]
    return {re.split(r"[\[<>=~;]", name, maxsplit=1)[0].lower() for name in re.findall(r'"([^"]+)"', listed)}


def bill(lock: str, project: str) -> dict[str, object]:
    """The document; the same for the same lock."""
    version = re.search(r'^version = "(.+)"$', project, re.MULTILINE)
    assert version is not None  # noqa: S101 - it is our own file
    direct = runtime(project)
    components = []
    for name, pinned, marker, hashes in locked(lock):
        properties = [{"name": "jiebang:accepted-hashes", "value": str(hashes)}]
        if marker:
            properties.append({"name": "jiebang:marker", "value": marker})
        purl = f"pkg:pypi/{name}@{pinned}"
        components.append({
            "type": "library", "bom-ref": f"{purl}{f'#{marker}' if marker else ''}", "name": name, "version": pinned,
            "purl": purl, "scope": "required" if name in direct else "optional", "properties": properties,
        })  # fmt: skip
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(NAMESPACE, lock)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application", "bom-ref": "jiebang", "name": "jiebang", "version": version[1],
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": components,
    }  # fmt: skip


def text() -> str:
    """The document as it is committed."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    return json.dumps(bill(lock, (ROOT / "pyproject.toml").read_text(encoding="utf-8")), indent=1) + "\n"


if __name__ == "__main__":
    print(text(), end="")  # noqa: T201
