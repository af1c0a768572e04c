"""Words in which a public API is described beside the views that serve it; apps.reference makes OpenAPI of them.

Each package that answers requests has a module `described`: `DESCRIBED` says of each path, as OpenAPI writes it, what
its methods take and answer. Limits, choices and defaults come from the very constants that the views check by.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from rest_framework import serializers

Schema = Mapping[str, Any]
"""JSON Schema as OpenAPI 3.1 has it."""
Dialect = Literal["platform", "ttsai", "openai", "kugelaudio", "kittentts", "pockettts"]

RECORDING = "recording.wav"
"""In examples: a file of the reader's own, a few seconds in which somebody speaks."""


@dataclass(frozen=True)
class Field:
    """A value that a caller sends: in a body, a form, a query, a path or a header."""

    name: str
    schema: Schema
    about: str = ""
    required: bool = False


@dataclass(frozen=True)
class Answer:
    """What a call answers where all goes well. `content`: of each content type the schema, and an example or None."""

    about: str
    content: Mapping[str, tuple[Schema, Any]] = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Operation:
    """One method of one path.

    `key`: "needed", "optional" (without one within the anonymous allowance) or "none" (nobody looks at it); None: as
    the view's own attributes say. `also`: a second API that is served by the same method of the same path, told apart
    by who asks. `examples`: what is sent, by name: values of path, query and headers in place of those of the fields,
    and a whole body or form.
    """

    dialect: Dialect
    summary: str
    answers: tuple[Answer, ...]
    about: str = ""
    path: tuple[Field, ...] = ()
    query: tuple[Field, ...] = ()
    headers: tuple[Field, ...] = ()
    json: tuple[Field, ...] = ()
    form: tuple[Field, ...] = ()
    example: Mapping[str, Any] | None = None
    errors: tuple[str, ...] = ()
    key: Literal["needed", "optional", "none"] | None = None
    scope: str | None = None
    also: Operation | None = None
    told_by: str = ""


Described = Mapping[str, Mapping[str, Operation]]
"""Path without a slash in front, such as v1/keys/{key_id}/ -> method -> what it does."""


@dataclass(frozen=True)
class Frame:
    """A message on a socket; `example` is JSON, or a sentence where it is bytes."""

    name: str
    example: Mapping[str, Any] | str
    about: str


@dataclass(frozen=True)
class SocketDescribed:
    """A socket: what a client sends, what it gets, and a Python program that talks to it."""

    path: str
    dialect: Dialect
    title: str
    about: str
    sends: tuple[Frame, ...]
    gets: tuple[Frame, ...]
    program: str
    closes: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Start:
    """A first program for readers of one API. `%URL%` becomes the server's address; the key is in API_KEY."""

    title: str
    language: Literal["python", "shell"]
    code: str
    about: str = ""


def text(*, longest: int | None = None, default: str | None = None, example: str | None = None) -> Schema:
    return _schema("string", maxLength=longest, default=default, examples=_listed(example))


def number(low: float, high: float, *, default: float | None = None) -> Schema:
    return _schema("number", minimum=low, maximum=high, default=default)


def whole(
    low: int | None = None, high: int | None = None, *, default: int | None = None, example: int | None = None
) -> Schema:
    return _schema("integer", minimum=low, maximum=high, default=default, examples=_listed(example))


def flag(default: bool | None = False) -> Schema:
    return _schema("boolean", default=default)


def one_of(choices: Iterable[Any], *, default: Any = None) -> Schema:
    listed = list(choices)
    kind = "integer" if all(isinstance(each, int) for each in listed) else "string"
    return _schema(kind, enum=listed, default=default)


def many(item: Schema, *, least: int | None = None, most: int | None = None) -> Schema:
    return _schema("array", items=dict(item), minItems=least, maxItems=most)


def nested(fields: Iterable[Field]) -> Schema:
    """An object with these fields."""
    listed = list(fields)
    properties = {each.name: {**each.schema, **_about(each)} for each in listed}
    return _schema(
        "object", properties=properties, required=[each.name for each in listed if each.required] or None
    )


def upload() -> Schema:
    """A file of a form."""
    return {"type": "string", "format": "binary"}


def sound(content_type: str, about: str, **headers: str) -> Answer:
    """An answer that is a file."""
    return Answer(about, {content_type: ({"type": "string", "format": "binary"}, None)}, headers=headers)


def shown(example: Any, about: str = "", *, status: int = 200, title: str = "", **headers: str) -> Answer:
    """An answer in JSON; its schema is read off the example. `title` makes it one that others can refer to."""
    schema = {**shape(example), **({"title": title} if title else {})}
    return Answer(about or "Done.", {"application/json": (schema, example)}, status, headers)


def events(example: str, about: str, **headers: str) -> Answer:
    """An answer of Server-Sent Events."""
    return Answer(about, {"text/event-stream": ({"type": "string"}, example)}, headers=headers)


def nothing(about: str, status: int = 204) -> Answer:
    return Answer(about, status=status)


def shape(example: Any) -> dict[str, Any]:
    """The schema that a value is an example of. What is None may be anything."""
    match example:
        case None:
            return {}
        case bool():
            return {"type": "boolean"}
        case int():
            return {"type": "integer"}
        case float():
            return {"type": "number"}
        case str():
            return {"type": "string"}
        case list():
            return {"type": "array", "items": shape(example[0]) if example else {}}
        case _:
            return {
                "type": "object",
                "properties": {str(name): shape(value) for name, value in example.items()},
            }


def fields_of(serializer: type[serializers.Serializer[Any]], about: Mapping[str, str]) -> tuple[Field, ...]:
    """The fields that a view reads with a serializer, under its own limits. KeyError for one that nobody described."""
    fields = serializer().fields.items()
    return tuple(
        Field(name, schema_of(field), about[name], required=bool(field.required)) for name, field in fields
    )


def schema_of(field: serializers.Field[Any, Any, Any, Any]) -> Schema:
    """What a serializer's field accepts."""
    match field:
        case serializers.BooleanField():
            kind = "boolean"
        case serializers.IntegerField():
            kind = "integer"
        case serializers.FloatField():
            kind = "number"
        case serializers.ListField():
            return _schema("array", items=dict(schema_of(field.child)))
        case serializers.JSONField():
            return {}
        case _:
            kind = "string"
    default = None if field.default is serializers.empty else field.default
    formats = {serializers.DateTimeField: "date-time", serializers.UUIDField: "uuid"}
    return _schema(
        kind,
        maxLength=getattr(field, "max_length", None),
        minimum=getattr(field, "min_value", None),
        maximum=getattr(field, "max_value", None),
        enum=list(field.choices) if isinstance(field, serializers.ChoiceField) else None,
        format=formats.get(type(field)),
        default=default,
    )


def body(fields: Iterable[Field], *, title: str = "", strict: bool = False) -> dict[str, Any]:
    """The schema of a JSON body or a form."""
    schema = dict(nested(fields))
    return {
        **schema,
        **({"title": title} if title else {}),
        **({"additionalProperties": False} if strict else {}),
    }


def at(prefixes: Iterable[str], path: str, **methods: Operation) -> dict[str, Mapping[str, Operation]]:
    """The same operations under each prefix."""
    return {f"{prefix}{path}": methods for prefix in prefixes}


def _schema(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": kind} | {name: value for name, value in more.items() if value is not None}


def _about(field: Field) -> dict[str, str]:
    return {"description": field.about} if field.about else {}


def _listed(example: Any) -> list[Any] | None:
    return None if example is None else [example]
