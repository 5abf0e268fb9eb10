"""Every error as RFC 9457 problem details, in the reader's language, and nothing about our insides.

The one place that turns errors into HTTP. `title` names the kind of answer and is constant per status;
`detail` is the rule's own sentence with its facts; `errors` names every invalid field at once.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

import asyncpg
import msgspec
import pydantic
import structlog
from litestar import Response
from litestar.exceptions import HTTPException, SerializationException, ValidationException

from jiebang.kernel.errors import (
    Forbidden,
    Invalid,
    JiebangError,
    NotFound,
    Refused,
    Rule,
    Stale,
    TooMany,
    Unauthenticated,
)
from jiebang.platform.away import is_away
from jiebang.web import rules
from jiebang.web.body import body_errors
from jiebang.web.language import Language, negotiate, say
from jiebang.web.messages import rule_for
from jiebang.web.requestlog import request_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from litestar import Request
    from litestar.types import ExceptionHandlersMap
    from pydantic_core import ErrorDetails

MEDIA_TYPE = "application/problem+json"
_log = structlog.get_logger("jiebang.problem")
_MISSING_PARAMETER = re.compile(r"Missing required (\w+) parameter '([^']+)'")


class FieldError(msgspec.Struct, frozen=True):
    """One invalid field. `place` (`in` on the wire) is body, query, path, header or cookie."""

    pointer: str
    code: str
    message: str
    place: str = msgspec.field(default="body", name="in")


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """The body of every error. `instance` is the request id; a 404, whose body is constant, has none."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    instance: str | None = None
    errors: list[FieldError] = []


class Refusal(JiebangError):
    """An error of HTTP itself, such as a missing If-Match: a status with its rule, and headers to send."""

    def __init__(
        self,
        status: int,
        rule: Rule,
        headers: Mapping[str, str] | None = None,
        facts: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(rule.code)
        self.status = status
        self.rule = rule
        self.headers = headers or {}
        self.facts = facts or {}


_BUSY = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.IdleInTransactionSessionTimeoutError,
)


def exception_handlers() -> ExceptionHandlersMap:
    """The handlers for `Litestar(exception_handlers=…)`: one for everything."""
    return {HTTPException: answer, Exception: answer}


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """The problem response for any exception. Unknown ones are logged with traceback, answered constantly."""
    language = negotiate(request.headers.get("accept-language"))
    refusal, errors = _classify(error, language)
    if refusal.status == 500:  # noqa: PLR2004
        _log.error("request_failed", exc_info=(type(error), error, error.__traceback__))
    elif refusal.status == 503:  # noqa: PLR2004
        _log.warning("request_unavailable", error=type(error).__name__)
    return respond(request, refusal, errors, language)


def respond(
    request: Request[Any, Any, Any], refusal: Refusal, errors: list[FieldError], language: Language
) -> Response[bytes]:
    """Write one problem."""
    status, rule = refusal.status, refusal.rule
    zh, en = rules.TITLES.get(status, rules.TITLES[400])
    problem = Problem(
        type=f"/problems/{rule.code}",
        title=zh if language == "zh-CN" else en,
        status=status,
        detail=say(rule, language, refusal.facts),
        code=rule.code,
        instance=None if status == 404 else f"urn:uuid:{request_id(request.scope)}",  # noqa: PLR2004
        errors=errors,
    )
    headers = {
        **{name.lower(): value for name, value in refusal.headers.items()},
        "content-language": language,
        "vary": "Accept-Language",
        "cache-control": "no-store",
    }
    return Response(msgspec.json.encode(problem), status_code=status, media_type=MEDIA_TYPE, headers=headers)


def _classify(error: Exception, language: Language) -> tuple[Refusal, list[FieldError]]:  # noqa: PLR0911
    match error:
        case Refusal():
            return error, []
        case JiebangError():
            return _from_kernel(error, language)
        case ValidationException():
            return Refusal(422, rules.INVALID), _from_litestar(error, language)
        case HTTPException():
            return _from_http(error), []
        case pydantic.ValidationError():
            return Refusal(422, rules.INVALID), field_errors(error.errors(), language)
        case msgspec.ValidationError():
            return Refusal(422, rules.INVALID), [_field("", rule_for("value_error"), language)]
        case RecursionError() if "deserializing" in str(error):  # msgspec's word for JSON nested too deeply
            return Refusal(400, rules.MALFORMED_JSON), []
        case msgspec.DecodeError():
            return Refusal(400, rules.MALFORMED_JSON), []
        case _:
            return _from_engines(error), []


