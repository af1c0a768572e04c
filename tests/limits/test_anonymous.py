"""What callers without a key have free each day."""

from __future__ import annotations

import threading
import uuid

import pytest
from django.test import override_settings

from apps.accounts.authentication import caller_for
from apps.limits.anonymous import anonymous_refund, anonymous_reserve
from apps.limits.store import store
from tests.base import PlatformTest, random_address
from ttsplatform.errors import ApiError


class AllowanceTest(PlatformTest):
    def setUp(self) -> None:
        super().setUp()
        self.caller = caller_for(None, random_address())

    def left(self) -> int:
        return anonymous_reserve(self.caller, uuid.uuid4(), 0)

    def test_five_thousand_characters_a_day(self) -> None:
        assert anonymous_reserve(self.caller, uuid.uuid4(), 4000) == 1000
        with pytest.raises(ApiError) as caught:
            anonymous_reserve(self.caller, uuid.uuid4(), 1_001)
        error = caught.value
        assert (error.code, error.status) == ("insufficient_credits", 402)
        assert error.details == {"characters_required": 1001, "characters_available": 1000}
        assert "API key" in error.message
        assert anonymous_reserve(self.caller, uuid.uuid4(), 1000) == 0

    def test_the_same_job_is_counted_once(self) -> None:
        job_id = uuid.uuid4()
        assert [anonymous_reserve(self.caller, job_id, 600) for _ in range(3)] == [4400] * 3

    def test_a_refund_comes_once_and_never_more_than_was_taken(self) -> None:
        job_id = uuid.uuid4()
        anonymous_reserve(self.caller, job_id, 600)
        for _ in range(3):
            anonymous_refund(self.caller.network, job_id, 9_999)
        anonymous_refund(self.caller.network, uuid.uuid4(), 600)
        assert self.left() == 5000

    def test_a_part_can_be_given_back(self) -> None:
        job_id = uuid.uuid4()
        anonymous_reserve(self.caller, job_id, 600)
        anonymous_refund(self.caller.network, job_id, 200)
        assert self.left() == 4600

    def test_networks_do_not_share_and_a_64_is_one_network(self) -> None:
        anonymous_reserve(self.caller, uuid.uuid4(), 5_000)
        assert anonymous_reserve(caller_for(None, random_address()), uuid.uuid4(), 1) == 4999
        prefix = f"2001:db8:{uuid.uuid4().hex[:4]}:{uuid.uuid4().hex[:4]}"
        anonymous_reserve(caller_for(None, f"{prefix}::1"), uuid.uuid4(), 5_000)
        with pytest.raises(ApiError):
            anonymous_reserve(caller_for(None, f"{prefix}::2"), uuid.uuid4(), 1)

    def test_at_once_no_more_than_the_allowance(self) -> None:
        results: list[int] = []

        def take() -> None:
            try:
                anonymous_reserve(self.caller, uuid.uuid4(), 900)
                results.append(1)
            except ApiError:
                results.append(0)

        threads = [threading.Thread(target=take) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert (len(results), sum(results)) == (12, 5)

    def test_counters_are_forgotten(self) -> None:
        anonymous_reserve(self.caller, uuid.uuid4(), 1)
        client = store().client
        keys = list(client.scan_iter(f"anonymous:{{{self.caller.network}}}*"))
        assert len(keys) == 2
        for key in keys:
            assert 0 < client.pttl(key) <= 48 * 3600 * 1000

    @override_settings(REDIS_URL="redis://127.0.0.1:1/0")
    def test_without_redis_nothing_is_given_away(self) -> None:
        with pytest.raises(ApiError) as caught:
            anonymous_reserve(self.caller, uuid.uuid4(), 1)
        assert caught.value.code == "service_unavailable"
        anonymous_refund(self.caller.network, uuid.uuid4(), 1)
