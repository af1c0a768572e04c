"""Browsers of the people of the tests: signed in by cookie, at addresses of their own."""

from __future__ import annotations

import html
import re
from typing import Any

from django.test import Client

from apps.accounts.models import User
from tests.base import PlatformTest, random_address

PASSWORD = "long enough for anybody"


def browser(user: User | None = None) -> Client:
    """A browser that checks nothing but what a real one would; signed in as `user`, if any."""
    client = Client(REMOTE_ADDR=random_address())
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def words(answer: Any) -> str:
    """What a page says, without its tags, with single spaces."""
    text = html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode()))
    return re.sub(r"[ \n]+", " ", text)


class ConsoleTest(PlatformTest):
    """Alice, Bob and Charlie of tests.base, with browsers."""

    def setUp(self) -> None:
        super().setUp()
        self.alices, self.charlies, self.nobodys = browser(self.alice), browser(self.charlie), browser()
