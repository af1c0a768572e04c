"""Twenty sentences in four Kokoro voices and Piper: Whisper base mishears at most one word in twenty."""

from __future__ import annotations

import numpy as np
import pytest

from tests.ear import hear, wer
from workers.engines.base import Utterance

pytestmark = pytest.mark.slow

# Years and sums of money are left out: the text pipeline writes them in words before an engine sees them.
SENTENCES = """\
The ferry leaves the port at dawn.
Please read this before you open the box.
How many people will join us for dinner?
Our engineers measured the river every morning.
Fresh bread and warm butter were waiting.
Turn left at the second light, then drive on.
The museum opens at 9 on weekdays.
Nobody expected the small team to win!
He explained the difference between weather and climate.
Your order should arrive within five days.
The violin was made in Italy.
If the alarm rings, leave by the nearest exit.
Scientists found a new kind of frog.
I'd rather walk home than wait.
The captain thanked the passengers.
The ticket costs 25 dollars, and children travel free.
A good dictionary is useful.
Prices rose by 3.5% last year.
She doesn't know the way.
We hope you enjoyed the concert.
""".splitlines()


@pytest.mark.parametrize(
    ("model", "voice"),
    [
        ("kokoro", "af_heart"),
        ("kokoro", "am_michael"),
        ("kokoro", "bf_emma"),
        ("kokoro", "bm_george"),
        ("piper", "en_US-joe-medium"),
    ],
)
def test_word_error_rate(model: str, voice: str, request: pytest.FixtureRequest, record_property) -> None:
    engine = request.getfixturevalue(model)
    pause = np.zeros(round(0.4 * engine.sample_rate), np.float32)
    audio = []
    for sentence in SENTENCES:
        for chunk in engine.speak(Utterance(sentence, voice, "en"), lambda: False):
            audio += [chunk.samples, pause]
    heard = hear(np.concatenate(audio), engine.sample_rate, model="base")
    rate = wer(" ".join(SENTENCES), heard)
    record_property("wer", rate)
    print(f"{model} {voice}: WER {rate:.1%}")
    assert rate <= 0.05, heard.text
