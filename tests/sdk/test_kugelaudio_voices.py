"""PyPI `kugelaudio` 2.7.0, unmodified: voices of one's own, their recordings, and speech with them on every road."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import requests
from kugelaudio import KugelAudio
from kugelaudio.exceptions import KugelAudioError, NotFoundError, ValidationError
from kugelaudio.models import VoiceDetail

from tests.ear import hear, wer
from tests.sockets import Socket
from tests.stacks import LiveStack
from tests.voices.recordings import RATE, joe, wav
from workers.audio.encode import from_int16

TEXT = "The lighthouse keeper wrote a letter every evening."


@pytest.fixture(scope="module")
def sdk(stack: LiveStack) -> KugelAudio:
    return KugelAudio(api_key=stack.account(), api_url=stack.base_url)


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("recordings")
    halves = {"whole": joe(), "end": joe()[len(joe()) // 2 :]}
    for name, samples in halves.items():
        (folder / f"{name}.wav").write_bytes(wav(samples))
    return [folder / f"{name}.wav" for name in halves]


@pytest.fixture(scope="module")
def voice(sdk: KugelAudio, recordings: list[Path]) -> Iterator[VoiceDetail]:
    made = sdk.voices.create(
        "Joe",
        "male",
        speaker_consent=True,
        description="Reads the weather.",
        category="narrative_story",
        age="middle_age",
        quality="high",
        supported_languages=["en", "de"],
        sample_text="Good evening, this is Joe.",
        reference_files=[recordings[0]],
    )
    yield made
    sdk.voices.delete(made.id)
    with pytest.raises(NotFoundError):
        sdk.voices.get(made.id)


def own(sdk: KugelAudio) -> list[int]:
    return [each.id for each in sdk.voices.list(limit=100).voices if each.id < 1 << 30]


def test_a_voice_is_what_was_asked_for(sdk: KugelAudio, voice: VoiceDetail) -> None:
    assert 0 < voice.id < 1 << 30
    assert sdk.voices.get(voice.id) == voice
    assert (voice.name, voice.description, voice.quality) == ("Joe", "Reads the weather.", "high")
    assert voice.category is not None
    assert voice.sex is not None
    assert voice.age is not None
    told = (voice.category.value, voice.sex.value, voice.age.value)
    assert told == ("narrative_story", "male", "middle_age")
    assert (voice.supported_languages, voice.is_public) == (["en", "de"], False)
    assert sdk.voices.list(limit=1).voices[0].id == voice.id, "the caller's own come first"
    assert own(sdk) == [voice.id]
    assert sdk.voices.list(language="fr", limit=1).voices[0].id != voice.id


def test_without_consent_nothing_is_made(sdk: KugelAudio, voice: VoiceDetail, recordings: list[Path]) -> None:
    with pytest.raises(KugelAudioError) as refused:
        sdk.voices.create("Joe", "male", speaker_consent=False)
    assert refused.value.error_code == "SPEAKER_CONSENT_REQUIRED"
    with pytest.raises(KugelAudioError) as refused:
        sdk.voices.add_reference(voice.id, recordings[1], speaker_consent=False)
    assert refused.value.error_code == "SPEAKER_CONSENT_REQUIRED"
    assert own(sdk) == [voice.id]


def test_it_speaks_on_rest_and_on_the_sockets(stack: LiveStack, sdk: KugelAudio, voice: VoiceDetail) -> None:
    answer = requests.post(
        f"{stack.base_url}/v1/tts/generate",
        json={"text": TEXT, "voice_id": voice.id, "language": "en"},
        headers={"X-API-Key": sdk._api_key},
        timeout=60,
    )
    assert answer.headers["X-Served-Model"] == "voice-match"
    assert "stock voice" in answer.headers["X-Voice-Note"]
    assert 0.3 < float(answer.headers["X-Voice-Similarity"]) <= 1
    whole = sdk.tts.generate(text=TEXT, voice_id=voice.id, language="en")
    streamed = b""
    with sdk.tts.streaming_session_sync(voice_id=voice.id, language="en") as session:
        streamed = b"".join(chunk.audio for chunk in session.send(TEXT, flush=True))
    with Socket(stack.base_url, "/ws/tts/multi", str(sdk._api_key), sdk="test") as socket:
        socket.say(
            text="Hello. ", context_id="one", flush=True, language="en", voice_settings={"voice_id": voice.id}
        )
        socket.until("final")
        socket.say(close_context=True, context_id="one")
        usage = socket.until("context_closed")["usage"]
    assert (usage["served_model"], usage["note"]) == ("voice-match", answer.headers["X-Voice-Note"])
    assert str(usage["similarity"]) == answer.headers["X-Voice-Similarity"]
    heard = [from_int16(data) for data in (answer.content, whole.audio, streamed)]
    lengths = [len(samples) / RATE for samples in heard]
    assert max(lengths) - min(lengths) < 0.3, "the same voice on every road"
    assert wer(" ".join([TEXT] * 3), hear(np.concatenate(heard), RATE)) <= 0.15


def test_update_publish_and_sample(sdk: KugelAudio, voice: VoiceDetail) -> None:
    changed = sdk.voices.update(voice.id, description="Reads the news.", supported_languages=["en"])
    assert (changed.description, changed.supported_languages, changed.name) == (
        "Reads the news.",
        ["en"],
        "Joe",
    )
    with pytest.raises(ValidationError, match="category"):
        sdk.voices.update(voice.id, category="nonsense")
    published = sdk.voices.publish(voice.id)
    assert (published.is_public, published.pending_verification, published.verified) == (True, True, False)
    sample = sdk.voices.generate_sample(voice.id)
    assert sample.sample_url is not None
    spoken = requests.get(sample.sample_url, timeout=30)
    assert (spoken.status_code, spoken.headers["Content-Type"]) == (200, "audio/mpeg")
    assert sdk.voices.get(voice.id).sample_url is not None


def test_references_come_and_go(sdk: KugelAudio, voice: VoiceDetail, recordings: list[Path]) -> None:
    (first,) = sdk.voices.list_references(voice.id)
    assert (first.name, first.voice_id, first.is_generated) == ("whole.wav", voice.id, False)
    assert first.audio_url is not None
    assert requests.get(first.audio_url, timeout=30).content == recordings[0].read_bytes()
    bare = sdk.voices.create("Nobody yet", "male", speaker_consent=True)
    with pytest.raises(KugelAudioError, match="no recording"):
        sdk.voices.generate_sample(bare.id)
    added = sdk.voices.add_reference(
        bare.id, recordings[0], speaker_consent=True, reference_text="The boat left."
    )
    assert (added.voice_id, added.reference_text) == (bare.id, "The boat left.")
    second = sdk.voices.add_reference(bare.id, recordings[1], speaker_consent=True)
    assert [each.id for each in sdk.voices.list_references(bare.id)] == [added.id, second.id]
    sdk.voices.delete_reference(bare.id, second.id)
    sdk.voices.delete_reference(bare.id, added.id)
    assert sdk.voices.list_references(bare.id) == []
    with pytest.raises(NotFoundError):
        sdk.voices.delete_reference(bare.id, added.id)
    sdk.voices.delete(bare.id)


def test_the_catalogues_voices_can_not_be_changed(sdk: KugelAudio) -> None:
    stock = sdk.voices.list(limit=100).voices[-1]
    with pytest.raises(KugelAudioError, match="comes with the server"):
        sdk.voices.delete(stock.id)
    with pytest.raises(NotFoundError):
        sdk.tts.generate(text="Hello.", voice_id=999_999_999)
