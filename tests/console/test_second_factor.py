"""A second factor: set up, asked for at every door, lost and recovered; and nothing gets around it."""

from __future__ import annotations

import re
from typing import Any
from unittest.mock import patch

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from allauth.mfa.urls import urlpatterns
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.urls import URLPattern, URLResolver

from apps.accounts.models import User

from .base import PASSWORD, ConsoleTest, browser, words
from .test_signing_in import link_in_mail, sign_in

HERE = "/accounts/2fa/"
DOOR = f"{HERE}authenticate/"


class SecondFactorTest(ConsoleTest):
    def setUp(self) -> None:
        super().setUp()
        self.alice.set_password(PASSWORD)
        self.alice.save()
        self.alice.emailaddress_set.create(email=self.alice.email, verified=True, primary=True)  # type: ignore[attr-defined]
        self.alices = browser()
        sign_in(self.alices, self.alice.email, PASSWORD)
        # The half minutes of these tests are counted by hand, so that none ends between a code and its use.
        self.half_minute = 57_000_000
        self.enterContext(
            patch.object(auth, "yield_hotp_counters_from_time", lambda: iter([self.half_minute]))
        )

    def code(self, secret: str) -> str:
        """What the app shows, in a half minute of its own."""
        self.half_minute += 1
        return auth.format_hotp_value(auth.hotp_value(secret, self.half_minute))

    def set_up(self, client: Client, password: str = PASSWORD) -> str:
        """Switched on as a person does it; the secret."""
        path = f"{HERE}totp/activate/"
        answer = client.get(path)
        if answer.status_code == 302:
            answer = client.post(answer["Location"], {"password": password}, follow=True)
        found = re.search(r'id="secret">([A-Z2-7]+)<', answer.content.decode())
        assert found, words(answer)
        answer = client.post(path, {"code": self.code(found.group(1))})
        self.assertRedirects(answer, f"{HERE}recovery-codes/")
        return found.group(1)

    def recovery_codes(self, client: Client) -> list[str]:
        page = client.get(f"{HERE}recovery-codes/").content.decode()
        return re.findall(r"(?:^|>)(\d{8})$", page, re.MULTILINE)

    def test_its_secret_lies_encrypted(self) -> None:
        secret = self.set_up(self.alices)
        kept = str(list(Authenticator.objects.values_list("data", flat=True)))
        self.assertNotIn(secret, kept)
        found = auth.TOTP(Authenticator.objects.get(type="totp"))
        with self.settings(SECRET_KEY="a new one", SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]):
            self.assertTrue(found.validate_code(self.code(secret)))
        with self.settings(SECRET_KEY="another", SECRET_KEY_FALLBACKS=[]):
            self.assertFalse(found.validate_code(self.code(secret)))
            self.assertFalse(found.validate_code(self.code("")))

    def test_setting_it_up_shows_a_picture_and_codes(self) -> None:
        self.assertIn("Your password alone opens", words(self.alices.get("/console/settings/")))
        asked = self.alices.get(f"{HERE}totp/activate/")["Location"]
        page = self.alices.post(asked, {"password": PASSWORD}, follow=True).content.decode()
        self.assertIn('src="data:image/svg+xml;base64,', page)
        self.assertNotRegex(page, r"<style|\sstyle=")
        self.assertIn("Incorrect code", words(self.alices.post(f"{HERE}totp/activate/", {"code": "000000"})))
        self.assertFalse(Authenticator.objects.exists())
        self.set_up(self.alices)
        self.assertEqual(len(set(self.recovery_codes(self.alices))), 10)
        self.assertIn("asks for a code", words(self.alices.get("/console/settings/")))
        file = self.alices.get(f"{HERE}recovery-codes/download/")
        self.assertEqual(file.content.decode().split(), self.recovery_codes(self.alices))

    def test_a_session_that_was_left_open_does_not_change_it(self) -> None:
        left = browser(self.alice)  # signed in long ago
        for path in ("totp/activate/", "recovery-codes/generate/"):
            self.assertIn("/accounts/reauthenticate/", left.get(HERE + path)["Location"])
        self.set_up(self.alices)
        for path in ("totp/deactivate/", "recovery-codes/"):
            self.assertIn("reauthenticate/", left.get(HERE + path)["Location"])
        self.assertIn("reauthenticate/", left.post(f"{HERE}totp/deactivate/")["Location"])
        self.assertTrue(Authenticator.objects.filter(type="totp").exists())

    def test_signing_in_asks_for_it(self) -> None:
        secret = self.set_up(self.alices)
        client = browser()
        self.assertRedirects(sign_in(client, self.alice.email, PASSWORD), DOOR)
        self.assertEqual(client.get("/console/").status_code, 302)
        self.assertIn("Incorrect code", words(client.post(DOOR, {"code": "123456"})))
        code = self.code(secret)
        self.assertRedirects(client.post(DOOR, {"code": code}), "/console/")
        # Whoever looked over a shoulder has nothing: a code is good once.
        again = browser()
        sign_in(again, self.alice.email, PASSWORD)
        self.assertIn("Incorrect code", words(again.post(DOOR, {"code": code})))

    def test_a_recovery_code_opens_once(self) -> None:
        self.set_up(self.alices)
        code = self.recovery_codes(self.alices)[0]
        client = browser()
        sign_in(client, self.alice.email, PASSWORD)
        self.assertRedirects(client.post(DOOR, {"code": code}), "/console/")
        self.assertNotIn(code, self.recovery_codes(self.alices))
        other = browser()
        sign_in(other, self.alice.email, PASSWORD)
        self.assertIn("Incorrect code", words(other.post(DOOR, {"code": code})))

    def test_guessing_codes_is_stopped_even_with_the_right_one(self) -> None:
        secret = self.set_up(self.alices)
        client = browser()
        sign_in(client, self.alice.email, PASSWORD)
        for _ in range(5):
            client.post(DOOR, {"code": "123456"})
        self.assertIn("Too many", words(client.post(DOOR, {"code": self.code(secret)})))
        # Nor does another address of the guesser's help.
        other = browser()
        sign_in(other, self.alice.email, PASSWORD)
        self.assertIn("Too many", words(other.post(DOOR, {"code": self.code(secret)})))
        self.assertEqual(other.get("/console/").status_code, 302)

    def test_a_forgotten_password_does_not_get_around_it(self) -> None:
        self.set_up(self.alices)
        client = browser()
        client.post("/accounts/password/reset/", {"email": self.alice.email})
        form = client.get(link_in_mail(), follow=True).redirect_chain[-1][0]
        new = "another long password"
        client.post(form, {"password1": new, "password2": new})
        self.assertEqual(client.get("/console/").status_code, 302)
        self.assertRedirects(sign_in(client, self.alice.email, new), DOOR)

    def test_with_it_the_password_and_the_address_are_changed_and_the_account_deleted(self) -> None:
        self.set_up(self.alices)
        new = "another long password"
        fields = {"oldpassword": PASSWORD, "password1": new, "password2": new}
        self.assertEqual(self.alices.post("/accounts/password/change/", fields).status_code, 302)
        self.alices.post("/accounts/email/", {"email": "alice@example.org", "action_add": ""})
        self.assertIn("alice@example.org", mail.outbox[-1].to)
        self.assertIn("Changing to", words(self.alices.get("/accounts/email/")))
        charlie = self.charlie
        charlie.set_password(PASSWORD)
        charlie.save()
        charlies = browser(charlie)
        self.set_up(charlies)
        charlies.post("/console/settings/delete/", {"password": PASSWORD})
        self.assertFalse(Authenticator.objects.filter(user_id=charlie.pk).exists())
        self.assertFalse(User.objects.filter(pk=charlie.pk).exists())

    def test_switching_it_off_voids_the_codes_too(self) -> None:
        self.set_up(self.alices)
        self.assertRedirects(self.alices.post(f"{HERE}totp/deactivate/"), HERE)
        self.assertFalse(Authenticator.objects.exists())
        self.assertRedirects(sign_in(browser(), self.alice.email, PASSWORD), "/console/")

    def test_nobody_sees_these_pages_without_signing_in(self) -> None:
        for path in routes(urlpatterns, HERE):
            for answer in (self.nobodys.get(path), self.nobodys.post(path)):
                self.assertEqual(answer.status_code, 302, path)
                self.assertRegex(answer["Location"], r"^/accounts/(login|reauthenticate)/", path)


