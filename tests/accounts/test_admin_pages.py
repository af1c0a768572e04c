"""Every page of the staff's, read off the admin's registry: opens with few queries however many rows there are, shows
no secret and nothing that customers said, and nothing at all to others. And what a browser is told about them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Account, ApiKey, Membership, User
from apps.console.middleware import POLICY, STAFF_POLICY
from apps.jobs.models import Job, PausedQueue
from apps.usage.models import LedgerEntry
from apps.voices.models import Voice
from apps.webhooks.models import Delivery, Endpoint
from apps.webhooks.services import secret_of
from tests.base import random_address
from tests.console.base import ConsoleTest, browser

SAID = "Nobody but Alice knows of the amber room."
ROWS = 200
MOST_QUERIES = 20


def fill(account: Account) -> None:
    """So many rows of what grows, each with something in it that is nobody's business."""
    now, numbers = timezone.now(), range(ROWS)
    lane = f"account:{account.pk}"
    tenants = Account.objects.bulk_create(Account(name=f"Tenant {n}", plan=account.plan) for n in numbers)
    people = User.objects.bulk_create(User(email=f"p{n}@example.com", password="x") for n in numbers)
    pairs = list(zip(people, tenants, strict=True))
    Membership.objects.bulk_create(Membership(user=user, account=tenant) for user, tenant in pairs)
    EmailAddress.objects.bulk_create(EmailAddress(user=user, email=user.email) for user in people)
    secret = {"secret": SAID}
    Authenticator.objects.bulk_create(Authenticator(user=user, type="totp", data=secret) for user in people)
    ApiKey.objects.bulk_create(
        ApiKey(account=tenant, created_by=user, name="k", prefix=f"{n:08}", digest=f"{n:x}".zfill(64))
        for n, (user, tenant) in enumerate(pairs)
    )
    common: dict[str, Any] = {"kind": "speech", "service": "tts", "model": "m", "served_model": "m"}
    common |= {"characters": 3, "price": 3, "expires_at": now + dt.timedelta(hours=1), "status": "completed"}
    private = {"request": {"text": SAID}, "result": {"text": SAID}, "error_message": SAID}
    Job.objects.bulk_create(Job(account=tenant, lane=lane, **common, **private) for tenant in tenants)
    LedgerEntry.objects.bulk_create(
        LedgerEntry(account=tenant, kind="grant", characters=1, reason="x") for tenant in tenants
    )
    ends = Endpoint.objects.bulk_create(
        Endpoint(account=tenant, url=f"https://example.com/{n}") for n, tenant in enumerate(tenants)
    )
    Delivery.objects.bulk_create(
        Delivery(account=end.account, endpoint=end, event="task.completed", payload={"said": SAID})
        for end in ends
    )
    about: dict[str, Any] = {"name": "V", "language": "en", "model": "kokoro"}
    for tenant in tenants[:20]:
        Voice.objects.create(account=tenant, lane=f"account:{tenant.pk}", **about)
    PausedQueue.objects.bulk_create(PausedQueue(queue=f"q{n}", by="staff") for n in range(5))
    Group.objects.create(name="Support")
    of_accounts = ContentType.objects.get_for_model(Account)
    LogEntry.objects.bulk_create(
        LogEntry(
            user=user, content_type=of_accounts, object_id=str(tenant.pk), object_repr="x", action_flag=CHANGE
        )
        for user, tenant in pairs
    )


