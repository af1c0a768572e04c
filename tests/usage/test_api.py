"""GET /v1/usage/ and manage.py ledger."""

from __future__ import annotations

import uuid
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from apps.accounts.models import Account
from apps.usage import services as usage
from apps.usage.models import LedgerEntry
from tests.base import CHARACTERS, ApiClient, PlatformTest


class UsageTest(PlatformTest):
    def spend(
        self, account: Account, charged: int, *, key: str, model: str = "kokoro", days_ago: int = 0
    ) -> None:
        job_id, key_id = uuid.uuid4(), self.key_row(key).pk
        usage.reserve(
            account_id=account.pk, job_id=job_id, characters=charged + 5, key_id=key_id, model=model
        )
        usage.commit(job_id, charged)
        with connection.cursor() as cursor:  # the ledger lets nobody date an entry back otherwise
            cursor.execute("SET LOCAL ttsplatform.erase = 'on'")
            then = timezone.now() - timedelta(days=days_ago)
            LedgerEntry.objects.filter(job_id=job_id).update(created_at=then)
            cursor.execute("SET LOCAL ttsplatform.erase = 'off'")

    def setUp(self) -> None:
        super().setUp()
        self.spend(self.account, 100, key=self.alice_key)
        self.spend(self.account, 50, key=self.bob_key, model="piper")
        self.spend(self.account, 25, key=self.bob_key, days_ago=3)
        self.spend(self.stranger_account, 999, key=self.charlie_key)

    def test_by_day(self) -> None:
        answer = self.as_alice.get("/v1/usage/").json()
        today, earlier = (str((timezone.now() - timedelta(days=days)).date()) for days in (0, 3))
        assert answer["balance"] == CHARACTERS - 175
        assert answer["plan"] == "pro"
        assert answer["total_characters"] == 175
        assert answer["rows"] == [
            {"day": earlier, "characters": 25, "jobs": 1},
            {"day": today, "characters": 150, "jobs": 2},
        ]

    def test_only_the_days_that_were_asked_for(self) -> None:
        assert self.as_alice.get("/v1/usage/?days=3").json()["total_characters"] == 150
        assert self.as_alice.get("/v1/usage/?days=4").json()["total_characters"] == 175

    def test_by_key_and_by_model_and_by_service(self) -> None:
        alice, bob = self.as_bob.get("/v1/usage/?by=key").json()["rows"]
        assert (alice["characters"], alice["prefix"]) == (100, self.alice_key[:15])
        assert (bob["characters"], bob["jobs"]) == (75, 2)
        assert self.as_bob.get("/v1/usage/?by=model").json()["rows"] == [
            {"model": "kokoro", "characters": 125, "jobs": 2},
            {"model": "piper", "characters": 50, "jobs": 1},
        ]
        assert self.as_bob.get("/v1/usage/?by=service").json()["rows"] == [
            {"service": "tts", "characters": 175, "jobs": 3}
        ]

    def test_a_refunded_job_is_not_in_it(self) -> None:
        job_id = uuid.uuid4()
        usage.reserve(account_id=self.account.pk, job_id=job_id, characters=500)
        usage.refund(job_id)
        assert self.as_alice.get("/v1/usage/").json()["total_characters"] == 175

    def test_a_strange_question_is_a_clear_error(self) -> None:
        for query, param in (
            ("days=0", "days"),
            ("days=x", "days"),
            ("by=moon", "by"),
            ("days=99999999999", "days"),
        ):
            answer = self.as_alice.get(f"/v1/usage/?{query}")
            assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)

    def test_it_needs_a_key_with_the_scope(self) -> None:
        assert self.as_nobody.get("/v1/usage/").status_code == 401
        speech_only = ApiClient(self.new_key(self.account, scopes=["speech"]))
        assert speech_only.get("/v1/usage/").status_code == 403

    def test_the_ledger_command_passes_and_fails(self) -> None:
        out = StringIO()
        call_command("ledger", "check", stdout=out)
        assert "Every balance" in out.getvalue()
        Account.objects.filter(pk=self.account.pk).update(balance=1)
        with pytest.raises(CommandError):
            call_command("ledger", "check", stderr=out)
        assert str(self.account.pk) in out.getvalue()
