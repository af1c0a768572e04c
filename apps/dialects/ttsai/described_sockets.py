"""TTS.ai's socket, for the documentation."""

from __future__ import annotations

from ttsplatform.describing import Frame, SocketDescribed

from .chat_socket import CHUNK_RATE, SAMPLE_RATES

SOCKETS = (
    SocketDescribed(
        "/ws/voice-chat",
        "ttsai",
        "Talking with a language model",
        "Whatever you say while it answers interrupts the answer. Where the operator has named no language model, the "
        "first thing you say is answered by an error `model_unavailable`.",
        (
            Frame(
                "config",
                {"type": "config", "voice": "af_bella", "sample_rate": 24_000},
                "May be left out, or come at any time: `voice`, `tts_model`, `system_prompt`, `conversation_id`, "
                f"`sample_rate` ({', '.join(map(str, SAMPLE_RATES))}).",
            ),
            Frame("text", {"type": "text", "text": "What is a vowel?"}, "What you say, written."),
            Frame("audio", {"type": "audio", "audio": "UklG…"}, "What you say, as a whole file in base64."),
            Frame(
                "audio_chunk",
                {"type": "audio_chunk", "audio": "AAAA…"},
                f"What you say, as it comes: mono, 16 bits, {CHUNK_RATE:,} Hz, in base64.",
            ),
            Frame("end_of_speech", {"type": "end_of_speech"}, "After the last `audio_chunk`."),
            Frame("cancel", {"type": "cancel"}, "Stops the answer."),
            Frame("close", {"type": "close"}, "Ends all."),
        ),
        (
            Frame("ready", {"type": "ready", "conversation_id": "conv_8c7a6d0e"}, "After `config`."),
            Frame("user_text", {"type": "user_text", "text": "What is a vowel?"}, "What was understood."),
            Frame("text", {"type": "text", "delta": "A sound "}, "The answer as it is written."),
            Frame(
                "audio",
                {"type": "audio", "audio": "AAAA…", "index": 0, "sample_rate": 24_000},
                "The answer as it is spoken: mono, 16 bits, in base64.",
            ),
            Frame(
                "done",
                {
                    "type": "done",
                    "conversation_id": "conv_8c7a6d0e",
                    "ai_text": "A sound made with an open mouth.",
                    "duration": 2.4,
                    "credits_used": 3_000,
                },
                "The answer is over.",
            ),
            Frame("interrupted", {"type": "interrupted"}, "The answer was stopped."),
            Frame(
                "error",
                {"type": "error", "error": {"code": "bad_request", "message": "…", "param": "type"}},
                "The socket stays open.",
            ),
        ),
        """import base64
import json
import os
import wave

from websockets.sync.client import connect

url = "%WS%/ws/voice-chat?api_key=" + os.environ["API_KEY"]
sound = b""
with connect(url) as socket:
    socket.send(json.dumps({"type": "text", "text": "What is a vowel?"}))
    for message in socket:
        frame = json.loads(message)
        if frame["type"] == "error":
            raise SystemExit(frame["error"]["message"])
        if frame["type"] == "text":
            print(frame["delta"], end="", flush=True)
        if frame["type"] == "audio":
            sound += base64.b64decode(frame["audio"])
        if frame["type"] == "done":
            break

with wave.open("answer.wav", "wb") as file:
    file.setnchannels(1)
    file.setsampwidth(2)
    file.setframerate(24000)
    file.writeframes(sound)""",
        {4001: "the key no longer works", 1009: "a frame was larger than 1 MiB", 1012: "the server stops"},
    ),
)
