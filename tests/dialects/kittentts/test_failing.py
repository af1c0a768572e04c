"""A chunk that cannot be spoken changes nothing, so that it may be sent again."""

from __future__ import annotations

from apps.accounts.services import account_create
from tests.base import ApiClient, PlatformTransactionTest


class FailingTest(PlatformTransactionTest):
    def test_without_characters_a_chunk_is_refused_and_not_taken(self) -> None:
        broke = account_create(email="broke@example.com", name="Broke", plan="pro", bonus=3)
        client = ApiClient(self.new_key(broke))
        session = client.post("/api/stream/start").json()["session_id"]
        url = f"/api/stream/chunk?session_id={session}"
        self.assertEqual(client.post(url, {"text": "Hello"}).json()["buffered_text"], "Hello")
        for _ in range(2):
            answer = client.post(url, {"text": " there! How"})
            self.assertEqual(answer.status_code, 402, answer.content)
            self.assertIsInstance(answer.json()["detail"], str)
        self.assertEqual(client.post(url, {"text": ""}).json()["buffered_text"], "Hello")
        answer = client.post("/api/generate", {"text": "Hello there!"})
        self.assertEqual(answer.status_code, 402)
        self.assertEqual(answer["Access-Control-Allow-Origin"], "*")
