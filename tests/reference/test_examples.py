"""The documented examples are taken by the server, its answers have the documented fields, its limits are the documented.

There are no workers here: what would speak or listen is accepted and waits, or is answered by "try again".
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase, override_settings
from django.test.client import MULTIPART_CONTENT
from django.utils import timezone

from apps.accounts.models import Plan
from apps.accounts.services import account_create
from apps.chat.services import conversation_for
from apps.reference.document import whole_document
from apps.reference.sections import bodies_of, operations, resolved
from apps.voices.models import Voice, VoiceKind
from apps.webhooks.services import endpoint_create, endpoint_test
from tests.base import ApiClient
from tests.jobs.orders import caller
from tests.voices.base import BUILT, VoicesTest
from tests.voices.recordings import wav
from workers.audio.decode import decode

RECORDING = Path(__file__).parents[1] / "recordings" / "austen-0870.opus"
JSON = "application/json"
# What is refused only because nobody is there to do it: "no worker", "not built yet", "no language model".
WAITING = {409, 503, 504}
# These tell of what was spoken or heard, and nobody has spoken or heard; the first has no end either.
NOT_YET = {
    "/v1/jobs/{job_id}/events",
    "/static/downloads/{job_id}/{filename}",
    "/v1/voices/preview/{voice_id}.mp3",
    "/v1/speech/subtitles/",
    "/v1/tts/batch/{batch_id}/zip/",
    "/v1/transcribe/results/",
    "/v1/audio/transcriptions/{job_id}",
}


# Without a key these are for whoever has a signed link, or where the operator has opened this API.
FOR_OWNERS = {
    "/static/downloads/{job_id}/{filename}",
    "/media/user-voices/{voice_id}/{filename}",
    "/v1/tts/batch/{batch_id}/zip/",
}
# More than the most is as good as the most.
CLIPPED = {("/v1/jobs/", "limit"), ("/v1/webhooks/deliveries/", "limit")}
# Looked at once there is a transcription.
NO_JOB = {("/v1/audio/transcriptions/{job_id}", "response_format")}


@lru_cache(maxsize=1)
def recording() -> bytes:
    """Six seconds in which somebody speaks."""
    return wav(np.concatenate(list(decode(RECORDING, 16_000)))[: 6 * 16_000], 16_000)


def packed() -> bytes:
    """A clone as one takes it away."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        file.writestr("reference.wav", recording())
    return held.getvalue()


