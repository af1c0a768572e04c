"""drf-spectacular, told by the descriptions beside the views instead of guessing from serializers."""

from __future__ import annotations

import re
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiRequest, OpenApiResponse
from rest_framework.views import APIView

from ttsplatform.describing import Answer, Field, Operation, body
from ttsplatform.errors import TABLE

from .described import described
from .routes import public_routes
from .wrongs import by_status, error_schema

SECURITY = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "Authorization: Bearer sk-tts-…"},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}
JSON, FORM = "application/json", "multipart/form-data"


class PlainView(APIView):
    """Stands for a Django view that is none of REST framework's."""


class Generator(SchemaGenerator):
    """One operation for each method that is described, in the order of the urlconf."""

    def _initialise_endpoints(self) -> None:
        self.endpoints: list[Any] = []

    def _get_paths_and_endpoints(self) -> list[tuple[str, str, str, APIView]]:
        first: dict[int, str] = {}
        endpoints = []
        for route in public_routes():
            # A route that nobody described is missing from the document: tests/reference says which.
            for method, operation in described().get(route.path, {}).items():
                is_rest = hasattr(route.callback, "cls")
                view = self.create_view(route.callback, method) if is_rest else PlainView()
                known = first.setdefault(id(operation), route.path)
                self._set_schema_to_view(view, DescribedSchema(operation, known))
                endpoints.append((f"/{route.path}", route.path, method, view))
        return endpoints


