"""Whatever is sent for a voice and is none is refused on every face: a 4xx, a sentence, and nothing is left behind."""

from __future__ import annotations

import io
import json
import stat
import struct
import subprocess
import warnings
import zipfile
from typing import Any

import numpy as np

from apps.voices.models import Voice
from apps.voices.selectors import voices_of
from tests.base import ApiClient, PlatformTest
from tests.jobs.orders import caller
from workers.audio.encode import wav_header
from workers.audio.ffmpeg import ffmpeg_path

from .base import VoicesTest, send
from .recordings import RATE, joe, music, wav

HEADER = wav_header(RATE, 48_000)
FACES = {
    "/api/v1/user-voices/": ("file", {"name": "Me", "consent_confirmed": "yes"}),
    "/v1/tts/clone/": ("reference_audio", {"text": "Hello."}),
    "/v1/voice-clone/": ("reference_audio", {"text": "Hello."}),
    "/v1/tts/embed/": ("file", {}),
    "/pocket-tts/voices/clone": ("audio", {"cloneId": "me"}),
    "/v1/voices": ("files", {"metadata": json.dumps({"name": "Me", "sex": "male", "speaker_consent": True})}),
}
IMPORT = "/pocket-tts/voices/clone/import"
SPEECH = "/api/v1/tts/"


def zipped(*members: tuple[str, bytes], link: bool = False) -> bytes:
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")  # that a name is there twice is what some of them are about
        for name, data in members:
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (stat.S_IFLNK | 0o777) << 16 if link else 0
            archive.writestr(entry, data)
    return out.getvalue()


