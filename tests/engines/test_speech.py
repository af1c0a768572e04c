"""Kokoro and Piper speak for real, and Whisper hears what they said."""

from __future__ import annotations

import difflib
from itertools import pairwise

import numpy as np
import pytest

from tests.ear import hear, spoken_form, wer
from workers.engines.base import AudioChunk, CannotSpeak, Engine, Utterance, Word
from workers.engines.kokoro import MAX_TOKENS, Kokoro
from workers.engines.levels import EDGE_SECONDS
from workers.engines.registry import ModelUnavailable, load

pytestmark = pytest.mark.slow

SENTENCE = "The train leaves from the station at half past ten, and tickets cost 25 dollars."
JOE = "en_US-joe-medium"


def never() -> bool:
    return False


def speak(
    engine: Engine, text: str, voice: str, language: str = "en", speed: float = 1.0
) -> list[AudioChunk]:
    return list(engine.speak(Utterance(text, voice, language, speed), never))


def joined(chunks: list[AudioChunk]) -> np.ndarray:
    return np.concatenate([chunk.samples for chunk in chunks])


def timeline(engine: Engine, chunks: list[AudioChunk]) -> list[Word]:
    """All words with their times in the joined audio."""
    words, place = [], 0.0
    for chunk in chunks:
        words += [Word(w.text, w.start + place, w.end + place, w.char_start, w.char_end) for w in chunk.words]
        place += len(chunk.samples) / engine.sample_rate
    return words


def check_words(engine: Engine, text: str, chunks: list[AudioChunk]) -> None:
    """Every word once, in order, where it is in the text, inside its audio, and near where Whisper hears it."""
    words = timeline(engine, chunks)
    assert [text[word.char_start : word.char_end] for word in words] == [word.text for word in words]
    assert [word.char_start for word in words] == sorted({word.char_start for word in words})
    for chunk in chunks:
        seconds = len(chunk.samples) / engine.sample_rate
        for word in chunk.words:
            assert 0 <= word.start <= word.end <= seconds
    for before, after in pairwise(words):
        assert before.end <= after.start + 1e-6
    heard = hear(joined(chunks), engine.sample_rate, words=True)
    ours, theirs = ([spoken_form(word.text) for word in side] for side in (words, heard.words))
    blocks = difflib.SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks()
    apart = [
        abs(words[block.a + i].start - heard.words[block.b + i].start)
        for block in blocks
        for i in range(block.size)
    ]
    assert len(apart) >= 0.7 * len(words)
    assert np.median(apart) < 0.15
    assert np.quantile(apart, 0.9) < 0.35


@pytest.mark.parametrize("voice", ["af_heart", "am_michael", "bf_emma", "bm_george"])
def test_kokoro_is_understood_and_its_words_are_where_they_sound(kokoro: Engine, voice: str) -> None:
    chunks = speak(kokoro, SENTENCE, voice)
    assert wer(SENTENCE, hear(joined(chunks), kokoro.sample_rate)) <= 0.1
    assert [word.text for word in chunks[0].words] == SENTENCE.replace(",", "").rstrip(".").split()
    check_words(kokoro, SENTENCE, chunks)


def test_piper_is_understood_and_its_words_are_where_they_sound(piper: Engine) -> None:
    text = f"{SENTENCE} *Nobody* 🙂 else asked for the window seat."
    chunks = speak(piper, text, JOE)
    assert len(chunks) == 2
    assert wer(text, hear(joined(chunks), piper.sample_rate)) <= 0.1
    check_words(piper, text, chunks)


def test_vits_is_served_by_pipers_voice() -> None:
    engine = load("vits")
    assert (
        wer("Good morning, everybody.", hear(joined(speak(engine, "Good morning, everybody.", JOE)), 22_050))
        == 0
    )


def test_a_piper_voice_that_is_not_installed_says_how_to_get_it(piper: Engine) -> None:
    with pytest.raises(ModelUnavailable, match="models pull pl_PL-darkman-medium"):
        speak(piper, "Dzień dobry.", "pl_PL-darkman-medium", "pl")
    with pytest.raises(CannotSpeak, match="no voice 'nobody'"):
        speak(piper, "Hello.", "nobody")


def test_speech_has_a_known_quiet_edge(kokoro: Engine, piper: Engine) -> None:
    for engine, voice in ((kokoro, "bf_emma"), (piper, JOE)):
        (chunk,) = speak(engine, "Testing the edges of the audio!", voice)
        assert chunk.samples.dtype == np.float32
        edge = round(0.8 * EDGE_SECONDS * engine.sample_rate)
        loud = np.abs(chunk.samples).max()
        assert loud > 0.1
        assert np.abs(chunk.samples[:edge]).max() < 0.1 * loud
        assert np.abs(chunk.samples[-edge:]).max() < 0.1 * loud


def test_a_blend_is_another_voice_and_the_same_one_every_time(kokoro: Engine) -> None:
    text = "Blended voices sound like neither of the two."
    bella, sky = (joined(speak(kokoro, text, voice)) for voice in ("af_bella", "af_sky"))
    blend = joined(speak(kokoro, text, "af_bella(2)+af_sky(1)"))
    again = joined(speak(kokoro, text, "af_bella(4) + af_sky(2)"))
    assert np.array_equal(blend, again), "weights are relative"
    assert not any(
        len(blend) == len(other) and np.allclose(blend, other, atol=1e-3) for other in (bella, sky)
    )
    assert wer(text, hear(blend, kokoro.sample_rate)) <= 0.15
    assert np.array_equal(joined(speak(kokoro, text, "af_sky(3)")), sky)


