"""The command line: `jiebang up` for one machine; serve, worker and migrate for a cluster."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from jiebang.backup import Damaged
from jiebang.engines.errors import EngineError
from jiebang.settings import Settings, SettingsError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

MINIMUM = (3, 11)


def main() -> None:
    """Entry point of the console script."""
    arguments = _parser().parse_args()
    try:
        status = arguments.run(arguments)
    except (Damaged, EngineError, SettingsError, ValidationError) as refusal:
        print(f"jiebang: {refusal}", file=sys.stderr)
        status = 1
    except ConnectionRefusedError:
        print("jiebang: the database does not answer; start the installation first.", file=sys.stderr)
        status = 1
    except KeyboardInterrupt:
        status = 130
    sys.exit(status)


def _parser() -> argparse.ArgumentParser:  # noqa: PLR0915 - a few statements for each command
    parser = argparse.ArgumentParser(prog="jiebang", description="Open-challenge (揭榜挂帅) competitions.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    up = commands.add_parser("up", help="run everything on this machine")
    up.add_argument("--data-dir", type=Path, help="where data lies (default: per user)")
    up.add_argument("--port", type=int, default=8000)
    up.add_argument("--seed", action="store_true", help="put a small demo competition into an empty database")
    up.set_defaults(run=_up)

    serve = commands.add_parser("serve", help="one API process; engines and secrets come from the environment")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8000)
    serve.set_defaults(run=_serve)

    worker = commands.add_parser("worker", help="one worker process: relay, jobs, audit chain")
    worker.set_defaults(run=_worker)

    relay = commands.add_parser("relay", help="one relay process: carries due jobs into the queue, runs none")
    relay.set_defaults(run=_relay)
    for one in (worker, relay):
        one.add_argument("--metrics-host", default="127.0.0.1")
        one.add_argument("--metrics-port", type=int, help="answer Prometheus there")

    migrate = commands.add_parser("migrate", help="bootstrap (with DATABASE_ADMIN_URL) and migrate; make the bucket")
    migrate.set_defaults(run=_migrate)

    demo = commands.add_parser("demo", help="play a whole season over HTTP on engines of its own")
    demo.add_argument("--json", action="store_true", help="say progress on stderr, one JSON object at the end")
    demo.add_argument("--topics", type=Path, help="real challenge texts (challenge_gov.json) instead of the fictional")
    demo.add_argument("--data-dir", type=Path, help="keep the season's data here (default: a temporary folder)")
    demo.set_defaults(run=_demo)

    agency = commands.add_parser("found-agency", help="found an agency or a funder and invite its administrator")
    agency.add_argument("--kind", choices=("agency", "funder"), default="agency")
    agency.add_argument("--uscc", required=True, help="统一社会信用代码")
    agency.add_argument("--name-zh", required=True)
    agency.add_argument("--name-en", required=True)
    agency.add_argument("--admin-email", required=True)
    agency.add_argument("--data-dir", type=Path, help="of a running installation, where no DATABASE_URL is set")
    agency.set_defaults(run=_found_agency)

    doctor = commands.add_parser("doctor", help="say what is wrong, one sentence each")
    doctor.add_argument("--data-dir", type=Path)
    doctor.set_defaults(run=_doctor)

    audit = commands.add_parser("verify-audit", help="verify the audit log's hash chain, in the database or an export")
    audit.add_argument("export", nargs="?", type=Path, help="a JSON Lines export; without it, the database")
    audit.add_argument("--checkpoints", type=Path, help="the public feed of signed heads, as it was kept (JSON)")
    audit.add_argument("--public-key", help="the key that signs them, as it was noted before (hexadecimal)")
    audit.add_argument("--data-dir", type=Path, help="of a running installation, where no DATABASE_URL is set")
    audit.set_defaults(run=_verify_audit)

    draw = commands.add_parser("verify-draw", help="check the file of a draw of experts, offline")
    draw.add_argument("file", type=Path, help="a draw's record or export, as the API gives it")
    draw.add_argument("--published", type=Path, help="the topic's draw commitments, saved before the draw")
    draw.set_defaults(run=_verify_draw)
    export = commands.add_parser("export-audit", help="write the whole audit log to a file, for verify-audit")
    export.add_argument("export", type=Path)
    export.add_argument("--data-dir", type=Path, help="of a running installation, where no DATABASE_URL is set")
    export.set_defaults(run=_export_audit)

    incident = commands.add_parser("incident", help="freeze or thaw a topic, or list who read what of it")
    incident.add_argument("act", choices=("freeze", "thaw", "reads"))
    incident.add_argument("topic", help="the topic's code: 2026-0001")
    incident.add_argument("--reason", help="why; freezing demands it")
    incident.add_argument("--data-dir", type=Path, help="of a running installation, where no DATABASE_URL is set")
    incident.set_defaults(run=_incident)
    _add_backups(commands)

    openapi = commands.add_parser("openapi", help="write the OpenAPI document, or check the committed one")
    which = openapi.add_mutually_exclusive_group(required=True)
    which.add_argument("--write", type=Path)
    which.add_argument("--check", type=Path)
    openapi.set_defaults(run=_openapi)

    drift = commands.add_parser("check-migrations", help="compare the migrated schema with the tables' definitions")
    drift.set_defaults(run=_check_migrations)
    return parser


def _add_backups(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    backup = commands.add_parser("backup", help="add an encrypted backup of database and files to a folder")
    backup.add_argument("folder", type=Path)
    backup.add_argument("--every", type=float, metavar="SECONDS", help="go on, one each so many seconds")
    backup.add_argument("--keep", type=int, metavar="N", help="forget all but the newest N")
    backup.add_argument("--data-dir", type=Path, help="of a running installation, where no DATABASE_URL is set")
    backup.set_defaults(run=_backup)

    restore = commands.add_parser("restore", help="restore a backup into an empty installation and verify it")
    restore.add_argument("folder", type=Path)
    restore.add_argument("--key-file", type=Path, required=True, help="the backup key, 64 hexadecimal digits")
    restore.add_argument("--stamp", help="which backup (default: the newest)")
    restore.add_argument("--data-dir", type=Path, help="a new directory, where no DATABASE_URL is set")
    restore.set_defaults(run=_restore)


def _run(coroutine: object) -> int:
    import uvloop  # noqa: PLC0415 - commands that serve nothing start faster without

    return uvloop.run(coroutine) or 0  # pyright: ignore[reportArgumentType]


def _settings(**update: object) -> Settings:
    settings = Settings()  # pyright: ignore[reportCallIssue] - from the environment
    return settings.model_copy(update={k: v for k, v in update.items() if v is not None})


def _up(arguments: argparse.Namespace) -> int:
    from jiebang.up import up  # noqa: PLC0415 - each command imports what it needs

    settings = _settings(data_dir=arguments.data_dir, base_url=f"http://127.0.0.1:{arguments.port}")
    return _run(up(settings, port=arguments.port, seed=arguments.seed))


def _serve(arguments: argparse.Namespace) -> int:
    import uvicorn  # noqa: PLC0415

    from jiebang.app import create  # noqa: PLC0415
    from jiebang.platform.telemetry import configure_logging  # noqa: PLC0415
    from jiebang.web.wire import Wire  # noqa: PLC0415

    settings = _settings()
    configure_logging(settings.log_level)
    uvicorn.run(
        create(settings),
        host=arguments.host,
        port=arguments.port,
        http=Wire,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=10,
    )
    return 0


def _worker(arguments: argparse.Namespace) -> int:
    from jiebang.app import work  # noqa: PLC0415

    return _until_told(work, arguments)


def _relay(arguments: argparse.Namespace) -> int:
    from jiebang.app import relay  # noqa: PLC0415

    return _until_told(relay, arguments)


def _until_told(process: Callable[..., Awaitable[None]], arguments: argparse.Namespace) -> int:
    """Run a process that ends when its `stop` is set: by SIGTERM or SIGINT."""
    from jiebang.platform.telemetry import configure_logging  # noqa: PLC0415

    settings = _settings()
    configure_logging(settings.log_level)

    async def run() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for signum in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signum, stop.set)
        metrics = (arguments.metrics_host, arguments.metrics_port) if arguments.metrics_port else None
        await process(settings, stop=stop, metrics=metrics)

    return _run(run())


def _migrate(_: argparse.Namespace) -> int:
    from jiebang.local import open_bucket, upgrade  # noqa: PLC0415

    settings = _settings()
    print(asyncio.run(upgrade(settings)))
    if settings.s3_endpoint is not None:
        asyncio.run(open_bucket(settings))
    return 0


def _demo(arguments: argparse.Namespace) -> int:
    from jiebang.demo.run import run_demo  # noqa: PLC0415

    outcome = _run_for_result(run_demo(topics=arguments.topics, data_dir=arguments.data_dir))
    sys.stderr.flush()
    print(json.dumps(outcome, ensure_ascii=False), flush=True)
    return 0 if outcome["ok"] else 1


def _run_for_result(coroutine: object) -> dict[str, object]:
    import uvloop  # noqa: PLC0415

    return uvloop.run(coroutine)  # pyright: ignore[reportArgumentType]


def _found_agency(arguments: argparse.Namespace) -> int:
    from jiebang.local import attached, found_agency  # noqa: PLC0415

    settings = attached(_settings(data_dir=arguments.data_dir))
    asyncio.run(
        found_agency(
            settings, arguments.kind, arguments.uscc, arguments.name_zh, arguments.name_en, arguments.admin_email
        )
    )
    return 0


def _doctor(arguments: argparse.Namespace) -> int:
    from jiebang.engines import doctor  # noqa: PLC0415

    findings = doctor(arguments.data_dir)
    if sys.version_info < MINIMUM:
        findings.insert(0, "Jiebang needs Python 3.11 or newer.")
    print("\n".join(findings) or "Nothing is wrong.")
    return 1 if findings else 0


def _verify_audit(arguments: argparse.Namespace) -> int:
    from jiebang.local import attached, verify_audit  # noqa: PLC0415

    settings = _settings(data_dir=arguments.data_dir)
    where = settings if arguments.export else attached(settings)
    return asyncio.run(verify_audit(where, arguments.export, arguments.checkpoints, arguments.public_key))


def _export_audit(arguments: argparse.Namespace) -> int:
    from jiebang.local import attached  # noqa: PLC0415
    from jiebang.platform.audit_export import export_audit  # noqa: PLC0415
    from jiebang.platform.db import Role  # noqa: PLC0415

    settings = attached(_settings(data_dir=arguments.data_dir))
    head = asyncio.run(export_audit(settings.connect(Role.WORKER), arguments.export))
    print(f"{head.seq} links, head {head.hash}")
    return 0


def _incident(arguments: argparse.Namespace) -> int:
    from jiebang.local import attached, incident  # noqa: PLC0415

    if arguments.act == "freeze" and not arguments.reason:
        print("jiebang: freezing a topic needs a --reason; everybody it stops may ask for it.", file=sys.stderr)
        return 2
    settings = attached(_settings(data_dir=arguments.data_dir))
    return asyncio.run(incident(settings, arguments.act, arguments.topic, arguments.reason))


def _verify_draw(arguments: argparse.Namespace) -> int:
    from jiebang.matching.verification import check  # noqa: PLC0415

    try:
        published = None if arguments.published is None else arguments.published.read_bytes()
        found = check(arguments.file.read_bytes(), published)
    except OSError as error:
        print(f"jiebang: {error}", file=sys.stderr)
        return 1
    for flaw in found:
        print(f"wrong: {flaw}", file=sys.stderr)
    if not found:
        print("The draw holds: commitments, chances, certificate, seed, pairs and reserves are what they should be.")
    return 1 if found else 0


def _backup(arguments: argparse.Namespace) -> int:
    from jiebang.backup.command import run_backup  # noqa: PLC0415

    if arguments.keep is not None and arguments.keep < 1:
        raise SettingsError("--keep is at least 1")
    settings = _settings(data_dir=arguments.data_dir)
    return asyncio.run(run_backup(settings, arguments.folder, every=arguments.every, keep=arguments.keep))


def _restore(arguments: argparse.Namespace) -> int:
    from jiebang.backup.command import run_restore  # noqa: PLC0415

    settings = _settings(data_dir=arguments.data_dir)
    return asyncio.run(run_restore(settings, arguments.folder, arguments.key_file, arguments.stamp))


def _openapi(arguments: argparse.Namespace) -> int:
    from jiebang.app import create  # noqa: PLC0415
    from jiebang.web.openapi import document  # noqa: PLC0415

    text = json.dumps(document(create(_settings())), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    if arguments.write:
        arguments.write.write_text(text, encoding="utf-8")
        return 0
    if arguments.check.is_file() and arguments.check.read_text(encoding="utf-8") == text:
        return 0
    print(f"{arguments.check} is not what the code says: run `make openapi` and commit it.", file=sys.stderr)
    return 1


def _check_migrations(_: argparse.Namespace) -> int:
    from jiebang.drift import drift  # noqa: PLC0415

    findings = asyncio.run(drift())
    print("\n".join(findings) or "The migrated schema is what the tables say.")
    return 1 if findings else 0


if __name__ == "__main__":
    main()
