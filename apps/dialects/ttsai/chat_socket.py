"""/ws/voice-chat: talk with a language model, and interrupt it.

Frames have a `type`. From the client: `config` (voice, tts_model, system_prompt, conversation_id, sample_rate; may be
left out, or come at any time), `text` (text), `audio` (audio: a whole utterance as base64 of any audio file),
`audio_chunk` (audio: base64 of 16-bit PCM, mono, 16 kHz) and `end_of_speech`, `cancel`, `close`. To the client:
`ready`, `user_text`, `text` (delta), `audio` (16-bit PCM in base64, sample_rate, index), `done`, `interrupted`,
`error`. Whatever the client says while it is being answered interrupts the answer.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from contextlib import aclosing, suppress
from typing import Any

from asgiref.sync import sync_to_async
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.chat import services
from apps.chat.listening import heard
from apps.chat.models import Conversation
from apps.chat.talking import Talk, Written, talk
from apps.jobs.recordings import received
from apps.jobs.services import Order
from apps.live.sockets import JsonSocket
from apps.live.threads import in_thread
from ttsplatform.errors import ApiError
from workers.audio.encode import wav_header

CHUNK_RATE = 16_000
MAX_UTTERANCE = 4 << 20
"""Bytes of what is said in one turn: two minutes of chunks."""
SAMPLE_RATES = (8_000, 16_000, 22_050, 24_000)


class ChatSocket(JsonSocket):
    scope_needed = "audio"

    async def begin(self, query: dict[str, list[str]]) -> None:
        self._answering: asyncio.Task[None] | None = None
        self._speech: Order | None = None
        self._conversation: Conversation | None = None
        self._config: dict[str, Any] = {}
        self._rate = 24_000
        self._utterance = bytearray()

    def error_frame(self, error: ApiError) -> dict[str, Any]:
        told = {"code": error.code, "message": error.message, "param": error.param, **error.details}
        return {"type": "error", "error": told}

    async def handle(self, frame: dict[str, Any]) -> None:
        match frame.get("type"):
            case "config":
                await self._configure(frame)
            case "text":
                await self._say(text=_string(frame, "text"))
            case "audio":
                await self._say(audio=_decoded(frame))
            case "audio_chunk":
                await self._interrupt()
                self._utterance += _decoded(frame)
                if len(self._utterance) > MAX_UTTERANCE:
                    self._utterance.clear()
                    raise ApiError(
                        "file_too_large", "audio: two minutes are the most that one turn may take."
                    )
            case "end_of_speech":
                said, self._utterance = bytes(self._utterance), bytearray()
                await self._say(audio=wav_header(CHUNK_RATE, len(said)) + said if said else b"")
            case "cancel":
                self._utterance.clear()
                await self._interrupt(tell=True)
            case "close":
                await self._interrupt()
                await self.close()
            case other:
                raise ApiError("bad_request", f"type: {other!r} is not a frame of this socket.", param="type")

    async def end(self) -> None:
        await self._interrupt()

    async def _configure(self, frame: dict[str, Any]) -> None:
        rate = frame.get("sample_rate", self._rate)
        if rate not in SAMPLE_RATES:
            listed = ", ".join(map(str, SAMPLE_RATES))
            raise ApiError("bad_request", f"sample_rate: must be one of {listed}.", param="sample_rate")
        for name in ("voice", "tts_model", "system_prompt", "conversation_id"):
            if name in frame:
                self._config[name] = _string(frame, name)
        self._rate, self._speech = rate, None
        if "conversation_id" in frame or "system_prompt" in frame:
            self._conversation = None
        conversation, _ = await self._ready()
        await self.tell({"type": "ready", "conversation_id": conversation.public_id})

    async def _ready(self) -> tuple[Conversation, Order]:
        services.demand_model()
        if self._speech is None:
            wanted = self._config.get("voice"), self._config.get("tts_model")
            self._speech = await in_thread(services.speech_for, self.caller, *wanted)
        if self._conversation is None:
            named = self._config.get("conversation_id"), self._config.get("system_prompt")
            self._conversation = await in_thread(services.conversation_for, self.caller, *named)
            self._config["conversation_id"] = self._conversation.public_id
        assert self._speech is not None
        return self._conversation, self._speech

    async def _say(self, *, text: str = "", audio: bytes = b"") -> None:
        await self._interrupt()
        services.demand_text(text, audio)
        self._answering = asyncio.create_task(self._answer(text, audio))

    async def _interrupt(self, *, tell: bool = False) -> None:
        """Stop answering; `tell` also where there was nothing to stop."""
        task, self._answering = self._answering, None
        stopped = task is not None and not task.done()
        if task is not None and stopped:
            task.cancel()
            await asyncio.wait([task])
        if tell or stopped:
            await self.tell({"type": "interrupted"})

    async def _answer(self, text: str, audio: bytes) -> None:
        try:
            conversation, speech = await self._ready()
            if audio:
                text = await sync_to_async(self._heard, thread_sensitive=False)(audio)
            await self.tell({"type": "user_text", "text": text})
            state = Talk(conversation, text)
            events = talk(
                conversation,
                self.caller,
                text,
                speech,
                request_id=self.request_id,
                audio="pcm",
                sample_rate=self._rate,
                slot=self.slot,
                state=state,
            )
            async with aclosing(events):
                async for event in events:
                    if isinstance(event, Written):
                        await self.tell({"type": "text", "delta": event.text})
                    else:
                        sound = base64.b64encode(event.data).decode()
                        frame = {"audio": sound, "index": event.index, "sample_rate": self._rate}
                        await self.tell({"type": "audio", **frame})
            await self.tell(
                {
                    "type": "done",
                    "conversation_id": conversation.public_id,
                    "ai_text": state.ai_text.strip(),
                    "duration": round(state.seconds, 3),
                    "credits_used": state.charged,
                }
            )
        except Exception as exc:
            with suppress(asyncio.CancelledError):
                await self.tell_error(exc)

    def _heard(self, audio: bytes) -> str:
        upload = SimpleUploadedFile("utterance", audio)
        with received(upload, max_bytes=MAX_UTTERANCE + 1024, param="audio") as recording:
            return heard(self.caller, recording, self.request_id)


def _string(frame: dict[str, Any], name: str) -> str:
    value = frame.get(name)
    if not isinstance(value, str):
        raise ApiError("bad_request", f"{name}: must be a string.", param=name)
    return value


def _decoded(frame: dict[str, Any]) -> bytes:
    try:
        return base64.b64decode(_string(frame, "audio"), validate=True)
    except binascii.Error:
        raise ApiError("bad_request", "audio: is not base64.", param="audio") from None
