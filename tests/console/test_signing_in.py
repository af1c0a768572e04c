"""Signing up, in and out, forgotten passwords, and leaving; all of it without JavaScript."""

from __future__ import annotations

import re
import uuid
from typing import Any

from django.conf import settings
from django.core import mail
from django.test import Client

from apps.accounts.models import Account, ApiKey, Membership, User
from apps.accounts.services import account_create
from apps.jobs.models import Job
from tests.base import ApiClient
from ttsplatform.errors import ApiError

from .base import PASSWORD, ConsoleTest, browser, words


def link_in_mail() -> str:
    """The path of the link in the last mail."""
    found = re.search(r"https?://[^/\s]+(/\S+)", str(mail.outbox[-1].body))
    assert found, mail.outbox[-1].body
    return found.group(1)


def sign_in(client: Client, email: str, password: str) -> Any:
    return client.post("/accounts/login/", {"login": email, "password": password})


class SignUpTest(ConsoleTest):
    def sign_up(self, client: Client, email: str = "dora@example.com", password: str = PASSWORD) -> Any:
        return client.post("/accounts/signup/", {"email": email, "password1": password})

    def test_a_newcomer_confirms_and_is_in(self) -> None:
        dora = browser()
        self.assertRedirects(self.sign_up(dora, "Dora@Example.com"), "/accounts/confirm-email/")
        # Nothing is open before the address is confirmed.
        self.assertEqual(dora.get("/console/").status_code, 302)
        path = link_in_mail()
        self.assertIn("Confirm", words(dora.get(path)))
        self.assertRedirects(dora.post(path), "/console/", fetch_redirect_response=False)
        page = words(dora.get("/console/"))
        self.assertIn(f"{settings.SIGNUP_BONUS_CHARACTERS:,}".replace(",", "\u202f"), page)
        user = User.objects.get(email="dora@example.com")
        account = Account.objects.get(memberships__user=user)
        self.assertEqual(account.plan.slug, "free")
        self.assertTrue(account.memberships.filter(role=Membership.Role.OWNER).exists())
        self.assertTrue(user.password.startswith("argon2"))

    def test_an_address_that_is_taken_is_not_given_away(self) -> None:
        answer = self.sign_up(browser(), "alice@example.com")
        self.assertRedirects(answer, "/accounts/confirm-email/")
        self.assertEqual(User.objects.filter(email="alice@example.com").count(), 1)
        self.assertIn("already", str(mail.outbox[-1].body))

    def test_a_short_password_is_refused_and_says_why(self) -> None:
        answer = self.sign_up(browser(), password="short")
        self.assertIn("too short", words(answer))
        self.assertFalse(User.objects.filter(email="dora@example.com").exists())


class SignInTest(ConsoleTest):
    def setUp(self) -> None:
        super().setUp()
        self.alice.set_password(PASSWORD)
        self.alice.save()
        self.alice.emailaddress_set.create(email=self.alice.email, verified=True, primary=True)  # type: ignore[attr-defined]

    def test_in_and_out(self) -> None:
        client = browser()
        self.assertRedirects(client.get("/console/settings/"), "/accounts/login/?next=/console/settings/")
        self.assertRedirects(sign_in(client, "Alice@example.com", PASSWORD), "/console/")
        self.assertEqual(client.get("/console/settings/").status_code, 200)
        client.post("/accounts/logout/")
        self.assertEqual(client.get("/console/").status_code, 302)

    def test_the_api_knows_no_cookie(self) -> None:
        self.assertEqual(self.alices.get("/v1/account/").status_code, 401)

    def test_guessing_passwords_is_stopped_even_with_the_right_one(self) -> None:
        # An address of this test's own: failures are counted by address, and longer than the tests last.
        client, email = browser(), f"guessed-{uuid.uuid4().hex}@example.com"
        account_create(email=email, password=PASSWORD)
        for _ in range(5):
            self.assertIn("not correct", words(sign_in(client, email, "wrong wrong wrong")))
        self.assertIn("Too many", words(sign_in(client, email, PASSWORD)))
        self.assertEqual(client.get("/console/").status_code, 302)

    def test_a_storm_of_forms_gets_a_page_that_says_so(self) -> None:
        client = browser()
        answers = [client.post("/accounts/login/", {"login": "", "password": ""}) for _ in range(31)]
        self.assertEqual([answers[0].status_code, answers[-1].status_code], [200, 429])
        self.assertIn("Too many tries", words(answers[-1]))
        self.assertIn("Content-Security-Policy", answers[-1])

    def test_a_forgotten_password(self) -> None:
        client = browser()
        self.assertRedirects(
            client.post("/accounts/password/reset/", {"email": "alice@example.com"}),
            "/accounts/password/reset/done/",
        )
        page = client.get(link_in_mail(), follow=True)
        form = page.redirect_chain[-1][0]
        new = "another long password"
        client.post(form, {"password1": new, "password2": new})
        self.assertRedirects(sign_in(browser(), "alice@example.com", new), "/console/")

    def test_nobody_learns_whether_an_address_is_known(self) -> None:
        answer = browser().post("/accounts/password/reset/", {"email": "nobody@example.com"})
        self.assertRedirects(answer, "/accounts/password/reset/done/")

    def test_a_form_from_elsewhere_is_refused_with_a_page(self) -> None:
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(self.alice, backend="django.contrib.auth.backends.ModelBackend")
        answer = strict.post("/console/settings/delete/", {"password": PASSWORD})
        self.assertEqual(answer.status_code, 403)
        self.assertIn("load the page again", words(answer))
        self.assertTrue(User.objects.filter(pk=self.alice.pk).exists())


