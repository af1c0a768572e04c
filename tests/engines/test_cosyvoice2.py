"""CosyVoice 2 by a stand-in for its package, in this process and in an environment of its own.

The real package wants 143 others and four checkpoints: it was never run here. FAKE has the interface of cosyvoice2-eu
0.2.8, read from its code, and what in it bites: tokens come from a thread that nothing stops, speaking takes parts out of
what is kept of a voice, and it logs what it says.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from workers.engines import registry
from workers.engines.base import CannotSpeak, EngineError, Utterance
from workers.engines.cosyvoice2 import CosyVoice2

from .voices import said, samples, stand_in, stops, voice

FAKE = """
import logging
import threading
import time
import torch


class Frontend:
    def __init__(self):
        self.spk2info, self.heard = {}, 0

    def frontend_zero_shot(self, text, prompt_text, prompt, rate, speaker):
        if speaker == "":
            assert prompt.shape[1] / 16000 <= 30 and prompt.dtype == torch.float32
            self.heard += 1
            given = {"prompt_text": 1, "prompt_text_len": 1, "llm_prompt_speech_token": 1,
                     "llm_prompt_speech_token_len": 1, "level": float(prompt.abs().max())}
        else:
            given = self.spk2info[speaker]
        given["text"], given["text_len"] = text, len(text)
        return given

    def frontend_cross_lingual(self, text, prompt, rate, speaker):
        given = self.frontend_zero_shot(text, "", prompt, rate, speaker)
        for name in ("prompt_text", "prompt_text_len", "llm_prompt_speech_token", "llm_prompt_speech_token_len"):
            del given[name]
        return given


class Llm:
    made = 0

    def inference(self, text):
        for letter in text:
            if letter == "!":
                raise RuntimeError("out of memory")
            time.sleep(0.01)
            Llm.made += 1
            yield letter


class Model:
    def __init__(self):
        self.llm = Llm()

    def tts(self, text, level, stream, **given):
        tokens, end = [], []
        def job():
            try:
                tokens.extend([]) or [tokens.append(token) for token in self.llm.inference(text=text)]
            except RuntimeError as problem:
                end.append(problem)
            end.append(True)
        thread = threading.Thread(target=job, name="fake-llm")
        thread.start()
        given = 0
        while not end or given < len(tokens):
            time.sleep(0.005)
            if len(tokens) - given >= 5 or end:
                if end and isinstance(end[0], Exception):
                    raise end[0]
                part = len(tokens) - given
                given = len(tokens)
                yield {"tts_speech": torch.full((1, part * 960), level)}
        thread.join()


class CosyVoice2:
    sample_rate = 24000

    def __init__(self, model_dir, load_jit=False, load_trt=False, load_vllm=False, fp16=False, trt_concurrent=1,
                 setting="original", llm_run_id=None, flow_run_id=None, hifigan_run_id=None, final=False,
                 backbone=None):
        assert final, "it would look for llm-original.pt"
        print("Loading CosyVoice2 with", model_dir)
        self.frontend, self.model = Frontend(), Model()

    def inference_cross_lingual(self, tts_text, prompt_speech_16k, zero_shot_spk_id="", stream=False, speed=1.0,
                                text_frontend=True):
        assert stream and speed == 1.0 and not text_frontend
        given = self.frontend.frontend_cross_lingual(tts_text, prompt_speech_16k, 24000, zero_shot_spk_id)
        logging.warning("synthesis text {}".format(tts_text))
        yield from self.model.tts(**given, stream=stream)
"""


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for _ in stand_in(tmp_path / "fake", monkeypatch, cosyvoice__cli__cosyvoice=FAKE):
        yield tmp_path / "fake"


@pytest.fixture
def engine(fake: Path, tmp_path: Path) -> Iterator[CosyVoice2]:
    import logging

    import torch

    threads = torch.get_num_threads()
    loaded = CosyVoice2(str(tmp_path), 1)
    loaded.warm()
    yield loaded
    loaded.close()
    # In a process of its own it may.
    logging.disable(logging.NOTSET)
    torch.set_num_threads(threads)


def test_it_streams_in_the_voice_of_a_recording_that_it_hears_once(engine: CosyVoice2) -> None:
    text = "one two three four"
    for seed in (1, 2, 1):
        chunks = said(engine, text, voice(seed))
        assert len(chunks) > 1
        sound = samples(chunks)
        assert len(sound) == len(text) * 960
        level = float(np.abs(voice(seed)["voice_data"]["samples"]).max())
        assert sound.max() == pytest.approx(level, rel=0.1)
    assert engine._model.frontend.heard == 2
    assert engine._model.frontend.spk2info == {}, "nothing of a voice stays where a deletion does not reach"


def test_stopping_ends_the_thread_that_writes_tokens(engine: CosyVoice2) -> None:
    made = sys.modules["cosyvoice.cli.cosyvoice"].Llm
    before = made.made
    heard, seconds = stops(engine, "n" * 300, voice(1), after=6)
    assert len(heard) <= 2
    assert made.made - before < 50
    assert seconds < 1.5
    assert not [thread for thread in threading.enumerate() if thread.name == "fake-llm"]
    assert len(samples(said(engine, "whole", voice(1)))) == 5 * 960


def test_a_long_recording_is_cut_to_what_it_takes(engine: CosyVoice2) -> None:
    long = np.tile(voice(1)["voice_data"]["samples"], 25)
    assert said(engine, "one", voice(1, samples=long))


def test_what_it_cannot_do_is_said(engine: CosyVoice2) -> None:
    with pytest.raises(CannotSpeak, match="upload a recording"):
        said(engine, "one", {})
    with pytest.raises(EngineError, match="out of memory"):
        said(engine, "one!", voice(1))
    (chunk,) = said(engine, "…", voice(1))
    assert not chunk.samples.any()


def test_the_registry_serves_it_from_an_environment_of_its_own(
    fake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A virtual environment that has the stand-in and, by way of a path file, the torch of this one."""
    home = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    (place,) = home.glob("lib/python*/site-packages")
    (place / "borrowed.pth").write_text(
        "\n".join([str(fake), *(p for p in sys.path if "site-packages" in p)])
    )
    monkeypatch.setenv("COSYVOICE2_PYTHON", str(home / "bin/python"))
    monkeypatch.setattr(registry, "is_installed", lambda *_, **__: True)
    monkeypatch.setattr(registry, "weights_dir", lambda *_, **__: tmp_path)
    engine = registry.load("cosyvoice2", threads=1)
    try:
        assert engine.sample_rate == 24_000
        sound = samples(said(engine, "one two", voice(1)))
        assert len(sound) == 7 * 960
        slow = samples(said(engine, "one two three", voice(1), speed=0.8))
        assert len(slow) == pytest.approx(13 * 960 / 0.8, abs=2)
        began = time.monotonic()
        stream = engine.speak(
            Utterance("n" * 300, "", "en", options=voice(1)), lambda: time.monotonic() - began > 0.3
        )
        assert 0 < len(samples(list(stream))) < 100 * 960
        with pytest.raises(EngineError, match="out of memory"):
            said(engine, "one!", voice(1))
        with pytest.raises(CannotSpeak, match="upload a recording"):
            said(engine, "one", {})
    finally:
        engine.close()
