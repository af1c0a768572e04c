"""What goes for every page: who may see it, what a browser is told, how it looks."""

from __future__ import annotations

import re

from django.db import connection
from django.test import RequestFactory, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

from apps.console.errors import dress
from apps.jobs.models import Batch, Job
from apps.voices.models import Voice
from apps.webhooks.services import endpoint_create, endpoint_test
from ttsplatform.errors import ApiError

from .base import ConsoleTest, words


def console_routes() -> list[str]:
    """The routes below /console/, as written in the urls."""
    found: list[str] = []

    def walk(entries: list[URLPattern | URLResolver], before: str) -> None:
        for entry in entries:
            route = before + str(entry.pattern)
            if isinstance(entry, URLResolver):
                walk(entry.url_patterns, route)
            elif route.startswith("console/"):
                found.append(route)

    walk(get_resolver().url_patterns, "")
    return found


class EveryPageTest(ConsoleTest):
    def test_nobody_sees_a_page_without_signing_in(self) -> None:
        routes = console_routes()
        self.assertIn("console/", routes)
        for route in routes:
            path = "/" + re.sub(r"<uuid:\w+>", "00000000-0000-4000-8000-000000000000", route)
            path = re.sub(r"<\w+:\w+>", "x", path)
            with self.subTest(path):
                if route == "console/look/":
                    self.assertEqual(self.nobodys.get(path).status_code, 405)
                    continue
                for answer in (self.nobodys.get(path), self.nobodys.post(path)):
                    if answer.status_code != 405:
                        self.assertEqual(answer.status_code, 302)
                        self.assertTrue(answer["Location"].startswith("/accounts/login/"), answer["Location"])

    @override_settings(WEBHOOK_ALLOW=["127.0.0.1"])
    def test_a_stranger_gets_404_wherever_something_of_hers_is_named(self) -> None:
        """The routes are read from the server: one with a new kind of thing in it needs an example here."""
        self.as_alice.post("/v1/tts/batch/", {"texts": [{"text": "Hello.", "model": "kokoro"}]})
        endpoint = endpoint_create(self.account, url="http://127.0.0.1:1/hook")
        hers = {
            "job_id": Job.objects.get(account=self.account).pk,
            "batch_id": Batch.objects.get(account=self.account).pk,
            "key_id": self.key_row(self.alice_key).pk,
            "endpoint_id": endpoint.pk,
            "delivery_id": endpoint_test(endpoint).pk,
            "voice_id": Voice.objects.create(
                account=self.account,
                lane=f"account:{self.account.pk}",
                name="Hers",
                language="en",
                model="kokoro",
            ).pk,
        }
        asked = 0
        for route in console_routes():
            # A tool, and a format: nothing of anybody's.
            route = route.replace("<slug:name>", "transcribe").replace("<slug:format>", "srt")
            name = re.search(r"<uuid:(\w+)>", route)
            if name is None:
                self.assertNotIn("<", route)
                continue
            path = "/" + route.replace(name.group(), str(hers[name.group(1)]))
            for answer in (self.charlies.get(path), self.charlies.post(path)):
                if answer.status_code != 405:
                    self.assertEqual(answer.status_code, 404, path)
                    asked += 1
        self.assertGreater(asked, 15)

    def test_nothing_written_into_a_page_can_run(self) -> None:
        for client, path in (
            (self.alices, "/console/"),
            (self.alices, "/console/nothing/"),
            (self.nobodys, "/accounts/login/"),
            (self.nobodys, "/accounts/signup/"),
            (self.nobodys, "/accounts/password/reset/"),
        ):
            with self.subTest(path):
                answer = client.get(path)
                policy = answer["Content-Security-Policy"]
                self.assertIn("default-src 'none'", policy)
                self.assertNotIn("unsafe", policy)
                self.assertEqual(answer["Cache-Control"], "no-store")
                body = answer.content.decode()
                self.assertNotRegex(body, r"<script(?![^>]*\ssrc=)")
                self.assertNotRegex(body, r"<style|\sstyle=|\son\w+=")
                self.assertNotRegex(body, r"(?:src|href)=.https?://")

    def test_the_api_keeps_its_own_errors(self) -> None:
        answer = self.alices.get("/v1/nothing/")
        self.assertEqual(answer["Content-Type"], "application/json")
        self.assertNotIn("Content-Security-Policy", answer)

    def test_the_address_alone_leads_to_the_console(self) -> None:
        self.assertRedirects(self.alices.get("/"), "/console/")

    def test_an_unknown_page_says_so_as_a_page(self) -> None:
        answer = self.alices.get("/console/nothing/")
        self.assertEqual(answer.status_code, 404)
        self.assertIn("text/html", answer["Content-Type"])

    def test_a_failure_of_ours_is_a_page_even_without_a_database(self) -> None:
        with CaptureQueriesContext(connection) as asked:
            answer = dress(RequestFactory().get("/console/"), ApiError("internal_error"))
        self.assertEqual((answer.status_code, len(asked)), (500, 0))
        self.assertIn("Try again later", words(answer))

    def test_light_and_dark_are_remembered_without_a_script(self) -> None:
        answer = self.nobodys.post("/console/look/", {"look": "dark", "next": "/accounts/login/"})
        self.assertRedirects(answer, "/accounts/login/")
        self.assertIn('data-look="dark"', self.nobodys.get("/accounts/login/").content.decode())
        away = self.nobodys.post("/console/look/", {"look": "light", "next": "https://example.org/"})
        self.assertEqual(away["Location"], "/console/")
        self.assertIn('data-look="light"', self.nobodys.get("/accounts/login/").content.decode())
