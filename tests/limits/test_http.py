"""Limits as a customer meets them: status, Retry-After and the three headers on every answer."""

from __future__ import annotations

import time
from typing import Any

from django.test import AsyncClient, override_settings

from tests.base import ApiClient, PlatformTest, random_address


@override_settings(ROOT_URLCONF="tests.limits.urls")
class LimitsTest(PlatformTest):
    def standing(self, response: Any) -> tuple[int, int]:
        """Limit and remaining of an answer that has all three headers."""
        reset = int(response["X-RateLimit-Reset"])
        assert time.time() - 5 < reset < time.time() + 65
        return int(response["X-RateLimit-Limit"]), int(response["X-RateLimit-Remaining"])

    def test_ten_pass_on_the_free_plan_and_the_eleventh_is_told_to_wait(self) -> None:
        self.put_on_plan(self.account, "free")
        for remaining in range(9, -1, -1):
            answer = self.as_alice.post("/v1/work/")
            assert (answer.status_code, self.standing(answer)) == (200, (10, remaining))
        refused = self.as_bob.post("/v1/work/")  # the limit is the account's, not the key's
        assert (refused.status_code, refused.json()["error"]["code"]) == (429, "rate_limited")
        assert self.standing(refused) == (10, 0)
        assert 1 <= int(refused["Retry-After"]) <= 6
        assert self.as_charlie.post("/v1/work/").status_code == 200

    def test_reading_goes_on_when_work_is_refused(self) -> None:
        self.put_on_plan(self.account, "free")
        for _ in range(11):
            self.as_alice.post("/v1/work/")
        answer = self.as_alice.get("/v1/work/")
        assert (answer.status_code, self.standing(answer)) == (200, (10, 0))

    def test_every_plan_shows_its_own_limit(self) -> None:
        for slug, limit in (("starter", 30), ("pro", 60), ("business", 300)):
            self.put_on_plan(self.account, slug)
            assert self.standing(self.as_alice.get("/v1/work/"))[0] == limit

    def test_errors_have_the_headers_too(self) -> None:
        speech_only = ApiClient(self.new_key(self.account, scopes=["speech"]))
        for answer, status, limit in (
            (self.as_alice.get("/v1/nothing/here"), 404, 60),
            (self.as_nobody.get("/v1/nothing/here"), 404, 10),
            (self.as_alice.put("/v1/work/"), 405, 60),
            (speech_only.get("/v1/private/"), 403, 60),
            (self.as_nobody.get("/v1/private/"), 401, 10),
            (ApiClient("sk-tts-wrong").get("/api/nothing"), 404, 10),
        ):
            assert (answer.status_code, self.standing(answer)[0]) == (status, limit)

    def test_pages_outside_the_api_have_none(self) -> None:
        assert "X-RateLimit-Limit" not in self.as_alice.get("/elsewhere/")

    def test_guessing_keys_is_slowed_down_and_does_not_lock_others_out(self) -> None:
        address = random_address()
        guesses = [ApiClient("sk-tts-" + f"{n:040}", address=address).get("/v1/work/") for n in range(12)]
        assert [guess.status_code for guess in guesses] == [401] * 10 + [429] * 2
        assert self.standing(guesses[-1]) == (10, 0)
        assert "Retry-After" in guesses[-1]
        assert ApiClient(self.alice_key, address=address).get("/v1/work/").status_code == 200

    def test_without_redis_keys_work_and_anonymous_calls_are_put_off(self) -> None:
        with override_settings(REDIS_URL="redis://127.0.0.1:1/0"):
            answer = self.as_alice.post("/v1/work/")
            assert (answer.status_code, self.standing(answer)) == (200, (60, 60))
            refused = self.as_nobody.post("/v1/work/")
            assert (refused.status_code, refused.json()["error"]["code"]) == (503, "service_unavailable")
            assert "Retry-After" in refused
            assert self.standing(refused) == (10, 10)
            assert self.as_nobody.get("/v1/private/").status_code == 401

    async def test_async_views_send_them_and_hold_a_slot(self) -> None:
        client = AsyncClient()
        headers = {"Authorization": f"Bearer {self.alice_key}"}
        answer = await client.get("/v1/live/", headers=headers)
        assert (answer.status_code, self.standing(answer)) == (200, (60, 59))
        assert self.standing(await client.get("/v1/nothing", headers=headers)) == (60, 59)
        wrong = {"Authorization": "Bearer sk-tts-wrong", "X-Forwarded-For": random_address()}
        with override_settings(TRUSTED_PROXIES=1):
            bad = await client.get("/v1/live/", headers=wrong)
        assert (bad.status_code, self.standing(bad)) == (401, (10, 9))
