"""The plan's places for work at once are given back, whatever happens."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from apps.limits import gate
from apps.live.slots import PlanSlot
from tests.base import PlatformTest
from tests.jobs.orders import caller
from ttsplatform.errors import ApiError


class SlotTest(PlatformTest):
    def test_whoever_leaves_while_a_place_is_being_taken_leaves_it_free(self) -> None:
        who = caller(self.alice_key)
        who.plan.concurrency = 1
        enter = gate.enter

        def slowly(*args: Any, **options: Any) -> gate.RateState:
            time.sleep(0.1)
            return enter(*args, **options)

        async def leave() -> None:
            taking = asyncio.create_task(PlanSlot(who).take())
            await asyncio.sleep(0.02)
            taking.cancel()
            await asyncio.wait([taking])
            self.assertTrue(taking.cancelled())
            await asyncio.sleep(0.3)
            gate.enter = enter
            slot = PlanSlot(who)
            await slot.take()
            with self.assertRaises(ApiError):
                await PlanSlot(who).take()
            await slot.give()

        gate.enter = slowly
        try:
            asyncio.run(leave())
        finally:
            gate.enter = enter
