"""Nobody waits for a sentence that is not wanted any more: engines stop in its middle, and speak on afterwards."""

from __future__ import annotations

import threading
import time

import pytest

from workers.engines import registry
from workers.engines.base import Utterance

SENTENCE = (
    "This one sentence goes on and on, with one clause after the other, so that speaking it takes the engine much "
    "longer than anybody wants to wait for it, and still it has not come to its end, for there is always more to say."
)


@pytest.mark.parametrize(("model", "voice"), [("kokoro", "af_bella"), ("piper", "en_US-joe-medium")])
def test_a_sentence_is_left_in_its_middle(model: str, voice: str) -> None:
    engine = registry.load(model, threads=1)
    engine.warm()
    stop = threading.Event()
    utterance = Utterance(SENTENCE if model == "kokoro" else SENTENCE * 6, voice, "en")
    began = time.monotonic()
    threading.Timer(0.15, stop.set).start()
    assert list(engine.speak(utterance, stop.is_set)) == []
    assert time.monotonic() - began < 1.0, "0.15 s and a moment; a busy machine gets more"
    (chunk, *_) = engine.speak(Utterance("All is well.", voice, "en"), lambda: False)
    assert len(chunk.samples) > engine.sample_rate / 2
