"""Piper (VITS voices on onnxruntime): very fast, one voice a language, word timings from the graph's own alignment.

The package piper-tts does the G2P and the feeding; only the session is ours, for its thread count. The en_US voice
also answers for the model id `vits`.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Lock

import numpy as np
import onnxruntime
from piper import PiperVoice, SynthesisConfig
from piper.config import PiperConfig
from piper.voice import AudioChunk as PiperChunk

from workers.audio.loudness import SILENT, loudness

from .base import AudioChunk, Cancelled, CannotSpeak, EngineError, Utterance, Word
from .g2p.align import word_spans
from .g2p.scan import scan
from .gains import gain_for, gain_of, raised
from .interrupting import InterruptibleSession
from .levels import resampled, silence, trimmed

MODEL = "piper"
SPEEDS = (0.5, 2.0)
NOTHING_SECONDS = 0.2
VOICES_HELD = 4
"""Voices kept loaded at once, 60 to 120 MB each; the one used longest ago goes first."""
TRIAL = "1234, 5678, 90."
"""What a voice says that nobody has measured, to hear how loud it is: every voice reads digits in its language."""


class Piper:
    """All Piper voices of one process, loaded as they are asked for.

    `folder_of(voice)` gives the folder of a voice's weights and raises what the registry wants raised where there is
    none. `first` is loaded at once.
    """

    reentrant = True
    at_once = 1

    def __init__(self, folder_of: Callable[[str], Path], first: str, threads: int = 1) -> None:
        self._folder_of = folder_of
        self._first = first
        self._threads = threads
        self._voices: OrderedDict[str, PiperVoice] = OrderedDict()
        self._gains: dict[str, float] = {}
        self._lock = Lock()
        self.sample_rate: int = self._voice(first).config.sample_rate

    def warm(self) -> None:
        """Load espeak and let onnxruntime plan its memory."""
        for _ in self.speak(Utterance("Ready.", self._first, "en"), lambda: False):
            pass

    def close(self) -> None:
        """Drop all voices."""
        self._voices.clear()

    def speak(self, utterance: Utterance, cancelled: Cancelled) -> Iterator[AudioChunk]:
        """One chunk a sentence, as Piper's own G2P finds them. The same text never sounds exactly the same twice."""
        if not SPEEDS[0] <= utterance.speed <= SPEEDS[1]:
            raise CannotSpeak(
                f"Piper speaks at speeds from {SPEEDS[0]} to {SPEEDS[1]}, not {utterance.speed}."
            )
        voice = self._voice(utterance.voice)
        tokens = [token for token in scan(utterance.text) if not token.mark]
        if not tokens:
            yield AudioChunk(silence(NOTHING_SECONDS, self.sample_rate))
            return
        places = _Places(utterance.text, voice)
        config = SynthesisConfig(
            length_scale=voice.config.length_scale / utterance.speed, normalize_audio=False
        )
        sentences = iter(voice.synthesize(places.clean, config, include_alignments=True))
        spoken = 0
        while not cancelled():
            try:
                with voice.session.until(cancelled):
                    chunk = next(sentences, None)
            except Exception as exc:
                if cancelled():
                    return
                raise EngineError(f"Piper failed: {exc}") from exc
            if chunk is None:
                return
            words = places.words(chunk, spoken)
            spoken += len(chunk.phonemes)
            samples = resampled(chunk.audio_float_array, chunk.sample_rate, self.sample_rate)
            heard = trimmed(samples, words, self.sample_rate)
            yield AudioChunk(raised(heard.samples, self._gains[utterance.voice]), heard.words)

    def _voice(self, name: str) -> PiperVoice:
        with self._lock:
            if name not in self._voices:
                self._voices[name] = voice = self._load(name)
                if name not in self._gains:
                    self._gains[name] = _gain(name, voice)
                while len(self._voices) > VOICES_HELD:
                    self._voices.popitem(last=False)
            self._voices.move_to_end(name)
            return self._voices[name]

    def _load(self, name: str) -> PiperVoice:
        model = self._folder_of(name) / f"{name}.onnx"
        config = PiperConfig.from_dict(json.loads(model.with_suffix(".onnx.json").read_text("utf-8")))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        return PiperVoice(session=InterruptibleSession(session), config=config)


def _gain(name: str, voice: PiperVoice) -> float:
    """Decibels to add to a voice: from the table, else by what is heard of it now (a third of a second of one core)."""
    known = gain_of(MODEL, name)
    if known is not None:
        return known
    try:
        said = [
            chunk.audio_float_array
            for chunk in voice.synthesize(TRIAL, SynthesisConfig(normalize_audio=False))
        ]
    except Exception:
        return 0.0  # what is wrong with the voice will be told when it is to say something
    heard = loudness(np.concatenate(said), voice.config.sample_rate) if said else SILENT
    return gain_for(heard) if heard > SILENT else 0.0


class _Places:
    """Where each word of the text sounds, found over all its sentences at once."""

    def __init__(self, text: str, voice: PiperVoice) -> None:
        self.tokens = [token for token in scan(text) if not token.mark]
        # Symbols that espeak would read out ("smiling face", "asterisk") are blanked; places stay as they were.
        kept = {index for token in scan(text) for index in range(token.start, token.end)}
        self.clean = "".join(char if index in kept else " " for index, char in enumerate(text))
        self.text = text
        together = ["".join(self._letters(part)) for part in voice.phonemize(self.clean)]
        alone = ["".join(map(self._joined, voice.phonemize(text[t.start : t.end]))) for t in self.tokens]
        self.spans = word_spans("".join(together), alone)

    def words(self, chunk: PiperChunk, before: int) -> tuple[Word, ...]:
        """The words of one sentence, of which `before` phonemes of other sentences were spoken."""
        if not chunk.phoneme_alignments:
            return ()
        # The first and last entries are the marks of begin and end.
        ends = [0.0]
        for alignment in chunk.phoneme_alignments:
            ends.append(ends[-1] + float(alignment.num_samples) / chunk.sample_rate)
        count = len(chunk.phonemes)
        return tuple(
            Word(
                self.text[token.start : token.end],
                ends[self._onset(chunk.phonemes, start - before) + 1],
                ends[min(end - before, count) + 1],
                token.start,
                token.end,
            )
            for token, (start, end) in zip(self.tokens, self.spans, strict=True)
            if before <= start < before + count
        )

    @staticmethod
    def _onset(phonemes: list[str], start: int) -> int:
        """Inside a clause the space before a word is no pause but the word's own onset."""
        inside = start > 1 and phonemes[start - 1] == " " and phonemes[start - 2] not in set(".,;:!?")
        return start - 1 if inside else start

    @staticmethod
    def _letters(phonemes: list[str]) -> list[str]:
        """One letter for each phoneme (a few voices have longer ones), punctuation as space."""
        return [" " if phoneme in set(" .,;:!?") else phoneme[0] for phoneme in phonemes]

    @classmethod
    def _joined(cls, phonemes: list[str]) -> str:
        return "".join(cls._letters(phonemes)).strip()
