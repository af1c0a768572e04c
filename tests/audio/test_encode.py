"""What is written can be played: right length, right pitch, right headers, and nothing is left after a failure."""

from __future__ import annotations

import io
import os
import signal
import struct
import subprocess
import sys
import tracemalloc
import wave
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from workers.audio.decode import probe
from workers.audio.encode import EncodedAudio, EncodeError, Encoder, from_int16, to_int16
from workers.audio.formats import AUDIO_FORMATS, AudioFormat

from .signals import ffmpegs, heard, pitch, tone

PLAYABLE = [form for form in AUDIO_FORMATS.values() if form.name != "pcm"]
# ADTS has no place to say how much of its first and last frame is padding: two frames of 1,024 samples.
SLACK = {"aac": 0.1}


def by_name(form: AudioFormat) -> str:
    return form.name


def encoded(form: AudioFormat, samples: np.ndarray, rate: int, path: Path, block: int = 4801) -> EncodedAudio:
    with Encoder(form, rate, path) as encoder:
        for start in range(0, len(samples), block):
            encoder.write(samples[start : start + block])
    return encoder.close()


@pytest.mark.parametrize("rate", [22_050, 24_000])
@pytest.mark.parametrize("form", PLAYABLE, ids=by_name)
def test_a_tone_comes_back(form: AudioFormat, rate: int, tmp_path: Path) -> None:
    path = tmp_path / f"tone.{form.extension}"
    result = encoded(form, tone(3.0, rate), rate, path)
    slack = SLACK.get(form.name, 0.05)
    assert result.duration_seconds == pytest.approx(3.0, abs=0.001)
    assert result.bytes == path.stat().st_size
    told = probe(path)
    assert told.duration_seconds == pytest.approx(3.0, abs=slack)
    assert (told.sample_rate, told.channels) == (form.rate_for(rate), 1)
    samples = heard(path)
    assert len(samples) / 24_000 == pytest.approx(3.0, abs=slack)
    assert pitch(samples, 24_000) == pytest.approx(440.0, abs=1.0)
    assert float(np.abs(samples[24_000:48_000]).max()) == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("form", AUDIO_FORMATS.values(), ids=by_name)
def test_blocks_of_any_size_and_any_run_give_the_same_file(form: AudioFormat, tmp_path: Path) -> None:
    files = []
    for index, block in enumerate([1000, 24_000]):
        path = tmp_path / f"{index}.{form.extension}"
        encoded(form, tone(0.6, 22_050), 22_050, path, block)
        files.append(path.read_bytes())
    assert files[0] == files[1]


def test_wav_is_what_the_standard_library_reads(tmp_path: Path) -> None:
    encoded(AUDIO_FORMATS["wav"], tone(1.0), 24_000, tmp_path / "a.wav")
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate(), file.getnframes()) == (
            1,
            2,
            24_000,
            24_000,
        )


def test_wav_sizes_are_right(tmp_path: Path) -> None:
    encoded(AUDIO_FORMATS["wav"], tone(1.0), 24_000, tmp_path / "a.wav")
    data = (tmp_path / "a.wav").read_bytes()
    assert struct.unpack("<I", data[4:8])[0] == len(data) - 8
    assert struct.unpack("<I", data[40:44])[0] == len(data) - 44


def test_pcm_is_plain_16_bit_at_24_khz(tmp_path: Path) -> None:
    encoded(
        AUDIO_FORMATS["pcm"], np.array([0.0, 0.75, -0.75, 0.5], dtype=np.float32), 24_000, tmp_path / "a.pcm"
    )
    assert np.frombuffer((tmp_path / "a.pcm").read_bytes(), "<i2").tolist() == [0, 24575, -24575, 16384]


def test_16_bits_there_and_back_change_nothing_more() -> None:
    once = from_int16(to_int16(tone(0.1)).tobytes())
    assert np.array_equal(from_int16(to_int16(once).tobytes()), once)
    assert np.allclose(once, tone(0.1), atol=1 / 65_000)


def test_a_rate_can_be_asked_for(tmp_path: Path) -> None:
    with Encoder(AUDIO_FORMATS["wav"], 22_050, tmp_path / "a.wav", sample_rate=24_000) as encoder:
        encoder.write(tone(1.0, 22_050))
    assert probe(tmp_path / "a.wav").sample_rate == 24_000


@pytest.mark.parametrize("form", AUDIO_FORMATS.values(), ids=by_name)
def test_bad_samples_become_silence_and_loud_ones_are_limited(form: AudioFormat, tmp_path: Path) -> None:
    samples = tone(1.0, level=3.0)
    samples[::1000] = np.nan
    samples[1::1000] = np.inf
    samples[2::1000] = -np.inf
    path = tmp_path / f"bad.{form.extension}"
    encoded(form, samples, 24_000, path)
    back = np.frombuffer(path.read_bytes(), "<i2") / 32768 if form.name == "pcm" else heard(path)
    assert len(back) >= 24_000
    assert float(np.abs(back).max()) < 1.3  # a lossy codec overshoots where samples are missing