class RefusalsTest(VoicesTest, PlatformTest):
    def ten_hours(self) -> bytes:
        path = self.folder / "bomb.flac"
        silence = ["-f", "lavfi", "-i", "anullsrc=r=4000:cl=mono", "-t", "36000"]
        packed = ["-c:a", "flac", "-compression_level", "0", "-frame_size", "65535"]
        command = [ffmpeg_path(), "-loglevel", "error", *silence, *packed, str(path)]
        subprocess.run(command, check=True, timeout=60)
        return path.read_bytes()

    def refused(self, answer: Any, status: int, word: str = "") -> str:
        self.assertEqual(answer.status_code, status, answer.content)
        body = answer.json()
        error = body.get("error")
        message = str(error["message"] if isinstance(error, dict) else body.get("message", error))
        self.assertIn(word, message)
        self.assertGreater(len(message.split()), 4, "a sentence")
        return message

    def test_every_face_refuses_what_is_no_voice(self) -> None:
        uploads = {
            "no audio": b"hello",
            "silence": wav(np.zeros(6 * RATE, np.float32)),
            "music": wav(music(6.0)),
            "half a second": wav(joe()[: RATE // 2]),
            "ten hours": self.ten_hours(),
            "a forged WAV": HEADER[:24] + struct.pack("<I", 4_000_000_000) + HEADER[28:] + bytes(48_000),
            "a forged FLAC": b"fLaC\x00\x00\x00\x22" + b"\xff" * 300,
            "a picture": b"\x89PNG\r\n\x1a\n" + bytes(100),
        }
        # Reading is the same code for all faces, so that each of them need not hear all of them.
        for number, (name, content) in enumerate(uploads.items()):
            for path in list(FACES)[number % 2 :: 2]:
                field, fields = FACES[path]
                with self.subTest(name, path=path):
                    self.refused(send(self.as_alice, path, **fields, **{field: content}), 400)
        self.assertEqual((Voice.objects.count(), self.files()), (0, []))

    def test_files_over_the_faces_limit_are_413(self) -> None:
        large = HEADER + bytes(21 << 20)
        for path in ("/api/v1/user-voices/", "/v1/tts/clone/"):
            field, fields = FACES[path]
            self.refused(send(self.as_alice, path, **fields, **{field: large}), 413, "20 MB")

    def test_missing_and_wrong_fields(self) -> None:
        recording = wav(joe())
        user, clone, pocket, kugel = (
            "/api/v1/user-voices/",
            "/v1/tts/clone/",
            "/pocket-tts/voices/clone",
            "/v1/voices",
        )
        wrong: list[tuple[str, dict[str, Any], str]] = [
            (user, {"file": recording, "name": "Me"}, "consent"),
            (user, {"file": recording, "name": "Me", "consent_confirmed": "false"}, "consent"),
            (user, {"file": recording, "consent_confirmed": "yes"}, "name"),
            (user, {"file": recording, "name": "Me\x00", "consent_confirmed": "yes"}, "name"),
            (user, {"file": "text", "name": "Me", "consent_confirmed": "yes"}, "file"),
            (
                user,
                {"file": recording, "name": "Me", "consent_confirmed": "yes", "language": "xx-"},
                "language",
            ),
            (user, {"file": recording, "name": "Me", "consent_confirmed": "yes", "model": "kokoro"}, "clone"),
            (user, {"file": recording, "name": "Me", "consent_confirmed": "yes", "model": "none"}, "model"),
            (user, {"file": wav(joe()[: 4 * RATE]), "name": "Me", "consent_confirmed": "yes"}, "5 seconds"),
            (clone, {"reference_audio": recording}, "text"),
            (clone, {"reference_audio": recording, "text": "Hello.", "format": "exe"}, "format"),
            (clone, {"reference_audio": recording, "text": "Hello.", "speed": "fast"}, "speed"),
            (clone, {"reference_audio": recording, "text": "Hello.", "speed": "nan"}, "speed"),
            (clone, {"text": "Hello."}, "reference_audio"),
            (pocket, {}, "audio"),
            (pocket, {"audio": recording, "cloneId": "a b"}, "cloneId"),
            (pocket, {"audio": recording, "cloneId": "../x"}, "cloneId"),
            (pocket, {"audio": recording, "cloneId": "ä"}, "cloneId"),
            (pocket, {"audio": recording, "cloneId": "x" * 101}, "cloneId"),
            (pocket, {"audio": recording, "name": "x"}, "field"),
            (kugel, {"metadata": "{"}, "JSON"),
            (kugel, {"metadata": '{"speaker_consent": true, "name": "\\ud800"}'}, "name"),
            (kugel, {"metadata": "[]"}, "metadata"),
            (kugel, {"metadata": '{"speaker_consent": true}'}, "name"),
            (kugel, {"metadata": '{"speaker_consent": true, "name": "Me", "sex": "robot"}'}, "sex"),
            (
                kugel,
                {"metadata": '{"speaker_consent": true, "name": "Me", "supported_languages": [3]}'},
                "lang",
            ),
        ]
        for path, fields, word in wrong:
            with self.subTest(path, **{name: str(value)[:40] for name, value in fields.items()}):
                self.refused(send(self.as_alice, path, **fields), 400, word)
        self.assertEqual((Voice.objects.count(), self.files()), (0, []))
        for path in FACES:
            if not path.startswith("/pocket-tts"):
                self.assertEqual(send(self.as_nobody, path, name="Me").status_code, 401)

    def test_a_zip_is_opened_carefully(self) -> None:
        good = ("reference.wav", wav(joe()))
        many = [(f"{number}.txt", b"") for number in range(101)]
        bad = {
            "no ZIP": b"PK\x03\x04 nonsense",
            "empty": b"",
            "no reference": zipped(("metadata.json", b"{}")),
            "another name": zipped(("Reference.wav", good[1])),
            "too deep": zipped(("a/b/reference.wav", good[1])),
            "two references": zipped(good, ("clone/reference.wav", good[1])),
            "the same twice": zipped(good, good),
            "a path outside": zipped(good, ("../evil.txt", b"x")),
            "a path outside itself": zipped(("../reference.wav", good[1])),
            "an absolute path": zipped(("/reference.wav", good[1])),
            "a link": zipped(("reference.wav", b"/etc/passwd"), link=True),
            "many files": zipped(good, *many),
            "no audio": zipped(("reference.wav", b"hello")),
            "damaged": zipped(good)[:5000] + bytes(2000) + zipped(good)[7000:],
        }
        for name, content in bad.items():
            with self.subTest(name):
                self.refused(send(ApiClient(), IMPORT, file=content), 400)
        self.assertEqual((Voice.objects.count(), self.files()), (0, []))

    def test_a_gigabyte_in_a_small_zip_is_never_unpacked(self) -> None:
        out = io.BytesIO()
        with (
            zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
            archive.open("reference.wav", "w") as member,
        ):
            for _ in range(1024):
                member.write(bytes(1 << 20))
        honest = out.getvalue()
        self.assertLess(len(honest), 8 << 20)
        self.refused(send(self.as_nobody, IMPORT, file=honest), 413, "100 MB")
        # The same with a directory that says there are only 1,000 bytes.
        at = honest.rindex(b"PK\x01\x02")
        lying = honest[: at + 24] + struct.pack("<I", 1000) + honest[at + 28 :]
        self.assertIn(send(self.as_nobody, IMPORT, file=lying).status_code, {400, 413})
        self.assertEqual(self.files(), [])

    def test_metadata_that_lies_gives_a_harmless_name(self) -> None:
        names = {b"nonsense": "clone", b"[]": "clone", b'{"clone_id": "../../x y"}': "______x_y"}
        for told, name in names.items():
            content = zipped(("clone/reference.wav", wav(joe())), ("clone/metadata.json", told))
            self.assertEqual(send(self.as_nobody, IMPORT, file=content).json()["cloneId"], name)
            self.assertEqual(self.as_nobody.delete(f"/pocket-tts/voices/clone/{name}").status_code, 200)

    def test_an_archived_or_unbuilt_voice_does_not_speak(self) -> None:
        voice = self.voice_of(self.alice_key)
        body = {"text": "Hello.", "user_voice_id": voice.public_id}
        voice.building = None
        voice.save()
        self.refused(self.as_alice.post(SPEECH, body), 409, "no recording")
        self.as_alice.post(f"/api/v1/user-voices/{voice.public_id}/archive/")
        self.refused(self.as_alice.post(SPEECH, body), 409, "archived")
        self.as_alice.delete(f"/api/v1/user-voices/?public_id={voice.public_id}")
        self.refused(self.as_alice.post(SPEECH, body), 404, voice.public_id)
        for nonsense in ("uv_", "\x00", "\ud800", "' OR 1=1", 5, {"id": 1}):
            answer = self.as_alice.post(SPEECH, {**body, "user_voice_id": nonsense})
            self.assertIn(answer.status_code, {400, 404})

    def test_the_plan_says_how_many_voices(self) -> None:
        with self.settings(MAX_VOICES={"pro": 2, "free": 1, "open": 1}):
            for _ in range(2):
                self.voice_of(self.alice_key)
            self.assertEqual(voices_of(caller(self.alice_key)).count(), 2)
            field, fields = FACES["/api/v1/user-voices/"]
            refused = send(self.as_alice, "/api/v1/user-voices/", **fields, **{field: wav(joe())})
            self.refused(refused, 403, "allows 2")
            field, fields = FACES["/v1/voices"]
            kugel = send(self.as_alice, "/v1/voices", **fields)
            self.assertEqual((kugel.status_code, kugel.json()["error_code"]), (403, "VOICE_LIMIT_REACHED"))
            quota = self.as_alice.get("/api/v1/user-voices/").json()["quota"]
            self.assertEqual(quota, {"used": 2, "limit": 2, "remaining": 0})
            self.voice_of(self.charlie_key)

    def test_a_key_without_the_scope_makes_no_voice(self) -> None:
        client = ApiClient(self.new_key(self.account, scopes=["speech"]))
        for path in ("/api/v1/user-voices/", "/pocket-tts/voices/clone", "/v1/voices"):
            field, fields = FACES[path]
            self.assertEqual(send(client, path, **fields, **{field: b"x"}).status_code, 403, path)
