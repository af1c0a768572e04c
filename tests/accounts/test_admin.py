"""The admin pages: they open for staff, show no secret, and the ledger stays as it is."""

from __future__ import annotations

import re
from typing import Any
from unittest.mock import patch

from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Account, ApiKey, Plan, User
from apps.usage.models import LedgerEntry
from apps.usage.selectors import ledger_check
from apps.voices.models import Voice
from apps.webhooks.models import Endpoint
from tests.base import CHARACTERS, ApiClient, PlatformTest


class AdminTest(PlatformTest):
    def setUp(self) -> None:
        super().setUp()
        self.browser = self.as_staff()

    def test_every_list_and_every_search_opens(self) -> None:
        for model in admin.site._registry:
            url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            assert self.browser.get(url).status_code == 200, url
            if admin.site._registry[model].search_fields:
                assert self.browser.get(url, {"q": "alice"}).status_code == 200, url

    def test_every_page_of_a_row_opens(self) -> None:
        for row in (
            self.alice,
            self.account,
            Plan.objects.first(),
            self.key_row(self.alice_key),
            LedgerEntry.objects.first(),
        ):
            assert row is not None
            url = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
            assert self.browser.get(url).status_code == 200, url

    def test_customers_do_not_get_in(self) -> None:
        self.client.force_login(self.alice)
        assert self.client.get("/admin/accounts/account/").status_code == 302

    def test_a_key_page_shows_no_digest(self) -> None:
        key = self.key_row(self.alice_key)
        page = self.browser.get(f"/admin/accounts/apikey/{key.pk}/change/").content.decode()
        assert key.prefix in page
        assert key.digest not in page

    def test_staff_revokes_keys(self) -> None:
        key = self.key_row(self.alice_key)
        self.browser.post("/admin/accounts/apikey/", {"action": "revoke", "_selected_action": [str(key.pk)]})
        assert ApiClient(self.alice_key).get("/v1/account/").status_code == 401
        assert ApiKey.objects.get(pk=key.pk).name == "test"
        assert self.told() == ["Revoked."]

    def told(self) -> list[str]:
        """The audit log, oldest first."""
        return [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")]

    def test_staff_disable_an_account_with_a_reason_and_enable_it_again(self) -> None:
        page = f"/admin/accounts/account/{self.account.pk}"
        self.assertContains(self.browser.get(f"{page}/change/"), f"{page}/disable/")
        self.assertContains(self.browser.post(f"{page}/disable/", {"reason": ""}), 'aria-invalid="true"')
        assert ApiClient(self.alice_key).get("/v1/account/").status_code == 200
        assert self.browser.post(f"{page}/disable/", {"reason": "spam"}).status_code == 302
        assert ApiClient(self.alice_key).get("/v1/account/").status_code == 401
        assert ApiClient(self.charlie_key).get("/v1/account/").status_code == 200
        shown = self.browser.get(f"{page}/change/")
        self.assertContains(shown, f"{page}/enable/")
        self.assertNotContains(shown, f"{page}/disable/")
        # Twice does nothing more, and is told once.
        self.browser.post(f"{page}/disable/", {"reason": "again"})
        assert self.browser.post(f"{page}/enable/", {"reason": "a mistake"}).status_code == 302
        assert ApiClient(self.alice_key).get("/v1/account/").status_code == 200
        assert self.told() == ["Disabled: spam", "Enabled: a mistake"]

    def test_an_account_is_not_switched_off_in_passing_nor_deleted(self) -> None:
        page = f"/admin/accounts/account/{self.account.pk}"
        rows = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
        body = {"name": "Alice & Bob", "plan": self.account.plan_id, **rows}
        assert self.browser.post(f"{page}/change/", body).status_code == 302
        self.account.refresh_from_db()
        assert (self.account.name, self.account.is_active) == ("Alice & Bob", True)
        for path in (page, f"/admin/accounts/user/{self.alice.pk}"):
            assert self.browser.post(f"{path}/delete/", {"post": "yes"}).status_code == 403

    def test_publishing_and_withdrawing_voices_and_confirming_addresses_is_written_down(self) -> None:
        about: dict[str, Any] = {
            "name": "Hers",
            "language": "en",
            "model": "openvoice",
            "built": {"kind": "x"},
        }
        lane = f"account:{self.account.pk}"
        voice = Voice.objects.create(
            account=self.account, lane=lane, is_public=True, consent_at=timezone.now(), **about
        )
        address = EmailAddress.objects.create(user=self.alice, email="alice@example.com", primary=True)
        for path, action, row in (
            ("voices/voice", "verify", voice),
            ("voices/voice", "withdraw", voice),
            ("account/emailaddress", "make_verified", address),
        ):
            body = {"action": action, "_selected_action": [str(row.pk)]}
            assert self.browser.post(f"/admin/{path}/", body).status_code == 302
        assert self.told() == ["Published.", "Withdrawn.", "Confirmed by staff."]
        voice.refresh_from_db()
        address.refresh_from_db()
        assert (voice.verified_at, address.verified) == (None, True)

    def test_staff_disable_a_webhook_and_its_people_are_told(self) -> None:
        there = Endpoint.objects.create(account=self.account, url="https://example.com/hook")
        page = f"/admin/webhooks/endpoint/{there.pk}"
        with self.captureOnCommitCallbacks(execute=True), patch.object(EmailMessage, "send"):
            assert self.browser.post(f"{page}/disable/", {"reason": "it floods us"}).status_code == 302
        there.refresh_from_db()
        assert not there.enabled
        assert "Switched off by the operator: it floods us." in there.disabled_reason
        assert self.told() == ["Disabled: it floods us"]
        self.assertNotContains(self.browser.get(f"{page}/change/"), f"{page}/disable/")

    def test_staff_grants_characters_with_a_reason(self) -> None:
        url = f"/admin/accounts/account/{self.account.pk}/grant/"
        self.assertContains(self.browser.get(f"/admin/accounts/account/{self.account.pk}/change/"), url)
        self.assertContains(self.browser.get(url), "Balance: 100000")
        assert self.browser.post(url, {"characters": 500, "reason": "sorry"}).status_code == 302
        entry = LedgerEntry.objects.filter(account=self.account).latest("id")
        assert (entry.kind, entry.characters) == ("grant", 500)
        assert entry.reason == "sorry (staff@example.com)"
        self.browser.post(url, {"characters": -100, "reason": "too many"})
        self.account.refresh_from_db()
        assert self.account.balance == CHARACTERS + 400
        self.assertContains(
            self.browser.get(f"/admin/accounts/account/{self.account.pk}/history/"),
            "Characters -100: too many",
        )

    def test_no_grant_without_reason_of_nothing_or_below_zero(self) -> None:
        url = f"/admin/accounts/account/{self.account.pk}/grant/"
        for body in (
            {"characters": 5},
            {"characters": 0, "reason": "x"},
            {"characters": -CHARACTERS - 1, "reason": "x"},
        ):
            answer = self.browser.post(url, body)
            self.assertContains(answer, 'aria-invalid="true"')
        assert Account.objects.get(pk=self.account.pk).balance == CHARACTERS
        assert ledger_check() == []

    def test_the_ledger_is_read_only(self) -> None:
        entry = LedgerEntry.objects.filter(account=self.account).get()
        assert self.browser.get("/admin/usage/ledgerentry/add/").status_code == 403
        for action in ("change", "delete"):
            url = f"/admin/usage/ledgerentry/{entry.pk}/{action}/"
            assert self.browser.post(url, {"characters": 1, "post": "yes"}).status_code == 403

    def test_staff_makes_and_changes_people_and_plans(self) -> None:
        page = self.browser.post(
            "/admin/accounts/user/add/",
            {
                "email": "New@Example.com",
                "usable_password": "true",
                "password1": "correct horse battery",
                "password2": "correct horse battery",
                "memberships-TOTAL_FORMS": 0,
                "memberships-INITIAL_FORMS": 0,
            },
        )
        assert page.status_code == 302, re.findall(rb"errorlist.*", page.content)
        assert User.objects.get(email="new@example.com").check_password("correct horse battery")
        free = Plan.objects.get(slug="free")
        fields = (
            "name",
            "requests_per_minute",
            "concurrency",
            "max_text_chars",
            "max_queued_jobs",
            "retention_days",
        )
        body = {field: getattr(free, field) for field in fields} | {"requests_per_minute": 12}
        assert self.browser.post(f"/admin/accounts/plan/{free.pk}/change/", body).status_code == 302
        assert Plan.objects.get(slug="free").requests_per_minute == 12
        assert self.browser.get(f"/admin/accounts/plan/{free.pk}/delete/").status_code == 403
