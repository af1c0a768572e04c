"""Recordings that voices are spoken from: out of the store, into the engine's options."""

from __future__ import annotations

import wave
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from workers.audio.encode import from_int16
from workers.engines.base import Audio, CannotSpeak

SAMPLE_RATE = 24_000
"""Of every stored reference."""
LONGEST_SECONDS = 60


def reference_samples(file: BinaryIO) -> Audio:
    """The samples (n,) of a stored reference. Raises CannotSpeak where the file is not one (mono PCM16 WAV, 24 kHz)."""
    try:
        with wave.open(file) as sound:
            if (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) != (1, 2, SAMPLE_RATE):
                raise CannotSpeak("The stored reference is not mono 16-bit audio at 24 kHz: upload it again.")
            return from_int16(sound.readframes(LONGEST_SECONDS * SAMPLE_RATE))
    except (wave.Error, EOFError) as exc:
        raise CannotSpeak("The stored reference can not be read: upload it again.") from exc


def with_reference(options: Mapping[str, Any], open_stored: Callable[[str], BinaryIO]) -> dict[str, Any]:
    """The options of an utterance; where their `voice_data` is a stored recording, with its `samples` (mono, 24 kHz).

    Nothing is kept on this machine's disk, so that deleting a voice deletes it. Raises CannotSpeak where the recording
    is gone.
    """
    data = options.get("voice_data")
    if not isinstance(data, Mapping) or data.get("kind") != "reference":
        return dict(options)
    try:
        with open_stored(str(data["key"])) as file:
            samples = reference_samples(file)
    except FileNotFoundError as exc:
        raise CannotSpeak("The recording of this voice is gone: the voice was deleted.") from exc
    return {**options, "voice_data": {**data, "samples": samples}}
