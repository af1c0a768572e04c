"""GPT-SoVITS by a stand-in for its package: the way there and back, recordings, words, stopping, and what goes wrong.

The real package needs a Hubert, a speaker encoder, two models and dictionaries that are on no package index: it was never
run here. FAKE has the interface of gsv-tts-lite 0.4.7, read from its code, and what in it bites: it keeps recordings by
file name, refuses one without words, logs what it says as the root logger, and tells a chunk's last word twice.
"""

from __future__ import annotations

import hashlib
import io
import logging
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from workers.engines import gptsovits_files
from workers.engines.base import CannotSpeak, EngineError, Utterance
from workers.engines.gptsovits import GPTSoVITS
from workers.engines.gptsovits_files import NEEDED, prepare_gpt_sovits
from workers.engines.store import ModelUnavailable, StoreError

from .voices import said, samples, stand_in, stops, voice

FAKE = """
import logging
import os
import wave
import numpy as np


class AudioClip:
    def __init__(self, audio_data, subtitles):
        self.audio_data, self.subtitles, self.samplerate = audio_data, subtitles, 32000


class TTS:
    samplerate = 32000

    def __init__(self, gpt_cache=None, sovits_cache=None, models_dir=None, device=None, dtype=None,
                 use_flash_attn=False, use_bert=False, **more):
        assert not more and device == "cpu" and dtype == "float32"
        for name in ("chinese-hubert-base", "g2p", "sv"):
            assert os.path.exists(os.path.join(models_dir, name)), "it would download"
        self.models, self.spk, self.prompt, self.closed = [], {}, {}, 0

    def load_gpt_model(self, *paths):
        self.models += paths

    def load_sovits_model(self, *paths):
        self.models += paths

    def cache_spk_audio(self, *paths, sovits_model=None):
        for path in paths:
            with wave.open(path) as sound:
                data = np.frombuffer(sound.readframes(-1), "<i2") / 32768
            self.spk[path] = float(np.abs(data).max())

    def cache_prompt_audio(self, prompt_audio_paths, prompt_audio_texts, prompt_language="auto"):
        if not prompt_audio_texts.strip():
            raise ValueError("Prompt audio text is empty.")
        self.prompt[prompt_audio_paths] = prompt_audio_texts

    def del_spk_audio(self, *paths):
        for path in paths:
            del self.spk[path]

    def del_prompt_audio(self, *paths):
        for path in paths:
            del self.prompt[path]

    def infer_stream(self, spk_audio_path, prompt_audio_path, prompt_audio_text, text, text_language="auto",
                     prompt_language="auto", return_subtitles=False, debug=True, **more):
        assert not more and return_subtitles
        logging.info(f"Starting Stream inference for text: '{text}'")
        logging.warning(f"language {text_language}")
        if "fail" in text:
            raise RuntimeError("out of memory")
        level = self.spk[spk_audio_path]
        assert self.prompt[prompt_audio_path] == prompt_audio_text
        self.language = text_language
        try:
            place, told = 0, 0.0
            words = text.split(" ")
            held = None
            for number, word in enumerate(words):
                this = {"text": word, "start_s": told, "end_s": told + 0.5,
                        "orig_idx_start": place, "orig_idx_end": place + len(word)}
                last = number == len(words) - 1
                subtitles = ([held] if held else []) + [this if last else {**this, "end_s": None}]
                held, place, told = this, place + len(word) + 1, told + 0.5
                yield AudioClip(np.full(16000, level, np.float32), subtitles)
        finally:
            self.closed += 1
"""


def laid_out(root: Path) -> Path:
    for name in NEEDED:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch() if "." in name else path.mkdir()
    return root


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GPTSoVITS]:
    for _ in stand_in(tmp_path / "fake", monkeypatch, gsv_tts__TTS=FAKE):
        (tmp_path / "fake/gsv_tts/__init__.py").write_text("from .TTS import TTS\n")
        loaded = GPTSoVITS(laid_out(tmp_path / "weights"))
        loaded.warm()
        yield loaded
        loaded.close()


def test_it_streams_in_the_voice_of_a_recording_with_its_words(engine: GPTSoVITS) -> None:
    text = "one two, three"
    chunks = said(engine, text, voice(1, "Some words."))
    assert [len(chunk.samples) for chunk in chunks] == [16_000] * 3
    assert engine.sample_rate == 32_000
    level = float(np.abs(voice(1)["voice_data"]["samples"]).max())
    assert samples(chunks).max() == pytest.approx(level, abs=1e-3)
    words = [[(word.text, word.start, word.end) for word in chunk.words] for chunk in chunks]
    assert words == [[("one", 0.0, 0.5)], [("two,", 0.0, 0.5)], [("three", 0.0, 0.5)]]
    assert [text[word.char_start : word.char_end] for chunk in chunks for word in chunk.words] == text.split()
    assert [str(Path(path).name) for path in engine._model.models] == ["s1v3.ckpt", "s2Gv2ProPlus.pth"]


