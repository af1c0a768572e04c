"""Keys over HTTP: how they are sent, what they open, and the endpoints that manage them."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.core.exceptions import ImproperlyConfigured
from django.test import Client, override_settings
from django.utils import timezone

from apps.accounts.models import ApiKey
from tests.base import CHARACTERS, ApiClient, PlatformTest, random_address


class KeysTest(PlatformTest):
    def test_a_new_key_is_shown_once_and_works(self) -> None:
        answer = self.as_alice.post("/v1/keys/", {"name": "laptop"})
        assert answer.status_code == 201
        made = answer.json()
        assert made["prefix"] == made["key"][:15]
        shown = self.as_alice.get(f"/v1/keys/{made['id']}/").json()
        assert shown == {name: value for name, value in made.items() if name != "key"}
        assert ApiClient(made["key"]).get("/v1/account/").status_code == 200
        assert ApiKey.objects.get(pk=made["id"]).created_by == self.alice

    def test_the_list_is_the_accounts_own(self) -> None:
        names = {key["prefix"] for key in self.as_bob.get("/v1/keys/").json()["keys"]}
        assert names == {self.alice_key[:15], self.bob_key[:15]}

    def test_a_key_can_be_changed_and_revoked(self) -> None:
        made = self.as_alice.post("/v1/keys/", {"name": "laptop"}).json()
        url = f"/v1/keys/{made['id']}/"
        changed = self.as_bob.patch(
            url, {"name": "desk", "scopes": ["speech"]}, content_type="application/json"
        )
        assert (changed.json()["name"], changed.json()["scopes"]) == ("desk", ["speech"])
        assert ApiClient(made["key"]).get("/v1/account/").status_code == 403
        assert self.as_bob.delete(url).status_code == 204
        assert ApiClient(made["key"]).get("/v1/account/").status_code == 401
        assert self.as_bob.delete(url).status_code == 404
        assert self.as_bob.get(url).status_code == 404

    def test_a_strangers_key_is_not_there(self) -> None:
        theirs = f"/v1/keys/{self.key_row(self.charlie_key).pk}/"
        for answer in (
            self.as_alice.get(theirs),
            self.as_alice.patch(theirs, {"name": "mine"}, content_type="application/json"),
            self.as_alice.delete(theirs),
            self.as_alice.get(f"/v1/keys/{uuid.uuid4()}/"),
        ):
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
        assert self.as_charlie.get("/v1/account/").status_code == 200

    def test_managing_keys_needs_the_scope(self) -> None:
        client = ApiClient(self.new_key(self.account, scopes=["speech", "jobs"]))
        answer = client.post("/v1/keys/", {"name": "more"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")

    def test_a_limited_key_makes_no_stronger_one(self) -> None:
        client = ApiClient(self.new_key(self.account, scopes=["keys"]))
        assert client.post("/v1/keys/", {"name": "all"}).status_code == 403
        assert client.post("/v1/keys/", {"name": "ok", "scopes": ["keys"]}).status_code == 201

    def test_bad_bodies_are_clear_errors(self) -> None:
        past = (timezone.now() - timedelta(days=1)).isoformat()
        for body, param in (
            ({}, "name"),
            ({"name": ""}, "name"),
            ({"name": "n\x00l"}, "name"),
            ({"name": "\ud800"}, "name"),
            ({"name": "x" * 101}, "name"),
            ({"name": "x", "scopes": "speech"}, "scopes"),
            ({"name": "x", "scopes": ["fly"]}, "scopes.0"),
            ({"name": "x", "expires_at": "soon"}, "expires_at"),
            ({"name": "x", "expires_at": "9999-12-31T23:59:59-14:00"}, "expires_at"),
            ({"name": "x", "expires_at": past}, "expires_at"),
            ([1], None),
        ):
            answer = self.as_alice.post("/v1/keys/", body)
            assert (answer.status_code, answer.json()["error"]["param"]) == (400, param), body
        broken = self.as_alice.post("/v1/keys/", '{"name":', content_type="application/json")
        assert broken.status_code == 400

    def test_the_account_tells_plan_balance_and_limits(self) -> None:
        account = self.as_alice.get("/v1/account/").json()
        assert (account["plan"]["slug"], account["balance"]) == ("pro", CHARACTERS)
        assert account["limits"] == {
            "requests_per_minute": 60,
            "concurrency": 5,
            "max_text_chars": 100000,
            "max_queued_jobs": 500,
            "retention_days": 30,
        }


@override_settings(ROOT_URLCONF="tests.limits.urls")
class AuthenticationTest(PlatformTest):
    def lane(self, **headers: str) -> str:
        answer = Client(REMOTE_ADDR=random_address()).post("/v1/work/", headers=headers)
        return answer.json()["lane"] if answer.status_code == 200 else answer.json()["error"]["code"]

    def test_ways_to_send_a_key(self) -> None:
        mine = f"account:{self.account.pk}"
        key = self.alice_key
        assert self.lane(Authorization=f"Bearer {key}") == mine
        assert self.lane(Authorization=f"bearer   {key} ") == mine
        assert self.lane(**{"X-API-Key": key}) == mine
        assert self.lane(**{"X-API-Key": key, "Authorization": f"Bearer {key}"}) == mine
        assert self.lane().startswith("network:")

    def test_a_key_that_can_not_be_read_is_never_taken_for_no_key(self) -> None:
        for headers in (
            {"Authorization": "Bearer"},
            {"Authorization": "Bearer   "},
            {"Authorization": ""},
            {"Authorization": self.alice_key},
            {"Authorization": f"Basic {self.alice_key}"},
            {"Authorization": "Bearer sk-tts-\x00\x00"},
            {"Authorization": "Bearer ключ"},
            {"X-API-Key": " "},
            {"X-API-Key": self.bob_key, "Authorization": f"Bearer {self.alice_key}"},
        ):
            assert self.lane(**headers) == "unauthorized", headers

    def test_keys_in_the_address_are_refused_with_the_reason(self) -> None:
        answer = self.as_nobody.post(f"/v1/work/?api_key={self.alice_key}")
        assert answer.status_code == 401
        assert "sockets only" in answer.json()["error"]["message"]

    def test_scopes(self) -> None:
        speech = ApiClient(self.new_key(self.account, scopes=["speech"]))
        assert speech.post("/v1/work/").status_code == 200
        assert speech.get("/v1/private/").status_code == 403
        assert self.as_alice.get("/v1/private/").status_code == 200
        assert self.as_nobody.get("/v1/private/").status_code == 401

    def test_a_view_that_states_no_scope_opens_to_nobody(self) -> None:
        # REST framework's handler turns the mistake into a 500; the log names the view.
        with self.assertLogs("ttsplatform.errors", "ERROR") as logs:
            assert self.as_alice.get("/v1/forgotten/").status_code == 500
        assert ImproperlyConfigured.__name__ in "".join(logs.output)

    def test_async_views_know_the_caller_too(self) -> None:
        assert self.as_alice.get("/v1/live/").json()["lane"] == f"account:{self.account.pk}"
        assert ApiClient("sk-tts-wrong").get("/v1/live/").status_code == 401