def _from_kernel(  # noqa: PLR0911
    error: JiebangError, language: Language
) -> tuple[Refusal, list[FieldError]]:
    match error:
        case Forbidden():
            return Refusal(403, error.rule, facts=error.facts), []
        case Refused():
            return Refusal(409, error.rule, facts=error.facts), []
        case NotFound():
            return Refusal(404, rules.NOT_FOUND), []
        case Unauthenticated():
            return Refusal(401, rules.UNAUTHENTICATED, {"www-authenticate": "Cookie"}), []
        case Stale():
            return Refusal(412, rules.STALE), []
        case Invalid():
            return Refusal(422, rules.INVALID), [_field(f.pointer, f.rule, language) for f in error.fields]
        case TooMany():
            wait = {"retry-after": str(error.retry_after)}
            return Refusal(429, rules.TOO_MANY, wait, {"seconds": error.retry_after}), []
        case _:
            return Refusal(500, rules.INTERNAL), []


def _from_http(error: HTTPException) -> Refusal:
    status = error.status_code
    if status == 400 and isinstance(error.__cause__, SerializationException):  # noqa: PLR2004
        return Refusal(400, rules.MALFORMED_JSON)
    if status >= 500 and status != 503:  # noqa: PLR2004
        return Refusal(500, rules.INTERNAL)
    rule = rules.BY_STATUS.get(status) or Rule(f"http.{status}", rules.MALFORMED.zh, rules.MALFORMED.en)
    if status == 429:  # noqa: PLR2004
        rule = rules.UNAVAILABLE
    headers = dict(error.headers or {})
    if status == 503:  # noqa: PLR2004
        headers.setdefault("retry-after", "2")
    if status == 401:  # noqa: PLR2004
        headers.setdefault("www-authenticate", "Cookie")
    return Refusal(status, rule, headers)


def _from_engines(error: Exception) -> Refusal:
    """The database's and the store's errors; all others are ours.

    Constraints tell of other people's rows: one generic answer, the constraint's name in the log only.
    """
    if isinstance(error, asyncpg.IntegrityConstraintViolationError | asyncpg.InsufficientPrivilegeError):
        constraint = getattr(error, "constraint_name", None)
        _log.warning("constraint", sqlstate=error.sqlstate, constraint_name=constraint)
        return Refusal(409, rules.CONFLICT)
    if isinstance(error, asyncpg.DataError):
        _log.warning("unstorable", sqlstate=getattr(error, "sqlstate", None))
        return Refusal(422, rules.UNSTORABLE)
    if isinstance(error, _BUSY) or is_away(error):
        return Refusal(503, rules.UNAVAILABLE, {"retry-after": "2"})
    return Refusal(500, rules.INTERNAL)


def _from_litestar(error: ValidationException, language: Language) -> list[FieldError]:
    """Litestar names a body error by its first field only; ours were kept by `body`, so all are listed."""
    if missing := _MISSING_PARAMETER.search(error.detail):
        return [_field(f"/{missing[2]}", rule_for("missing"), language, missing[1])]
    errors: list[FieldError] = []
    extra = cast("list[dict[str, str]]", error.extra if isinstance(error.extra, list) else [])
    for entry in extra:
        key = entry.get("key", "")
        if key == "data" or key.startswith("data.") or entry.get("source") == "body":
            errors += field_errors(body_errors(), language) or [_field("", rule_for("missing"), language)]
        else:
            errors.append(_field(f"/{key}", _parameter_rule(entry["message"]), language, entry.get("source", "query")))
    return errors


def _parameter_rule(message: str) -> Rule:
    """The rule behind one of msgspec's sentences about a query, path, header or cookie parameter."""
    if "missing required" in message:
        return rule_for("missing")
    bound = re.match(r"Expected `(?:int|float|str)` (>=|<=|>|<) (\S+)", message)
    if bound:
        kind, name = {
            ">=": ("greater_than_equal", "ge"),
            "<=": ("less_than_equal", "le"),
            ">": ("greater_than", "gt"),
            "<": ("less_than", "lt"),
        }[bound[1]]
        return _filled(rule_for(kind), {name: bound[2]})
    for sign, kind in (("`int`", "int_parsing"), ("`uuid`", "uuid_parsing"), ("`bool`", "bool_parsing")):
        if sign in message or (kind == "uuid_parsing" and "UUID" in message):
            return rule_for(kind)
    return rule_for("enum_value" if "enum" in message else "value_error")


def field_errors(errors: Iterable[ErrorDetails], language: Language) -> list[FieldError]:
    """Pydantic's error list as field errors with JSON pointers (RFC 6901)."""
    found: list[FieldError] = []
    for error in errors:
        context = cast("dict[str, object]", error.get("ctx") or {})
        own = context.get("rule")  # of `kernel.malformed`
        rule = own if isinstance(own, Rule) else _filled(rule_for(error["type"]), context)
        pointer = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in error["loc"])
        found.append(_field(pointer, rule, language))
    return found


def _filled(rule: Rule, facts: Mapping[str, object]) -> Rule:
    return Rule(rule.code, say(rule, "zh-CN", facts), say(rule, "en", facts))


def _field(pointer: str, rule: Rule, language: Language, place: str = "body") -> FieldError:
    return FieldError(pointer, rule.code, say(rule, language), place)
