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
    components.setdefault("schemas", {})["Problem"] = _PROBLEM_SCHEMA
    components["securitySchemes"] = {"session": {"type": "apiKey", "in": "cookie", "name": cookie_name}}
    by_id = {handler.operation_id: handler for _, handler in handlers(app)}
    for methods in schema["paths"].values():
        for method, operation in methods.items():
            if isinstance(operation, dict) and "operationId" in operation:
                _complete(cast("dict[str, Any]", operation), method, by_id[operation["operationId"]])
                _close(operation.get("requestBody"), components["schemas"])
                _exemplify(operation.get("requestBody"), by_id[operation["operationId"]])
    return msgspec.to_builtins(schema, enc_hook=_plain)


def _plain(value: object) -> object:
    """Litestar puts models into the document where they are defaults of fields."""
    if isinstance(value, pydantic.BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(f"{type(value)} has no place in an OpenAPI document")


def _close(node: object, schemas: dict[str, Any]) -> None:
    """Say of every object in a request body that it takes no other members, which Litestar leaves out."""
    if isinstance(node, list):
        for item in cast("list[object]", node):
            _close(item, schemas)
    elif isinstance(node, dict):
        members = cast("dict[str, Any]", node)
        if "$ref" in members:
            schema = schemas[members["$ref"].rpartition("/")[2]]
            if schema.get("type") == "object" and "additionalProperties" not in schema:
                schema["additionalProperties"] = False
                _close(schema, schemas)
        for item in members.values():
            _close(item, schemas)


def _exemplify(body: dict[str, Any] | None, handler: HTTPRouteHandler) -> None:
    """Show the example of the body's model (`kernel.forms.example`)."""
    data = handler.parsed_fn_signature.parameters.get("data")
    if body is None or data is None or not is_model(data.annotation):
        return
    extra = cast("dict[str, Any]", data.annotation.model_config.get("json_schema_extra") or {})
    for content in body["content"].values():
        if examples := extra.get("examples"):
            content["example"] = examples[0]


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
        _header(parameters, "Idempotency-Key", required=opt["idempotent"] != "optional")
    if opt.get("if_match"):
        statuses |= {412, 428}
        _header(parameters, "If-Match", required=True)
    if opt.get("rate"):
        statuses.add(429)
    responses = operation["responses"]
    for status in sorted(statuses):
        responses[str(status)] = {
            "description": TITLES[status][1],
            "content": {MEDIA_TYPE: {"schema": _REFERENCE}},
        }
    if not parameters:
        del operation["parameters"]


def _header(parameters: list[dict[str, Any]], name: str, *, required: bool) -> None:
    title = "-".join(part.upper() if part == "csrf" else part.capitalize() for part in name.split("-"))
    parameters.append({"name": title, "in": "header", "required": required, "schema": {"type": "string"}})


async def _shut(_connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    raise NotFound