def test_an_open_file_gets_the_audio() -> None:
    for name in ("wav", "mp3"):
        target = io.BytesIO(b"")
        with Encoder(AUDIO_FORMATS[name], 24_000, target) as encoder:
            encoder.write(tone(1.0))
        assert len(target.getvalue()) == encoder.close().bytes


@pytest.mark.parametrize("form", AUDIO_FORMATS.values(), ids=by_name)
def test_an_exception_leaves_nothing_behind(form: AudioFormat, tmp_path: Path) -> None:
    def work() -> None:
        with Encoder(form, 24_000, tmp_path / f"a.{form.extension}") as encoder:
            encoder.write(tone(1.0))
            raise KeyError

    with pytest.raises(KeyError):
        work()
    assert list(tmp_path.iterdir()) == []
    assert ffmpegs() == []


def test_a_file_appears_only_when_whole_and_keeps_the_old_one_until_then(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(b"old")
    with Encoder(AUDIO_FORMATS["mp3"], 24_000, path) as encoder:
        encoder.write(tone(1.0))
        assert path.read_bytes() == b"old"
    assert path.read_bytes() != b"old"
    assert os.listdir(tmp_path) == ["a.mp3"]


@pytest.mark.parametrize("name", ["wav", "mp3"])
def test_nothing_to_encode_is_said(name: str, tmp_path: Path) -> None:
    with (
        pytest.raises(EncodeError, match="no audio"),
        Encoder(AUDIO_FORMATS[name], 24_000, tmp_path / "a") as encoder,
    ):
        encoder.write(np.zeros(0, dtype=np.float32))
    assert list(tmp_path.iterdir()) == []


def test_stereo_and_writing_after_the_end_are_refused(tmp_path: Path) -> None:
    with Encoder(AUDIO_FORMATS["wav"], 24_000, tmp_path / "a.wav") as encoder:
        encoder.write(tone(0.1))
        with pytest.raises(ValueError, match="mono"):
            encoder.write(np.zeros((10, 2), dtype=np.float32))
    with pytest.raises(EncodeError, match="closed"):
        encoder.write(tone(0.1))


def test_a_folder_that_is_not_there_is_an_encode_error(tmp_path: Path) -> None:
    with pytest.raises(EncodeError, match="could not be written"):
        Encoder(AUDIO_FORMATS["mp3"], 24_000, tmp_path / "missing" / "a.mp3")


def test_a_killed_ffmpeg_is_an_encode_error(tmp_path: Path) -> None:
    encoder = Encoder(AUDIO_FORMATS["mp3"], 24_000, tmp_path / "a.mp3")
    for pid in ffmpegs():
        os.kill(pid, signal.SIGKILL)
    with pytest.raises(EncodeError, match="could not be written"):
        encoder.write(tone(60.0))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["wav", "mp3"])
def test_a_full_device_is_said_in_words(name: str) -> None:
    with open("/dev/full", "wb", buffering=0) as full:
        encoder = Encoder(AUDIO_FORMATS[name], 24_000, full)
        encoder.write(tone(1.0))
        with pytest.raises(EncodeError, match="disk is full"):
            encoder.close()


@pytest.mark.parametrize("name", ["wav", "flac", "mp3", "ogg", "opus", "aac", "m4a"])
def test_no_room_for_the_file_is_said_and_cleaned(name: str, tmp_path: Path) -> None:
    """Under a limit on file sizes, which stops a writer as a full disk does."""
    script = f"""
import resource, numpy as np
from workers.audio.encode import Encoder, EncodeError
from workers.audio.formats import AUDIO_FORMATS
resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))
noise = np.random.default_rng(1).normal(0, 0.2, 24_000).astype(np.float32)
try:
    with Encoder(AUDIO_FORMATS[{name!r}], 24_000, {str(tmp_path / "a")!r}) as encoder:
        for _ in range(60):
            encoder.write(noise)
except EncodeError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert "disk is full" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_encoders_work_side_by_side(tmp_path: Path) -> None:
    def one(hertz: int) -> float:
        path = tmp_path / f"{hertz}.mp3"
        encoded(AUDIO_FORMATS["mp3"], tone(2.0, hertz=hertz), 24_000, path, block=500)
        return pitch(heard(path), 24_000)

    asked = [300, 440, 550, 700, 900, 1200]
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(one, asked)) == pytest.approx(asked, abs=1.5)


@pytest.mark.parametrize("name", ["wav", "flac"])
def test_a_quarter_of_an_hour_needs_no_more_memory_than_a_minute(name: str, tmp_path: Path) -> None:
    minute = tone(60.0)
    tracemalloc.start()
    try:
        with Encoder(AUDIO_FORMATS[name], 24_000, tmp_path / "long") as encoder:
            for _ in range(15):
                encoder.write(minute)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert encoder.close().duration_seconds == pytest.approx(900, abs=0.01)
    assert peak < 8 << 20
