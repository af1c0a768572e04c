"""/v1/audio/enhance/stream: sound in while it is spoken, the same without its noise out, both as binary frames.

`config` → `ready`; binary mono s16le both ways (24 kHz out); `end` → `done`. With ?session=1 the socket then waits for
the next config; otherwise it closes.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
import time
from typing import Any

from apps.jobs.audio import model_for
from apps.jobs.speakers import speaker_sample
from apps.jobs.tools import DENOISER
from apps.live.cleaning import OUT_RATE, Cleaning
from apps.live.threads import in_thread
from ttsplatform.errors import ApiError, as_api_error

from . import checks
from .enhance import SPEAKER, task_of
from .socket import Socket

logger = logging.getLogger(__name__)

RATES = (8_000, 48_000)
WAITING = 30
"""Frames that may wait for the sound before them."""
IDLE_SECONDS, SESSION_IDLE_SECONDS = 30.0, 60.0
LIFETIME_SECONDS = 3600.0
_SILENT_SECONDS = 120.0
"""A stream in which nothing comes for so long is over."""

Frame = dict[str, Any] | bytes


class EnhanceSocket(Socket):
    scope_needed = "audio"

    async def begin(self, query: dict[str, list[str]]) -> None:
        self._keeps = query.get("session", [""])[0] == "1"
        self._cleaning: Cleaning | None = None
        self._ends = time.monotonic() + LIFETIME_SECONDS
        self._frames: asyncio.Queue[Frame] = asyncio.Queue(WAITING)
        self._sending: asyncio.Task[None] | None = None
        self._serving = asyncio.create_task(self._serve())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if bytes_data is not None:
            await self._frames.put(bytes_data)
        else:
            await super().receive(text_data)

    async def handle(self, frame: dict[str, Any]) -> None:
        # Waits where the client sends faster than is worked: then its own sending waits.
        await self._frames.put(frame)

    async def end(self) -> None:
        for task in (self._serving, self._sending):
            if task is not None:
                task.cancel()
                await asyncio.wait([task])
        if self._cleaning is not None:
            await self._cleaning.close()

    def error_frame(self, error: ApiError) -> dict[str, Any]:
        return {"type": "error", **super().error_frame(error)}

    async def _serve(self) -> None:
        while True:
            try:
                frame = await asyncio.wait_for(self._frames.get(), self._patience())
                # Once all is over the rest is only taken away, so that whoever waits to put it goes on.
                if not self.gone:
                    await self._take(frame)
            except TimeoutError:
                await self._idle()
            except Exception as exc:
                await self.tell_error(exc)
                if self._cleaning is not None:
                    await self._cleaning.close()
                # A refusal for the moment leaves the socket open; after anything else the client opens another.
                if as_api_error(exc).code not in {"rate_limited", "too_many_concurrent"}:
                    await self._close()

    def _patience(self) -> float:
        if self._cleaning is not None or self.gone:
            return _SILENT_SECONDS
        idle = SESSION_IDLE_SECONDS if self._keeps else IDLE_SECONDS
        return max(0.0, min(idle, self._ends - time.monotonic()))

    async def _idle(self) -> None:
        if self._cleaning is None and not self._keeps:
            # The SDK knows this code for a socket that was left alone.
            await self.tell({**self.error_frame(ApiError("bad_request", "No config came.")), "code": 408})
        await self._close()

    async def _take(self, frame: Frame) -> None:
        if isinstance(frame, bytes):
            if self._cleaning is None:
                raise ApiError("bad_request", "Send a config frame before any sound.")
            await self._cleaning.send(frame)
            return
        kind = frame.get("type")
        if kind == "config":
            await self._configure(frame)
        elif kind == "end" and self._cleaning is not None:
            await self._cleaning.finish()
        else:
            raise checks.bad("type", "must be config, then binary sound, then end.")

    async def _configure(self, frame: dict[str, Any]) -> None:
        if self._cleaning is not None:
            raise ApiError("conflict", "The stream before is not over: send end, and wait for done.")
        rate = checks.whole(frame.get("sample_rate_hz"), "sample_rate_hz", *RATES)
        if frame.get("encoding", "pcm_s16le") != "pcm_s16le":
            raise checks.bad("encoding", "must be pcm_s16le.")
        name = frame.get("model")
        asked, served = model_for(checks.string(name, "model") if name else None, DENOISER, "enhance")
        speaker = await self._speaker(frame)
        cleaning = Cleaning(self.caller, request_id=self.request_id, slot=self.slot)
        await cleaning.begin(model=asked.id, served_model=served.id, rate=rate, speaker=speaker)
        self._cleaning = cleaning
        ready = {"type": "ready", "model": asked.id, "served_model": served.id, "sample_rate_hz": OUT_RATE}
        await self.tell({**ready, "request_id": self.request_id} if self._keeps else ready)
        self._sending = asyncio.create_task(self._send_all(cleaning))

    async def _speaker(self, frame: dict[str, Any]) -> str:
        """The sample of the voice to keep, as the worker takes it; "" where noise alone is to go."""
        given = frame.get("speaker_wav_b64")
        if task_of(frame.get("task"), given=bool(given)) != SPEAKER:
            return ""
        if not isinstance(given, str) or not given:
            raise checks.bad("speaker_wav_b64", f"{SPEAKER} needs a sample of the voice.")
        try:
            data = base64.b64decode(given, validate=True)
        except (binascii.Error, ValueError):
            raise checks.bad("speaker_wav_b64", "is not valid base64.") from None
        sample = await in_thread(speaker_sample, data, "speaker_wav_b64")
        return base64.b64encode(sample).decode()

    async def _send_all(self, cleaning: Cleaning) -> None:
        try:
            async for sound in cleaning.sounds():
                await self._send_sound(sound)
            await cleaning.close()
            self._cleaning = None
            await self.tell({"type": "done"})
        except Exception as exc:
            await cleaning.close()
            self._cleaning = None
            await self.tell_error(exc)
            await self._close()
        else:
            if not self._keeps or time.monotonic() >= self._ends:
                await self._close()

    async def _send_sound(self, sound: bytes) -> None:
        """Waits while the client does not read; the worker then waits too."""
        if not self.gone:
            try:
                await self.send(bytes_data=sound)
            except Exception:
                self.gone = True
                logger.debug("client gone", exc_info=True)

    async def _close(self) -> None:
        if not self.gone:
            self.gone = True
            await self.close(code=1000)
