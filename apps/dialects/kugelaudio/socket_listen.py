"""/v1/audio/transcriptions/stream: sound in while it is spoken, its text out while it is heard, turn by turn.

Frames: `config`, then `audio_chunk` (mono s16le in base64, a second at most), then `end_of_speech`; after the last
turn's text the socket closes with 1000. With turn_detection `manual` each `end_of_speech` ends the turn and all.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from typing import Any

from apps.jobs.transcription import language_heard, listening_model, phrases_checked
from apps.live.listening import Heard, Listening
from ttsplatform.errors import ApiError, as_api_error
from workers.engines.catalogue import Model

from . import checks
from .socket import Socket
from .transcribe import listener

RATES = (8_000, 48_000)
TURN_DETECTION = ("kugelturn", "vad", "manual")
PAUSES = {
    ("kugelturn", "responsive"): (0.5, 1.2),
    ("kugelturn", "conservative"): (0.8, 1.8),
    ("vad", "responsive"): (0.7, 0.7),
    ("vad", "conservative"): (1.2, 1.2),
}
"""Seconds of quiet that end a turn: after a sentence that is complete, and after anything."""
MOST_LANGUAGES = 20
WAITING = 30
"""Frames that may wait for the sound before them to be heard."""
IDLE_SECONDS = 120.0
CLOSES = {"insufficient_credits": 4003, "rate_limited": 4029, "too_many_concurrent": 4029}
"""Close codes of what ends a stream; 1011 for anything else."""


class ListenSocket(Socket):
    scope_needed = "audio"

    async def begin(self, query: dict[str, list[str]]) -> None:
        self._listening: Listening | None = None
        self._frames: asyncio.Queue[dict[str, Any]] = asyncio.Queue(WAITING)
        self._tasks = [asyncio.create_task(self._serve())]

    async def handle(self, frame: dict[str, Any]) -> None:
        # Waits where the client sends faster than is heard: then its own sending waits.
        await self._frames.put(frame)

    async def end(self) -> None:
        for task in getattr(self, "_tasks", []):
            task.cancel()
            await asyncio.wait([task])
        if getattr(self, "_listening", None) is not None:
            assert self._listening is not None
            await self._listening.close()

    async def _serve(self) -> None:
        while True:
            try:
                frame = await asyncio.wait_for(self._frames.get(), IDLE_SECONDS)
                # Once all is over the rest is only taken away, so that whoever waits to put it goes on.
                if not self.gone:
                    await self._take(frame)
            except TimeoutError:
                if not self.gone:
                    idle = ApiError("bad_request", f"Nothing came for {IDLE_SECONDS:g} seconds.")
                    await self._end_with(idle)
            except Exception as exc:
                if self._listening is None or as_api_error(exc).code == "bad_request":
                    await self.tell_error(exc)
                else:
                    await self._end_with(exc)

    async def _take(self, frame: dict[str, Any]) -> None:
        kind = frame.get("type")
        if kind == "config":
            await self._configure(frame)
        elif kind == "audio_chunk":
            if self._listening is None:
                raise checks.bad("type", "send a config frame first.")
            await self._listening.send(self._sound(frame))
        elif kind == "end_of_speech":
            if self._listening is None:
                await self._close()
            else:
                await self._listening.finish()
        else:
            raise checks.bad("type", "must be config, audio_chunk or end_of_speech.")

    async def _configure(self, frame: dict[str, Any]) -> None:
        if self._listening is not None:
            message = "this socket is configured already. Open another one for another stream."
            raise checks.bad("type", message)
        self._rate = checks.whole(frame.get("sample_rate"), "sample_rate", *RATES)
        ends = checks.one_of(frame.get("turn_detection") or "kugelturn", "turn_detection", TURN_DETECTION)
        level = frame.get("turn_detection_level") or "responsive"
        checks.one_of(level, "turn_detection_level", ("responsive", "conservative"))
        name = frame.get("model")
        asked, served = listening_model(listener(checks.string(name, "model") if name else ""))
        phrases = frame.get("boosted_phrases") or []
        if not isinstance(phrases, list) or not all(isinstance(each, str) for each in phrases):
            raise checks.bad("boosted_phrases", "must be a list of strings.")
        self._model = asked.id
        listening = Listening(self.caller, request_id=self.request_id, slot=self.slot)
        await listening.open(
            model=asked.id,
            served_model=served.id,
            rate=self._rate,
            ends=ends,
            pauses=PAUSES.get((ends, level), (0.0, 0.0)),
            languages=_languages(frame.get("language"), served),
            phrases=phrases_checked(phrases),
        )
        self._listening = listening
        self._tasks.append(asyncio.create_task(self._tell_all(listening)))

    def _sound(self, frame: dict[str, Any]) -> bytes:
        """The samples of a frame. Raises bad_request."""
        given = frame.get("audio_b64")
        if not isinstance(given, str):
            raise checks.bad("audio_b64", "must be a string of base64.")
        if len(given) > self._rate * 2 * 4 // 3 + 8:
            raise checks.bad("audio_b64", "holds more than a second of sound. Send smaller frames.")
        try:
            data = base64.b64decode(given, validate=True)
        except (binascii.Error, ValueError):
            raise checks.bad("audio_b64", "is not valid base64.") from None
        if len(data) % 2:
            raise checks.bad("audio_b64", "has half a sample at its end: send whole 16-bit samples.")
        return data

    async def _tell_all(self, listening: Listening) -> None:
        try:
            async for heard in listening.events():
                await self.tell(self._frame(heard))
        except Exception as exc:
            await self._end_with(exc)
        else:
            await self._close()
        finally:
            await listening.close()

    def _frame(self, heard: Heard) -> dict[str, Any]:
        frame: dict[str, Any] = {
            "type": "partial",
            "partial_text": heard.text,
            "is_final": heard.final,
            "model": self._model,
        }
        if heard.language:
            frame["language"] = heard.language
        if heard.final:
            frame |= {"turn_end_reason": heard.reason, "turn_end_confidence": 1.0}
        return frame

    async def _end_with(self, exc: Exception) -> None:
        """Say what went wrong, and that it is over."""
        await self.tell_error(exc)
        await self._close(CLOSES.get(as_api_error(exc).code, 1011))

    async def _close(self, code: int = 1000) -> None:
        if not self.gone:
            self.gone = True
            await self.close(code=code)


def _languages(given: Any, model: Model) -> list[str]:
    """The codes that may be spoken; [] for any. Raises bad_request."""
    listed = given if isinstance(given, list) else [given]
    if len(listed) > MOST_LANGUAGES or not all(each is None or isinstance(each, str) for each in listed):
        raise checks.bad(
            "language", f"must be a code such as de, a list of at most {MOST_LANGUAGES}, or auto."
        )
    codes = [language_heard(each, model) for each in listed]
    return [] if None in codes else [code for code in codes if code is not None]
