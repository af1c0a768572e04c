"""The audio tools through the running platform: what comes back, what it costs, and what is refused."""

from __future__ import annotations

import io
import math
import re
import struct
import time
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from django.test import override_settings
from django.test.client import MULTIPART_CONTENT

from apps.jobs.models import Job
from tests.audio.mixes import mixed, noise, si_sdr, speech
from tests.audio.music import RATE as MUSIC_RATE
from tests.audio.music import Song, played
from tests.base import PlatformTest
from tests.live.helpers import balance, eventually
from tests.stacks import LiveStack
from tests.transcripts import upload
from tests.voices.recordings import mute_video, wav
from workers.audio.decode import decode_channels, probe
from workers.audio.encode import wav_header
from workers.engines.base import Audio
from workers.engines.kinds import Stereo
from workers.engines.pull import default_models

RATE = 48_000
FULL = 1_000_000
SECONDS = 4.0
ENHANCED = math.ceil(SECONDS * 2000 / 60)
"""What a recording of SECONDS costs to enhance."""


TOOLS: dict[str, dict[str, str]] = {
    "enhance": {},
    "remove-echo": {},
    "analyze": {},
    "separate": {"model": "spleeter"},
    "convert": {"format": "mp3"},
}
"""All of them, with the fields that they need."""


@cache
def noisy() -> tuple[Audio, Audio]:
    """Somebody speaking, and the same with hiss 5 dB below it; SECONDS at RATE."""
    voice = speech("woman", seconds=SECONDS)
    return voice, 0.5 * mixed(voice, noise("white", len(voice)), 5.0)


def post(stack: LiveStack, tool: str, key: str, data: bytes | None = None, **fields: str) -> Any:
    """The answer of a tool ("enhance", "convert/?wait=false") to a file, by default the noisy voice."""
    url = f"{stack.base_url}/v1/audio/{tool if '/' in tool else tool + '/'}"
    headers = {"Authorization": f"Bearer {key}", "Accept": fields.pop("accept", "*/*")}
    files = {"file": ("song.mp3", wav(noisy()[1], RATE) if data is None else data)}
    return requests.post(url, headers=headers, files=files, data=fields, timeout=180)


def sound(data: bytes, folder: Path, rate: int = RATE, channels: int = 1) -> Stereo:
    path = folder / "answer"
    path.write_bytes(data)
    return np.concatenate(list(decode_channels(path, rate, channels)), axis=1)


def file_of(answer: requests.Response) -> bytes:
    assert answer.status_code == 200, answer.text
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    return answer.content


def test_what_the_tools_need_is_installed_by_default() -> None:
    assert {"spleeter", "deepfilternet"} <= set(default_models())


# ---- Enhance, remove-echo --------------------------------------------------------------------------------------------


def test_noise_is_taken_off_and_the_format_stays(stack: LiveStack, tmp_path: Path) -> None:
    key = stack.account()
    answer = post(stack, "enhance", key, strength="3", enhance_clarity="false")
    made = sound(file_of(answer), tmp_path)[0]
    voice, heard = noisy()
    assert answer.headers["Content-Type"] == "audio/wav"
    assert answer.headers["X-Applied"] == "denoise"
    assert answer.headers["X-Served-Model"] == "deepfilternet"
    assert len(made) == len(voice)
    assert si_sdr(voice, made) - si_sdr(voice, heard) >= 4
    assert answer.headers["X-Credits-Used"] == str(ENHANCED)
    assert balance(stack, key) == FULL - ENHANCED


def test_all_that_enhance_can_do_at_once(stack: LiveStack, tmp_path: Path) -> None:
    telephone = wav(speech("woman", 8_000, SECONDS), 8_000)
    answer = post(
        stack, "enhance", stack.account(), telephone, super_resolution="true", strength="1", format="flac"
    )
    made = sound(file_of(answer), tmp_path)[0]
    assert answer.headers["X-Applied"] == "denoise, clarity, bandwidth_extension"
    assert probe(tmp_path / "answer").sample_rate == 48_000
    assert len(made) == pytest.approx(SECONDS * RATE, rel=0.01)
    spectrum = np.abs(np.fft.rfft(made)) ** 2
    above = spectrum[int(4_500 * SECONDS) :].sum() / spectrum.sum()
    assert above > 1e-5, "there is something above what a telephone carries"