@pytest.mark.parametrize(
    "voice", ["", "nobody", "af_bella+nobody", "af_bella(0)", "af_bella(-1)", "af_bella++af_sky"]
)
def test_bad_voices_are_refused(kokoro: Engine, voice: str) -> None:
    with pytest.raises(CannotSpeak):
        speak(kokoro, "Hello.", voice)


def test_speed_changes_the_pace(kokoro: Engine, piper: Engine) -> None:
    for engine, voice in ((kokoro, "af_heart"), (piper, JOE)):
        slow, fast = (len(joined(speak(engine, "Not so fast, please.", voice, speed=s))) for s in (0.7, 1.6))
        assert 1.6 < slow / fast < 3.0
        with pytest.raises(CannotSpeak, match="speeds"):
            speak(engine, SENTENCE, voice, speed=3.0)


@pytest.mark.parametrize("text", ["", "   ", "...", "🙂🙃", "—", "***", "\n\t", "!?", "\u200b", "'"])
def test_a_text_with_nothing_to_say_is_a_short_silence(kokoro: Engine, piper: Engine, text: str) -> None:
    for engine, voice in ((kokoro, "af_heart"), (piper, JOE)):
        (chunk,) = speak(engine, text, voice)
        assert 0 < len(chunk.samples) <= engine.sample_rate
        assert not chunk.samples.any()
        assert chunk.words == ()


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "I.",
        "$",
        "x" * 140,
        "1234567890",
        "Ünïcödé ñandú",
        "日本語",
        "e.g. this, i.e. that",
        "(((",
        "<b>&amp;",
    ],
)
def test_odd_texts_do_not_break_the_engines(kokoro: Engine, piper: Engine, text: str) -> None:
    for engine, voice in ((kokoro, "af_heart"), (piper, JOE)):
        chunks = speak(engine, text, voice)
        assert chunks
        assert np.isfinite(joined(chunks)).all()


def test_long_text_comes_back_whole_in_chunks_cut_between_sentences(kokoro: Engine) -> None:
    text = " ".join(
        f"Paragraph {n} says that the weather stays fine, and that everybody is happy." for n in range(1, 9)
    )
    chunks = speak(kokoro, text, "af_heart")
    assert len(chunks) > 1
    check_words(kokoro, text, chunks)
    assert all(text[chunk.words[-1].char_end] == "." for chunk in chunks)


def heard_until_cancelled(engine: Engine, utterance: Utterance) -> list[AudioChunk]:
    """What comes of an engine that is cancelled once its first chunk is there; it may ask as often as it likes."""
    heard: list[AudioChunk] = []
    for chunk in engine.speak(utterance, lambda: bool(heard)):
        heard.append(chunk)  # noqa: PERF402  (a list() would be full before the engine could see it)
    return heard


def test_an_engine_stops_between_chunks_when_it_is_cancelled(piper: Engine) -> None:
    engine = load("kokoro", threads=2)
    assert isinstance(engine, Kokoro)
    engine.piece_tokens = 20
    for speaker, voice in ((engine, "af_heart"), (piper, JOE)):
        text = "One is here. Two is there. Three is nowhere."
        assert len(speak(speaker, text, voice)) >= 3
        assert len(heard_until_cancelled(speaker, Utterance(text, voice, "en"))) == 1
        assert list(speaker.speak(Utterance(text, voice, "en"), lambda: True)) == []


def test_a_sentence_longer_than_the_model_can_take_is_cut_at_spaces(kokoro: Engine) -> None:
    text = "and " + "seventy thousand elephants " * 20
    chunks = speak(kokoro, text, "am_puck", speed=2.0)
    assert len(text) > MAX_TOKENS
    assert len(chunks) > 1
    assert [word.text for chunk in chunks for word in chunk.words] == text.split()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "El tren sale mañana por la mañana y llega a la ciudad antes del mediodía."),
        ("fr", "Le train part demain matin et arrive en ville avant midi."),
        ("it", "Il treno parte domani mattina e arriva in città molto presto."),
        ("ja", "今日はとても良い天気ですね。明日は友達と一緒に東京へ行きます。"),
    ],
)
def test_kokoro_is_understood_in_other_languages(kokoro: Engine, language: str, text: str) -> None:
    voice = {"es": "ef_dora", "fr": "ff_siwis", "it": "if_sara", "ja": "jf_alpha"}[language]
    chunks = speak(kokoro, text, voice, language)
    heard = hear(joined(chunks), kokoro.sample_rate, model="base", language=language)
    meant, understood = ([char for char in side.lower() if char.isalnum()] for side in (text, heard.text))
    assert difflib.SequenceMatcher(None, meant, understood, autojunk=False).ratio() > 0.85
    assert "".join(word.text for chunk in chunks for word in chunk.words)


def test_a_language_kokoro_cannot_spell_is_refused(kokoro: Engine) -> None:
    with pytest.raises(CannotSpeak, match="does not speak 'pl'"):
        speak(kokoro, "Dzień dobry.", "af_heart", "pl")
