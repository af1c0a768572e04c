"""Accounts and keys, apart from the wire."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import Account, ApiKey, Membership, Plan, User
from apps.accounts.selectors import key_find
from apps.accounts.services import MAX_KEYS, account_create, key_create, key_revoke, key_touch, key_update
from apps.usage.models import LedgerEntry
from tests.base import PlatformTest
from ttsplatform.errors import ApiError


class AccountTest(PlatformTest):
    def refused(self, code: str, **options: object) -> ApiError:
        accounts, users = Account.objects.count(), User.objects.count()
        with pytest.raises(ApiError) as caught:
            account_create(**options)  # type: ignore[arg-type]
        assert caught.value.code == code
        assert (Account.objects.count(), User.objects.count()) == (accounts, users)
        return caught.value

    def test_sign_up_makes_an_owner_with_the_bonus_in_the_ledger(self) -> None:
        account = account_create(email="Dora@Example.com")
        assert account.plan.slug == "free"
        assert account.balance == settings.SIGNUP_BONUS_CHARACTERS
        assert LedgerEntry.objects.get(account=account).characters == 15000
        membership = Membership.objects.get(account=account)
        assert (membership.role, membership.user.email) == ("owner", "dora@example.com")
        assert not membership.user.has_usable_password()

    def test_a_password_signs_in_whatever_the_case_of_the_address(self) -> None:
        account_create(email="dora@example.com", password="correct horse battery")
        assert self.client.login(username="DORA@example.com", password="correct horse battery")

    def test_an_address_belongs_to_one_person(self) -> None:
        assert self.refused("conflict", email="ALICE@example.com").param == "email"
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.bulk_create([User(email="Mixed@example.com")])

    def test_bad_addresses_passwords_and_plans_leave_nothing_behind(self) -> None:
        assert self.refused("bad_request", email="no address").param == "email"
        assert self.refused("bad_request", email="a\x00b@example.com").param == "email"
        assert self.refused("bad_request", email="d@example.com", password="short").param == "password"
        error = self.refused("bad_request", email="d@example.com", plan="gold")
        assert "free, starter, pro, business" in error.message

    def test_the_plans_are_those_of_the_price_list(self) -> None:
        rows = Plan.objects.values_list("slug", "requests_per_minute", "concurrency", "max_text_chars")
        assert list(rows) == [
            ("free", 10, 2, 500),
            ("starter", 30, 3, 100000),
            ("pro", 60, 5, 100000),
            ("business", 300, 20, 50000),
        ]

    def test_no_balance_below_zero_whoever_writes_it(self) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            Account.objects.filter(pk=self.account.pk).update(balance=-1)


class KeyTest(PlatformTest):
    def refused(self, raw: str) -> str:
        with pytest.raises(ApiError) as caught:
            key_find(raw)
        assert caught.value.code == "unauthorized"
        return caught.value.message

    def test_a_key_is_found_and_nowhere_stored(self) -> None:
        key, raw = key_create(self.account, name="mine", created_by=self.alice)
        assert re.search(r"^sk-tts-[A-Za-z0-9]{40}$", raw)
        assert key_find(raw) == key
        row = ApiKey.objects.filter(pk=key.pk).values().get()
        assert raw[15:] not in repr(row)

    def test_guessing_does_not_work(self) -> None:
        raw = self.alice_key
        unknown = self.refused("sk-tts-" + "a" * 40)
        assert self.refused(raw[:-1] + ("a" if raw[-1] != "a" else "b")) == unknown
        assert self.refused(raw[:15] + self.bob_key[15:]) == unknown
        for odd in (
            "",
            "sk-tts-",
            raw[:-1],
            raw + "a",
            raw + "\n",
            raw[:-1] + "\x00",
            raw[:-1] + "é",
            "x" * 10_000,
        ):
            assert "sk-tts-" in self.refused(odd)

    def test_revoked_expired_and_switched_off(self) -> None:
        key_revoke(self.key_row(self.alice_key))
        assert "revoked" in self.refused(self.alice_key)
        key, raw = key_create(self.account, name="short", expires_at=timezone.now() + timedelta(hours=1))
        ApiKey.objects.filter(pk=key.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
        assert "expired" in self.refused(raw)
        self.stranger_account.is_active = False
        self.stranger_account.save()
        assert "switched off" in self.refused(self.charlie_key)

    def test_only_the_holder_of_a_key_learns_that_it_was_revoked(self) -> None:
        key_revoke(self.key_row(self.alice_key))
        assert "unknown" in self.refused(self.alice_key[:15] + "a" * 32)

    def test_finding_a_key_is_one_query(self) -> None:
        with self.assertNumQueries(1):
            assert key_find(self.alice_key).account.plan.slug == "pro"

    def test_last_use_is_written_once_a_minute(self) -> None:
        key = self.key_row(self.alice_key)
        same_key_elsewhere = self.key_row(self.alice_key)
        key_touch(key)
        assert (first := self.key_row(self.alice_key).last_used_at) is not None
        with self.assertNumQueries(0):
            key_touch(key)
        key_touch(same_key_elsewhere)
        assert self.key_row(self.alice_key).last_used_at == first
        ApiKey.objects.update(last_used_at=timezone.now() - timedelta(minutes=2))
        key_touch(self.key_row(self.alice_key))
        assert (last := self.key_row(self.alice_key).last_used_at) is not None
        assert last > timezone.now() - timedelta(minutes=1)

    def test_scopes_and_dates_are_checked(self) -> None:
        for options in ({"scopes": ["fly"]}, {"expires_at": timezone.now()}):
            with pytest.raises(ApiError) as caught:
                key_create(self.account, name="x", **options)
            assert caught.value.param == next(iter(options))

    def test_no_key_gives_away_more_than_it_has(self) -> None:
        limited, _ = key_create(self.account, name="limited", scopes=["keys", "speech"])
        child, _ = key_create(self.account, name="child", scopes=["speech"], granted_by=limited)
        for wanted in (["jobs"], []):
            with pytest.raises(ApiError) as caught:
                key_create(self.account, name="more", scopes=wanted, granted_by=limited)
            assert caught.value.code == "forbidden"
            with pytest.raises(ApiError):
                key_update(child, scopes=wanted, granted_by=limited)

    def test_an_account_has_so_many_keys_and_no_more(self) -> None:
        have = ApiKey.objects.filter(account=self.account).count()
        rows = [
            ApiKey(account=self.account, name="x", prefix=f"p{n:07}", digest="0")
            for n in range(MAX_KEYS - have)
        ]
        ApiKey.objects.bulk_create(rows)
        with pytest.raises(ApiError) as caught:
            key_create(self.account, name="one too many")
        assert caught.value.code == "conflict"
