"""The OpenAPI 3.1 document of the table of routes, and the same for people to read: plain HTML, no script."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from protocol import asyncapi
from remote_app.api.calls import Route
from remote_app.api.problems import TITLES, Problem
from remote_app.api.routes import BASE, PATH_PARTS, ROUTES

ALWAYS: Final = (400, 401, 403, 405, 503)
_PART: Final = re.compile(r"\{(\w+)\}")
_REF: Final = "#/components/schemas/{model}"


def document(version: str, routes: Sequence[Route] = ROUTES) -> dict[str, Any]:
    """The whole document."""
    models: set[type[BaseModel]] = {
        model for route in routes for model in (route.answer, route.body) if model is not None
    }
    ordered: list[type[BaseModel]] = sorted((*models, Problem), key=lambda model: model.__name__)
    wanted = [(model, "validation" if _comes_in(model, routes) else "serialization") for model in ordered]
    refs, schemas = models_json_schema(wanted, ref_template=_REF)  # type: ignore[arg-type]
    names = {model: refs[model, mode]["$ref"] for model, mode in wanted}  # type: ignore[index]
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(BASE + route.path, {})[route.method.lower()] = _operation(route, names)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Courses by telepresence robot",
            "version": version,
            "description": "Courses, meetings, sites, robots, seats, people, invitations and evaluation. Staff log in "
            "first; the session's cookie says who asks. What is changed goes with If-Match, the version that was seen.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"session": []}],
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE}},
        },
    }


SESSION_COOKIE: Final = "av1-staff"


def _comes_in(model: type[Any], routes: Sequence[Route]) -> bool:
    return any(route.body is model for route in routes)


def _operation(route: Route, names: dict[Any, str]) -> dict[str, Any]:
    statuses = {*ALWAYS, *((404,) if "{" in route.path else ())}
    statuses |= {409} if route.writes else set()
    statuses |= {422} if route.body is not None or "{" in route.path or route.query.model_fields else set()
    statuses |= {413, 415} if route.body is not None else set()
    statuses |= {412, 428} if route.versioned else set()
    answers = {str(status): _refusal(status, names) for status in sorted(statuses)}
    good: dict[str, Any] = {"description": route.summary}
    if route.answer is not None:
        good["content"] = {route.kind: {"schema": {"$ref": names[route.answer]}}}
    elif route.status != 204:
        good["content"] = {route.kind: {"schema": {"type": "string"}}}
    made = {"201": {**good, "description": "Made"}} if route.method == "PUT" else {}
    operation: dict[str, Any] = {
        "operationId": route.function.__name__,
        "summary": route.summary,
        "description": " ".join((route.function.__doc__ or "").split()),
        "tags": [route.tag],
        "parameters": [*_path_parts(route), *_query(route), *_version(route)],
        "responses": {str(route.status): good, **made, **answers},
    }
    if route.body is not None:
        content = {"application/json": {"schema": {"$ref": names[route.body]}}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _refusal(status: int, names: dict[Any, str]) -> dict[str, Any]:
    return {
        "description": TITLES[status],
        "content": {"application/problem+json": {"schema": {"$ref": names[Problem]}}},
    }


def _path_parts(route: Route) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": PATH_PARTS[name]}}
        for name in _PART.findall(route.path)
    ]


def _query(route: Route) -> list[dict[str, Any]]:
    schema = route.query.model_json_schema()
    needed = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in needed, "schema": part}
        for name, part in schema.get("properties", {}).items()
    ]


def _version(route: Route) -> list[dict[str, Any]]:
    if not route.versioned:
        return []
    text = "The version that was seen, in quotation marks, or *; not for what is new"
    return [{"name": "If-Match", "in": "header", "description": text, "schema": {"type": "string"}}]


def page(version: str, routes: Sequence[Route] = ROUTES) -> str:
    """The document as a page of HTML."""
    spec = document(version, routes)
    parts = []
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            parts.append(_section(method.upper(), path, operation))
    schemas = "".join(
        f'<section id="{html.escape(name)}"><h3>{html.escape(name)}</h3><p>{html.escape(schema.get("description", ""))}'
        f"</p><table>{''.join(_row(key, part, key in schema.get('required', ())) for key, part in _parts(schema))}"
        "</table></section>"
        for name, schema in spec["components"]["schemas"].items()
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{spec['info']['title']}: API</title><main><h1>{spec['info']['title']}</h1>"
        f"<p>{html.escape(spec['info']['description'])}</p>"
        '<p>For programs: <a href="/api/openapi.json">/api/openapi.json</a> (OpenAPI 3.1). Every refusal is '
        "<code>application/problem+json</code> with <code>title</code>, <code>detail</code>, <code>key</code> and "
        '<code>value</code>.</p><p><a href="#mqtt">What goes over MQTT</a> is in '
        '<a href="/api/asyncapi.json">/api/asyncapi.json</a> (AsyncAPI 3.0).</p>'
        f"{''.join(parts)}<h2>Models</h2>{schemas}{_mqtt()}</main></html>"
    )


def _mqtt() -> str:
    """What robots say and are told, as a table."""
    spec = asyncapi.document()
    rows = []
    for operation in spec["operations"].values():
        name = operation["channel"]["$ref"].rpartition("/")[2]
        channel, binding = spec["channels"][name], operation["bindings"]["mqtt"]
        kept = ", retained" if binding["retain"] else ""
        rows.append(
            f"<tr><td><code>{html.escape(channel['address'])}</code></td><td>the robot {operation['action']}s</td>"
            f"<td>QoS {binding['qos']}{kept}</td><td>{html.escape(', '.join(channel['messages']))}</td>"
            f"<td>{html.escape(channel['description'])}</td></tr>"
        )
    return (
        f'<section id="mqtt"><h2>Over MQTT</h2><p>{html.escape(spec["info"]["description"])}</p>'
        f"<table>{''.join(rows)}</table></section>"
    )


def _section(method: str, path: str, operation: dict[str, Any]) -> str:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    rows = "".join(_row(part["name"], part["schema"], part.get("required", False)) for part in operation["parameters"])
    answers = ", ".join(
        f"{status} {''.join(_link(part['schema']) for part in answer.get('content', {}).values())}"
        for status, answer in operation["responses"].items()
    )
    return (
        f"<section><h2>{method} <code>{html.escape(path)}</code></h2><p>{html.escape(operation['summary'])}. "
        f"{html.escape(operation['description'])}</p>{f'<table>{rows}</table>' if rows else ''}"
        f"{f'<p>Body: {_link(body)}</p>' if body else ''}<p>Answers: {answers}</p></section>"
    )


def _parts(schema: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return list(schema.get("properties", {}).items())


def _row(name: str, schema: dict[str, Any], needed: bool) -> str:
    about = html.escape(str(schema.get("description", "")))
    return (
        f"<tr><td><code>{html.escape(name)}</code></td><td>{_link(schema)}</td>"
        f"<td>{'needed' if needed else ''}</td><td>{about}</td></tr>"
    )


def _link(schema: dict[str, Any] | None) -> str:
    if not schema:
        return ""
    if "$ref" in schema:
        name = html.escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_link(one) for one in schema["anyOf"])
    kind = html.escape(str(schema.get("type", "")))
    limits = ("pattern", "minimum", "maximum", "minLength", "maxLength", "maxItems", "format", "enum", "const")
    more = "; ".join(f"{key} {schema[key]}" for key in limits if key in schema)
    return f"{kind} <small>{html.escape(more)}</small>" if more else kind
