"""The gate on a real Valkey: requests a minute, work at once, and what happens without Redis."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

import pytest
from django.test import override_settings

from apps.accounts.addresses import network_of
from apps.accounts.callers import Caller
from apps.accounts.models import Account, Plan
from apps.limits import gate
from apps.limits.gate import LimitExceeded, RateState, enter, hold, leave, peek, renew
from apps.limits.store import store
from tests.base import PlatformTest, random_address
from ttsplatform.errors import ApiError

DEAD_REDIS = "redis://127.0.0.1:1/0"


class GateTest(PlatformTest):
    def caller(self, slug: str = "free") -> Caller:
        """A new caller with a key, on the plan; new lane, so empty buckets."""
        account = Account(name="new", plan=Plan.objects.get(slug=slug))
        return Caller(network="n", plan=account.plan, account=account)

    def nobody(self) -> Caller:
        return Caller(network=network_of(random_address()), plan=Plan.objects.get(slug="free"))

    def refused(self, code: str, call: Callable[[], object]) -> LimitExceeded:
        with pytest.raises(LimitExceeded) as caught:
            call()
        assert (caught.value.code, caught.value.status) == (code, 429)
        return caught.value

    def test_the_whole_minute_may_come_at_once_and_no_more(self) -> None:
        caller = self.caller()
        states = [enter(caller, kind="work") for _ in range(10)]
        assert [state.remaining for state in states] == list(range(9, -1, -1))
        assert {state.limit for state in states} == {10}
        refusal = self.refused("rate_limited", lambda: enter(caller, kind="work"))
        assert refusal.retry_after is not None
        assert 0 < refusal.retry_after <= 6
        assert (refusal.state.limit, refusal.state.remaining) == (10, 0)
        assert 54 < refusal.state.reset_seconds <= 60

    def test_it_fills_again_steadily(self) -> None:
        caller = self.caller()
        caller.plan.requests_per_minute = 120  # one more every half second
        for _ in range(120):
            enter(caller, kind="work")
        self.refused("rate_limited", lambda: enter(caller, kind="work"))
        time.sleep(0.6)
        enter(caller, kind="work")

    def test_an_empty_bucket_leaves_no_key_behind_for_long(self) -> None:
        caller = self.caller()
        enter(caller, kind="work")
        life = store().client.pttl(gate._keys(caller.lane)[0])
        assert 0 < life <= 6000

    def test_any_allowance_counts_exactly(self) -> None:
        for limit in (1, 7, 59, 601):
            caller = self.caller()
            caller.plan.requests_per_minute = limit
            started = time.monotonic()
            let_in = 0
            for _ in range(limit + 5):
                try:
                    let_in += bool(enter(caller, kind="work"))
                except LimitExceeded:
                    pass
            refilled = (time.monotonic() - started) * limit / 60
            assert limit <= let_in <= limit + refilled + 1, (limit, let_in)

    def test_reads_have_a_bucket_of_their_own_and_show_the_one_of_work(self) -> None:
        caller = self.caller()
        enter(caller, kind="work")
        with override_settings(READS_PER_MINUTE=3):
            states = [enter(caller, kind="read") for _ in range(3)]
            assert {(state.limit, state.remaining) for state in states} == {(10, 9)}
            refusal = self.refused("rate_limited", lambda: enter(caller, kind="read"))
        assert "Poll less often" in refusal.message
        assert enter(caller, kind="work").remaining == 8

    def test_peeking_counts_nothing(self) -> None:
        caller = self.caller()
        enter(caller, kind="work")
        assert [peek(caller).remaining for _ in range(3)] == [9, 9, 9]

    def test_callers_do_not_share(self) -> None:
        one = self.caller()
        for _ in range(10):
            enter(one, kind="work")
        assert enter(self.caller(), kind="work").remaining == 9
        assert enter(self.nobody(), kind="work").remaining == 9

    def test_so_much_work_at_once_and_no_more(self) -> None:
        caller = self.caller()
        enter(caller, kind="work", slot="a")
        enter(caller, kind="work", slot="b")
        refusal = self.refused("too_many_concurrent", lambda: enter(caller, kind="work", slot="c"))
        assert refusal.retry_after is not None
        assert 0 < refusal.retry_after <= 5
        assert refusal.state.remaining == 8
        leave(caller, "a")
        leave(caller, "a")
        assert enter(caller, kind="work", slot="c").remaining == 7

    def test_what_one_refuses_the_other_has_not_counted(self) -> None:
        caller = self.caller()
        for name in ("a", "b"):
            hold(caller, name)
        for _ in range(20):
            self.refused("too_many_concurrent", lambda: enter(caller, kind="work", slot="c"))
        assert peek(caller).remaining == 10
        leave(caller, "b")
        for _ in range(10):
            enter(caller, kind="work")
        self.refused("rate_limited", lambda: enter(caller, kind="work", slot="c"))
        hold(caller, "d")  # "c" took no slot

    def test_the_same_slot_again_is_renewed_not_counted_twice(self) -> None:
        caller = self.caller()
        for _ in range(3):
            hold(caller, "a")
        hold(caller, "b")

    def test_a_slot_whose_holder_died_comes_free(self) -> None:
        caller = self.caller()
        hold(caller, "a", seconds=1)
        hold(caller, "b", seconds=1)
        self.refused("too_many_concurrent", lambda: hold(caller, "c"))
        time.sleep(1.1)
        hold(caller, "c")
        hold(caller, "d")

    def test_a_lease_can_be_renewed_until_it_ends(self) -> None:
        caller = self.caller()
        hold(caller, "a", seconds=1)
        assert renew(caller, "a", 30)
        assert renew(caller.lane, "a", 1)
        time.sleep(1.1)
        assert not renew(caller, "a", 30)
        assert not renew(caller, "never", 30)

    def test_threads_at_once_are_counted_exactly(self) -> None:
        caller = self.caller()
        results: list[bool] = []

        def knock() -> None:
            for _ in range(10):
                try:
                    results.append(bool(enter(caller, kind="work")))
                except LimitExceeded:
                    results.append(False)

        threads = [threading.Thread(target=knock) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert len(results) == 80
        assert sum(results) in (10, 11)  # eleven where the run takes six seconds

    def test_coroutines_enter_too(self) -> None:
        caller = self.caller()

        async def visit() -> int:
            state = await gate.aenter(caller, kind="work", slot="a")
            await gate.aleave(caller, "a")
            return state.remaining

        assert asyncio.run(visit()) == 9

    def test_a_redis_that_forgot_its_scripts_and_connections_is_used_on(self) -> None:
        caller = self.caller()
        enter(caller, kind="work")
        store().client.script_flush()
        assert enter(caller, kind="work").remaining == 8
        store().client.client_kill_filter(_type="normal", skipme=True)
        assert enter(caller, kind="work").remaining == 7

    @override_settings(REDIS_URL=DEAD_REDIS)
    def test_without_redis_keys_pass_and_nobody_does_not(self) -> None:
        caller, nobody = self.caller(), self.nobody()
        for _ in range(30):
            assert enter(caller, kind="work", slot="a") == RateState(10, 10, 0.0)
        leave(caller, "a")
        assert renew(caller, "a")
        with pytest.raises(ApiError) as caught:
            enter(nobody, kind="work")
        assert (caught.value.code, caught.value.status) == ("service_unavailable", 503)
        assert peek(nobody) == RateState(10, 10, 0.0)

    @override_settings(REDIS_URL="redis://127.0.0.1:2/0")
    def test_a_dead_redis_is_logged_once_not_a_thousand_times(self) -> None:
        caller = self.caller()
        with self.assertLogs("apps.limits.store", "ERROR") as logs:
            for _ in range(50):
                enter(caller, kind="work")
        assert len(logs.output) == 1
        assert "REDIS_URL" in logs.output[0]

    def test_reset_is_a_unix_time(self) -> None:
        reset = int(RateState(10, 3, 42.0).headers()["X-RateLimit-Reset"])
        assert time.time() + 30 < reset < time.time() + 50