def address(model: type[Model], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


class EveryPageTest(ConsoleTest):
    def setUp(self) -> None:
        super().setUp()
        self.staff = self.as_staff()
        fill(self.account)
        mine = {"account": self.account, "url": "https://alice.example.com/hook"}
        endpoint = Endpoint.objects.create(**mine)
        self.secrets = (
            SAID,
            self.alice_key,
            self.key_row(self.alice_key).digest,
            endpoint.secret,
            secret_of(self.account).secret,
            User.objects.get(email="staff@example.com").password,
        )

    @staticmethod
    def pages() -> Iterator[str]:
        """Every page of every registered model, of its newest row where it has rows."""
        yield from ("/admin/", "/admin/password_change/")
        for model in admin.site._registry:
            yield address(model, "changelist")
            yield address(model, "add")
            row = model._default_manager.order_by("-pk").first()
            if row is not None:
                for page in ("change", "history", "delete"):
                    yield address(model, page, row.pk)
        for account in Account.objects.filter(name="Alice"):
            for doing in ("grant", "disable", "enable"):
                yield f"/admin/accounts/account/{account.pk}/{doing}/"
        for key in ApiKey.objects.filter(account__name="Alice"):
            yield address(ApiKey, "change", key.pk)
        for endpoint in Endpoint.objects.filter(url__contains="alice"):
            yield address(Endpoint, "change", endpoint.pk)
            yield f"/admin/webhooks/endpoint/{endpoint.pk}/disable/"

    def test_it_opens_with_few_queries_and_tells_no_secret(self) -> None:
        opened = []
        for path in self.pages():
            with self.subTest(path), CaptureQueriesContext(connection) as asked:
                answer = self.staff.get(path)
                self.assertIn(answer.status_code, {200, 403})
                if answer.status_code == 403:
                    self.assertTrue(path.endswith(("/add/", "/delete/")), path)
                    continue
                opened.append(path)
                self.assertLessEqual(len(asked), MOST_QUERIES, path)
                self.assertEqual(answer["Content-Security-Policy"], STAFF_POLICY)
                text = answer.content.decode()
                for secret in self.secrets:
                    self.assertNotIn(secret, text)
                # No script in the page, and nothing that another host would serve.
                self.assertNotRegex(text, r"<script(?![^>]*\ssrc=)(?![^>]*application/json)")
                self.assertNotRegex(text, r"\son\w+=|(?:src|srcset)=.(?:https?:)?//")
                self.assertNotRegex(text, r"<link[^>]*href=.(?:https?:)?//")
        self.assertGreater(len(opened), 3 * len(admin.site._registry))

    def test_searching_and_filtering_too(self) -> None:
        for model, pages in admin.site._registry.items():
            path = address(model, "changelist")
            if pages.search_fields or hasattr(pages, "get_search_fields"):
                self.assertEqual(self.staff.get(path, {"q": "alice"}).status_code, 200, path)
        for path in (
            "/admin/accounts/apikey/?revoked_at__isempty=1",
            "/admin/accounts/account/?is_active__exact=0",
            "/admin/jobs/job/?status__exact=completed",
        ):
            self.assertEqual(self.staff.get(path).status_code, 200, path)

    def test_nobody_else_gets_anything(self) -> None:
        helper = Client(REMOTE_ADDR=random_address())
        helper.force_login(User.objects.create_user("helper@example.com", is_staff=True))
        for path in self.pages():
            with self.subTest(path):
                for client in (self.alices, self.nobodys):
                    for answer in (client.get(path), client.post(path, {"reason": "x", "post": "yes"})):
                        self.assertEqual(answer.status_code, 302)
                        self.assertIn("login", answer["Location"])
                # Staff without rights see the first page, with nothing on it, and may change their password.
                if path not in {"/admin/", "/admin/password_change/"}:
                    self.assertEqual(helper.get(path).status_code, 403)
        self.assertTrue(Account.objects.get(pk=self.account.pk).is_active)

    def test_what_runs_in_a_browser_is_said_by_path(self) -> None:
        self.assertIn("script-src 'self' 'unsafe-eval';", STAFF_POLICY)
        self.assertNotIn("unsafe", POLICY)
        for either in (POLICY, STAFF_POLICY):
            self.assertTrue(either.startswith("default-src 'none'; script-src 'self'"))
            self.assertNotRegex(either, r"script-src[^;]*(?:unsafe-inline|http)")
        policies: tuple[tuple[str, str | None], ...] = (
            ("/admin/", STAFF_POLICY),
            ("/admin/nothing/", STAFF_POLICY),
            ("/admin/login/", STAFF_POLICY),
            ("/console/", POLICY),
            ("/accounts/login/", POLICY),
            ("/docs/", POLICY),
            ("/status", POLICY),
            ("/administration/", None),
            ("/v1/models", None),
        )
        for path, policy in policies:
            with self.subTest(path):
                self.assertEqual(browser().get(path).get("Content-Security-Policy"), policy)
