"""What is done to recordings: how much better they get, that nothing is lost, and that good ones stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from tests.audio.mixes import babble, mixed, noise, rms, si_sdr, speech
from tests.audio.music import RATE as MUSIC_RATE
from tests.audio.music import played, songs
from workers.audio.resample import resample
from workers.audio.tools.bandwidth import Bandwidth
from workers.audio.tools.clarity import Clarity
from workers.audio.tools.denoise import ATTENUATION, Denoise
from workers.audio.tools.dereverb import Dereverb
from workers.audio.tools.echo import Echo, EchoFinder, EchoOff
from workers.audio.tools.hum import HumFinder, HumOff
from workers.audio.tools.stages import Chain, Channels, Spectral, Stage
from workers.audio.tools.survey import Survey, Surveyor
from workers.engines.base import Audio
from workers.engines.kinds import Denoiser, Stereo
from workers.engines.registry import load

RATE = 48_000


@pytest.fixture(scope="module")
def engine() -> Iterator[Denoiser]:
    model = load("deepfilternet")
    yield model
    model.close()


def through(stage: Stage, sound: Stereo, pieces: int = 11) -> Stereo:
    """The sound after a stage that was given it in pieces of all lengths."""
    cuts = np.sort(np.random.default_rng(pieces).integers(0, sound.shape[1], pieces))
    made = [stage.push(piece) for piece in np.split(sound, cuts, axis=1)]
    return np.concatenate([*made, stage.finish()], axis=1)


def denoised(engine: Denoiser, sound: Audio, strength: int = 2, level: float | None = None) -> Audio:
    stream = Denoise(engine, ATTENUATION[strength], rms(sound) if level is None else level)
    return through(Channels(lambda: stream, 1), sound[None])[0]


def surveyed(sound: Stereo) -> Survey:
    surveyor = Surveyor()
    for block in np.array_split(sound, max(1, sound.shape[1] // 8192), axis=1):
        surveyor.push(block)
    return surveyor.survey


def cleaned(engine: Denoiser, sound: Audio) -> Audio:
    """As enhance does it: what hum there is first."""
    hum = surveyed(sound[None]).hum
    return denoised(engine, through(HumOff(RATE, 1, hum), sound[None])[0] if hum else sound)


# ---- Noise ----------------------------------------------------------------------------------------------------------


def test_noise_goes(engine: Denoiser) -> None:
    """At 5 dB, five decibels of SI-SDR are gained on the whole with each kind, and with hum by everybody."""
    for kind in ("white", "pink", "hum"):
        gains = []
        for name in ("man", "woman"):
            voice = speech(name, seconds=4.0)
            noisy = mixed(voice, noise(kind, len(voice)), 5.0)
            gains.append(si_sdr(voice, cleaned(engine, noisy)) - si_sdr(voice, noisy))
        assert np.mean(gains) >= 5.0, (kind, gains)
        assert kind != "hum" or min(gains) >= 8.0, gains


def test_hum_is_found_where_it_is_and_nowhere_else() -> None:
    voice = speech("woman")
    time = np.arange(len(voice)) / RATE
    tones = {
        mains: sum(np.sin(2 * np.pi * 1.001 * mains * n * time + n) / n for n in (1, 2, 3, 5))
        for mains in (50, 60)
    }
    for mains, tone in tones.items():
        lines = surveyed(mixed(voice, np.asarray(tone), 5.0)[None]).hum
        assert lines == pytest.approx([1.001 * mains * n for n in (1, 2, 3, 5)], abs=0.3)
    for name in ("man", "reader", "another man", "woman"):
        spoken = speech(name)
        for sound in (spoken, *(mixed(spoken, noise(kind, len(spoken)), 5.0) for kind in ("white", "pink"))):
            assert not surveyed(sound[None]).hum, name
        assert not surveyed(mixed(spoken, babble(name, len(spoken)), 5.0)[None]).hum
    single = np.asarray(0.1 * np.sin(2 * np.pi * 100 * time), np.float32)
    for sound in (single, voice[: 2 * RATE], voice[:0], np.zeros(5 * RATE, np.float32)):
        assert not surveyed(sound[None]).hum
    for song in songs()[:4]:
        finder = HumFinder(MUSIC_RATE)
        finder.push(played(song, 8.0))
        assert not finder.lines


def test_other_voices_do_not_cost_the_speaker_anything(engine: Denoiser) -> None:
    for name in ("man", "woman", "another man"):
        voice = speech(name)
        heard = mixed(voice, babble(name, len(voice)), 5.0)
        made = denoised(engine, heard, strength=3)
        assert si_sdr(voice, made) - si_sdr(voice, heard) > -1.0, name


def test_a_quiet_recording_is_no_worse_off(engine: Denoiser) -> None:
    voice = speech("man", seconds=4.0)
    noisy = mixed(voice, noise("white", len(voice)), 5.0)
    loud, quiet = denoised(engine, noisy), denoised(engine, noisy * np.float32(0.003)) / np.float32(0.003)
    assert si_sdr(loud, quiet) > 30


def test_live_sound_whose_level_nobody_knows(engine: Denoiser) -> None:
    voice = speech("man", seconds=4.0) * np.float32(0.05)
    noisy = mixed(voice, noise("pink", len(voice)), 5.0)
    stream = Denoise(engine, ATTENUATION[3])
    made = through(Channels(lambda: stream, 1), noisy[None], 40)[0]
    assert made.shape == voice.shape
    assert si_sdr(voice, made) - si_sdr(voice, noisy) > 3.0


def test_clean_speech_stays(engine: Denoiser) -> None:
    voice = speech("man", seconds=4.0)
    assert si_sdr(voice, denoised(engine, voice)) > 20


def test_strength_is_how_far_noise_is_lowered(engine: Denoiser) -> None:
    hiss = np.asarray(0.05 * noise("white", 3 * RATE), np.float32)
    levels = [rms(denoised(engine, hiss, strength)[RATE:]) for strength in (1, 2, 3)]
    lowered = [20 * np.log10(rms(hiss) / level) for level in levels]
    assert lowered[0] == pytest.approx(12, abs=2)
    assert lowered[1] == pytest.approx(24, abs=3)
    assert lowered[2] > 30


def test_channels_that_are_the_same_are_worked_on_once(engine: Denoiser) -> None:
    made = []

    def stream() -> Denoise:
        made.append(Denoise(engine, 24.0, 0.1))
        return made[-1]

    voice = speech("man", seconds=1.0)
    both = np.stack([voice, voice])
    assert through(Channels(stream, 2, alike=True), both).shape == both.shape
    assert len(made) == 1
    assert through(Channels(stream, 2), both).shape == both.shape
    assert len(made) == 3


# ---- Clarity, band, room, echo --------------------------------------------------------------------------------------


def test_clarity_brings_presence_and_quiet_words_out() -> None:
    voice = speech("man")
    half = len(voice) // 2
    uneven = np.concatenate([voice[:half], voice[half:] * np.float32(0.25)])[None]
    rumbling = uneven + np.asarray(0.05 * np.sin(2 * np.pi * 30 * np.arange(len(voice)) / RATE), np.float32)
    made = through(Clarity(RATE, 1, surveyed(uneven).level), rumbling)

    def level(sound: Stereo, low: float, high: float, part: slice = slice(None)) -> float:
        spectrum = np.abs(np.fft.rfft(sound[0, part]))
        hertz = np.fft.rfftfreq(sound[0, part].size, 1 / RATE)
        return float(20 * np.log10(np.sqrt((spectrum[(hertz > low) & (hertz < high)] ** 2).sum())))

    assert level(rumbling, 20, 45) - level(made, 20, 45) > 15
    assert (level(made, 2500, 5000) - level(made, 250, 600)) - (
        level(uneven, 2500, 5000) - level(uneven, 250, 600)
    ) > 2

    def apart(sound: Stereo) -> float:
        return level(sound, 300, 3000, slice(0, half)) - level(sound, 300, 3000, slice(half, None))

    assert apart(uneven) - apart(made) > 1.0
    assert abs(20 * np.log10(rms(made) / rms(uneven))) < 4


def test_a_missing_top_is_filled_and_a_full_band_left_alone() -> None:
    voice = speech("woman", 16_000)
    dull = resample(resample(voice, 16_000, 8_000), 8_000, RATE)[None]
    survey = surveyed(dull)
    assert survey.cut == pytest.approx(4000, abs=500)
    made = through(Bandwidth(1, survey.cut), dull)
    spectra = [np.abs(np.fft.rfft(sound[0])) ** 2 for sound in (dull, made)]
    hertz = np.fft.rfftfreq(dull.shape[1], 1 / RATE)
    below, above = (hertz > 2000) & (hertz < 3600), (hertz > 4200) & (hertz < 8000)
    assert spectra[0][above].sum() < 1e-6 * spectra[0][below].sum()
    share = spectra[1][above].sum() / spectra[1][below].sum()
    assert 0.002 < share < 0.5
    assert si_sdr(dull[0], made[0]) > 10
    wide = surveyed(np.asarray(0.1 * noise("pink", 2 * RATE), np.float32)[None])
    assert wide.cut == RATE / 2


def test_a_survey_says_what_there_is() -> None:
    voice = speech("man", seconds=2.0)
    twice = surveyed(np.stack([voice, voice]))
    assert twice.alike
    assert twice.seconds == pytest.approx(2.0, abs=0.01)
    assert not surveyed(np.stack([voice, voice * np.float32(0.9)])).alike
    assert surveyed(np.zeros((1, RATE), np.float32)).level == 0.0
    assert Survey.of_json(twice.as_json()) == twice


@pytest.mark.parametrize(
    ("seconds", "gain", "again"), [(0.25, 0.5, False), (0.537, 0.3, False), (0.3, 0.6, True)]
)
def test_an_echo_is_found_and_taken_back(seconds: float, gain: float, again: bool) -> None:
    voice = np.concatenate([speech("man"), speech("woman")])
    delay = round(seconds * RATE)
    echoing = voice.copy()
    for start in range(delay, len(voice), delay):
        source = (echoing if again else voice)[start - delay : start]
        part = echoing[start : start + delay]
        part += np.float32(gain) * source[: len(part)]
    finder = EchoFinder()
    for block in np.array_split(resample(echoing, RATE, 16_000), 30):
        finder.push(block)
    found = finder.finish()
    assert found is not None
    assert found.again == again
    assert found.seconds == pytest.approx(seconds, abs=1e-4)
    assert found.gain == pytest.approx(gain, rel=0.25)
    made = through(EchoOff(RATE, 1, found), echoing[None])[0]
    assert si_sdr(voice, made) - si_sdr(voice, echoing) > 8


def test_no_echo_is_found_where_there_is_none() -> None:
    dry = [speech(name, 16_000) for name in ("man", "woman", "another man")]
    music = resample(played(songs()[1], 12.0), MUSIC_RATE, 16_000)
    for sound in (*dry, music, np.zeros(32_000, np.float32), np.zeros(10, np.float32)):
        finder = EchoFinder()
        finder.push(sound)
        assert finder.finish() is None


def test_a_room_is_heard_less_and_dry_speech_kept() -> None:
    voice = speech("reader")
    chance = np.random.default_rng(1)
    room = chance.normal(size=RATE // 2) * 10 ** (-3 * np.arange(RATE // 2) / RATE / 0.5)
    room[: RATE // 250] = 0
    room *= 10 ** (-3 / 20) / np.sqrt((room**2).sum())
    room[0] = 1.0
    size = 1 << 19
    wet = np.fft.irfft(np.fft.rfft(voice, size) * np.fft.rfft(room, size), size)[: len(voice)].astype(
        np.float32
    )
    made = through(Dereverb(RATE, 1, 3), wet[None])[0]
    # One microphone is little: about a decibel, and that is what the documents say.
    assert si_sdr(voice, made) - si_sdr(voice, wet) > 0.6
    assert si_sdr(voice, through(Dereverb(RATE, 1, 3), voice[None])[0]) > 15


# ---- Stages ---------------------------------------------------------------------------------------------------------

STAGES: dict[str, Callable[[], Stage]] = {
    "nothing": lambda: Chain([]),
    "spectra": lambda: Spectral(1024, 2, lambda spectra: spectra),
    "clarity": lambda: Clarity(RATE, 2, 0.1),
    "bandwidth": lambda: Bandwidth(2, 6000.0),
    "dereverb": lambda: Dereverb(RATE, 2, 5),
    "hum": lambda: HumOff(RATE, 2, [50.0, 149.9]),
    "echo": lambda: EchoOff(RATE, 2, Echo(0.1, 0.4, True)),
    "all": lambda: Chain(
        [EchoOff(RATE, 2, Echo(0.1, 0.4, False)), Clarity(RATE, 2, 0.1), Bandwidth(2, 6000.0)]
    ),
}


@pytest.mark.parametrize("name", STAGES)
def test_as_many_samples_come_out_however_they_are_cut(name: str) -> None:
    sound = np.asarray(0.1 * np.random.default_rng(0).normal(size=(2, 30_011)), np.float32)
    once = through(STAGES[name](), sound, 0)
    assert once.shape == sound.shape
    assert np.isfinite(once).all()
    np.testing.assert_allclose(through(STAGES[name](), sound, 23), once, atol=2e-5)
    few = through(STAGES[name](), sound[:, :7], 0)
    assert few.shape == (2, 7)


def test_spectra_that_nobody_changes_give_the_same_sound() -> None:
    sound = np.asarray(0.1 * np.random.default_rng(0).normal(size=(1, 9_000)), np.float32)
    np.testing.assert_allclose(
        through(STAGES["spectra"](), np.repeat(sound, 2, axis=0))[:1], sound, atol=1e-6
    )