@override_settings(
    JOB_MAX_WAIT_SECONDS=0,
    LLM_BASE_URL="http://127.0.0.1:1/v1",
    LLM_MODEL="nobody",
    WEBHOOK_ALLOW=["127.0.0.1"],
)
class ExamplesTest(VoicesTest, TestCase):
    def setUp(self) -> None:
        super().setUp()
        opened = override_settings(OPEN_DIALECTS=["kittentts", "pockettts"])
        opened.enable()
        self.addCleanup(opened.disable)
        self.make_people()
        Plan.objects.filter(slug="business").update(requests_per_minute=1_000_000, max_queued_jobs=10_000)
        account = account_create(email="rich@example.com", plan="business", bonus=10**9)
        key = self.new_key(account)
        self.client_ = ApiClient(key)
        self.document = whole_document()
        voice, another, clone = (self.voice_of(key, clone_id=name) for name in ("first", "second", "third"))
        embedding = self.voice_of(key, kind=VoiceKind.EMBEDDING)
        tomorrow = timezone.now() + timedelta(days=1)
        Voice.objects.filter(pk=embedding.pk).update(expires_at=tomorrow)
        Voice.objects.filter(pk__in=[each.pk for each in (voice, another, clone, embedding)]).update(**BUILT)
        endpoint = endpoint_create(account, url="http://127.0.0.1:1/hook")
        job = self.client_.post("/v1/tts/", {"text": "Hello.", "model": "kokoro"}).json()
        batch = self.client_.post("/v1/tts/batch/", {"texts": [{"text": "Hello.", "model": "kokoro"}]}).json()
        session = self.client_.post("/api/stream/start").json()
        conversation = conversation_for(caller(key), None, None)
        self.known = {
            "key_id": self.key_row(self.new_key(account)).pk,
            "endpoint_id": endpoint.pk,
            "delivery_id": endpoint_test(endpoint).pk,
            "job_id": job["uuid"],
            "uuid": job["uuid"],
            "batch_id": batch["batch_id"],
            "voice_id": voice.pk,
            "filename": "reference.wav",
            "public_id": voice.public_id,
            "embed_id": embedding.public_id,
            "number": another.number,
            "reference": another.references.get().pk,
            "clone_id": clone.pocket_name,
            "model_id": "tts-1",
            "session_id": session["session_id"],
            "conversation_id": conversation.public_id,
        }

    def test_every_documented_example_is_taken_and_answered_as_documented(self) -> None:
        self.assert_fits_notices()
        told = [
            each
            for each in operations(self.document)
            if each[0] not in NOT_YET and "x-same-as" not in each[2]
        ]
        # What deletes comes last, and parts before the whole.
        told.sort(key=lambda each: (each[1] == "DELETE", -len(each[0]) if each[1] == "DELETE" else 0))
        for path, method, operation in told:
            with self.subTest(f"{method} {path}"):
                example = next((each for _, each in self.sent(operation)), None)
                answer = self.send(path, method, operation, example)
                kind = answer["Content-Type"].partition(";")[0] if answer.has_header("Content-Type") else ""
                if answer.status_code in WAITING:
                    self.assertEqual(kind, JSON)
                    continue
                said = "" if answer.streaming else answer.content[:300]
                documented = str(answer.status_code) in operation["responses"]
                self.assertTrue(documented and answer.status_code < 300, f"{answer.status_code} {said!r}")
                if kind == JSON:
                    media = operation["responses"][str(answer.status_code)]["content"][JSON]
                    self.assert_fits(answer.json(), media["schema"])
                if example and "newCloneId" in example:
                    self.known["clone_id"] = example["newCloneId"]

    def assert_fits_notices(self) -> None:
        """A field that nobody described, and one of another type."""
        schema = self.document["paths"]["/v1/keys/"]["get"]["responses"]["200"]["content"][JSON]["schema"]
        self.assert_fits({"keys": [], "total": 0}, schema)
        for wrong in ({"keys": [], "total": 0, "strange": 1}, {"keys": "none"}, {"keys": [{"strange": 1}]}):
            with self.assertRaises(AssertionError):
                self.assert_fits(wrong, schema)

    def test_what_is_beyond_a_documented_limit_is_refused_and_what_is_within_is_not(self) -> None:
        tried = 0
        for path, method, operation in operations(self.document):
            if "x-same-as" in operation:
                continue
            for (schema, example), (name, value, fits) in self.limits(operation):
                with self.subTest(f"{method} {path} {name}={str(value)[:20]}"):
                    changed = {**example, name: value}
                    if value is None:
                        del changed[name]
                    answer = self.send(path, method, operation, changed, schema)
                    told = "" if answer.streaming else answer.content[:300]
                    if fits:
                        # There is no voice 0, but it is a number.
                        self.assertNotIn(answer.status_code, {400, 422, 500}, told)
                    else:
                        self.assertIn(answer.status_code, {400, 404}, told)
                        tried += 1
        self.assertGreater(tried, 60)

    def test_keys_and_scopes_are_needed_where_the_document_says_so(self) -> None:
        account = self.key_row(self.alice_key).account
        keys = {scope: self.new_key(account, scopes=[scope]) for scope in ("usage", "keys")}
        for path, method, operation in operations(self.document):
            if "x-same-as" in operation:
                continue
            needs, scope = operation["x-key"], operation["x-scope"]
            with self.subTest(f"{method} {path}"):
                self.client_ = ApiClient()
                answer = self.send(path, method, operation, None)
                if needs == "needed":
                    self.assertEqual(answer.status_code, 401)
                elif path not in FOR_OWNERS:
                    self.assertNotEqual(answer.status_code, 401)
                if scope:
                    self.client_ = ApiClient(keys["keys" if scope == "usage" else "usage"])
                    self.assertEqual(self.send(path, method, operation, None).status_code, 403)

    def test_a_query_beyond_its_documented_limits_is_refused(self) -> None:
        tried = 0
        for path, method, operation in operations(self.document):
            for each in operation.get("parameters", ()):
                schema = each["schema"]
                if (
                    each["in"] != "query"
                    or "x-same-as" in operation
                    or (path, each["name"]) in CLIPPED | NO_JOB
                ):
                    continue
                wrong = ["neverheardof"] if "enum" in schema else []
                wrong += [
                    str(schema[name] + more)
                    for name, more in (("minimum", -1), ("maximum", 1))
                    if name in schema
                ]
                for value in wrong:
                    with self.subTest(f"{method} {path} {each['name']}={value}"):
                        only = {
                            **operation,
                            "parameters": [one for one in operation["parameters"] if one["in"] == "path"],
                        }
                        told = self.sent(operation)
                        more = f"?{each['name']}={value}"
                        for other in operation["parameters"]:
                            if other["in"] == "query" and other.get("required") and other != each:
                                more += f"&{other['name']}={self.known[other['name']]}"
                        example, about = (told[0][1], told[0][0]) if told else (None, None)
                        answer = self.send(path, method, only, example, about, more)
                        self.assertEqual(answer.status_code, 400, answer.content[:200])
                        tried += 1
        self.assertGreater(tried, 10)

    def sent(self, operation: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], dict[str, Any]]]:
        """(schema, example) of the content type whose example is shown."""
        told = bodies_of(self.document, operation).values()
        return [(schema, dict(example)) for schema, example in told if example is not None][:1]

    def limits(self, operation: Mapping[str, Any]) -> Iterator[tuple[Any, tuple[str, Any, bool]]]:
        """Each documented limit of a body: a value beyond it, and the last within. None: left out."""
        for schema, example in self.sent(operation):
            form = any(each.get("format") == "binary" for each in schema["properties"].values())
            required = schema.get("required", [])
            for name in required:
                yield (schema, example), (name, None, False)
            for name, field in schema["properties"].items():
                if "enum" in field:
                    yield (schema, example), (name, "neverheardof" if field["type"] == "string" else 3, False)
                for limit, beyond in (("minimum", -0.01), ("maximum", 0.01)):
                    if limit in field:
                        step = beyond * 100 if field["type"] == "integer" else beyond
                        further = field[limit] + (int(step) if field["type"] == "integer" else step)
                        if further >= 0 or not form:
                            yield (schema, example), (name, further, False)
                        yield (schema, example), (name, field[limit], True)
                if field.get("maxLength", 10**9) <= 20_000 and field["type"] == "string":
                    yield (schema, example), (name, "a" * (field["maxLength"] + 1), False)

    def send(
        self,
        path: str,
        method: str,
        operation: Mapping[str, Any],
        example: Mapping[str, Any] | None,
        schema: Mapping[str, Any] | None = None,
        more: str = "",
    ) -> Any:
        query = []
        for each in operation.get("parameters", ()):
            name = each["name"]
            if each["in"] == "path":
                path = path.replace(f"{{{name}}}", str(self.known[name]))
            elif each["in"] == "query" and each.get("required"):
                query.append(f"{name}={self.known[name]}")
        address = path + (more or (f"?{'&'.join(query)}" if query else ""))
        if example is None:
            return self.client_.generic(method, address)
        if "reference_audio" in example:
            # A worker would listen to it first: here one that was listened to before.
            example = {**example, "embed_id": self.known["embed_id"]}
            del example["reference_audio"]
        if "url" in example:
            # Nobody's names can be looked up here.
            example = {**example, "url": "http://127.0.0.1:1/hook"}
        schema = schema or self.sent(operation)[0][0]
        files = {name for name, field in schema["properties"].items() if field.get("format") == "binary"}
        if not files:
            return self.client_.generic(method, address, json.dumps(example), content_type=JSON)
        form = {
            name: SimpleUploadedFile(value, packed() if value.endswith(".zip") else recording())
            if name in files
            else value
            for name, value in example.items()
        }
        return self.client_.post(address, form, content_type=MULTIPART_CONTENT)

    def assert_fits(self, answer: Any, schema: Mapping[str, Any]) -> None:
        """The answer has no field but those that are documented, and each of its documented type."""
        found = self.closed(schema)
        errors = [error.message for error in jsonschema.Draft202012Validator(found).iter_errors(answer)]
        self.assertEqual(errors, [])

    def closed(self, schema: Mapping[str, Any]) -> Any:
        """Without references, and without room for fields that are not named. What was null in the example may be."""
        schema = dict(resolved(self.document, schema))
        if "oneOf" in schema:
            return {"anyOf": [self.closed(each) for each in schema["oneOf"]]}
        if "properties" in schema:
            properties = {name: self.closed(each) for name, each in schema["properties"].items()}
            # An object whose example was empty may hold anything.
            extra = not properties
            schema |= {"properties": properties, "additionalProperties": extra}
        if "items" in schema:
            schema["items"] = self.closed(schema["items"])
        if "type" in schema:
            kinds = ["number", "integer"] if schema["type"] == "number" else [schema["type"]]
            schema["type"] = [*kinds, "null"]
        return schema
