"""Keys made and revoked, and what they cost, in the browser."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import uuid

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import ApiKey
from apps.usage import services as usage
from tests.base import ApiClient

from .base import ConsoleTest, words


class KeysTest(ConsoleTest):
    def test_a_key_is_shown_once_and_does_what_it_may(self) -> None:
        made = self.alices.post("/console/keys/", {"name": "laptop", "scopes": ["usage"], "last_day": ""})
        found = re.search(r"sk-tts-[A-Za-z0-9]{40}", made.content.decode())
        assert found
        key = found.group()
        self.assertEqual(ApiClient(key).get("/v1/account/").status_code, 200)
        self.assertEqual(ApiClient(key).get("/v1/jobs/").status_code, 403)
        page = self.alices.get("/console/keys/").content.decode()
        self.assertNotIn(key, page)
        self.assertIn(key[:15], page)
        self.assertEqual(ApiKey.objects.get(prefix=key[7:15]).created_by, self.alice)

    def test_the_last_day_is_a_whole_day(self) -> None:
        tomorrow = timezone.now().date() + dt.timedelta(days=1)
        self.alices.post("/console/keys/", {"name": "for a day", "last_day": tomorrow.isoformat()})
        key = ApiKey.objects.get(name="for a day")
        self.assertEqual(
            key.expires_at, dt.datetime.combine(tomorrow + dt.timedelta(days=1), dt.time(), dt.UTC)
        )

    def test_what_is_wrong_is_said_at_the_field(self) -> None:
        for fields, said in (
            ({"name": ""}, "required"),
            ({"name": "x" * 101}, "100"),
            ({"name": "x", "scopes": ["everything"]}, "not one of the available choices"),
            ({"name": "x", "last_day": "2001-01-01"}, "future"),
        ):
            with self.subTest(fields):
                answer = self.alices.post("/console/keys/", fields)
                self.assertIn(said, words(answer))
                self.assertIn('class="problem"', answer.content.decode())
        self.assertEqual(ApiKey.objects.filter(account=self.account).count(), 2)

    def test_revoked_at_once(self) -> None:
        key = self.key_row(self.bob_key)
        self.assertRedirects(self.alices.post(f"/console/keys/{key.pk}/revoke/"), "/console/keys/")
        self.assertEqual(self.as_bob.get("/v1/account/").status_code, 401)

    def test_a_stranger_finds_no_key(self) -> None:
        for key_id in (self.key_row(self.alice_key).pk, uuid.uuid4()):
            self.assertEqual(self.charlies.post(f"/console/keys/{key_id}/revoke/").status_code, 404)
        self.assertNotIn(self.alice_key[:15], self.charlies.get("/console/keys/").content.decode())
        self.assertEqual(self.as_alice.get("/v1/account/").status_code, 200)


class UsageTest(ConsoleTest):
    def spend(self, characters: int, key: str, model: str) -> None:
        job_id, row = uuid.uuid4(), self.key_row(key)
        with transaction.atomic():
            usage.reserve(
                account_id=row.account_id, job_id=job_id, characters=characters, key_id=row.pk, model=model
            )
            usage.commit(job_id, characters)

    def setUp(self) -> None:
        super().setUp()
        self.spend(1200, self.alice_key, "kokoro")
        self.spend(300, self.bob_key, "piper")
        self.spend(77, self.charlie_key, "kokoro")

    def test_the_plot_and_the_tables_show_the_accounts_own(self) -> None:
        page = self.alices.get("/console/usage/")
        self.assertEqual(page.content.decode().count('<rect class="column"'), 1)
        self.assertIn("1\u202f500 characters", page.content.decode())
        for by, expected in (("model", "piper"), ("key", self.bob_key[:15]), ("service", "tts")):
            with self.subTest(by):
                said = words(self.alices.get(f"/console/usage/?by={by}&days=7"))
                self.assertIn(expected, said)
                self.assertNotIn(" 77 ", said)

    def test_the_same_as_a_file(self) -> None:
        answer = self.alices.get("/console/usage.csv?by=model&days=30")
        self.assertIn("attachment", answer["Content-Disposition"])
        rows = list(csv.reader(io.StringIO(answer.content.decode())))
        self.assertEqual(
            rows, [["model", "characters", "jobs"], ["kokoro", "1200", "1"], ["piper", "300", "1"]]
        )

    def test_a_key_called_like_a_formula_does_nothing_in_a_spreadsheet(self) -> None:
        ApiKey.objects.filter(account=self.account).update(name="=HYPERLINK(1)")
        answer = self.alices.get("/console/usage.csv?by=key").content.decode()
        self.assertNotRegex(answer, r'(?m)^"?=')

    def test_what_is_not_offered_is_refused(self) -> None:
        for query in ("by=password", "days=-1", "days=99999999999"):
            self.assertEqual(self.alices.get(f"/console/usage/?{query}").status_code, 400)
