"""The OpenAPI document: complete, valid, and true of what the server does."""

from __future__ import annotations

import json
from typing import Any

from drf_spectacular.drainage import GENERATOR_STATS, reset_generator_stats
from drf_spectacular.validation import validate_schema
from openapi_spec_validator import validate

from apps.reference.described import described
from apps.reference.document import whole_document
from apps.reference.routes import public_routes
from apps.reference.sections import bodies_of, operations
from tests.base import PlatformTest


class DocumentTest(PlatformTest):
    document: dict[str, Any]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.document = whole_document()

    def test_it_is_valid_and_made_without_a_warning(self) -> None:
        from apps.reference.schema import Generator

        reset_generator_stats()
        Generator().get_schema(public=True)
        self.assertFalse(GENERATOR_STATS, "drf-spectacular has warned")
        told = json.loads(json.dumps(self.document))
        validate_schema(told)
        validate(told)

    def test_no_path_of_the_server_is_missing_and_none_is_invented(self) -> None:
        routes = {route.path for route in public_routes()}
        self.assertGreater(len(routes), 100)
        self.assertEqual(routes, set(described()))
        self.assertEqual({f"/{route}" for route in routes}, set(self.document["paths"]))

    def test_no_method_is_missing(self) -> None:
        for route in public_routes():
            view = getattr(route.callback, "cls", None)
            answered = {"GET", "POST", "PUT", "PATCH", "DELETE"} & {
                name.upper() for name in getattr(view, "http_method_names", ()) if hasattr(view, name)
            }
            told = set(described()[route.path])
            self.assertTrue(told)
            if view is not None:
                self.assertEqual(told, answered, route.path)

    def test_every_operation_says_what_it_does_and_shows_what_to_send(self) -> None:
        for path, method, operation in operations(self.document):
            with self.subTest(f"{method} {path}"):
                self.assertTrue(operation["summary"])
                self.assertTrue(operation["tags"])
                bodies = bodies_of(self.document, operation)
                if bodies:
                    self.assertTrue([1 for _, example in bodies.values() if example is not None])
                for schema, _ in bodies.values():
                    for name, field in schema["properties"].items():
                        self.assertTrue(field.get("description"), name)

    def test_paths_that_two_apis_share_show_both(self) -> None:
        shared = self.document["paths"]["/v1/audio/transcriptions"]["post"]
        self.assertEqual(shared["tags"], ["openai", "kugelaudio"])
        fields: set[str] = set()
        for told in (shared, shared["x-also"]):
            for schema, _ in bodies_of(self.document, told).values():
                fields |= set(schema["properties"])
        self.assertLessEqual({"response_format", "boosted_phrases"}, fields)
