"""Word times name the places of words in the text as it was sent, whatever is in it that nobody hears."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.base import PlatformTransactionTest
from tests.live.inside import Frame, Socket, events_of, worker
from workers.engines.fake import FakeEngine

TEXT = (
    "  Two  spaces,\r\na new line.\r\n\r\nZero\u200bwidth \ufeffmarks.  Cafe\u0301 au lait, e\u0301te\u0301!  "
    "It   costs $12.50  today.\tA <break/> rest  here. "
)
WORDS = [
    "Two",
    "spaces",
    "a",
    "new",
    "line",
    "Zero\u200bwidth",
    "marks",
    "Café",
    "au",
    "lait",
    "été",
    "It",
    "costs",
    "$12.50",
    "today",
    "A",
    "rest",
    "here",
]
MANNER = {"model_id": "kokoro", "language": "en", "word_timestamps": True}


class WordsTest(PlatformTransactionTest):
    def told(self, words: list[Frame]) -> None:
        self.assertEqual([word["word"] for word in words], WORDS)
        places = [TEXT[word["char_start"] : word["char_end"]] for word in words]
        self.assertEqual(places, WORDS)

    def talk(self, path: str, *frames: Frame, end: str, **query: str) -> list[Frame]:
        async def talked() -> list[Frame]:
            async with Socket(path, self.alice_key, **query) as socket:
                for frame in frames:
                    await socket.say(**frame)
                await socket.until(end)
                return socket.words

        with worker(FakeEngine()):
            return asyncio.run(talked())

    def test_of_whole_requests(self) -> None:
        self.told(self.talk("/ws/tts", {"text": TEXT, **MANNER}, end="final"))

    def test_of_text_that_comes_in_fragments(self) -> None:
        for size in (3, 40):
            fragments: list[Any] = [{"text": TEXT[at : at + size]} for at in range(0, len(TEXT), size)]
            frames = [MANNER, *fragments, {"flush": True}]
            self.told(self.talk("/ws/tts/stream", *frames, end="session_closed", sdk="test"))

    def test_of_contexts(self) -> None:
        opening = {"text": " ", "context_id": "one", **MANNER}
        text = {"text": TEXT, "context_id": "one", "flush": True}
        self.told(self.talk("/ws/tts/multi", opening, text, end="final", sdk="test"))

    def test_of_streamed_events(self) -> None:
        text = TEXT.replace("<break/> ", "")
        body = {"text": text, "model": "kokoro", "voice": "af_bella", "format": "pcm"}
        with worker(FakeEngine()):
            events = asyncio.run(events_of("/v1/tts/stream/", self.alice_key, **body))
        words = [word for name, data in events if name == "audio" for word in data["words"]]
        self.assertEqual([word["word"] for word in words], WORDS)
        self.assertEqual([text[word["char_start"] : word["char_end"]] for word in words], WORDS)
