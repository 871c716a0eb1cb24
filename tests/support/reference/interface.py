"""docs/reference/api.md: every address of the service, made from its OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

from monitor.api.application import create_application
from monitor.api.state import ServiceState

HEAD = """\
# HTTP interface · 接口

The machine-readable document, with the shape of every answer: `GET /openapi.json` of a running service. The live
channel `/ws`: [asyncapi.yaml](asyncapi.yaml). Errors are problem details (RFC 9457, `application/problem+json`) whose
`detail` says what to do. Times are RFC 3339. Lists are paged by `cursor`: give `next_cursor` of the page before, until
it is null.

Window systems send the key of their source as `Authorization: Bearer KEY` ([how](../how-to/connect-a-source.md)).

"""

_WORDS = {"string": "text", "integer": "whole number"}


def interface_page() -> str:
    """The page as it should be."""
    return HEAD + "\n".join(_describe_document(read_document()))


def read_document() -> dict[str, Any]:
    """The OpenAPI document of a service with all its parts; nothing is asked of a database."""
    never_opened = ConnectionPool[Connection[TupleRow]](open=False)
    return create_application(ServiceState(pool=never_opened)).openapi()


def _describe_document(document: dict[str, Any]) -> Iterator[str]:
    schemas = document["components"]["schemas"]
    for tag in document["tags"]:
        yield f"## {tag['name']}\n\n{tag['description']}\n"
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                if tag["name"] in operation.get("tags", ()):
                    yield from _describe(f"{method.upper()} {path}", operation, schemas)


def _describe(address: str, operation: dict[str, Any], schemas: dict[str, Any]) -> Iterator[str]:
    yield f"### `{address}`\n\n{operation['summary']}. {operation.get('description', '')}".rstrip() + "\n"
    parameters = operation.get("parameters", [])
    if parameters:
        yield "| parameter | in | takes | meaning |\n|---|---|---|---|"
        yield from (_parameter(parameter, schemas) for parameter in parameters)
        yield ""
    answers = operation["responses"]
    yield f"Answers: {', '.join(f'`{status}`' for status in sorted(answers))}." + _shape(answers, schemas) + "\n"


def _parameter(parameter: dict[str, Any], schemas: dict[str, Any]) -> str:
    name = f"`{parameter['name']}`" + (" (required)" if parameter.get("required") else "")
    takes, meaning = _takes(parameter["schema"], schemas), parameter.get("description", "")
    return f"| {name} | {parameter['in']} | {takes} | {meaning} |"


def _takes(schema: dict[str, Any], schemas: dict[str, Any]) -> str:
    if "$ref" in schema:
        return _takes(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if "anyOf" in schema:
        return " or ".join(_takes(part, schemas) for part in schema["anyOf"] if part.get("type") != "null")
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"any of {_takes(schema['items'], schemas)}" if "enum" in schema["items"] else "text, repeated"
    told = str(schema.get("format") or _WORDS.get(schema["type"], schema["type"]))
    bounds = [f"{sign} {schema[key]}" for key, sign in (("minimum", "≥"), ("maximum", "≤")) if key in schema]
    default = [f"default {schema['default']}"] if schema.get("default") is not None else []
    return ", ".join([told, *bounds, *default])


def _shape(answers: dict[str, Any], schemas: dict[str, Any]) -> str:
    """The parts of a good answer, by name; what they are stands in the document itself."""
    content = answers.get("200", {}).get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    parts = schemas.get(name, {}).get("properties", {})
    return f" `200` bears {', '.join(f'`{part}`' for part in parts)} (`{name}`)." if parts else ""
