"""compose.yaml is what the specification allows and what docs/operations.md promises of every container."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from jiebang.settings import Settings
from support.lacking import lacking
from support.launch import from_package

ROOT = Path(__file__).parents[2]
OURS = ("api", "worker", "relay", "migrate")
ONE_SHOT = ("migrate", "volumes")


@cache
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))


def _schema(folder: Path) -> dict[str, Any]:
    """Of Debian's docker-compose, installed or not."""
    path = Path("/usr/lib/python3/dist-packages/compose/config/compose_spec.json")
    path = path if path.is_file() else from_package("docker-compose", "**/compose_spec.json", folder)
    return json.loads(path.read_text(encoding="utf-8"))


def test_it_is_valid_against_the_specification(tmp_path: Path) -> None:
    found = [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
        for error in jsonschema.Draft201909Validator(_schema(tmp_path)).iter_errors(compose())
    ]
    assert found == []


@pytest.mark.parametrize("name", list(compose()["services"]))
def test_every_container_is_closed(name: str) -> None:
    service = compose()["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert name == "volumes" or int(service["user"].partition(":")[0]) > 0
    assert name in ONE_SHOT or "healthcheck" in service
    assert "ports" not in service or name == "proxy"
    assert not re.search(r"(?i)password=|secret=", json.dumps(service.get("environment", {})))


def test_the_topology() -> None:
    services = compose()["services"]
    assert {"proxy", *OURS, "database", "valkey", "s3"} <= services.keys()
    assert services["api"]["deploy"]["replicas"] == services["worker"]["deploy"]["replicas"] == 2
    for name in ("api", "worker", "relay"):
        assert services[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"


def test_no_process_holds_a_login_that_it_does_not_use() -> None:
    holds = {
        name: {
            s.removeprefix("database_")
            for s in compose()["services"][name].get("secrets", ())
            if s.startswith("database_")
        }
        for name in OURS
    }
    assert holds["api"] == {"public", "member", "officer", "reviewer"}
    assert holds["worker"] == holds["relay"] == {"worker"}
    assert holds["migrate"] == {"admin", "owner", "public", "member", "officer", "reviewer", "worker"}


def test_secrets_are_made_and_used() -> None:
    script = (ROOT / "deploy" / "secrets.sh").read_text(encoding="utf-8")
    used = {secret for service in compose()["services"].values() for secret in service.get("secrets", ())}
    assert used == compose()["secrets"].keys()
    for name, secret in compose()["secrets"].items():
        assert secret == {"file": f"deploy/secrets/{name}"}
        assert name in script or name.removeprefix("database_") in script


def test_the_secrets_script_makes_them_all(tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        lacking("openssl is not here")
    (tmp_path / "secrets.sh").write_bytes((ROOT / "deploy" / "secrets.sh").read_bytes())

    def run() -> dict[str, bytes]:
        subprocess.run(["sh", tmp_path / "secrets.sh"], check=True, capture_output=True)
        return {path.name: path.read_bytes() for path in (tmp_path / "secrets").iterdir()}

    made = run()
    assert compose()["secrets"].keys() <= made.keys()
    assert all(made.values())
    assert run() == made, "what is there stays"
    assert json.loads(made["s3.json"])["identities"][0]["credentials"][0]["secretKey"] == made["s3_secret_key"].decode()


def test_every_variable_is_a_setting() -> None:
    known = {str(field.validation_alias or name.upper()) for name, field in Settings.model_fields.items()}
    for name in OURS:
        environment = compose()["services"][name]["environment"]
        assert environment.keys() <= known, name


def test_passwords_come_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "password").write_text("p@ss/word\n")
    for name, value in {
        "REDIS_URL": "redis://valkey:6379/0", "REDIS_PASSWORD_FILE": str(tmp_path / "password"),
        "DATABASE_ADMIN_URL": "postgresql://admin@database:5432/jiebang?sslmode=require",
        "DATABASE_ADMIN_PASSWORD_FILE": str(tmp_path / "password"),
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    settings = Settings()  # pyright: ignore[reportCallIssue] - from the environment
    assert settings.redis_url == "redis://:p%40ss%2Fword@valkey:6379/0"
    assert settings.connect_admin()["password"] == "p@ss/word"
