"""Enhancement through KugelAudio's unmodified SDK, and the example that TTS.ai prints."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import kugelaudio
import numpy as np
import pytest
from kugelaudio.exceptions import AuthenticationError, ValidationError

from tests.audio.mixes import mixed, noise, si_sdr, speech
from tests.live.helpers import balance, busy_slots, eventually
from tests.sdk.test_document_examples import run_curl
from tests.stacks import LiveStack
from tests.voices.recordings import wav
from workers.audio.decode import decode, probe
from workers.audio.encode import from_int16
from workers.audio.ffmpeg import FFmpeg
from workers.audio.resample import resample
from workers.engines.base import Audio

RATE, OUT = 16_000, 24_000
SECONDS = 5.0
PRICE = SECONDS * 2000 / 60

CURL = r"""curl -X POST https://api.tts.ai/v1/audio/enhance/ \
-H "Authorization: Bearer sk-tts-your-key" \
-F "file=@noisy_audio.mp3" \
-F "denoise=true" \
-F "enhance_clarity=true" \
-o enhanced.mp3"""


@pytest.fixture(scope="module")
def key(stack: LiveStack) -> str:
    return stack.account()


@pytest.fixture
def kugel(stack: LiveStack, key: str) -> kugelaudio.KugelAudio:
    return kugelaudio.KugelAudio(api_key=key, api_url=stack.base_url)


@pytest.fixture(scope="module")
def noisy() -> Audio:
    voice = speech("woman", RATE, SECONDS)
    return 0.5 * mixed(voice, noise("white", len(voice)), 5.0)


def gain(made: bytes, heard: Audio) -> float:
    """Decibels of SI-SDR that were gained; what was made is as long as what came."""
    samples = from_int16(made)
    assert len(samples) == round(len(heard) * OUT / RATE)
    truth, before = speech("woman", OUT, SECONDS), resample(heard, RATE, OUT)
    count = min(len(truth), len(samples), len(before))
    return si_sdr(truth[:count], samples[:count]) - si_sdr(truth[:count], before[:count])


def conversation() -> tuple[Audio, int]:
    """The woman, then the man; and at which sample of OUT he begins."""
    woman, man = speech("woman", RATE, SECONDS), speech("another man", RATE, SECONDS)
    return np.concatenate([woman, man]), len(woman) * OUT // RATE


def loudness(samples: Audio) -> float:
    return float(10 * np.log10(np.mean(samples**2) + 1e-12))


# ---- The recording at once -------------------------------------------------------------------------------------------


def test_a_recording_comes_back_clean_and_is_charged_by_the_second(
    stack: LiveStack, kugel: kugelaudio.KugelAudio, key: str, noisy: Audio
) -> None:
    before = balance(stack, key)
    audio = kugelaudio.load_audio(wav(noisy, RATE))
    result = kugel.enhance.generate_sync(audio, model="clarity-1")
    assert (result.sample_rate, result.duration) == (OUT, SECONDS)
    assert gain(result.audio, noisy) >= 4
    assert before - balance(stack, key) == np.ceil(PRICE)


def test_one_voice_is_kept_and_the_other_turned_down(kugel: kugelaudio.KugelAudio) -> None:
    heard, turn = conversation()
    sample = kugelaudio.load_audio(wav(speech("woman", RATE, 6.0), RATE))

    async def run() -> Any:
        return await kugel.enhance.generate(
            kugelaudio.load_audio(wav(heard, RATE)), model="clarity-1", speaker=sample
        )

    samples = from_int16(asyncio.run(run()).audio)
    assert len(samples) == len(heard) * OUT // RATE
    kept, other = samples[: turn - OUT], samples[turn + OUT :]
    assert loudness(kept) - loudness(other) > 15


def test_warming_up(kugel: kugelaudio.KugelAudio, caplog: pytest.LogCaptureFixture) -> None:
    asyncio.run(kugel.enhance.prewarm())
    kugel.enhance.prewarm_sync()
    assert not caplog.records, "the SDK complains of a refusal in the log alone"


def test_errors_are_the_sdks_and_cost_nothing(
    stack: LiveStack, kugel: kugelaudio.KugelAudio, key: str, noisy: Audio
) -> None:
    before = balance(stack, key)
    audio = kugelaudio.load_audio(wav(noisy, RATE))
    with pytest.raises(ValidationError, match="no audio file"):
        kugel.enhance.generate_sync(kugelaudio.load_audio(b"no sound" * 99), model="clarity-1")
    with pytest.raises(ValidationError, match="Unknown model"):
        kugel.enhance.generate_sync(audio, model="kokoro")
    with pytest.raises(ValidationError, match="300 seconds"):
        kugel.enhance.generate_sync(
            kugelaudio.load_audio(wav(np.zeros(301 * 8_000, np.float32), 8_000)), model="clarity-1"
        )
    silence = kugelaudio.load_audio(wav(np.zeros(3 * RATE, np.float32), RATE))
    with pytest.raises(ValidationError, match="nobody speaks"):
        kugel.enhance.generate_sync(audio, model="clarity-1", speaker=silence)
    stranger = kugelaudio.KugelAudio(api_key="nobody", api_url=stack.base_url)
    with pytest.raises(AuthenticationError):
        stranger.enhance.generate_sync(audio, model="clarity-1")
    assert balance(stack, key) == before


# ---- While it is spoken ----------------------------------------------------------------------------------------------


def test_a_stream_is_cleaned_and_charged_by_what_was_sent(
    stack: LiveStack, kugel: kugelaudio.KugelAudio, key: str, noisy: Audio
) -> None:
    before = balance(stack, key)
    audio = kugelaudio.load_audio_stream(wav(noisy, RATE))
    made = b"".join(kugel.enhance.stream_sync(audio, model="clarity-1"))
    assert gain(made, noisy) >= 3
    assert eventually(lambda: busy_slots(stack), lambda slots: slots == 0) == 0
    spent = eventually(lambda: before - balance(stack, key), lambda spent: 0 < spent < 1000)
    assert spent == pytest.approx(PRICE, abs=2)


def test_sound_comes_back_while_it_is_spoken(kugel: kugelaudio.KugelAudio, noisy: Audio) -> None:
    """At the pace of speech, each tenth of a second is back soon after it was said."""
    sent: list[float] = []

    async def spoken() -> AsyncIterator[bytes]:
        began = time.monotonic()
        for number, chunk in enumerate(kugelaudio.load_audio_stream(wav(noisy[: 2 * RATE], RATE))):
            await asyncio.sleep(max(0.0, began + 0.1 * number - time.monotonic()))
            sent.append(time.monotonic())
            yield chunk

    async def run() -> list[float]:
        late, given = [], 0
        async for chunk in kugel.enhance.stream(spoken(), model="clarity-1", sample_rate=RATE):
            given += len(chunk) // 2
            late.append(time.monotonic() - sent[min(len(sent) - 1, (given - 1) * 10 // OUT)])
        assert given == 2 * OUT
        return late

    late = asyncio.run(run())
    assert len(late) > 5, "it does not come in one piece"
    assert np.median(late) < 0.5, late


def test_a_session_takes_one_stream_after_another(
    stack: LiveStack, kugel: kugelaudio.KugelAudio, key: str, noisy: Audio
) -> None:
    before = balance(stack, key)
    heard, turn = conversation()
    sample = kugelaudio.load_audio(wav(speech("woman", RATE, 6.0), RATE))

    async def run() -> tuple[bytes, bytes, bool | None]:
        async with kugel.enhance.session() as session:
            first = session.stream(kugelaudio.load_audio_stream(wav(noisy, RATE)), model="clarity-1")
            clean = b"".join([chunk async for chunk in first])
            stream = kugelaudio.load_audio_stream(wav(heard, RATE))
            second = session.stream(stream, model="clarity-1", speaker=sample)
            return clean, b"".join([chunk async for chunk in second]), session._honored

    clean, alone, kept_open = asyncio.run(run())
    assert kept_open, "one socket carried both"
    assert gain(clean, noisy) >= 3
    samples = from_int16(alone)
    assert len(samples) == len(heard) * OUT // RATE
    assert loudness(samples[: turn - OUT]) - loudness(samples[turn + OUT :]) > 15
    price = PRICE + len(heard) / RATE * 2000 / 60
    spent = eventually(
        lambda: before - balance(stack, key), lambda spent: abs(spent - price) <= 3, seconds=5.0
    )
    assert spent == pytest.approx(price, abs=3)
    assert eventually(lambda: busy_slots(stack), lambda slots: slots == 0) == 0


def test_errors_on_the_stream(stack: LiveStack, kugel: kugelaudio.KugelAudio, key: str) -> None:
    before, chunk = balance(stack, key), [b"\0\0" * 1600]
    with pytest.raises(ValidationError, match="sample_rate_hz"):
        list(kugel.enhance.stream_sync(chunk, model="clarity-1", sample_rate=655_350))
    with pytest.raises(ValidationError, match="Unknown model"):
        list(kugel.enhance.stream_sync(chunk, model="kokoro", sample_rate=RATE))
    short = kugelaudio.load_audio(wav(np.zeros(RATE // 2, np.float32), RATE))
    with pytest.raises(ValidationError, match="too short"):
        list(kugel.enhance.stream_sync(chunk, model="clarity-1", sample_rate=RATE, speaker=short))
    stranger = kugelaudio.KugelAudio(api_key="nobody", api_url=stack.base_url)
    with pytest.raises(AuthenticationError):
        list(stranger.enhance.stream_sync(chunk, model="clarity-1", sample_rate=RATE))
    assert eventually(lambda: busy_slots(stack), lambda slots: slots == 0) == 0
    assert balance(stack, key) == before


def test_who_goes_away_in_the_middle_pays_for_what_was_heard(
    stack: LiveStack, kugel: kugelaudio.KugelAudio, key: str, noisy: Audio
) -> None:
    before, sent = balance(stack, key), 0.0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while True:
            for chunk in kugelaudio.load_audio_stream(wav(noisy, RATE)):
                sent += len(chunk) / 2 / RATE
                yield chunk

    # Sent as fast as the line takes it: what comes back still comes in frames that the client takes.
    stream: Any = kugel.enhance.stream_sync(endless(), model="clarity-1", sample_rate=RATE)
    given = sum(len(next(stream)) // 2 for _ in range(3)) / OUT
    stream.close()
    assert eventually(lambda: busy_slots(stack), lambda slots: slots == 0, seconds=20) == 0
    spent = eventually(lambda: before - balance(stack, key), lambda spent: spent * 60 / 2000 < sent)
    assert given * 2000 / 60 - 2 <= spent <= sent * 2000 / 60 + 2


# ---- TTS.ai ----------------------------------------------------------------------------------------------------------


def test_the_documents_curl_line_saves_clean_speech(stack: LiveStack, noisy: Audio, tmp_path: Path) -> None:
    source = tmp_path / "source.wav"
    source.write_bytes(wav(noisy, RATE))
    made = FFmpeg(["-i", str(source), "-ar", "44100", "-b:a", "128k", str(tmp_path / "noisy_audio.mp3")])
    assert made.wait(30) == 0
    run_curl(stack, CURL, tmp_path)
    assert probe(tmp_path / "enhanced.mp3").codec == "mp3"
    clean = np.concatenate(list(decode(tmp_path / "enhanced.mp3", RATE)))
    assert len(clean) == pytest.approx(SECONDS * RATE, rel=0.01)
    quiet = np.sort(np.square(clean[: len(clean) // 800 * 800].reshape(-1, 800)).mean(axis=1))
    loud = np.sort(np.square(noisy[: len(noisy) // 800 * 800].reshape(-1, 800)).mean(axis=1))
    assert quiet[5] / quiet.mean() < 0.1 * loud[5] / loud.mean(), "between the words it is quiet now"
