"""A recording is taken for a voice where one person is well heard in it; everything else is refused in words, and soon."""

from __future__ import annotations

import resource
import struct
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from tests.voices.recordings import RATE, joe, music, wav
from workers.audio.encode import wav_header
from workers.audio.ffmpeg import ffmpeg_path
from workers.audio.reference import Limits, ReferenceRefused, check_reference, speakers_heard
from workers.engines.base import Audio

from .signals import ffmpegs

ROOMY = Limits(min_seconds=1.0, max_seconds=60.0)
HEADER = wav_header(RATE, 48_000)


def refusal(content: bytes, folder: Path, limits: Limits = ROOMY) -> ReferenceRefused:
    path = folder / "upload"
    path.write_bytes(content)
    with pytest.raises(ReferenceRefused) as refused:
        check_reference(path, limits)
    assert str(refused.value).endswith("."), "a sentence"
    assert ffmpegs() == []
    return refused.value


def test_one_person_speaking_is_taken_and_measured(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(wav(joe()))
    checked = check_reference(path, Limits(5, 30))
    assert checked.samples.dtype == np.float32
    assert checked.seconds == pytest.approx(len(joe()) / RATE)
    assert 0.7 * checked.seconds < checked.speech_seconds <= checked.seconds
    assert -30 < checked.level_dbfs < -12
    assert checked.clipped_share < 0.001


def test_a_telephone_recording_with_pauses_and_hiss_is_taken(tmp_path: Path) -> None:
    hiss = np.random.default_rng(1).normal(scale=0.002, size=len(joe()) + 3 * RATE).astype(np.float32)
    hiss[RATE : RATE + len(joe())] += 0.1 * joe()
    path = tmp_path / "upload"
    path.write_bytes(wav(hiss[::3], 8000))
    checked = check_reference(path)
    assert checked.speech_seconds < checked.seconds - 1.5, "the silence around the speech does not count"


@pytest.mark.parametrize(
    ("code", "content"),
    [
        ("not_audio", b"hello"),
        ("not_audio", b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n"),
        ("not_audio", b"fLaC" + bytes(200)),
        ("not_audio", HEADER),
        ("not_audio", HEADER[:24] + struct.pack("<I", 4_000_000_000) + HEADER[28:] + bytes(48_000)),
        ("too_short", wav_header(RATE, 24_000) + bytes(24_000)),
        ("silent", wav(np.zeros(5 * RATE, np.float32))),
    ],
)
def test_what_can_not_be_a_voice_is_refused(code: str, content: bytes, tmp_path: Path) -> None:
    assert refusal(content, tmp_path).code == code


def test_half_a_second_of_speech_is_too_little(tmp_path: Path) -> None:
    assert refusal(wav(joe()[: RATE // 2]), tmp_path).code == "too_short"
    padded = np.concatenate(
        [np.zeros(3 * RATE, np.float32), joe()[RATE // 2 : RATE], np.zeros(RATE, np.float32)]
    )
    assert refusal(wav(padded), tmp_path).code in {"no_speech", "too_little_speech"}


def test_music_and_noise_hold_no_speech(tmp_path: Path) -> None:
    assert refusal(wav(music()), tmp_path).code == "no_speech"
    noise = np.random.default_rng(0).normal(scale=0.1, size=5 * RATE).astype(np.float32)
    assert refusal(wav(noise), tmp_path).code == "no_speech"


def test_clipped_and_whispering_recordings_are_refused_with_the_remedy(tmp_path: Path) -> None:
    clipped = refusal(wav(np.clip(20 * joe(), -1, 1)), tmp_path)
    assert (clipped.code, "less gain" in str(clipped)) == ("clipped", True)
    quiet = refusal(wav(0.025 * joe()), tmp_path)
    assert (quiet.code, "closer" in str(quiet)) == ("too_quiet", True)


def test_ten_hours_of_silence_in_a_small_file_are_stopped_early_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.flac"
    silence = ["-f", "lavfi", "-i", "anullsrc=r=4000:cl=mono", "-t", "36000"]
    packed = ["-c:a", "flac", "-compression_level", "0", "-frame_size", "65535"]
    subprocess.run(
        [ffmpeg_path(), "-loglevel", "error", *silence, *packed, str(path)], check=True, timeout=60
    )
    assert path.stat().st_size < 100_000
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    assert refusal(path.read_bytes(), tmp_path).code == "too_long"
    assert time.process_time() - began < 3
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 << 10


def test_too_many_bytes_are_refused_unread(tmp_path: Path) -> None:
    refused = refusal(HEADER + bytes(2 << 20), tmp_path, Limits(max_bytes=1 << 20))
    assert (refused.code, "1 MB" in str(refused)) == ("too_large", True)


def cloud(middle: Audio, count: int, spread: float) -> Audio:
    """Unit vectors around a direction, as an encoder gives them for the windows of one voice."""
    rng = np.random.default_rng(count)
    vectors = middle + spread * rng.normal(size=(count, len(middle))) / np.sqrt(len(middle))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def test_two_voices_are_told_from_one_by_their_windows() -> None:
    one, other = np.eye(256, dtype=np.float32)[:2]
    assert speakers_heard(cloud(one, 12, 0.5)) == 1
    assert speakers_heard(np.concatenate([cloud(one, 8, 0.5), cloud(other, 5, 0.5)])) == 2
    assert speakers_heard(np.concatenate([cloud(one, 20, 0.5), cloud(other, 1, 0.5)])) == 1, "a cough"
    assert speakers_heard(cloud(one, 2, 0.5)) == 1