class DescribedSchema(AutoSchema):
    """What one `Operation` says, in drf-spectacular's words. `known`: the path under which it was shown first."""

    def __init__(self, operation: Operation, known: str) -> None:
        super().__init__()
        self.told = operation
        self.known = known

    def get_operation_id(self) -> str:
        words = re.sub(r"\W+", "_", self.path.replace("-", "_")).strip("_")
        return f"{self.told.dialect}_{self.method.lower()}_{words}"

    def get_summary(self) -> str:
        return self.told.summary

    def get_description(self) -> str:  # type: ignore[override]
        also = self.told.also
        other = f"\n\n{self.told.told_by} {also.summary}: {also.about}" if also else ""
        return self.told.about + other

    def get_tags(self) -> list[str]:
        return [self.told.dialect, *([self.told.also.dialect] if self.told.also else [])]

    def get_override_parameters(self) -> list[Any]:
        places: tuple[tuple[Any, tuple[Field, ...]], ...] = (
            (OpenApiParameter.PATH, self.told.path),
            (OpenApiParameter.QUERY, self.told.query),
            (OpenApiParameter.HEADER, self.told.headers),
        )
        return [
            OpenApiParameter(
                each.name, dict(each.schema), place, required=each.required, description=each.about
            )
            for place, fields in places
            for each in fields
        ]

    def get_request_serializer(self) -> Any:
        """Of each content type the body; `also` makes it one of two."""
        mine, others = self._bodies(self.told), self._bodies(self.told.also) if self.told.also else {}
        both = {}
        for media in {**mine, **others}:
            told = [bodies[media] for bodies in (mine, others) if media in bodies]
            schema = {"oneOf": [each for each, _ in told]} if len(told) > 1 else told[0][0]
            examples = [
                OpenApiExample(f"example {number}" if number else "example", value, request_only=True)
                for number, (_, value) in enumerate(told)
                if value is not None
            ]
            both[media] = OpenApiRequest(schema, examples=[_of(each, media) for each in examples])
        return both

    def get_response_serializers(self) -> Any:
        found: dict[Any, OpenApiResponse] = {}
        told = self.told
        for operation in (told, told.also) if told.also else (told,):
            for answer in operation.answers:
                self._add_answer(found, answer)
        for status, codes in by_status(self._codes()).items():
            about = "\n".join(f"`{code}`: {TABLE[code].message}" for code in codes)
            schema = self._placed(error_schema(told.dialect))
            found[status, JSON] = OpenApiResponse(schema, about)
        return found

    def get_auth(self) -> list[dict[str, list[str]]]:
        for name, schema in SECURITY.items():
            self.registry.register_on_missing(
                ResolvedComponent(name, ResolvedComponent.SECURITY_SCHEMA, schema=schema, object=name)
            )
        needed = self.need()
        if needed == "none":
            return []
        either: list[dict[str, list[str]]] = [{name: []} for name in SECURITY]
        return [*either, {}] if needed == "optional" else either

    def get_extensions(self) -> dict[str, Any]:
        found: dict[str, Any] = {"x-key": self.need(), "x-scope": self.scope()}
        found["x-errors"] = self._codes()
        if headers := {name: value for each in self.told.answers for name, value in each.headers.items()}:
            found["x-answer-headers"] = headers
        if self.known != self.path.lstrip("/"):
            found["x-same-as"] = f"/{self.known}"
        if self.told.also:
            other = DescribedSchema(self.told.also, self.known)
            other.view = self.view
            shown = other.get_operation(
                self.path, self.path_regex, self.path_prefix, self.method, self.registry
            )
            found["x-also"] = shown
            found["x-told-by"] = self.told.told_by
        return found

    def need(self) -> str:
        """Whether a key is needed, optional or none: as described, else as the view's attributes say."""
        if self.told.key:
            return self.told.key
        return "optional" if getattr(self.view, "open_to_anonymous", False) else "needed"

    def scope(self) -> str:
        return self.told.scope or getattr(self.view, "scope", None) or ""

    def _codes(self) -> list[str]:
        codes = list(self.told.errors)
        if self.told.json or self.told.form or self.told.query:
            codes.append("bad_request")
        if self.need() != "none":
            codes += ["unauthorized", "rate_limited"]
        if self.scope():
            codes.append("forbidden")
        return list(dict.fromkeys(codes))

    def _bodies(self, operation: Operation) -> dict[str, tuple[dict[str, Any], Any]]:
        """Content type -> (schema, example)."""
        name = f"{operation.dialect}_{operation.summary}".title()
        title = re.sub(r"\W+|_", "", name)
        found = {}
        for media, fields in ((JSON, operation.json), (FORM, operation.form)):
            if fields:
                suffix = "Form" if media == FORM else "Body"
                found[media] = self._placed(body(fields, title=title + suffix)), _fit(operation, media)
        return found

    def _add_answer(self, found: dict[Any, OpenApiResponse], answer: Answer) -> None:
        if not answer.content:
            found[answer.status] = OpenApiResponse(None, answer.about or "Done.")
        for media, (schema, example) in answer.content.items():
            named = schema.get("title") or "example"
            examples = [] if example is None else [OpenApiExample(named, example, media_type=media)]
            key = (answer.status, media)
            placed = self._placed(dict(schema))
            if key in found:
                earlier = found[key]
                before = earlier.response.get("oneOf", [earlier.response])
                if placed in before:
                    continue
                placed = {"oneOf": [*before, placed]}
                examples = [*earlier.examples, *(_renamed(each, len(before)) for each in examples)]
                about = f"{earlier.description}\n{answer.about}"
            else:
                about = answer.about
            found[key] = OpenApiResponse(placed, about, examples)

    def _placed(self, schema: dict[str, Any]) -> dict[str, Any]:
        """A reference to the schema among the components, where it has a name."""
        name = schema.get("title")
        if not name:
            return schema
        component = ResolvedComponent(name, ResolvedComponent.SCHEMA, schema=schema, object=name)
        if component not in self.registry:
            self.registry.register(component)
        elif self.registry[component].schema != schema:
            raise ValueError(f"two schemas are called {name}")
        ref: dict[str, Any] = component.ref
        return ref


def _fit(operation: Operation, media: str) -> Any:
    """The example, where it is one of this content type: whoever takes both shows the form only for a file."""
    if operation.example is None:
        return None
    files = {each.name for each in operation.form if each.schema.get("format") == "binary"}
    if media == JSON and operation.form and files & set(operation.example):
        return None
    return dict(operation.example)


def _of(example: OpenApiExample, media: str) -> OpenApiExample:
    example.media_type = media
    return example


def _renamed(example: OpenApiExample, number: int) -> OpenApiExample:
    example.name = f"{example.name} {number}"
    return example
