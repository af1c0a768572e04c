"""What may be said of a voice: names that nothing hides, languages that its model speaks, keys that may do it."""

from __future__ import annotations

import json
from typing import Any
from unittest.mock import patch

from django.core.management import call_command

from apps.jobs.models import Job
from apps.voices.models import Voice, VoiceKind
from tests.base import ApiClient, PlatformTest
from tests.jobs.orders import caller

from .base import BUILT, VoicesTest, send
from .recordings import joe, wav
from .test_refusals import FACES, IMPORT, zipped


class NamesTest(VoicesTest, PlatformTest):
    def test_a_clone_may_not_be_called_like_a_path_or_a_public_id(self) -> None:
        self.voice_of(self.alice_key, clone_id="mine")
        for name in ("import", "IMPORT", "uv_a1b2c3d4e5f6", "UV_x"):
            tries = (
                send(self.as_alice, "/pocket-tts/voices/clone", audio=wav(joe()), cloneId=name),
                send(self.as_alice, IMPORT, file=zipped(("reference.wav", wav(joe()))), cloneId=name),
                self.as_alice.patch(
                    "/pocket-tts/voices/clone/mine", {"newCloneId": name}, content_type="application/json"
                ),
            )
            for answer in tries:
                self.assertEqual(answer.status_code, 400, answer.content)
                self.assertIn("Choose another name", answer.json()["message"])
        self.assertEqual(Voice.objects.get().clone_id, "mine")

    def test_a_zip_that_bears_such_a_name_comes_in_under_another(self) -> None:
        told = json.dumps({"clone_id": "uv_a1b2c3d4e5f6"}).encode()
        content = zipped(("reference.wav", wav(joe())), ("metadata.json", told))
        self.assertEqual(
            send(self.as_alice, IMPORT, file=content).json()["cloneId"], "imported_uv_a1b2c3d4e5f6"
        )

    def test_a_key_needs_the_scope_of_what_it_does(self) -> None:
        voice = self.voice_of(self.alice_key, clone_id="mine")
        Voice.objects.update(**BUILT, pending=None, building=None)
        speaks, keeps = (
            ApiClient(self.new_key(self.account, scopes=[scope])) for scope in ("speech", "voices")
        )
        path = "/pocket-tts/voices/clone/mine"
        new = {"newCloneId": "mine"}
        for call in (
            lambda who: who.get(f"{path}/download"),
            lambda who: who.patch(path, new, content_type="application/json"),
            lambda who: who.delete(path),
        ):
            self.assertEqual(call(speaks).status_code, 403)
            self.assertTrue(Voice.objects.filter(pk=voice.pk).exists())
            self.assertEqual(call(keeps).status_code, 200)
        self.assertEqual(keeps.post(f"{path}/generate", {"text": "Hello."}).status_code, 403)


class LanguagesTest(VoicesTest, PlatformTest):
    def test_a_language_that_the_model_does_not_speak_is_refused_with_those_it_does(self) -> None:
        embedding = self.voice_of(self.alice_key, kind=VoiceKind.EMBEDDING, model="chatterbox")
        text = {"text": "Bonjour.", "language": "fr"}
        recording, named = {"reference_audio": b"x"}, {"embed_id": embedding.public_id}
        for path, fields, model in (
            ("/v1/tts/clone/", {**text, **recording}, "chatterbox"),
            ("/v1/voice-clone/", {**text, **recording, "model": "spark"}, "spark"),
            ("/v1/tts/clone/", {**text, **named}, "chatterbox"),
            ("/v1/tts/embed/", {"file": b"x", "language": "fr"}, "chatterbox"),
            (
                "/api/v1/user-voices/",
                {"name": "Me", "consent_confirmed": "1", "file": b"x", "language": "de"},
                "openvoice",
            ),
        ):
            answer = send(self.as_alice, path, **fields)
            self.assertEqual((answer.status_code, answer.json()["error"]["param"]), (400, "language"), path)
            self.assertIn(f"{model} does not speak", answer.json()["message"])
            self.assertIn("It speaks", answer.json()["message"])
        field, fields = FACES["/v1/voices"]
        told = {**json.loads(fields["metadata"]), "supported_languages": ["en", "mi"]}
        refused = send(self.as_alice, "/v1/voices", metadata=json.dumps(told), **{field: wav(joe())})
        self.assertEqual(refused.status_code, 400)
        self.assertIn("does not speak mi", refused.json()["error"])
        self.assertEqual(Job.objects.exclude(kind="voice").count(), 0)

    def test_another_sex_or_language_is_another_match(self) -> None:
        voice = self.voice_of(self.alice_key, model="kugel-1-turbo", details=(("sex", "male"),))
        Voice.objects.update(**BUILT, pending=None, building=None, expires_at=None)
        twin = self.voice_of(self.alice_key, details=(("sex", "male"),))
        self.assertIsNone(twin.building, "the same recording, wanted for the same")
        other = self.voice_of(self.alice_key, details=(("sex", "female"),))
        self.assertIsNotNone(other.building)
        Job.objects.all().delete()
        path = f"/v1/voices/{voice.number}"
        for body, built in (
            ({"name": "Joseph"}, 0),
            ({"sex": "male"}, 0),
            ({"sex": "female"}, 1),
            ({"supported_languages": ["fr"]}, 2),
        ):
            shown = self.as_alice.patch(path, body, content_type="application/json").json()
            self.assertTrue(shown["ready"], shown)
            self.assertEqual(Job.objects.filter(kind="voice").count(), built, body)
        request = Job.objects.filter(status="queued").get(voice=voice.public_id).request
        self.assertEqual((request["sex"], request["language"]), ("female", "fr"))

    def test_voices_are_built_anew_once_their_model_is_there(self) -> None:
        voice = self.voice_of(self.alice_key)
        self.voice_of(self.alice_key, model="chatterbox")
        Voice.objects.update(**BUILT, pending=None, building=None, expires_at=None)
        Job.objects.all().delete()
        call_command("voices", "rebuild")
        self.assertEqual(Job.objects.count(), 0, "nothing was installed")
        installed: dict[str, Any] = {"can_clone": lambda model: model == "openvoice"}
        with (
            patch.multiple("apps.voices.management.commands.voices", **installed),
            patch.multiple("apps.voices.building", **installed),
        ):
            call_command("voices", "rebuild")
            call_command("voices", "rebuild", "--model", "chatterbox")
        job = Job.objects.get()
        voice.refresh_from_db()
        self.assertEqual((job.pk, job.lane), (voice.building, caller(self.alice_key).lane))
        self.assertEqual(voice.built, BUILT["built"], "it speaks on meanwhile")
