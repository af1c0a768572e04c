"""Encoding while it is spoken: the pieces put together are one file, whatever the blocks were."""

from __future__ import annotations

import os
import signal
import struct
import threading
from pathlib import Path

import numpy as np
import pytest

from workers.audio.decode import decode
from workers.audio.encode import EncodeError, from_int16
from workers.audio.streaming import STREAMED_FORMATS, StreamEncoder

RATE = 24_000


def tone(seconds: float) -> np.ndarray:
    return (0.3 * np.sin(2 * np.pi * 440 * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


def streamed(name: str, sound: np.ndarray, block: int, rate: int | None = None) -> list[bytes]:
    with StreamEncoder(name, RATE, rate) as encoder:
        out = [encoder.push(sound[start : start + block]) for start in range(0, len(sound), block)]
        return [*out, encoder.finish()]


@pytest.mark.parametrize("name", [name for name in STREAMED_FORMATS if name != "pcm"])
def test_a_player_reads_the_whole(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"out.{name}"
    path.write_bytes(b"".join(streamed(name, tone(3.0), 7001)))
    heard = np.concatenate(list(decode(path, RATE)))
    assert abs(len(heard) / RATE - 3.0) < 0.15
    middle = heard[RATE : 2 * RATE]
    assert abs(np.argmax(np.abs(np.fft.rfft(middle))) - 440) <= 1


def test_an_encoder_that_is_slow_to_begin_is_waited_for() -> None:
    """A busy machine may need a while to start it, and its pipe holds no more than a second of sound."""
    with StreamEncoder("opus", RATE) as encoder:
        assert encoder._ffmpeg is not None
        pid = encoder._ffmpeg.pid
        os.kill(pid, signal.SIGSTOP)
        threading.Timer(0.4, os.kill, [pid, signal.SIGCONT]).start()
        data = encoder.push(tone(10.0)) + encoder.finish()
    assert len(data) > 20_000


@pytest.mark.parametrize("name", ["mp3", "opus", "aac", "flac", "ogg"])
def test_bytes_come_before_the_end(name: str) -> None:
    """Of eight seconds its pipe holds little more than one: the rest has been encoded, however slow it is."""
    *before, last = streamed(name, tone(8.0), RATE)
    assert sum(map(len, before)) > 0.5 * sum(map(len, [*before, last]))


def test_pcm_is_the_samples_and_nothing_else() -> None:
    sound = tone(1.0)
    data = b"".join(streamed("pcm", sound, 999))
    assert np.abs(from_int16(data) - sound).max() < 1 / 32767


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050])
def test_another_rate_has_no_click_at_block_edges(rate: int) -> None:
    sound = from_int16(b"".join(streamed("pcm", tone(2.0), 480, rate)))
    assert abs(len(sound) - 2 * rate) <= 2
    # A 440 Hz tone of 0.3 moves by at most 2π·440/rate·0.3 a sample; the ends of the filter are left out.
    assert np.abs(np.diff(sound[200:-200])).max() < 2 * np.pi * 440 / rate * 0.3 * 1.02


def test_a_wav_stream_says_that_its_length_is_unknown() -> None:
    data = b"".join(streamed("wav", tone(0.5), 4096))
    assert (data[:4], data[8:12]) == (b"RIFF", b"WAVE")
    assert struct.unpack("<I", data[40:44]) == (0xFFFFFFFF,)


def test_what_cannot_be_streamed_says_so() -> None:
    with pytest.raises(EncodeError, match="m4a"):
        StreamEncoder("m4a", RATE)


def test_leaving_in_the_middle_ends_the_encoder() -> None:
    with StreamEncoder("mp3", RATE) as encoder:
        encoder.push(tone(1.0))
        assert encoder._ffmpeg is not None
        pid = encoder._ffmpeg.pid
    status = Path(f"/proc/{pid}/stat")
    assert not status.exists() or status.read_text().split()[2] == "Z"