class LeavingTest(ConsoleTest):
    def setUp(self) -> None:
        super().setUp()
        self.charlie.set_password(PASSWORD)
        self.charlie.save()
        self.charlies = browser(self.charlie)

    def leave(self, password: str = PASSWORD) -> Any:
        return self.charlies.post("/console/settings/delete/", {"password": password})

    def test_leaving_takes_everything_along(self) -> None:
        job = self.as_charlie.post("/v1/tts/", {"model": "kokoro", "text": "Hello."}).json()["uuid"]
        self.assertRedirects(self.leave(), "/accounts/login/")
        self.assertFalse(User.objects.filter(email="charlie@example.com").exists())
        self.assertEqual(ApiClient(self.charlie_key).get("/v1/account/").status_code, 401)
        account = Account.objects.get(pk=self.stranger_account.pk)
        self.assertEqual((account.is_active, account.name), (False, "Closed account"))
        # What is left for the reaper is due now.
        from apps.jobs.reaper import purge_old_jobs

        purge_old_jobs()
        row = Job.objects.get(pk=job)
        self.assertEqual((row.request, row.status), ({}, "canceled"))

    def test_not_with_a_wrong_password(self) -> None:
        self.assertIn("not your password", words(self.leave("something else")))
        self.assertTrue(User.objects.filter(pk=self.charlie.pk).exists())

    def test_an_account_is_not_left_without_an_owner(self) -> None:
        from apps.accounts.leaving import user_delete

        with self.assertRaises(ApiError):
            user_delete(self.alice)
        Membership.objects.filter(user=self.bob).update(role=Membership.Role.OWNER)
        user_delete(self.alice)
        self.assertTrue(Account.objects.get(pk=self.account.pk).is_active)
        # The keys that she made may be written down somewhere; Bob's go on.
        self.assertIsNotNone(ApiKey.objects.get(prefix=self.alice_key[7:15]).revoked_at)
        self.assertEqual(self.as_bob.get("/v1/account/").status_code, 200)


class WhoseAccountTest(ConsoleTest):
    def test_staff_have_no_account_of_others_here(self) -> None:
        staff = browser(User.objects.create_superuser("chief@example.com"))
        answer = staff.get("/console/")
        self.assertEqual(answer.status_code, 403)
        self.assertIn("belongs to no account", words(answer))

    def test_a_switched_off_account_is_closed(self) -> None:
        Account.objects.filter(pk=self.account.pk).update(is_active=False)
        self.assertEqual(self.alices.get("/console/").status_code, 403)

    def test_the_oldest_account_is_the_one(self) -> None:
        other = account_create(email="erin@example.com", name="Erin's")
        Membership.objects.create(user=self.alice, account=other)
        self.assertIn("Alice", words(self.alices.get("/console/")))
