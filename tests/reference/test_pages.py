"""The documentation's pages: what a reader gets, and what a browser is told."""

from __future__ import annotations

import html
import json
import re
import shlex
import time
from typing import Any

from standardwebhooks.webhooks import WebhookVerificationError

from apps.dialects.kugelaudio.routing import websocket_urlpatterns as kugelaudio
from apps.dialects.ttsai.routing import websocket_urlpatterns as ttsai
from apps.reference.pages import PAGES, SOCKETS, TABS
from apps.reference.sections import operations, sections_of
from apps.webhooks.signing import new_secret, signed_headers
from tests.console.base import ConsoleTest, words


class EveryPageTest(ConsoleTest):
    def test_nobody_needs_to_sign_in_and_nothing_smuggled_in_can_run(self) -> None:
        for tab in TABS:
            for client in (self.nobodys, self.alices):
                with self.subTest(tab.path):
                    answer = client.get(tab.path)
                    self.assertEqual(answer.status_code, 200)
                    policy = answer["Content-Security-Policy"]
                    self.assertIn("default-src 'none'", policy)
                    self.assertNotIn("unsafe", policy)
                    body = answer.content.decode()
                    self.assertNotRegex(body, r"<script(?![^>]*\ssrc=)")
                    self.assertNotRegex(body, r"<style|\sstyle=|\son\w+=")
                    self.assertNotRegex(body, r"(?:src|href)=.https?://")
                    self.assertIn(f'<a href="{tab.path}" aria-current="page">', body)
                    self.assertEqual(client.post(tab.path).status_code, 405)

    def test_every_operation_is_on_a_page_and_every_link_leads_somewhere(self) -> None:
        home = self.nobodys.get("/docs/").content.decode()
        document = self.nobodys.get("/docs/openapi.json").json()
        bodies: dict[str, str] = {}
        links = re.findall(r'<a href="(/docs/\w+)#([\w-]+)">', home)
        for page, anchor in links:
            if page not in bodies:
                bodies[page] = self.nobodys.get(page).content.decode()
            self.assertIn(f'id="{anchor}"', bodies[page])
        everything = "".join(bodies.values())
        for path, method, _ in operations(document):
            self.assertIn(f"<code>{path}</code>", everything, method)

    def test_examples_name_the_address_by_which_the_reader_came(self) -> None:
        for path in ("/docs/", "/docs/openai", "/docs/sockets", "/docs/openapi.json"):
            body = self.nobodys.get(path, headers={"host": "speech.example.net"}).content.decode()
            self.assertIn("speech.example.net", body, path)
            self.assertNotIn("testserver", body, path)
            self.assertNotIn("%URL%", body)
            self.assertNotIn("%WS%", body)

    def test_a_page_that_is_not_there_says_so_as_a_page(self) -> None:
        answer = self.nobodys.get("/docs/nothing")
        self.assertEqual(answer.status_code, 404)
        self.assertIn("no such page", words(answer))

    def test_every_call_is_shown_as_lines_that_can_be_read(self) -> None:
        document = {**self.nobodys.get("/docs/openapi.json").json()}
        shown = [each for page in PAGES for each in sections_of(document, page.slug)]
        self.assertGreater(len(shown), 90)
        for each in shown:
            compile(each.python, each.anchor, "exec")
            self.assertEqual(shlex.split(each.curl)[0], "curl")
            self.assertIn(each.method, each.curl if each.method != "GET" else f"GET {each.curl}")

    def test_every_socket_is_on_the_page(self) -> None:
        served = {f"/{route.pattern}" for route in [*kugelaudio, *ttsai]}
        self.assertEqual(served, {socket.path for socket in SOCKETS})
        page = self.nobodys.get("/docs/sockets").content.decode()
        for path in served:
            self.assertIn(f"<code>{path}</code>", page)

    def test_both_ways_to_check_a_webhook_take_what_is_signed_and_nothing_else(self) -> None:
        page = self.nobodys.get("/docs/webhooks").content.decode()
        secret, body = new_secret(), json.dumps({"event": "task.completed"}).encode()
        headers = signed_headers([new_secret(), secret], "msg_1", int(time.time()), body)
        for way, refusal in (("library", WebhookVerificationError), ("by-hand", ValueError)):
            found = re.search(rf'<code data-runs="{way}">(.*?)</code>', page, re.DOTALL)
            assert found is not None
            names: dict[str, Any] = {}
            exec(html.unescape(found[1]), names)
            check = names["message_of"]
            self.assertEqual(check(secret, headers, body), {"event": "task.completed"})
            for wrong in ((new_secret(), headers, body), (secret, headers, body + b" ")):
                with self.assertRaises(refusal, msg=way):
                    check(*wrong)
            old = signed_headers([secret], "msg_1", int(time.time()) - 3600, body)
            with self.assertRaises(refusal, msg=way):
                check(secret, old, body)
