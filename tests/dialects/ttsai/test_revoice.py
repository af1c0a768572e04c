"""Voice changer, speech to speech and speech translation, through the running platform."""

from __future__ import annotations

import io
from functools import cache
from typing import Any

import numpy as np
import requests

from tests.ear import hear, wer
from tests.live.helpers import balance, eventually
from tests.stacks import LiveStack
from tests.voices.recordings import wav
from workers.audio.decode import decode
from workers.audio.resample import resample
from workers.engines.base import Audio, Utterance
from workers.engines.ge2e import embed
from workers.engines.pitch import pitch
from workers.engines.registry import load

SAID = "The train to London leaves at nine. Please bring your passport and a warm coat."
RATE = 24_000


@cache
def said(
    text: str = SAID, voice: str = "en_US-joe-medium", model: str = "piper", language: str = "en"
) -> Audio:
    """The text spoken, with two seconds of rest before it and between its sentences, as people make them."""
    engine, rest = load(model), np.zeros(2 * RATE, np.float32)
    pieces: list[Audio] = []
    for sentence in text.split(". "):
        chunks = engine.speak(Utterance(sentence.rstrip(".") + ".", voice, language), lambda: False)
        spoken = np.concatenate([chunk.samples for chunk in chunks])
        pieces += [rest, resample(spoken, engine.sample_rate, RATE)]
    return np.concatenate(pieces)


def post(
    stack: LiveStack, path: str, key: str | None = None, data: bytes | None = None, **fields: str
) -> Any:
    headers = {"Authorization": f"Bearer {key or stack.account()}"}
    files = {"file": ("source.wav", wav(said()) if data is None else data)}
    return requests.post(f"{stack.base_url}{path}", headers=headers, files=files, data=fields, timeout=180)


def sound(answer: requests.Response, tmp: Any) -> Audio:
    assert answer.status_code == 200, answer.text
    path = tmp / "answer"
    path.write_bytes(answer.content)
    return np.concatenate(list(decode(path, RATE)))


def test_another_voice_says_the_same_at_the_same_times(stack: LiveStack, tmp_path: Any) -> None:
    key = stack.account()
    answer = post(stack, "/v1/voice-convert/", key, target_voice="af_heart", model="openvoice")
    made, source = sound(answer, tmp_path), said()
    assert answer.headers["Content-Type"] == "audio/wav"
    assert answer.headers["X-Served-Model"] in {"asr-resynthesis", "openvoice"}
    assert "written down" in answer.headers["X-Note"]
    assert abs(len(made) / len(source) - 1) < 0.01, "as long as it was"
    assert wer(SAID, hear(made, RATE, model="base")) <= 0.1
    times = [
        {word.text.lower(): word.start for word in hear(each, RATE, model="base", words=True).words}
        for each in (source, made)
    ]
    both = times[0].keys() & times[1].keys()
    assert len(both) >= 10
    late = [times[1][word] - times[0][word] for word in both]
    assert np.median(np.abs(late)) < 0.35, late
    heart = embed(said(voice="af_heart", model="kokoro"), RATE)
    assert embed(made, RATE) @ heart > embed(source, RATE) @ heart + 0.1
    seconds = len(source) / RATE
    assert balance(stack, key) == 1_000_000 - int(np.ceil(seconds * 3000 / 60))


def test_moods_change_pace_and_pitch_and_not_the_words(stack: LiveStack, tmp_path: Any) -> None:
    made = {
        emotion: sound(
            post(stack, "/v1/speech-to-speech/", voice="am_michael", emotion=emotion, speed="1.0"), tmp_path
        )
        for emotion in ("sad", "excited")
    }
    assert len(made["sad"]) > 1.2 * len(made["excited"])
    assert pitch(made["excited"], RATE).hertz > 1.12 * pitch(made["sad"], RATE).hertz
    for each in made.values():
        assert wer(SAID, hear(each, RATE, model="base")) <= 0.1


def test_spanish_is_said_in_english_in_a_voice_like_the_speakers(stack: LiveStack, tmp_path: Any) -> None:
    spanish = said("Buenos días. El tren sale mañana por la mañana.", "em_alex", "kokoro", "es")
    key = stack.account()
    answer = post(
        stack, "/v1/speech-translate/", key, wav(spanish), target_language="en", preserve_voice="true"
    ).json()
    assert (answer["source_language"], answer["target_language"]) == ("es", "en")
    assert "tren" in answer["original_text"].lower()
    assert "train" in answer["translated_text"].lower()
    assert "stock voice" in answer["note"]
    audio = requests.get(answer["audio_url"], timeout=30).content
    (tmp_path / "english.mp3").write_bytes(audio)
    assert "train" in hear(tmp_path / "english.mp3", model="base").text.lower()
    assert answer["credits_used"] == int(np.ceil(len(spanish) / RATE * 5000 / 60))
    assert balance(stack, key) == 1_000_000 - answer["credits_used"]


def test_a_webhook_url_or_no_wish_to_wait_gives_the_job(stack: LiveStack) -> None:
    key = stack.account()
    job = post(stack, "/v1/voice-convert/?wait=false", key, target_voice="af_heart").json()
    assert job["status"] == "queued"

    def looked() -> Any:
        return requests.get(job["status_url"], timeout=30).json()

    done = eventually(looked, lambda job: job["status"] != "processing", seconds=180)
    assert done["status"] == "completed"
    assert requests.get(done["result_url"], timeout=30).content[:4] == b"RIFF"


def test_what_is_refused_costs_nothing(stack: LiveStack) -> None:
    key = stack.account()
    silence = wav(np.zeros(3 * RATE, np.float32))
    for path, data, fields, says in (
        ("/v1/voice-convert/", None, {}, "target_voice"),
        ("/v1/voice-convert/", None, {"target_voice": "nobody"}, "voice"),
        ("/v1/voice-convert/", None, {"target_voice": "uv_unknown"}, "voice"),
        ("/v1/voice-convert/", None, {"target_voice": "af_heart", "model": "kokoro"}, "Unknown model"),
        ("/v1/voice-convert/", None, {"target_voice": "af_heart", "format": "exe"}, "format"),
        ("/v1/voice-convert/", silence, {"target_voice": "af_heart"}, "No speech"),
        ("/v1/voice-convert/", b"words, no sound" * 99, {"target_voice": "af_heart"}, "no audio"),
        ("/v1/speech-to-speech/", None, {"voice": "af_heart", "emotion": "bored"}, "emotion"),
        ("/v1/speech-to-speech/", None, {"voice": "af_heart", "speed": "3"}, "speed"),
        ("/v1/speech-translate/", None, {"target_language": "xx"}, "There are: en"),
        ("/v1/speech-translate/", None, {}, "target_language"),
    ):
        refused = post(stack, path, key, data, **fields)
        assert 400 <= refused.status_code < 500, (path, fields, refused.text)
        assert says in refused.json()["error"]["message"], refused.text
    url = f"{stack.base_url}/v1/voice-convert/"
    assert requests.post(url, files={"file": io.BytesIO(silence)}, timeout=30).status_code == 401
    assert balance(stack, key) == 1_000_000
