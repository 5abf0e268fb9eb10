"""Our OpenAPI 3.1 document: explicit operation ids, and every error of each operation, as problems.

Litestar documents its own error shape, which we never send; the document is corrected here and served by our
route.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, cast

import msgspec
import pydantic
from litestar import Litestar, Request, Response, Router, get
from litestar.exceptions import ImproperlyConfiguredException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.routes import HTTPRoute
from litestar.serialization import encode_json

from jiebang.kernel.errors import NotFound
from jiebang.web.body import is_model
from jiebang.web.csrf import HEADER as CSRF_HEADER
from jiebang.web.problem import MEDIA_TYPE
from jiebang.web.rules import TITLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from litestar.connection import ASGIConnection
    from litestar.handlers import BaseRouteHandler, HTTPRouteHandler

PATH = "/api/v1/openapi.json"
_UNSAFE = frozenset({"post", "put", "patch", "delete"})
_REFERENCE = {"$ref": "#/components/schemas/Problem"}
_PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "Problem details (RFC 9457). `instance` is absent from a 404, whose body is constant.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "examples": ["/problems/request.invalid"]},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "Stable code of the rule that refused."},
        "instance": {"type": "string", "format": "uri", "description": "The request's id."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "message", "in"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer (RFC 6901)."},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                    "in": {"type": "string", "enum": ["body", "query", "path", "header", "cookie"]},
                },
            },
        },
    },
}


def openapi_config(title: str, version: str) -> OpenAPIConfig:
    """For Litestar; its own pages, which answer unknown addresses in HTML, are shut."""
    return OpenAPIConfig(
        title=title,
        version=version,
        use_handler_docstrings=True,
        render_plugins=[JsonRenderPlugin()],
        openapi_router=Router(
            "/-/schema", route_handlers=[], guards=[_shut], include_in_schema=False, opt={"public": True}
        ),
    )


def openapi_route() -> HTTPRouteHandler:
    """GET /api/v1/openapi.json."""

    @get(PATH, operation_id="openapi_document", include_in_schema=False, opt={"public": True}, sync_to_thread=False)
    def serve(request: Request[Any, Any, Any]) -> Response[bytes]:
        return Response(encode_json(document(request.app)), media_type="application/vnd.oai.openapi+json;version=3.1")

    return serve


def handlers(app: Litestar) -> Iterator[tuple[str, HTTPRouteHandler]]:
    """Path and handler of every route that we wrote (not Litestar's OPTIONS and schema routes)."""
    for route in app.routes:
        if isinstance(route, HTTPRoute) and not route.path.startswith("/-/"):
            for handler in route.route_handlers:
                if "OPTIONS" not in handler.http_methods:
                    yield route.path, handler


def document(app: Litestar, cookie_name: str = "__Host-jiebang") -> dict[str, Any]:
    """The whole document as JSON values, the same for each run: it is committed and compared."""
    schema = deepcopy(app.openapi_schema.to_schema())
    components = cast("dict[str, Any]", schema.setdefault("components", {}))
    operations = [operation for _, operation in _operations(schema)]
    bodies = _reached([operation.get("requestBody") for operation in operations])
    # What only bodies hold is described anew, so its names are free; what answers hold keeps its name.
    others = {name: body for name, body in components["schemas"].items() if name not in bodies}
    answered = _reached([operation["responses"] for operation in operations], others)
    schemas = {name: body for name, body in others.items() if name in answered}
    schemas["Problem"] = _PROBLEM_SCHEMA
    components["securitySchemes"] = {"session": {"type": "apiKey", "in": "cookie", "name": cookie_name}}
    by_id = {handler.operation_id: handler for _, handler in handlers(app)}
    for method, operation in _operations(schema):
        handler = by_id[operation["operationId"]]
        _complete(operation, method, handler)
        _describe_body(operation, handler, schemas, answered)
    used = _reached(schema["paths"], schemas)
    components["schemas"] = {name: _even(body) for name, body in schemas.items() if name in used}
    return msgspec.to_builtins(schema, enc_hook=_plain)


def _even(node: Any) -> Any:
    """The schema without the "or anything" that Litestar adds to the items of a `tuple[X, ...]`."""
    if isinstance(node, list):
        return [_even(item) for item in cast("list[Any]", node)]
    if not isinstance(node, dict):
        return node
    members = {name: _even(item) for name, item in cast("dict[str, Any]", node).items()}
    match members.get("items"):
        case {"oneOf": [item, {**rest}]} if not rest:
            members["items"] = item
        case _:
            pass
    return members


def _plain(value: object) -> object:
    """Litestar puts models into the document where they are defaults of fields."""
    if isinstance(value, pydantic.BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(f"{type(value)} has no place in an OpenAPI document")


def _operations(schema: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Every operation with its method in lower case."""
    return [
        (method, cast("dict[str, Any]", operation))
        for methods in schema["paths"].values()
        for method, operation in methods.items()
        if isinstance(operation, dict) and "operationId" in operation
    ]


def _reached(node: Any, schemas: dict[str, Any] | None = None) -> set[str]:
    """The names of all schemas to which the node refers, directly or through `schemas`."""
    found: set[str] = set()
    ahead = [node]
    while ahead:
        match ahead.pop():
            case dict() as members:
                name = str(cast("dict[str, Any]", members).get("$ref", "")).rpartition("/")[2]
                if name and name not in found:
                    found.add(name)
                    ahead.append((schemas or {}).get(name))
                ahead += cast("dict[str, Any]", members).values()
            case list() as items:
                ahead += cast("list[Any]", items)
            case _:
                pass
    return found


def _describe_body(
    operation: dict[str, Any], handler: HTTPRouteHandler, schemas: dict[str, Any], answered: set[str]
) -> None:
    """Describe the body as pydantic reads it: Litestar takes a bounded dict for an array, and leaves out patterns.

    A model inside it whose name `answered` has for what is answered is told apart as `…Input`.
    """
    data = handler.parsed_fn_signature.parameters.get("data")
    if data is None or not is_model(data.annotation):
        return
    media = operation["requestBody"]["content"]["application/json"]
    name = media["schema"]["$ref"].rpartition("/")[2]
    schema = data.annotation.model_json_schema(ref_template="#/components/schemas/{model}")
    nested = cast("dict[str, Any]", schema.pop("$defs", {}))
    renamed = {old: f"{old}Input" if old in answered else old for old in nested}
    found = {new: _refer(nested[old], renamed) for old, new in renamed.items()} | {name: _refer(schema, renamed)}
    for name, body in found.items():
        if schemas.setdefault(name, body) != body:
            raise ImproperlyConfiguredException(f"two different models are named {name}")


def _refer(node: Any, renamed: dict[str, str]) -> Any:
    """The schema with its references to `renamed` schemas under their new names."""
    if isinstance(node, list):
        return [_refer(item, renamed) for item in cast("list[Any]", node)]
    if not isinstance(node, dict):
        return node
    members = {name: _refer(item, renamed) for name, item in cast("dict[str, Any]", node).items()}
    if isinstance(reference := members.get("$ref"), str):
        place, _, name = reference.rpartition("/")
        members["$ref"] = f"{place}/{renamed.get(name, name)}"
    return members


def _complete(  # noqa: C901
    operation: dict[str, Any], method: str, handler: HTTPRouteHandler
) -> None:
    opt, private = handler.opt, not handler.opt.get("public")
    parameters = cast("list[dict[str, Any]]", operation.setdefault("parameters", []))
    statuses = {500, 503}
    if any(parameter["in"] == "path" for parameter in parameters) or private:
        statuses.add(404)
    if parameters or "requestBody" in operation:
        statuses |= {400, 422}
    if "requestBody" in operation:
        statuses |= {413, 415}
    if private:
        statuses |= {401, 403}
        operation["security"] = [{"session": [opt["role"]] if "role" in opt else []}]
    if method in _UNSAFE:
        statuses |= {403, 409}
        _header(parameters, CSRF_HEADER, required=private)
    if opt.get("idempotent"):
        statuses |= {400, 422}
        _header(parameters, "Idempotency-Key", r"^[\x21-\x7e]{1,128}$", required=opt["idempotent"] != "optional")
    if opt.get("if_match"):
        statuses |= {412, 428}
        _header(parameters, "If-Match", r'^"\d{1,9}-[A-Za-z0-9_-]{1,32}"$', required=True)
    if opt.get("rate"):
        statuses.add(429)
    responses = operation["responses"]
    if "204" in responses:
        responses["204"].pop("content", None)
    for status in sorted(statuses):
        responses[str(status)] = {
            "description": TITLES[status][1],
            "content": {MEDIA_TYPE: {"schema": _REFERENCE}},
        }
    if not parameters:
        del operation["parameters"]


def _header(parameters: list[dict[str, Any]], name: str, pattern: str = "", *, required: bool) -> None:
    schema = {"type": "string", "pattern": pattern} if pattern else {"type": "string"}
    title = "-".join(part.upper() if part == "csrf" else part.capitalize() for part in name.split("-"))
    parameters.append({"name": title, "in": "header", "required": required, "schema": schema})


async def _shut(_connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    raise NotFound