def test_an_echo_is_taken_off(stack: LiveStack, tmp_path: Path) -> None:
    key, voice = stack.account(), speech("reader", seconds=SECONDS)
    heard = 0.6 * voice
    heard[RATE // 4 :] += 0.3 * voice[: -RATE // 4]
    answer = post(stack, "remove-echo", key, wav(heard, RATE), type="echo", intensity="4")
    made = sound(file_of(answer), tmp_path)[0]
    assert answer.headers["X-Applied"] == "echo"
    assert si_sdr(voice, made) - si_sdr(voice, heard) >= 5
    assert balance(stack, key) == FULL - ENHANCED
    both = post(stack, "remove-echo", key, wav(heard, RATE), format="mp3")
    assert both.headers["Content-Type"] == "audio/mpeg"
    assert both.headers["X-Applied"] == "echo, reverb"
    assert balance(stack, key) == FULL - 2 * ENHANCED


# ---- Convert ---------------------------------------------------------------------------------------------------------

CONVERSIONS: list[tuple[str, dict[str, str], str]] = [
    ("mp3", {"bitrate": "320", "sample_rate": "44100", "channels": "stereo"}, "mp3"),
    ("wav", {"sample_rate": "22050", "channels": "mono"}, "pcm_s16le"),
    ("flac", {"sample_rate": "48000", "channels": "stereo"}, "flac"),
    ("ogg", {"bitrate": "128", "sample_rate": "44100", "channels": "stereo"}, "vorbis"),
    ("m4a", {"bitrate": "128", "sample_rate": "44100", "channels": "mono"}, "aac"),
    ("aac", {"bitrate": "192", "sample_rate": "48000", "channels": "stereo"}, "aac"),
    ("opus", {"bitrate": "64", "sample_rate": "48000", "channels": "mono"}, "opus"),
]


def test_each_format_with_its_rate_channels_and_length(stack: LiveStack, tmp_path: Path) -> None:
    key, sent = stack.account(), wav(noisy()[1][: 2 * RATE], RATE)
    for name, fields, codec in CONVERSIONS:
        answer = post(stack, "convert", key, sent, format=name, **fields)
        data = file_of(answer)
        channels, rate = {"mono": 1, "stereo": 2}[fields["channels"]], int(fields["sample_rate"])
        made = sound(data, tmp_path, channels=channels)
        info = probe(tmp_path / "answer")
        assert info.codec == codec, name
        assert (info.sample_rate, info.channels) == (rate, channels), name
        # AAC without a container has nowhere to say that its first frame is the coder's own, and the last one padded.
        frames = 2 * 1024 if name == "aac" else 0
        assert made.shape[1] == pytest.approx(2 * RATE, abs=max(frames, 0.01 * 2 * RATE)), name
        assert f".{name}" in answer.headers["Content-Disposition"]
    assert balance(stack, key) == FULL, "conversion is free"


def test_the_bitrate_is_the_one_that_was_asked_for(stack: LiveStack) -> None:
    key = stack.account()
    sizes = {
        rate: len(file_of(post(stack, "convert", key, format="mp3", bitrate=str(rate), channels="stereo")))
        for rate in (64, 256)
    }
    for rate, size in sizes.items():
        assert size * 8 / SECONDS / 1000 == pytest.approx(rate, rel=0.1)


# ---- Analyze ---------------------------------------------------------------------------------------------------------


def test_the_answer_of_analyze_is_the_documents(stack: LiveStack) -> None:
    key = stack.account()
    song = played(Song("C", "Major", 120.0, 4, seed=1))
    body = post(stack, "analyze", key, wav(song, MUSIC_RATE)).json()
    assert body["bpm"] == pytest.approx(120, abs=1)
    assert {name: body[name] for name in ("key", "scale", "time_signature", "camelot")} == {
        "key": "C",
        "scale": "Major",
        "time_signature": "4/4",
        "camelot": "8B",
    }
    assert body["compatible_keys"] == ["C Major", "G Major", "F Major", "A Minor"]
    assert (body["credits_used"], balance(stack, key)) == (0, FULL)


# ---- Separate --------------------------------------------------------------------------------------------------------


@cache
def sung() -> tuple[Audio, bytes]:
    """A voice, and the same over music as a file."""
    voice = speech("woman", MUSIC_RATE, 5.0)
    music = played(Song("G", "Major", 96.0, 4, seed=2))
    return voice, wav(0.5 * mixed(voice, np.resize(music, len(voice)), 0.0), MUSIC_RATE)


def test_two_stems_as_json_as_a_zip_and_alone(stack: LiveStack, tmp_path: Path) -> None:
    key, (voice, mix) = stack.account(), sung()
    price = -(-len(voice) * 1000 // MUSIC_RATE * 3000 // 60_000)
    body = post(stack, "separate", key, mix, model="spleeter", stems="2").json()
    assert (body["status"], body["served_model"], set(body["stems"])) == (
        "completed",
        "spleeter",
        {"vocals", "accompaniment"},
    )
    assert body["credits_used"] == price
    stems = {name: requests.get(url, timeout=30).content for name, url in body["stems"].items()}
    found = sound(stems["vocals"], tmp_path, MUSIC_RATE)[0]
    assert len(found) == len(voice)
    whole = sound(mix, tmp_path, MUSIC_RATE)[0]
    rest = sound(stems["accompaniment"], tmp_path, MUSIC_RATE)[0]
    assert np.abs(found + rest - whole).max() < 0.01, "the stems add up to the mix"
    assert si_sdr(voice, found) - si_sdr(voice, whole) >= 5

    archive = zipfile.ZipFile(io.BytesIO(requests.get(body["zip_url"], timeout=30).content))
    assert {name: archive.read(name) for name in archive.namelist()} == {
        f"{name}.wav": data for name, data in stems.items()
    }
    zipped = post(stack, "separate", key, mix, model="spleeter", accept="application/zip", format="mp3")
    assert zipped.headers["Content-Type"] == "application/zip"
    names = zipfile.ZipFile(io.BytesIO(file_of(zipped))).namelist()
    assert names == ["vocals.mp3", "accompaniment.mp3"]
    alone = post(stack, "separate", key, mix, model="spleeter", stem="vocals")
    assert file_of(alone) == stems["vocals"]
    assert balance(stack, key) == FULL - 3 * price


def test_spleeter_stands_in_for_demucs_and_says_so(stack: LiveStack) -> None:
    key = stack.account()
    body = post(stack, "separate", key, sung()[1]).json()
    assert (body["model"], body["served_model"]) == ("demucs", "spleeter")
    four = post(stack, "separate", key, sung()[1], stems="4")
    assert four.status_code == 503
    assert "models pull demucs" in four.json()["error"]["message"]
    assert balance(stack, key) == FULL - body["credits_used"]


# ---- Jobs ------------------------------------------------------------------------------------------------------------


def test_who_does_not_wait_gets_the_job_and_strangers_nothing(stack: LiveStack, tmp_path: Path) -> None:
    key, stranger = stack.account(), stack.account()
    job = post(stack, "enhance/?wait=false", key).json()
    assert (job["status"], job["credits_used"]) == ("queued", ENHANCED)
    done = eventually(
        lambda: requests.get(job["status_url"], timeout=30).json(),
        lambda job: job["status"] != "processing",
        seconds=60,
    )
    assert (done["status"], done["applied"]) == ("completed", ["denoise", "clarity"])
    assert sound(requests.get(done["result_url"], timeout=30).content, tmp_path).shape[1] == SECONDS * RATE
    url = f"{stack.base_url}/v1/jobs/{job['uuid']}/"
    for other, status in ((stranger, 404), ("nobody", 401)):
        headers = {"Authorization": f"Bearer {other}"}
        assert requests.get(url, headers=headers, timeout=30).status_code == status
        assert requests.delete(url, headers=headers, timeout=30).status_code == status
    unsigned = re.sub(r"\?.*", "", done["result_url"])
    assert requests.get(unsigned, timeout=30).status_code in {401, 403, 404}
    mine = {"Authorization": f"Bearer {key}"}
    assert requests.delete(url, headers=mine, timeout=30).status_code == 204
    assert requests.get(done["result_url"], timeout=30).status_code == 410


class WebhookTest(PlatformTest):
    def test_who_names_a_webhook_gets_the_job(self) -> None:
        with override_settings(WEBHOOK_ALLOW=["127.0.0.1"]):
            for tool, fields in TOOLS.items():
                answer = self.as_alice.post(
                    f"/v1/audio/{tool}/",
                    {"file": upload(), "webhook_url": "http://127.0.0.1:9/told", **fields},
                    MULTIPART_CONTENT,
                )
                body = answer.json()
                self.assertEqual((answer.status_code, body["status"]), (200, "queued"), body)
                self.assertEqual(Job.objects.get(pk=body["uuid"]).webhook_url, "http://127.0.0.1:9/told")


# ---- Refusals --------------------------------------------------------------------------------------------------------

PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/passwd\n"


def test_what_is_no_recording_is_refused_in_words_and_costs_nothing(stack: LiveStack) -> None:
    key = stack.account()
    pcm = bytes(64_000)
    header = wav_header(16_000, len(pcm))
    files = {
        "empty": (b"", "empty"),
        "text": (b"This is no sound.\n" * 99, "no audio file"),
        "playlist": (PLAYLIST, "no audio file"),
        "video": (mute_video(), "no audio"),
        "forged": (b"RIFF\xff\xff\xff\xffWAVEfmt " + bytes(40), "audio"),
        "no channels": (header[:22] + struct.pack("<H", 0) + header[24:] + pcm, "audio"),
        "655,350 Hz": (wav_header(655_350, len(pcm)) + pcm, "655350 Hz"),
    }
    for what, (data, says) in files.items():
        for tool, fields in TOOLS.items():
            began = time.monotonic()
            refused = post(stack, tool, key, data, **fields)
            assert 400 <= refused.status_code < 500, (what, tool, refused.text[:300])
            assert says in refused.json()["error"]["message"], (what, tool, refused.text)
            assert time.monotonic() - began < 20
    silence = wav(np.zeros(2 * RATE, np.float32), RATE)
    for tool in ("enhance", "remove-echo"):
        refused = post(stack, tool, key, silence)
        assert refused.status_code == 400
        assert "silent" in refused.json()["error"]["message"]
    assert balance(stack, key) == FULL


def test_wrong_fields_are_refused_in_words_and_cost_nothing(stack: LiveStack) -> None:
    key = stack.account()
    for tool, fields, says in (
        ("enhance", {"strength": "4"}, "strength"),
        ("enhance", {"strength": "0"}, "strength"),
        ("enhance", {"denoise": "perhaps"}, "denoise"),
        ("enhance", {"denoise": "false", "enhance_clarity": "false"}, "nothing is to be done"),
        ("enhance", {"format": "exe"}, "format"),
        ("enhance", {"model": "kokoro"}, "Unknown model"),
        ("enhance", {"webhook_url": "ftp://example.com"}, "webhook_url"),
        ("remove-echo", {"type": "noise"}, "type"),
        ("remove-echo", {"intensity": "0"}, "intensity"),
        ("remove-echo", {"intensity": "6"}, "intensity"),
        ("separate", {"stems": "3"}, "stems: 3"),
        ("separate", {"stems": "0"}, "stems"),
        ("separate", {"stems": "5"}, "stems: 5"),
        ("separate", {"stems": "two"}, "stems"),
        ("separate", {"format": "aac"}, "format"),
        ("separate", {"stem": "drums"}, "stem"),
        ("separate", {"model": "../demucs"}, "Unknown model"),
        ("convert", {}, "format"),
        ("convert", {"format": "exe"}, "mp3, wav, flac, ogg, m4a, aac"),
        ("convert", {"format": "mp3", "bitrate": "100"}, "bitrate"),
        ("convert", {"format": "mp3", "sample_rate": "655350"}, "sample_rate"),
        ("convert", {"format": "mp3", "channels": "seven"}, "channels"),
        ("convert", {"format": "mp3", "bitrate": "-64"}, "bitrate"),
    ):
        refused = post(stack, tool, key, **dict[str, Any](fields))
        assert refused.status_code == 400, (tool, fields, refused.text[:300])
        assert says in refused.json()["error"]["message"], (tool, fields, refused.text)
    for tool in ("enhance", "separate", "remove-echo", "analyze", "convert"):
        url = f"{stack.base_url}/v1/audio/{tool}/"
        assert requests.post(url, files={"file": b"x"}, timeout=30).status_code == 401
        headers = {"Authorization": f"Bearer {key}"}
        without = requests.post(url, data={"format": "mp3"}, headers=headers, timeout=30)
        assert (without.status_code, without.json()["error"]["message"][:5]) == (400, "file:")
    assert balance(stack, key) == FULL
    poor = stack.account(characters=ENHANCED - 1)
    assert post(stack, "enhance", poor).status_code == 402
    assert balance(stack, poor) == ENHANCED - 1