def test_recordings_are_heard_once_and_leave_no_file(engine: GPTSoVITS) -> None:
    for seed in (1, 2, 1):
        said(engine, "one", voice(seed, "Some words."))
    assert len(engine._model.spk) == 2
    assert not any(Path(path).exists() for path in engine._model.spk)
    for seed in range(3, 12):
        said(engine, "one", voice(seed, "Some words."))
    assert len(engine._model.spk) == len(engine._model.prompt) == 8, "and the package forgets what we forget"


def test_languages_it_does_not_read_are_left_to_it(engine: GPTSoVITS) -> None:
    for language, asked in (("ja-JP", "ja"), ("en", "en"), ("ko", "auto")):
        list(engine.speak(Utterance("one", "", language, options=voice(1, "Words.")), lambda: False))
        assert engine._model.language == asked


def test_what_it_says_is_in_no_log(engine: GPTSoVITS, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        said(engine, "my secret", voice(1, "Some words."))
    assert not caplog.records


def test_it_stops_between_chunks_and_cleans_up(engine: GPTSoVITS) -> None:
    heard, _ = stops(engine, "one two three", voice(1, "Words."), after=1)
    assert len(heard) == 1
    stream = engine.speak(Utterance("one two", "", "en", options=voice(1, "Words.")), lambda: False)
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert engine._model.closed == 2


def test_what_it_cannot_do_is_said(engine: GPTSoVITS, tmp_path: Path) -> None:
    with pytest.raises(CannotSpeak, match="reference text"):
        said(engine, "one", voice(1))
    with pytest.raises(CannotSpeak, match="upload a recording"):
        said(engine, "one", {})
    with pytest.raises(EngineError, match="out of memory"):
        said(engine, "fail", voice(1, "Words."))
    (chunk,) = said(engine, "…", voice(1, "Words."))
    assert not chunk.samples.any()
    (tmp_path / "weights/g2p").rmdir()
    with pytest.raises(ModelUnavailable, match="lacks g2p") as caught:
        GPTSoVITS(tmp_path / "weights")
    assert "models pull gpt-sovits" in caught.value.install_command


def archive(*names: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        for name in names:
            file.writestr(name, "words")
    return data.getvalue()


@pytest.fixture
def released() -> Iterator[dict[str, bytes]]:
    """Serves what is put into it under "body"."""
    shelf: dict[str, bytes] = {}

    class Shelf(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(shelf["body"])))
            self.end_headers()
            self.wfile.write(shelf["body"])

    server = ThreadingHTTPServer(("127.0.0.1", 0), Shelf)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    shelf["address"] = f"http://127.0.0.1:{server.server_port}/g2p.zip".encode()
    yield shelf
    server.shutdown()


def pulled(root: Path) -> Path:
    """As the hub's files come."""
    laid_out(root)
    (root / "g2p").rmdir()
    (root / "v2Pro").mkdir()
    (root / "s2Gv2ProPlus.pth").rename(root / "v2Pro/s2Gv2ProPlus.pth")
    return root


def test_the_pull_lays_out_what_the_package_looks_for(
    tmp_path: Path, released: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    released["body"] = archive("g2p/en/cmudict.rep", "g2p/zh/opencpop-strict.txt")
    monkeypatch.setattr(gptsovits_files, "DICTIONARIES", released["address"].decode())
    monkeypatch.setattr(gptsovits_files, "DICTIONARIES_SHA256", hashlib.sha256(released["body"]).hexdigest())
    root = pulled(tmp_path / "weights")
    prepare_gpt_sovits(root)
    assert gptsovits_files.missing(root) == []
    assert (root / "g2p/en/cmudict.rep").read_text() == "words"
    assert not (root / "v2Pro").exists()
    assert not (root / "g2p.zip").exists()


@pytest.mark.parametrize("what", ["other", "outside", "huge", "silent"])
def test_dictionaries_that_are_not_the_ones_are_refused(
    tmp_path: Path, released: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    released["body"] = archive("../../outside.txt" if what == "outside" else "g2p/en/cmudict.rep")
    address = "http://127.0.0.1:9/g2p.zip" if what == "silent" else released["address"].decode()
    monkeypatch.setattr(gptsovits_files, "DICTIONARIES", address)
    if what != "other":
        digest = hashlib.sha256(released["body"]).hexdigest()
        monkeypatch.setattr(gptsovits_files, "DICTIONARIES_SHA256", digest)
    if what == "huge":
        monkeypatch.setattr(gptsovits_files, "MOST_BYTES", 10)
    said_ = {
        "other": "was expected",
        "outside": "is not taken",
        "huge": "is larger",
        "silent": "could not fetch",
    }
    with pytest.raises(StoreError, match=said_[what]):
        prepare_gpt_sovits(pulled(tmp_path / "weights"))
    assert not (tmp_path / "outside.txt").exists()
