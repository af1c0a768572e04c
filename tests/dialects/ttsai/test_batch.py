"""POST /v1/tts/batch/: all or nothing at the start, item by item afterwards, one message at the end."""

from __future__ import annotations

import io
import json
import shutil
import tempfile
import uuid
import zipfile
from pathlib import Path
from typing import Any

from asgiref.sync import async_to_sync
from django.test import override_settings

from apps.jobs import closing
from apps.jobs.models import Batch, Job
from apps.media.store import LocalStore, media_store
from apps.usage.models import LedgerEntry
from apps.usage.selectors import ledger_check
from apps.webhooks.models import Delivery
from apps.webhooks.sending import Sender
from tests.base import CHARACTERS, PlatformTest
from tests.receiver import Receiver

ITEM = {"text": "Hello from the tests.", "model": "kokoro", "voice": "af_bella"}
PRICE = 2 * len(ITEM["text"])
RESULT = {"filename": "output.wav", "content_type": "audio/wav", "format": "wav", "duration": 1.0}


class BatchTest(PlatformTest):
    def batch(self, count: int = 3, client: Any = None, **more: Any) -> Any:
        body = {"texts": [{**ITEM, "format": "wav"}] * count, **more}
        return (client or self.as_alice).post("/v1/tts/batch/", body)

    def balance(self) -> int:
        self.account.refresh_from_db()
        self.assertEqual(ledger_check(), [])
        return self.account.balance

    def job(self, item: dict[str, Any]) -> Job:
        job = closing.lock(uuid.UUID(item["uuid"]))
        assert job is not None
        return job

    def complete(self, item: dict[str, Any], content: bytes = b"") -> None:
        job = self.job(item)
        key = f"jobs/{job.pk.hex}/lease/output.wav"
        if content:
            path = Path(tempfile.mkdtemp()) / "output.wav"
            path.write_bytes(content)
            media_store().put(key, path)
        closing.complete(job, {**RESULT, "key": key})

    def result(self, batch_id: str) -> Any:
        return self.as_nobody.get(f"/v1/tts/batch/result/?batch_id={batch_id}").json()

    def test_the_answer_has_what_the_document_and_the_sdk_read(self) -> None:
        for path in ("/v1/tts/batch/", "/api/v1/tts/batch/"):
            answer = self.as_alice.post(path, {"texts": [ITEM, {**ITEM, "speed": 1.5, "language": "en"}]})
            self.assertEqual(answer.status_code, 200, answer.content)
            body = answer.json()
            self.assertEqual((body["status"], body["total"], body["completed"]), ("processing", 2, 0))
            self.assertEqual([item["index"] for item in body["items"]], [0, 1])
            self.assertEqual(body["items"][0]["status"], "queued")
        self.assertEqual(self.balance(), CHARACTERS - 4 * PRICE)

    def test_a_failed_item_fails_alone_and_costs_nothing(self) -> None:
        begun = self.batch().json()
        one, two, three = begun["items"]
        self.complete(one)
        closing.fail(self.job(two), "cannot_speak", "Nothing in it can be spoken.")
        half = self.result(begun["batch_id"])
        self.assertEqual((half["status"], half["completed"], half["failed"]), ("processing", 1, 1))
        self.assertEqual(half["progress"], 0.6667)
        self.assertIsNone(half["zip_url"])
        self.complete(three)
        done = self.result(begun["batch_id"])
        self.assertEqual((done["status"], done["completed"], done["failed"]), ("completed", 2, 1))
        self.assertEqual(done["credits_charged"], 2 * PRICE)
        self.assertEqual(done["items"][1]["status"], "failed")
        self.assertEqual(
            (done["items"][1]["error"], done["items"][1]["credits"]), ("Nothing in it can be spoken.", 0)
        )
        self.assertTrue(
            done["items"][0]["url"].startswith(f"http://testserver/static/downloads/{one['uuid']}/")
        )
        self.assertEqual(self.balance(), CHARACTERS - 2 * PRICE)
        self.assertEqual(LedgerEntry.objects.filter(kind="commit").count(), 2)

    def test_a_batch_that_can_not_be_paid_for_starts_nothing(self) -> None:
        key = self.new_key(self.stranger_account)
        self.stranger_account.balance = 0
        LedgerEntry.objects.create(
            account=self.stranger_account, kind="adjust", characters=PRICE * 3 - 1 - CHARACTERS
        )
        self.stranger_account.balance = PRICE * 3 - 1
        self.stranger_account.save(update_fields=["balance"])
        refused = self.client.post(
            "/v1/tts/batch/",
            {"texts": [ITEM] * 3},
            content_type="application/json",
            headers={"Authorization": f"Bearer {key}"},
        )
        self.assertEqual(refused.status_code, 402, refused.content)
        body = refused.json()
        self.assertEqual((body["credits_needed"], body["credits_remaining"]), (3 * PRICE, 3 * PRICE - 1))
        self.assertEqual((Job.objects.count(), Batch.objects.count()), (0, 0))

    def test_a_bad_item_is_named_by_its_place_and_nothing_is_ordered(self) -> None:
        for bad, param in (
            ({**ITEM, "voice": "nobody"}, "texts[1].voice"),
            ({**ITEM, "text": " "}, "texts[1].text"),
            ({**ITEM, "speed": 9}, "texts[1].speed"),
            ({**ITEM, "speed": "fast"}, "texts[1].speed"),
            ({"model": "kokoro"}, "texts[1].text"),
            ("just words", "texts[1]"),
            (None, "texts[1]"),
        ):
            answer = self.as_alice.post("/v1/tts/batch/", {"texts": [ITEM, bad]})
            self.assertIn(answer.status_code, {400, 404}, bad)
            self.assertEqual(answer.json()["error"]["param"], param)
            self.assertTrue(answer.json()["message"].startswith(f"{param}: "), answer.json()["message"])
        unknown = self.as_alice.post("/v1/tts/batch/", {"texts": [ITEM, {**ITEM, "model": "nonsense"}]})
        self.assertIn("unknown model", unknown.json()["message"].lower(), "the SDK looks for these words")
        for texts in ([], [ITEM] * 51, "words", None, {"text": "x"}):
            answer = self.as_alice.post("/v1/tts/batch/", {"texts": texts})
            self.assertEqual((answer.status_code, answer.json()["error"]["param"]), (400, "texts"))
        inside = self.batch(webhook_url="http://169.254.169.254/")
        self.assertEqual((inside.status_code, inside.json()["error"]["param"]), (400, "webhook_url"))
        self.assertEqual(self.as_alice.post("/v1/tts/batch/", [ITEM]).status_code, 400)
        self.assertEqual(self.batch(client=self.as_nobody).status_code, 401)
        self.assertEqual(Job.objects.count(), 0)
        self.assertEqual(self.balance(), CHARACTERS)

    def test_the_plans_places_hold_for_all_items_together(self) -> None:
        self.put_on_plan(self.account, "free")
        refused = self.batch(21)
        self.assertEqual((refused.status_code, refused.json()["error"]["code"]), (429, "too_many_concurrent"))
        self.assertEqual(Job.objects.count(), 0)
        self.assertEqual(self.batch(20).status_code, 200)
        self.assertEqual(self.batch(1).status_code, 429)

    def test_an_idempotency_key_gives_the_same_batch_again(self) -> None:
        body, headers = {"texts": [ITEM, ITEM]}, {"Idempotency-Key": "batch-1"}
        one, two = (self.as_alice.post("/v1/tts/batch/", body, headers=headers).json() for _ in range(2))
        self.assertEqual(one["batch_id"], two["batch_id"])
        other = self.as_alice.post("/v1/tts/batch/", {"texts": [ITEM]}, headers=headers)
        self.assertEqual(other.status_code, 422)
        self.assertEqual(self.balance(), CHARACTERS - 2 * PRICE)

    def test_cancelling_keeps_what_is_done_and_gives_the_rest_back(self) -> None:
        begun = self.batch().json()
        self.complete(begun["items"][0])
        path = f"/v1/tts/batch/{begun['batch_id']}/"
        body = self.as_bob.post(f"{path}cancel/").json()
        self.assertEqual((body["status"], body["completed"], body["failed"]), ("completed", 1, 2))
        self.assertEqual(body["items"][1]["error_code"], "canceled")
        self.assertEqual(self.balance(), CHARACTERS - PRICE)
        self.assertEqual(self.as_alice.post(f"{path}cancel/").status_code, 409)

    def test_strangers_can_neither_see_nor_end_it_by_its_owners_routes(self) -> None:
        batch_id = self.batch().json()["batch_id"]
        path = f"/v1/tts/batch/{batch_id}/"
        result = f"/v1/tts/batch/result/?batch_id={batch_id}"
        self.assertEqual(
            [who.get(result).status_code for who in (self.as_charlie, self.as_nobody)], [404, 200]
        )
        for client, status in ((self.as_charlie, 404), (self.as_nobody, 401)):
            self.assertEqual(client.get(path).status_code, status)
            self.assertEqual(client.delete(path).status_code, status)
            self.assertEqual(client.post(f"{path}cancel/").status_code, status)
        for batch_id in (uuid.uuid4().hex, "abc123", ""):
            found = self.as_alice.get(f"/v1/tts/batch/result/?batch_id={batch_id}")
            self.assertEqual(found.status_code, 404 if batch_id else 400)
        self.assertEqual(Job.objects.filter(status="queued").count(), 3)

    @override_settings(WEBHOOK_ALLOW=["127.0.0.1"])
    def test_one_message_tells_of_the_end_with_every_item(self) -> None:
        with Receiver() as receiver:
            begun = self.batch(webhook_url=receiver.url).json()
            self.complete(begun["items"][0])
            closing.fail(self.job(begun["items"][1]), "internal_error", "It broke.")
            self.assertEqual(Delivery.objects.count(), 0)
            self.complete(begun["items"][2])
            self.assertEqual(Sender().drain(), 1)
        secret = self.as_alice.get("/v1/webhooks/secret/").json()["secret"]
        message = receiver.got[0].verified(secret)
        self.assertEqual(list(message)[:4], ["event", "object", "task_id", "status"])
        self.assertEqual((message["event"], message["status"]), ("task.completed", "partial"))
        self.assertEqual(message["object"], "batch")
        self.assertEqual((message["task_id"], message["credits_used"]), (begun["batch_id"], 2 * PRICE))
        self.assertEqual((message["total"], message["completed"], message["failed"]), (3, 2, 1))
        result = self.as_nobody.get(message["result_url"].removeprefix("http://testserver")).json()
        self.assertEqual(result["status"], "completed")
        urls = [item["url"] for item in message["items"]]
        self.assertIsNone(urls[1])
        self.assertTrue(urls[0].startswith("http://testserver/static/downloads/"))

    @override_settings(WEBHOOK_ALLOW=["127.0.0.1"])
    def test_a_batch_of_which_nothing_succeeded_is_told_as_a_failed_task(self) -> None:
        with Receiver() as receiver:
            self.as_alice.post("/v1/webhooks/", {"url": receiver.url, "events": ["task.failed"]})
            for succeed in (True, False):
                begun = self.batch(2).json()
                closing.fail(self.job(begun["items"][0]), "internal_error", "It broke.")
                if succeed:
                    self.complete(begun["items"][1])
                else:
                    closing.fail(self.job(begun["items"][1]), "internal_error", "It broke.")
            Sender().drain()
        message = json.loads(receiver.got[0].body)
        told = {
            name: message[name] for name in ("event", "object", "status", "task_id", "completed", "failed")
        }
        self.assertEqual(
            told,
            {
                "event": "task.failed",
                "object": "batch",
                "status": "failed",
                "task_id": begun["batch_id"],
                "completed": 0,
                "failed": 2,
            },
        )
        self.assertEqual(len(receiver.got), 1)
        gone = self.as_alice.post("/v1/webhooks/", {"url": receiver.url, "events": ["batch.completed"]})
        self.assertEqual(gone.status_code, 400)

    def test_the_zip_holds_what_was_spoken_and_says_what_was_not(self) -> None:
        begun = self.batch().json()
        path = f"/v1/tts/batch/{begun['batch_id']}/zip/"
        self.assertEqual(self.as_alice.get(path).status_code, 409, "not before the end")
        audio = [b"first" * 200_000, b"third"]
        self.complete(begun["items"][0], audio[0])
        closing.fail(self.job(begun["items"][1]), "internal_error", "It broke.")
        self.complete(begun["items"][2], audio[1])
        done = self.result(begun["batch_id"])
        link = done["zip_url"].removeprefix("http://testserver")
        self.assertEqual(link.split("?")[0], path)
        self.assertEqual(self.as_nobody.get(path).status_code, 401, "the id alone is not enough")
        self.assertEqual(self.as_nobody.get(link.replace("expires=", "expires=9")).status_code, 403)
        self.assertEqual(self.as_charlie.get(link.replace("expires=", "expires=9")).status_code, 404)
        self.assertEqual(self.as_bob.get(path).status_code, 200)
        answer: Any = self.as_nobody.get(link)
        self.assertEqual((answer.status_code, answer["Content-Type"]), (200, "application/zip"))

        async def pieces() -> list[bytes]:
            return [piece async for piece in answer.streaming_content]

        read = async_to_sync(pieces)()
        self.assertLess(max(map(len, read)), 300_000, "piece by piece")
        with zipfile.ZipFile(io.BytesIO(b"".join(read))) as archive:
            self.assertIsNone(archive.testzip())
            self.assertEqual(archive.namelist(), ["items.json", "00.wav", "02.wav"])
            self.assertEqual([archive.read("00.wav"), archive.read("02.wav")], audio)
            about = json.loads(archive.read("items.json"))
        self.assertEqual([item["status"] for item in about], ["completed", "failed", "completed"])
        self.assertEqual(self.as_alice.delete(f"/v1/tts/batch/{begun['batch_id']}/").status_code, 204)
        self.assertEqual(self.as_nobody.get(link).status_code, 410)
        store = media_store()
        assert isinstance(store, LocalStore)
        self.assertFalse(Path(store.storage.path(f"jobs/{begun['items'][0]['uuid']}")).exists())

    def tearDown(self) -> None:
        store = media_store()
        assert isinstance(store, LocalStore)
        for job_id in Job.objects.values_list("pk", flat=True):
            shutil.rmtree(store.storage.path(f"jobs/{job_id.hex}"), ignore_errors=True)
        super().tearDown()
