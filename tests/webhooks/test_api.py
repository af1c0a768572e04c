"""Webhooks over the API: kept, changed, tried, replayed; and never anybody else's."""

from __future__ import annotations

import uuid
from typing import Any

from django.test import override_settings
from standardwebhooks.webhooks import WebhookVerificationError

from apps.webhooks.models import Endpoint
from apps.webhooks.sending import Sender
from tests.base import PlatformTest
from tests.receiver import Receiver

URL = "https://8.8.8.8/hook"


@override_settings(WEBHOOK_ALLOW=["127.0.0.1"])
class WebhookApiTest(PlatformTest):
    def make(self, **fields: Any) -> dict[str, Any]:
        answer = self.as_alice.post("/v1/webhooks/", {"url": URL, **fields})
        self.assertEqual(answer.status_code, 201, answer.content)
        made: dict[str, Any] = answer.json()
        return made

    def patch(self, path: str, data: Any, client: Any = None) -> Any:
        return (client or self.as_alice).patch(path, data, content_type="application/json")

    def test_make_list_change_delete(self) -> None:
        made = self.make(events=["task.failed"], description="The shop")
        path = f"/v1/webhooks/{made['id']}/"
        self.assertRegex(made["secret"], r"^whsec_[A-Za-z0-9+/=]{44}$")
        self.assertEqual((made["url"], made["events"], made["enabled"]), (URL, ["task.failed"], True))
        listed = self.as_bob.get("/v1/webhooks/").json()
        self.assertEqual((listed["total"], listed["webhooks"][0]["id"]), (1, made["id"]))
        self.assertNotIn("secret", listed["webhooks"][0])
        changed = self.patch(path, {"enabled": False, "events": []}).json()
        self.assertEqual((changed["enabled"], changed["events"]), (False, []))
        self.assertEqual(changed["disabled_reason"], "Switched off by you.")
        again = self.patch(path, {"enabled": True}).json()
        self.assertEqual((again["enabled"], again["disabled_reason"]), (True, None))
        self.assertEqual(self.as_alice.delete(path).status_code, 204)
        self.assertEqual(self.as_alice.get(path).status_code, 404)

    def test_bad_input_is_refused_with_the_field_and_a_reason(self) -> None:
        for body, param in (
            ({}, "url"),
            ({"url": "http://10.0.0.1/"}, "url"),
            ({"url": "gopher://8.8.8.8/"}, "url"),
            ({"url": URL, "events": ["task.exploded"]}, "events"),
            ({"url": URL, "events": "task.failed"}, "events"),
            ({"url": URL, "description": "x" * 201}, "description"),
        ):
            answer = self.as_alice.post("/v1/webhooks/", body)
            self.assertEqual(answer.status_code, 400, body)
            self.assertTrue(answer.json()["error"]["param"].startswith(param), answer.json())
        made = self.make()
        refused = self.patch(f"/v1/webhooks/{made['id']}/", {"url": "http://[::ffff:a00:1]/"})
        self.assertEqual((refused.status_code, refused.json()["error"]["param"]), (400, "url"))
        rotate = self.as_alice.post(f"/v1/webhooks/{made['id']}/rotate/", {"overlap_hours": 1000})
        self.assertEqual(rotate.status_code, 400)

    def test_an_account_has_at_most_twenty(self) -> None:
        for _ in range(20):
            self.make()
        self.assertEqual(self.as_alice.post("/v1/webhooks/", {"url": URL}).status_code, 409)

    def test_the_test_button_and_the_log_and_replay(self) -> None:
        with Receiver() as receiver:
            made = self.make(url=receiver.url)
            with self.captureOnCommitCallbacks():
                sent = self.as_alice.post(f"/v1/webhooks/{made['id']}/test/").json()
            self.assertEqual((sent["status"], sent["event"]), ("pending", "webhook.test"))
            Sender().drain()
            seen = self.as_alice.get(f"/v1/webhooks/deliveries/{sent['id']}/").json()
            self.assertEqual(seen["status"], "delivered")
            (attempt,) = seen["attempts"]
            self.assertEqual((attempt["status_code"], attempt["error"]), (204, None))
            message = receiver.got[0].verified(made["secret"])
            self.assertEqual(message["event"], "webhook.test")
            with self.captureOnCommitCallbacks():
                self.as_alice.post(f"/v1/webhooks/deliveries/{sent['id']}/replay/")
            Sender().drain()
            self.assertEqual(len(receiver.got), 2)
            self.assertEqual(receiver.ids(), {sent["webhook_id"]}, "a receiver can tell that it is the same")
        log = self.as_alice.get(f"/v1/webhooks/deliveries/?webhook={made['id']}&status=delivered").json()
        self.assertEqual([len(one["attempts"]) for one in log["results"]], [2])
        self.assertEqual(self.as_alice.get("/v1/webhooks/deliveries/?status=nonsense").status_code, 400)

    def test_neither_the_test_button_nor_a_replay_reaches_inside(self) -> None:
        with Receiver() as receiver:
            made = self.make(url=receiver.url)
            with self.settings(WEBHOOK_ALLOW=[]):
                with self.captureOnCommitCallbacks():
                    sent = self.as_alice.post(f"/v1/webhooks/{made['id']}/test/").json()
                Sender().drain()
                with self.captureOnCommitCallbacks():
                    again = self.as_alice.post(f"/v1/webhooks/deliveries/{sent['id']}/replay/")
                self.assertEqual(again.status_code, 200)
                Sender().drain()
        seen = self.as_alice.get(f"/v1/webhooks/deliveries/{sent['id']}/").json()
        self.assertEqual([attempt["error"] for attempt in seen["attempts"]], ["blocked", "blocked"])
        self.assertEqual((seen["status"], receiver.got), ("failed", []))

    def test_while_a_secret_is_changed_both_are_good(self) -> None:
        with Receiver() as receiver:
            made = self.make(url=receiver.url)
            path = f"/v1/webhooks/{made['id']}"
            new = self.as_alice.post(f"{path}/rotate/", {"overlap_hours": 1}).json()
            self.assertNotEqual(new["secret"], made["secret"])
            with self.captureOnCommitCallbacks():
                self.as_alice.post(f"{path}/test/")
                Sender().drain()
                newest = self.as_alice.post(f"{path}/rotate/", {"overlap_hours": 0}).json()
                self.as_alice.post(f"{path}/test/")
                Sender().drain()
        for secret in (made["secret"], new["secret"]):
            self.assertTrue(receiver.got[0].verified(secret))
        self.assertTrue(receiver.got[1].verified(newest["secret"]))
        with self.assertRaises(
            WebhookVerificationError, msg="without an overlap the old one is worth nothing"
        ):
            receiver.got[1].verified(new["secret"])

    def test_the_default_secret_stays_until_it_is_changed(self) -> None:
        first = self.as_alice.get("/v1/webhooks/secret/").json()
        self.assertEqual(self.as_bob.get("/v1/webhooks/secret/").json(), first)
        self.assertNotEqual(self.as_charlie.get("/v1/webhooks/secret/").json()["secret"], first["secret"])
        second = self.as_alice.post("/v1/webhooks/secret/rotate/", {}).json()
        self.assertNotEqual(second["secret"], first["secret"])
        self.assertIsNotNone(second["old_secret_until"])

    def test_strangers_find_nothing_and_nobody_gets_in_without_a_key_or_the_scope(self) -> None:
        made = self.make()
        with self.captureOnCommitCallbacks():
            sent = self.as_alice.post(f"/v1/webhooks/{made['id']}/test/").json()
        one, log = f"/v1/webhooks/{made['id']}/", f"/v1/webhooks/deliveries/{sent['id']}/"
        routes = [
            ("get", one),
            ("patch", one),
            ("delete", one),
            ("post", f"{one}rotate/"),
            ("post", f"{one}test/"),
        ]
        routes += [("get", log), ("post", f"{log}replay/")]
        limited = self.new_key(self.account, scopes=["speech"])
        for method, path in routes:

            def call(client: Any, method: str = method, path: str = path, **more: Any) -> Any:
                return getattr(client, method)(path, {}, content_type="application/json", **more)

            self.assertEqual(call(self.as_charlie).status_code, 404, (method, path))
            self.assertEqual(call(self.as_nobody).status_code, 401, (method, path))
            as_limited = call(self.client, headers={"Authorization": f"Bearer {limited}"})
            self.assertEqual(as_limited.status_code, 403, (method, path))
        self.assertEqual(self.as_charlie.get("/v1/webhooks/").json()["total"], 0)
        self.assertEqual(self.as_charlie.get("/v1/webhooks/deliveries/").json()["results"], [])
        filtered = self.as_charlie.get(f"/v1/webhooks/deliveries/?webhook={made['id']}")
        self.assertEqual(filtered.json()["results"], [])
        self.assertTrue(Endpoint.objects.filter(pk=made["id"], enabled=True).exists())
        self.assertEqual(self.as_alice.get(f"/v1/webhooks/{uuid.uuid4()}/").status_code, 404)
