"""Whoever gives commands never waits for them, however many there are."""

from __future__ import annotations

import asyncio

import pytest

from apps.live import commands
from apps.live.commands import Commands
from ttsplatform.errors import ApiError


def test_a_flood_is_refused_in_words_and_a_cancel_still_gets_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "QUEUED", 50)
    done: list[str] = []

    async def slow() -> None:
        await asyncio.sleep(60)

    async def quick() -> None:
        done.append("quick")

    async def failed(exc: Exception) -> None:
        raise exc

    async def flood() -> None:
        queue = Commands(patience=lambda: None, overdue=quick, failed=failed)
        queue.put(slow)
        await asyncio.sleep(0)

        def puts() -> None:
            for _ in range(60):
                queue.put(quick)

        with pytest.raises(ApiError) as refused:
            puts()
        assert refused.value.code == "rate_limited"
        await queue.cancel()
        queue.put(quick)
        await asyncio.sleep(0.05)
        await queue.close()

    asyncio.run(asyncio.wait_for(flood(), 5))
    assert done == ["quick"]
