"""The Python class of KittenTTS's document: its examples as printed, in a process of their own that has no Django."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.ear import hear, wer
from workers.clients.kittentts import KittenTTS, Streamer
from workers.engines.base import Audio
from workers.engines.store import ModelUnavailable

PACKAGES = Path(__file__).resolve().parents[2] / "workers" / "clients"

BASIC = """
from kittentts import KittenTTS
import soundfile as sf

# Initialize model (downloads from HuggingFace if needed)
model = KittenTTS("KittenML/kitten-tts-nano-0.8-fp32")

# Generate audio
audio = model.generate(
    text="Hello world! This is a test.",
    voice="Jasper",
    speed=1.0
)

# Save to file
sf.write('output.wav', audio, 24000)

# Or use the convenience method
model.generate_to_file(
    text="Hello world!",
    output_path='output.wav',
    voice="Jasper",
    speed=1.0
)

# List available voices
print(model.available_voices)
# ['expr-voice-2-m', 'expr-voice-2-f', 'expr-voice-3-m', ...]
"""

STREAMING = """
from kittentts import KittenTTS
import soundfile as sf

model = KittenTTS("KittenML/kitten-tts-nano-0.8-fp32")

# Create a streaming instance
streamer = model.create_streamer(voice="Jasper", speed=1.0)

# Simulate LLM stream
llm_tokens = ["Hello", " there", "! How", " are", " you", " today", "?"]

for token in llm_tokens:
    # add_text() yields audio chunks when complete sentences are detected
    for audio_chunk in streamer.add_text(token):
        sf.write("chunk.wav", audio_chunk, 24000)
        # Or play immediately for real-time output

# Flush remaining buffered text
for audio_chunk in streamer.flush():
    sf.write("final_chunk.wav", audio_chunk, 24000)

# Check buffered text at any time
print(streamer.buffered_text)  # Shows text waiting for sentence completion

# Reset buffer without generating (optional)
streamer.reset()
"""

# What the examples leave behind for nobody to hear.
AFTERWARDS = """
import sys
sf.write('first.wav', audio, 24000)
print(model.served_model, audio.dtype, audio.ndim, 'django' in sys.modules)
"""


def run(example: str, folder: Path) -> list[str]:
    environment = {**os.environ, "PYTHONPATH": str(PACKAGES)}
    done = subprocess.run(
        [sys.executable, "-c", example],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_examples_speak_into_arrays_and_files(tmp_path: Path) -> None:
    # One program, for starting Python and loading its libraries twice would take longer than all the speech.
    voices, about, buffered = run(BASIC + AFTERWARDS + STREAMING, tmp_path)
    assert voices.startswith("['expr-voice-2-m', 'expr-voice-2-f', 'expr-voice-3-m', ")
    assert about in {"kokoro float32 1 False", "kitten-tts-nano float32 1 False"}
    assert buffered == ""
    assert wer("Hello world! This is a test.", hear(tmp_path / "first.wav")) == 0
    assert wer("Hello world!", hear(tmp_path / "output.wav")) == 0
    assert wer("How are you today?", hear(tmp_path / "chunk.wav")) == 0
    assert not (tmp_path / "final_chunk.wav").exists(), "the last token completed the last sentence"


@pytest.fixture(scope="module")
def kitten() -> KittenTTS:
    return KittenTTS("nano")


def test_numbers_are_said_in_words_and_speed_is_heard(kitten: KittenTTS) -> None:
    usual = kitten.generate("It costs $5.", voice="Bella")
    fast = kitten.generate("It costs $5.", voice="expr-voice-2-f", speed=3.0)
    assert len(usual) > 1.4 * len(fast)
    assert wer("It costs $5.", hear(usual, 24_000)) == 0


def test_what_cannot_be_spoken_is_a_value_error(kitten: KittenTTS) -> None:
    for text, voice, speed in (
        ("", "Leo", 1.0),
        ("...", "Leo", 1.0),
        ("Hello", "Nobody", 1.0),
        ("Hello", "Leo", 0.2),
        ("Hello", "Leo", 3.1),
        ("Hello", "Leo", float("nan")),
    ):
        with pytest.raises(ValueError):
            kitten.generate(text, voice, speed)
    with pytest.raises(ValueError):
        kitten.create_streamer(voice="Nobody")


def test_an_unknown_model_is_a_value_error_and_a_missing_one_names_the_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="kokoro"):
        KittenTTS("kokoro")
    with pytest.raises(ModelUnavailable, match="models pull kitten-tts-nano"):
        KittenTTS("nano", cache_dir=tmp_path)


class Speaker:
    """Stands for a model: a sentence becomes as many samples as it has letters, and is written down."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def __call__(self, sentence: str) -> Audio:
        if "broken" in sentence and sentence not in self.said:
            self.said.append(sentence)
            raise RuntimeError("the first time it fails")
        self.said.append(sentence)
        return np.zeros(len(sentence), np.float32)


def test_a_streamer_loses_no_text_whether_or_not_it_is_listened_to() -> None:
    speaker = Speaker()
    streamer = Streamer(speaker)
    streamer.add_text("One. Two. Thr")
    assert (speaker.said, streamer.buffered_text) == ([], "One. Two. Thr")
    assert len(next(streamer.add_text("ee!"))) == 4
    assert (speaker.said, streamer.buffered_text) == (["One."], "Two. Three!")
    assert [len(audio) for audio in streamer.flush()] == [4, 6]
    assert (streamer.buffered_text, list(streamer.flush())) == ("", [])


def test_a_sentence_that_failed_comes_again_and_reset_forgets() -> None:
    streamer = Streamer(Speaker())
    with pytest.raises(RuntimeError):
        list(streamer.add_text("It is broken. And"))
    assert streamer.buffered_text == "It is broken. And"
    assert len(list(streamer.add_text(""))) == 1
    with pytest.raises(ValueError):
        streamer.add_text("\x00")
    assert streamer.buffered_text == "And"
    streamer.reset()
    assert (streamer.buffered_text, list(streamer.flush())) == ("", [])
