"""KugelAudio's sockets, for the documentation."""

from __future__ import annotations

from ttsplatform.describing import Frame, SocketDescribed

from .fields import SETTINGS
from .socket_listen import RATES as HEARD_RATES
from .socket_listen import TURN_DETECTION
from .socket_speech import WAITING

_AUDIO = Frame(
    "audio",
    {"audio": "UklG…", "enc": "pcm_s16le", "idx": 0, "sr": 24_000, "samples": 4_800, "chunk_id": 0},
    "Mono samples in base64, half a second at most.",
)
_WORDS = Frame(
    "word_timestamps",
    {
        "word_timestamps": [
            {"word": "Hello", "start_ms": 0, "end_ms": 320, "char_start": 0, "char_end": 5, "score": 1.0}
        ],
        "chunk_id": 0,
    },
    "Where `word_timestamps` was asked for. Places are those in the text as it was sent.",
)
_ERROR = Frame(
    "error",
    {
        "error": "text: is required.",
        "error_code": "VALIDATION_ERROR",
        "code": 400,
        "request_id": "req_0f3c2d1b",
    },
    "What is refused changes nothing; the socket stays open.",
)
_USAGE = {"characters": 6, "characters_charged": 12, "audio_seconds": 0.9, "cost_cents": None}
_STREAMED = (
    Frame(
        "generation_started",
        {"generation_started": True, "chunk_id": 0, "text": "Hello there."},
        "A sentence.",
    ),
    _AUDIO,
    _WORDS,
    Frame(
        "chunk_complete",
        {"chunk_complete": True, "chunk_id": 0, "audio_seconds": 0.9, "gen_ms": 150, "is_final": False},
        "The sentence is spoken.",
    ),
)
_CLOSES = {4001: "the key no longer works", 1009: "a frame was larger than 1 MiB", 1012: "the server stops"}
_BEGINNING = """import base64
import json
import os
import wave

from websockets.sync.client import connect

url = "%WS%{path}?api_key=" + os.environ["API_KEY"]
"""
_HEARING = """    for message in socket:
        frame = json.loads(message)
        if frame.get("error"):
            raise SystemExit(frame["error"])
        if frame.get("audio"):
            sound += base64.b64decode(frame["audio"])
        if frame.get("{end}"):
            break
"""
_SAVING = """
with wave.open("{name}.wav", "wb") as file:
    file.setnchannels(1)
    file.setsampwidth(2)
    file.setframerate(24000)
    file.writeframes(sound)"""

