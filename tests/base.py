"""The people of the tests. Alice owns an account, Bob belongs to it too, Charlie is a stranger with one of his own.

Every test gets new ones, and an address of its own, so that neither characters nor rate limits are shared.
"""

from __future__ import annotations

import random
from importlib import import_module
from typing import Any

from django.apps import apps
from django.test import Client, TestCase, TransactionTestCase

from apps.accounts.models import Account, ApiKey, Membership, Plan, User
from apps.accounts.selectors import free_plan_forget
from apps.accounts.services import account_create, key_create

CHARACTERS = 100_000


class ApiClient(Client):
    """A client of the API: sends its key, if any, from its own address; bodies are JSON unless said otherwise."""

    def __init__(self, key: str | None = None, *, address: str | None = None) -> None:
        self.address = address or random_address()
        headers = {"Authorization": f"Bearer {key}"} if key else None
        super().__init__(headers=headers, REMOTE_ADDR=self.address)

    def post(self, path: str, data: Any = None, content_type: str = "application/json", **extra: Any) -> Any:  # type: ignore[override]
        return super().post(path, data, content_type, **extra)


def random_address() -> str:
    """An address that no other test has used."""
    return f"10.{random.randrange(256)}.{random.randrange(256)}.{random.randrange(256)}"


class People:
    """Who there is, made before every test. All on plan Pro with CHARACTERS characters."""

    account: Account  # Alice's and Bob's
    stranger_account: Account  # Charlie's
    alice: User
    bob: User
    charlie: User
    alice_key: str
    bob_key: str
    charlie_key: str
    as_alice: ApiClient
    as_bob: ApiClient
    as_charlie: ApiClient
    as_nobody: ApiClient  # no key

    def make_people(self) -> None:
        # A TransactionTestCase empties all tables when it ends, the plans among them.
        import_module("apps.accounts.migrations.0002_plans").seed(apps, None)
        free_plan_forget()
        self.account = account_create(email="alice@example.com", name="Alice", plan="pro", bonus=CHARACTERS)
        self.stranger_account = account_create(
            email="charlie@example.com", name="Charlie", plan="pro", bonus=CHARACTERS
        )
        self.alice = User.objects.get(email="alice@example.com")
        self.charlie = User.objects.get(email="charlie@example.com")
        self.bob = User.objects.create_user("bob@example.com")
        Membership.objects.create(user=self.bob, account=self.account)
        self.alice_key = self.new_key(self.account, created_by=self.alice)
        self.bob_key = self.new_key(self.account, created_by=self.bob)
        self.charlie_key = self.new_key(self.stranger_account, created_by=self.charlie)
        self.as_alice = ApiClient(self.alice_key)
        self.as_bob = ApiClient(self.bob_key)
        self.as_charlie = ApiClient(self.charlie_key)
        self.as_nobody = ApiClient()

    @staticmethod
    def new_key(account: Account, **options: Any) -> str:
        """A new key of the account; options as for key_create."""
        options.setdefault("name", "test")
        return key_create(account, **options)[1]

    @staticmethod
    def key_row(raw: str) -> ApiKey:
        """The row behind a key."""
        return ApiKey.objects.select_related("account__plan").get(prefix=raw[7:15])

    def put_on_plan(self, account: Account, slug: str) -> None:
        """Move an account to another plan."""
        account.plan = Plan.objects.get(slug=slug)
        account.save(update_fields=["plan"])

    @staticmethod
    def as_staff() -> Client:
        """A browser signed in to the admin pages."""
        browser = Client(REMOTE_ADDR=random_address())
        browser.force_login(User.objects.create_superuser("staff@example.com"))
        return browser


class PlatformTest(People, TestCase):
    """For most tests: everything is rolled back at the end."""

    def setUp(self) -> None:
        super().setUp()
        self.make_people()


class PlatformTransactionTest(People, TransactionTestCase):
    """For threads, real commits and other processes; slower, for all tables are emptied at the end."""

    def setUp(self) -> None:
        super().setUp()
        self.make_people()