class StaffDoorTest(ConsoleTest):
    def setUp(self) -> None:
        super().setUp()
        self.chief = User.objects.create_superuser("chief@example.com", PASSWORD)

    def test_staff_sign_in_by_the_same_door(self) -> None:
        client = browser()
        answer = client.get("/admin/", follow=True)
        self.assertEqual(answer.redirect_chain[-1][0], "/accounts/login/?next=%2Fadmin%2F")
        fields = {"login": self.chief.email, "password": PASSWORD, "next": "/admin/"}
        self.assertRedirects(client.post("/accounts/login/", fields), "/admin/")
        # No mail had to come first: the operator made them.
        self.assertEqual(mail.outbox, [])

    def test_the_admins_own_form_opens_nothing(self) -> None:
        auth.TOTP.activate(self.chief, "A" * 32)
        client = browser()
        for path in ("/admin/login/", "/admin/login/?next=/admin/"):
            answer: Any = client.post(path, {"username": self.chief.email, "password": PASSWORD})
            self.assertTrue(answer["Location"].startswith("/accounts/login/"), answer["Location"])
        self.assertEqual(client.get("/admin/").status_code, 302)
        fields = {"login": self.chief.email, "password": PASSWORD, "next": "/admin/"}
        self.assertRedirects(client.post("/accounts/login/", fields), DOOR)
        self.assertEqual(client.get("/admin/").status_code, 302)
        code = auth.format_hotp_value(auth.hotp_value("A" * 32, 1))
        with patch.object(auth, "yield_hotp_counters_from_time", lambda: iter([1])):
            self.assertRedirects(client.post(DOOR, {"code": code}), "/admin/")

    def test_a_customer_is_told_that_this_is_not_for_them(self) -> None:
        self.assertEqual(self.alices.get("/admin/login/").status_code, 403)
        self.assertEqual(self.alices.get("/admin/").status_code, 302)

    def test_staff_can_take_it_off_and_see_no_secret(self) -> None:
        made = Authenticator.objects.create(user=self.alice, type="totp", data={"secret": "B" * 32})
        staff = self.as_staff()
        page = staff.get(f"/admin/mfa/authenticator/{made.pk}/change/")
        self.assertContains(page, self.alice.email)
        self.assertNotContains(page, "BBBB")
        staff.post(f"/admin/mfa/authenticator/{made.pk}/delete/", {"post": "yes"})
        self.assertFalse(Authenticator.objects.exists())
        self.assertNotIn("BBBB", str([each.get_decoded() for each in Session.objects.all()]))


def routes(entries: Any, before: str) -> list[str]:
    """The paths below `before`."""
    found: list[str] = []
    for entry in entries:
        assert isinstance(entry, URLPattern | URLResolver)
        path = before + str(entry.pattern)
        found += routes(entry.url_patterns, path) if isinstance(entry, URLResolver) else [path]
    return found
