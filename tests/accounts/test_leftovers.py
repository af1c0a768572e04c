"""Sessions and links that are past their time go by themselves, and by the operator's command; nobody is signed out."""

from __future__ import annotations

import datetime as dt
from io import StringIO

from allauth.account.models import EmailConfirmation
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone

from apps.accounts import leftovers
from tests.base import PlatformTest
from tests.console.base import browser


class LeftoversTest(PlatformTest):
    def setUp(self) -> None:
        super().setUp()
        now, address = (
            timezone.now(),
            self.alice.emailaddress_set.create(email=self.alice.email),  # type: ignore[attr-defined]
        )
        Session.objects.all().delete()
        self.signed_in = browser(self.alice)
        for number in range(3):
            past = now - dt.timedelta(minutes=number + 1)
            Session.objects.create(session_key=f"over-{number}", session_data="", expire_date=past)
        for key, sent in (("old", now - dt.timedelta(days=30)), ("fresh", now), ("unsent", None)):
            EmailConfirmation.objects.create(
                email_address=address, key=key, sent=sent, created=sent or now - dt.timedelta(days=30)
            )

    def left(self) -> tuple[int, list[str]]:
        links = EmailConfirmation.objects.values_list("key", flat=True)
        return Session.objects.filter(session_key__startswith="over-").count(), sorted(links)

    def test_the_reaper_deletes_them_a_few_at_a_time(self) -> None:
        self.assertEqual(leftovers.sweep(2), 4)
        self.assertEqual(self.left(), (1, ["fresh"]))
        out = StringIO()
        call_command("reaper", "--once", stdout=out)
        self.assertIn("'sessions': 1", out.getvalue())
        self.assertEqual(self.left(), (0, ["fresh"]))
        self.assertEqual(self.signed_in.get("/console/settings/").status_code, 200)

    def test_the_command_deletes_all_of_them_and_says_so_before(self) -> None:
        out = StringIO()
        call_command("retention", "--dry-run", stdout=out)
        self.assertIn("3 sessions and 2 links", out.getvalue())
        self.assertEqual(self.left()[0], 3)
        call_command("retention", stdout=out)
        self.assertIn("5 sessions and links", out.getvalue())
        self.assertEqual(self.left(), (0, ["fresh"]))
        self.assertEqual(self.signed_in.get("/console/settings/").status_code, 200)
