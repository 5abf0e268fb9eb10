"""What the process says about itself: JSON log lines without personal data, and Prometheus metrics.

Logs may be read by people who must not know who bids, so redaction happens here, in one processor, whatever
a call site passes: values under telling keys, anything that looks like a mail address, and the `DETAIL:`
lines in which PostgreSQL repeats the offending row.
"""

from __future__ import annotations

import logging
import re
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO, cast

import msgspec
import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from jiebang.platform.request import REQUEST

if TYPE_CHECKING:
    from collections.abc import MutableMapping

REDACTED = "[redacted]"

_TELLING = re.compile(
    r"e_?mail|phone|mobile|(^|_)names?$|password|passphrase|secret|token|cookie|authori[sz]ation|csrf|credential|"
    r"(^|_)otp($|_)|address|id_?card|(^|_)ip$",
    re.IGNORECASE,
)
_PLAIN_NAMES = frozenset({"logger_name", "event_name", "constraint_name", "table_name"})
_MAIL = re.compile(r"[^\s<>\"'(=,;:]+@[^\s<>\"'),;]+")
_DETAIL = re.compile(r"^\s*(DETAIL|HINT|CONTEXT):.*$", re.MULTILINE)
# Client libraries that log the addresses they call, query and all.
_TELLTALES = ("httpx", "httpcore", "urllib3", "botocore", "boto3", "s3transfer")
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


def _clean(value: object) -> object:
    if isinstance(value, str):
        return _MAIL.sub(REDACTED, _DETAIL.sub("", value))
    if isinstance(value, dict):
        return {k: REDACTED if _tells(str(k)) else _clean(v) for k, v in cast("dict[object, object]", value).items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(v) for v in cast("list[object]", value)]
    return value if isinstance(value, int | float | bool | None) else _clean(str(value))


def _tells(key: str) -> bool:
    return key not in _PLAIN_NAMES and _TELLING.search(key) is not None


def redact(_logger: object, _method: str, event: MutableMapping[str, object]) -> MutableMapping[str, object]:
    """Structlog processor: replaces values that could name a person or open a door, at any depth."""
    for key, value in event.items():
        event[key] = REDACTED if _tells(key) else _clean(value)
    return event


def of_request(_logger: object, _method: str, event: MutableMapping[str, object]) -> MutableMapping[str, object]:
    """Structlog processor: names the request that the line is about, where there is one."""
    if request := REQUEST.get():
        event["request_id"] = request
    return event


class Access:
    """The line of an answered request, written past structlog, whose chain takes a tenth of a millisecond.

    Nothing in it needs redaction: every value is ours, and `route` is a template.
    """

    def __init__(self) -> None:
        self.stream: TextIO | None = None

    def line(self, request_id: str, method: str, route: str, status: int, seconds: float) -> None:
        """Write it, where logging is configured to tell it."""
        if self.stream is None:
            return
        facts = {
            "event": "request", "method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1),
            "request_id": request_id, "level": "info", "logger": "jiebang.access",
            "timestamp": datetime.now(UTC).isoformat(),
        }  # fmt: skip
        self.stream.write(msgspec.json.encode(facts).decode() + "\n")


ACCESS = Access()


def configure_logging(level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send every log line of the process, also the standard library's, to `stream` (stderr) as JSON.

    The request's id and what is bound with `structlog.contextvars` are on each line; times are UTC, ISO 8601.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        of_request,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        redact,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.PositionalArgumentsFormatter(), *shared],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter)
    ACCESS.stream = (stream or sys.stderr) if logging.getLevelNamesMapping()[level] <= logging.INFO else None
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _TELLTALES:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


class Metrics:
    """The process's Prometheus registry and the series that the web layer feeds.

    Labels hold route templates (`/api/v1/topics/{topic_id}`), never paths: a path may carry an identifier.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "jiebang_http_requests",
            "Requests answered",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.latency = Histogram(
            "jiebang_http_request_seconds",
            "Time to answer, in seconds",
            ["method", "route"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.limited = Counter("jiebang_limited", "Requests refused by a rate limit", registry=self.registry)
        self.limiter_fallback = Counter(
            "jiebang_limiter_fallback",
            "Rate checks answered without the shared store",
            registry=self.registry,
        )

        self._series: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        key = (method, route, status)
        if (found := self._series.get(key)) is None:
            found = self.requests.labels(method, route, str(status)), self.latency.labels(method, route)
            self._series[key] = found
        requests, latency = found
        requests.inc()
        latency.observe(seconds)

    def exposition(self) -> bytes:
        """All series in Prometheus' text format."""
        return generate_latest(self.registry)
