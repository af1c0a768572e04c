"""What keeps a stream of events open while nothing happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from apps.live.answers import kept_alive


def test_comments_fill_the_silence_and_no_event_is_lost() -> None:
    async def events() -> AsyncIterator[bytes]:
        yield b"one"
        await asyncio.sleep(0.25)
        yield b"two"

    async def gathered() -> list[bytes]:
        return [event async for event in kept_alive(events(), 0.1)]

    seen = asyncio.run(gathered())
    assert [event for event in seen if not event.startswith(b":")] == [b"one", b"two"]
    assert seen.index(b"two") - seen.index(b"one") >= 2


def test_leaving_early_ends_what_makes_the_events() -> None:
    ended = []

    async def events() -> AsyncIterator[bytes]:
        try:
            yield b"one"
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    async def leave() -> None:
        async for _ in (stream := kept_alive(events(), 0.05)):
            break
        await stream.aclose()  # type: ignore[attr-defined]
        await asyncio.sleep(0)

    asyncio.run(asyncio.wait_for(leave(), 5))
    assert ended == [True]
