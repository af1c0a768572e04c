"""What a page shows of each operation, read from the OpenAPI document."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ttsplatform.errors import TABLE

from .document import whole_document
from .examples import Call, as_curl, as_python, call_of

PLACES = {"path": "path", "query": "query", "header": "header"}
KEYS = {
    "needed": "Needs a key",
    "optional": "With a key, or without one within the anonymous allowance",
    "none": "No key",
}


@dataclass(frozen=True)
class Row:
    """A value that a caller sends."""

    name: str
    place: str
    kind: str
    about: str
    required: bool = False
    default: str = ""
    limits: str = ""


@dataclass(frozen=True)
class Wrong:
    status: int
    code: str


@dataclass
class Section:
    """One operation. `also`: other paths that do the same."""

    anchor: str
    method: str
    path: str
    summary: str
    about: str
    key: str
    scope: str
    rows: list[Row]
    answers: list[tuple[str, str, str]]
    """(status and content types, what it is, an example in JSON or "")."""
    headers: dict[str, str]
    wrongs: list[Wrong]
    call: Call
    also: list[str] = field(default_factory=list)

    @property
    def curl(self) -> str:
        return as_curl(self.call)

    @property
    def python(self) -> str:
        return as_python(self.call)

    @property
    def found_by(self) -> str:
        """What a search looks at."""
        return f"{self.method} {self.path} {' '.join(self.also)} {self.summary} {self.about}".lower()


@lru_cache(maxsize=64)
def sections_at(origin: str, dialect: str) -> tuple[Section, ...]:
    """`sections_of` the whole document, for readers who came by this address."""
    return tuple(sections_of({**whole_document(), "servers": [{"url": origin}]}, dialect))


def sections_of(document: Mapping[str, Any], dialect: str) -> list[Section]:
    """All operations of a public API, in the order of the document."""
    shown: dict[tuple[str, str], Section] = {}
    for path, method, operation in operations(document):
        if dialect not in operation["tags"]:
            continue
        mine = operation if operation["tags"][0] == dialect else operation["x-also"]
        first = (mine.get("x-same-as", path), method)
        if first in shown:
            shown[first].also.append(path)
        else:
            shown[path, method] = section(document, path, method, mine)
    return list(shown.values())


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """(path, method in capitals, operation)."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


def section(document: Mapping[str, Any], path: str, method: str, operation: Mapping[str, Any]) -> Section:
    told = bodies_of(document, operation)
    origin = document["servers"][0]["url"]
    rows = [
        row(each["name"], PLACES[each["in"]], each["schema"], each)
        for each in operation.get("parameters", ())
    ]
    for media, (schema, _) in told.items():
        place = "JSON" if media == "application/json" else "form"
        required = schema.get("required", ())
        for name, each in schema["properties"].items():
            rows.append(row(name, place, each, {**each, "required": name in required}))
    return Section(
        operation["operationId"],
        method,
        path,
        operation["summary"],
        operation.get("description", ""),
        KEYS[operation["x-key"]],
        operation["x-scope"],
        rows,
        list(answers_of(operation)),
        operation.get("x-answer-headers", {}),
        [
            Wrong(TABLE[code].status, code)
            for code in sorted(operation["x-errors"], key=lambda each: TABLE[each].status)
        ],
        call_of(origin, path, method, operation, told),
    )


def bodies_of(document: Mapping[str, Any], operation: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Content type -> (its schema, its example or None). Of two APIs in one, this one's own."""
    found = {}
    for media, told in operation.get("requestBody", {}).get("content", {}).items():
        schema = told["schema"]
        # Where it is one of two, the operation's own comes first.
        own = resolved(document, schema["oneOf"][0] if "oneOf" in schema else schema)
        examples = list(told.get("examples", {}).values())
        found[media] = (own, examples[0]["value"] if examples else None)
    return found


def resolved(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema that a reference leads to."""
    if "$ref" not in schema:
        return schema
    found: Mapping[str, Any] = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


def row(name: str, place: str, schema: Mapping[str, Any], about: Mapping[str, Any]) -> Row:
    default = schema.get("default")
    return Row(
        name,
        place,
        kind_of(schema),
        about.get("description", ""),
        bool(about.get("required")),
        "" if default is None else str(default).lower() if isinstance(default, bool) else str(default),
        limits_of(schema),
    )


def kind_of(schema: Mapping[str, Any]) -> str:
    match schema.get("type"):
        case None:
            return "string or object"
        case "array":
            return f"list of {kind_of(schema['items'])}s"
        case "integer":
            return "whole number"
        case "boolean":
            return "true or false"
        case kind if schema.get("format") == "binary":
            return "file"
        case kind:
            return str(schema.get("format", kind))


def limits_of(schema: Mapping[str, Any]) -> str:
    """What a value must keep to, in words; "" where there is nothing to say."""
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and most is not None:
        return f"{least:,} to {most:,}"
    if least is not None:
        return f"{least:,} or more"
    if "maxLength" in schema:
        return f"at most {schema['maxLength']:,} characters"
    if "maxItems" in schema:
        return f"{schema.get('minItems', 0)} to {schema['maxItems']} of them"
    return limits_of(schema["items"]) if schema.get("items") else ""


def answers_of(operation: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(status and content types, what it is, an example or "") of each answer where all goes well."""
    for status, told in operation["responses"].items():
        if not status.startswith("2"):
            continue
        kinds = told.get("content", {})
        example = ""
        for media in kinds.values():
            for each in media.get("examples", {}).values():
                value = each["value"]
                example = example or (
                    value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)
                )
        yield f"{status} {', '.join(kinds)}".strip(), told["description"], example