SOCKETS = (
    SocketDescribed(
        "/ws/tts",
        "kugelaudio",
        "One text after the other",
        f"Each request is answered whole; {WAITING} may wait. The fields of `POST /v1/tts/generate` go in here too.",
        (
            Frame(
                "request",
                {"text": "Hello there.", "model_id": "kugel-1-turbo", "word_timestamps": True},
                "The whole text.",
            ),
        ),
        (
            _AUDIO,
            _WORDS,
            Frame(
                "final",
                {
                    "final": True,
                    "chunks": 2,
                    "total_samples": 21_600,
                    "dur_ms": 900,
                    "ttfa_ms": 120,
                    "usage": _USAGE,
                },
                "All of it was sent.",
            ),
            _ERROR,
        ),
        _BEGINNING.replace("{path}", "/ws/tts")
        + """sound = b""
with connect(url) as socket:
    socket.send(json.dumps({"text": "Hello from a socket.", "model_id": "kugel-1-turbo"}))
"""
        + _HEARING.replace("{end}", "final")
        + _SAVING.replace("{name}", "socket"),
        _CLOSES,
    ),
    SocketDescribed(
        "/ws/tts/stream",
        "kugelaudio",
        "Text that comes in pieces",
        "As a language model writes it. A sentence is spoken as soon as it is certain that it is one; `flush` speaks "
        "what waits. Five seconds without text end a turn, after a `warning`.",
        (
            Frame("text", {"text": "Hello "}, "A few words; spaces count."),
            Frame("flush", {"flush": True}, "Also beside a text."),
            Frame("close", {"close": True}, "Speaks what waits, and ends the turn."),
            Frame("cancel", {"cancel": True}, "Stops at once; answered by `interrupted`."),
            Frame("update_settings", {"update_settings": {"speed": 1.1}}, f"{', '.join(SETTINGS)}."),
            Frame("close_socket", {"close_socket": True}, "Ends all."),
        ),
        (
            *_STREAMED,
            Frame(
                "final",
                {"final": True, "total_audio_seconds": 0.9, "total_text_chunks": 1, "total_audio_chunks": 2},
                "The turn has been spoken.",
            ),
            Frame(
                "session_closed",
                {"session_closed": True, "usage": _USAGE},
                "The turn is over; the next may begin.",
            ),
            _ERROR,
        ),
        _BEGINNING.replace("{path}", "/ws/tts/stream")
        + """sound = b""
with connect(url) as socket:
    for word in "Words come one by one. So do sentences.".split():
        socket.send(json.dumps({"text": word + " "}))
    socket.send(json.dumps({"close": True}))
"""
        + _HEARING.replace("{end}", "session_closed")
        + _SAVING.replace("{name}", "stream"),
        _CLOSES,
    ),
    SocketDescribed(
        "/ws/tts/multi",
        "kugelaudio",
        "Several voices on one socket",
        "As above, with a `context_id` in every frame; five contexts may be open. One that is idle for 20 seconds is "
        "closed.",
        (
            Frame("open", {"text": " ", "context_id": "narrator"}, "Opens a context."),
            Frame(
                "text", {"text": "Hello.", "context_id": "narrator", "flush": True}, "As on the socket above."
            ),
            Frame(
                "close_context",
                {"close_context": True, "context_id": "narrator"},
                'After what waits; with `"immediate": true` at once.',
            ),
            Frame("close_socket", {"close_socket": True}, "Closes every context, then the socket."),
        ),
        (
            Frame("context_created", {"context_created": True, "context_id": "narrator"}, "It is open."),
            *_STREAMED,
            Frame("final", {"final": True, "is_final": True, "context_id": "narrator"}, "After each flush."),
            Frame(
                "context_closed",
                {"context_closed": True, "context_id": "narrator", "usage": _USAGE},
                "It is over.",
            ),
            _ERROR,
        ),
        _BEGINNING.replace("{path}", "/ws/tts/multi")
        + """sounds = {"first": b"", "second": b""}
with connect(url) as socket:
    for name in sounds:
        socket.send(json.dumps({"text": " ", "context_id": name}))
        socket.send(json.dumps({"text": f"I am the {name}.", "context_id": name, "flush": True}))
        socket.send(json.dumps({"close_context": True, "context_id": name}))
    over = 0
    while over < len(sounds):
        frame = json.loads(socket.recv(timeout=60))
        if frame.get("error"):
            raise SystemExit(frame["error"])
        if frame.get("audio"):
            sounds[frame["context_id"]] += base64.b64decode(frame["audio"])
        over += bool(frame.get("context_closed"))

sound = b"".join(sounds.values())"""
        + _SAVING.replace("{name}", "contexts"),
        _CLOSES,
    ),
    SocketDescribed(
        "/v1/audio/transcriptions/stream",
        "kugelaudio",
        "Writing down what is being said",
        "Text while it is spoken, turn by turn. After the last text the socket closes with 1000. Whoever sends faster "
        "than can be heard is read more slowly.",
        (
            Frame(
                "config",
                {
                    "type": "config",
                    "sample_rate": 16_000,
                    "language": "en",
                    "turn_detection": TURN_DETECTION[0],
                },
                f"First. `sample_rate` is {HEARD_RATES[0]:,} to {HEARD_RATES[1]:,} Hz; `turn_detection` is one of "
                f"{', '.join(TURN_DETECTION)}.",
            ),
            Frame(
                "audio_chunk",
                {"type": "audio_chunk", "audio_b64": "AAAA…"},
                "Mono, 16 bits, little-endian; a second at most.",
            ),
            Frame("end_of_speech", {"type": "end_of_speech"}, "Nothing more will be said."),
        ),
        (
            Frame(
                "partial",
                {"type": "partial", "partial_text": "She had been", "is_final": False, "model": "whisper"},
                "Each replaces the one before; `is_final` ends a turn, with `turn_end_reason`.",
            ),
            _ERROR,
        ),
        """import base64
import json
import os
import wave

from websockets.sync.client import connect

with wave.open("recording.wav") as file:  # mono, 16 bits
    rate, sound = file.getframerate(), file.readframes(file.getnframes())

url = "%WS%/v1/audio/transcriptions/stream?api_key=" + os.environ["API_KEY"]
with connect(url) as socket:
    socket.send(json.dumps({"type": "config", "sample_rate": rate, "language": "en"}))
    for start in range(0, len(sound), rate):
        piece = base64.b64encode(sound[start : start + rate]).decode()
        socket.send(json.dumps({"type": "audio_chunk", "audio_b64": piece}))
    socket.send(json.dumps({"type": "end_of_speech"}))
    for message in socket:
        frame = json.loads(message)
        if frame.get("error"):
            raise SystemExit(frame["error"])
        if frame["is_final"]:
            print(frame["partial_text"])""",
        {**_CLOSES, 1000: "all was heard"},
    ),
    SocketDescribed(
        "/v1/audio/enhance/stream",
        "kugelaudio",
        "Taking noise off while it is being said",
        "Sound both ways as binary frames: mono, 16 bits, little-endian; what comes back is at 24,000 Hz. With "
        "`?session=1` the next `config` may follow after `done`.",
        (
            Frame(
                "config",
                {
                    "type": "config",
                    "sample_rate_hz": 16_000,
                    "encoding": "pcm_s16le",
                    "task": "noise_removal",
                },
                "First. `target_speaker_extraction` needs a sample of the voice in `speaker_wav_b64`.",
            ),
            Frame("sound", "binary", "What was recorded."),
            Frame("end", {"type": "end"}, "Nothing more will come."),
        ),
        (
            Frame(
                "ready",
                {
                    "type": "ready",
                    "model": "deepfilternet",
                    "served_model": "deepfilternet",
                    "sample_rate_hz": 24_000,
                },
                "Send sound now.",
            ),
            Frame("sound", "binary", "The same without its noise."),
            Frame("done", {"type": "done"}, "All of it was sent."),
            Frame("error", {"type": "error", **_ERROR.example}, "The socket closes."),  # type: ignore[dict-item]
        ),
        """import json
import os
import threading
import wave

from websockets.sync.client import connect

with wave.open("recording.wav") as file:  # mono, 16 bits
    rate, sound = file.getframerate(), file.readframes(file.getnframes())

url = "%WS%/v1/audio/enhance/stream?api_key=" + os.environ["API_KEY"]


def send(socket):
    for start in range(0, len(sound), rate):
        socket.send(sound[start : start + rate])
    socket.send(json.dumps({"type": "end"}))


clean = b""
with connect(url) as socket:
    socket.send(json.dumps({"type": "config", "sample_rate_hz": rate}))
    for message in socket:
        if isinstance(message, bytes):
            clean += message
            continue
        frame = json.loads(message)
        if frame["type"] == "error":
            raise SystemExit(frame["error"])
        if frame["type"] == "done":
            break
        threading.Thread(target=send, args=[socket], daemon=True).start()
"""
        + _SAVING.replace("{name}", "clean").replace("sound)", "clean)"),
        _CLOSES,
    ),
)
