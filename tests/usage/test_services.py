"""The ledger: what a customer is charged, whatever is retried or races."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from apps.accounts.models import Account
from apps.usage import services as usage
from apps.usage.models import LedgerEntry
from apps.usage.selectors import ledger_check
from tests.base import CHARACTERS, PlatformTest, PlatformTransactionTest
from ttsplatform.errors import ApiError


class LedgerTest(PlatformTest):
    def reserve(self, characters: int, **options: Any) -> uuid.UUID:
        job_id = uuid.uuid4()
        usage.reserve(account_id=self.account.pk, job_id=job_id, characters=characters, **options)
        return job_id

    def balance(self) -> int:
        self.account.refresh_from_db()
        assert ledger_check() == []
        return self.account.balance

    def test_reserving_lowers_the_balance_and_tells_it(self) -> None:
        left = usage.reserve(account_id=self.account.pk, job_id=uuid.uuid4(), characters=300)
        assert left == CHARACTERS - 300
        assert self.balance() == left

    def test_commit_charges_what_was_used_and_gives_back_the_rest(self) -> None:
        key = self.key_row(self.alice_key)
        job_id = self.reserve(300, key_id=key.pk, model="kokoro")
        assert usage.commit(job_id, 200)
        assert self.balance() == CHARACTERS - 200
        entry = LedgerEntry.objects.get(job_id=job_id, kind="commit")
        assert (entry.characters, entry.charged, entry.model, entry.key) == (100, 200, "kokoro", key)

    def test_refund_gives_everything_back(self) -> None:
        assert usage.refund(self.reserve(300), "engine failed")
        assert self.balance() == CHARACTERS

    def test_a_job_is_settled_once(self) -> None:
        done, failed = self.reserve(300), self.reserve(300)
        assert [usage.commit(done, 300), usage.commit(done, 300), usage.refund(done)] == [True, False, False]
        assert [usage.refund(failed), usage.refund(failed), usage.commit(failed, 1)] == [True, False, False]
        assert self.balance() == CHARACTERS - 300

    def test_a_job_reserves_once(self) -> None:
        job_id = self.reserve(300)
        with pytest.raises(IntegrityError), transaction.atomic():
            usage.reserve(account_id=self.account.pk, job_id=job_id, characters=300)
        assert self.balance() == CHARACTERS - 300

    def test_too_few_characters_says_how_many_and_changes_nothing(self) -> None:
        with pytest.raises(ApiError) as caught:
            self.reserve(CHARACTERS + 1)
        assert caught.value.code == "insufficient_credits"
        assert caught.value.details == {
            "characters_required": CHARACTERS + 1,
            "characters_available": CHARACTERS,
        }
        assert self.balance() == CHARACTERS

    def test_the_last_character_can_be_spent(self) -> None:
        self.reserve(CHARACTERS)
        assert self.balance() == 0

    def test_free_work_is_in_the_ledger_too(self) -> None:
        assert usage.commit(self.reserve(0, service="convert"), 0)
        assert self.balance() == CHARACTERS

    def test_nobody_pays_more_than_was_reserved(self) -> None:
        with self.assertLogs("apps.usage.services", "ERROR"):
            usage.commit(self.reserve(100), 150)
        assert self.balance() == CHARACTERS - 100

    def test_settling_a_job_without_a_reservation_is_a_mistake(self) -> None:
        for settle in (lambda: usage.commit(uuid.uuid4(), 1), lambda: usage.refund(uuid.uuid4())):
            with pytest.raises(LookupError):
                settle()

    def test_corrections_never_go_below_zero(self) -> None:
        assert usage.adjust(self.account.pk, -CHARACTERS, "mistake") == 0
        with pytest.raises(ApiError):
            usage.adjust(self.account.pk, -1, "mistake")
        assert self.balance() == 0

    def test_a_ledger_that_does_not_add_up_is_found(self) -> None:
        Account.objects.filter(pk=self.account.pk).update(balance=7)
        (wrong,) = ledger_check()
        assert (wrong.account_id, wrong.balance, wrong.ledger_sum) == (self.account.pk, 7, CHARACTERS)

    def test_entries_can_not_be_changed_or_deleted(self) -> None:
        entry = LedgerEntry.objects.filter(account=self.account).get()
        for spoil in (
            lambda: LedgerEntry.objects.filter(pk=entry.pk).update(characters=1),
            lambda: LedgerEntry.objects.filter(pk=entry.pk).delete(),
        ):
            with self.assertRaisesMessage(DatabaseError, "append-only"), transaction.atomic():
                spoil()

    def test_a_key_may_go_and_its_entries_stay(self) -> None:
        key = self.key_row(self.alice_key)
        job_id = self.reserve(10, key_id=key.pk)
        key.delete()
        assert LedgerEntry.objects.get(job_id=job_id).key_id is None

    def test_erasing_on_purpose_is_possible(self) -> None:
        entry = LedgerEntry.objects.filter(account=self.account).get()
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL ttsplatform.erase = 'on'")
        entry.delete()
        assert not LedgerEntry.objects.filter(account=self.account).exists()


class LedgerRaceTest(PlatformTransactionTest):
    def at_once(self, calls: list[Callable[[], Any]]) -> list[Any]:
        """Run the calls in threads that start together, each in a transaction; their results or ApiErrors."""
        results: list[Any] = [None] * len(calls)
        barrier = threading.Barrier(len(calls))

        def run(index: int) -> None:
            try:
                connection.ensure_connection()
                barrier.wait(30)
                with transaction.atomic():
                    results[index] = calls[index]()
            except Exception as error:
                results[index] = error
            finally:
                connection.close()

        threads = [threading.Thread(target=run, args=[index]) for index in range(len(calls))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        return results

    def reserve(self, characters: int) -> uuid.UUID:
        job_id = uuid.uuid4()
        with transaction.atomic():
            usage.reserve(account_id=self.account.pk, job_id=job_id, characters=characters)
        return job_id

    def balance(self) -> int:
        self.account.refresh_from_db()
        assert ledger_check() == []
        return self.account.balance

    def test_requests_at_once_never_overdraw(self) -> None:
        each = CHARACTERS // 10 + 1  # nine fit

        def reserve() -> int:
            return usage.reserve(account_id=self.account.pk, job_id=uuid.uuid4(), characters=each)

        results = self.at_once([reserve] * 16)
        assert sum(isinstance(result, int) for result in results) == 9
        assert {getattr(r, "code", "ok") for r in results} == {"ok", "insufficient_credits"}
        assert self.balance() == CHARACTERS - 9 * each

    def test_commits_at_once_charge_once(self) -> None:
        job_id = self.reserve(1_000)
        results = self.at_once([lambda: usage.commit(job_id, 600)] * 8)
        assert sorted(results) == [False] * 7 + [True]
        assert self.balance() == CHARACTERS - 600

    def test_commit_and_refund_at_once_have_one_winner(self) -> None:
        for _ in range(10):
            job_id = self.reserve(1_000)
            before = self.balance()
            committed, refunded = self.at_once(
                [partial(usage.commit, job_id, 1_000), partial(usage.refund, job_id)]
            )
            assert committed + refunded == 1
            assert self.balance() == before + (1_000 if refunded else 0)

    def test_many_settlements_of_one_account_do_not_deadlock(self) -> None:
        jobs = [self.reserve(100) for _ in range(6)]

        def settle(order: list[uuid.UUID]) -> int:
            return sum(usage.commit(job_id, 40) for job_id in order)

        results = self.at_once([lambda: settle(jobs), lambda: settle(jobs[::-1])] * 3)
        assert sum(results) == 6
        assert self.balance() == CHARACTERS - 6 * 40

    def test_outside_a_transaction_nothing_moves(self) -> None:
        for call in (
            lambda: usage.reserve(account_id=self.account.pk, job_id=uuid.uuid4(), characters=1),
            lambda: usage.commit(uuid.uuid4(), 1),
            lambda: usage.refund(uuid.uuid4()),
            lambda: usage.grant(self.account.pk, 1, "gift"),
        ):
            with self.assertRaisesMessage(RuntimeError, "transaction"):
                call()
        assert self.balance() == CHARACTERS
