"""What goes for every page: who may see it, what a browser is told, how it looks."""

from __future__ import annotations

import re

from django.urls import URLPattern, URLResolver, get_resolver

from .base import ConsoleTest


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

    def test_light_and_dark_are_remembered_without_a_script(self) -> None:
        answer = self.nobodys.post("/console/look/", {"look": "dark", "next": "/accounts/login/"})
        self.assertRedirects(answer, "/accounts/login/")
        self.assertIn('data-look="dark"', self.nobodys.get("/accounts/login/").content.decode())
        away = self.nobodys.post("/console/look/", {"look": "light", "next": "https://example.org/"})
        self.assertEqual(away["Location"], "/console/")
        self.assertIn('data-look="light"', self.nobodys.get("/accounts/login/").content.decode())
