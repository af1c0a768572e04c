"""Make workers/engines/loudness.toml: how loud each voice is that is installed here, in LUFS.

    python -m tools.loudness [MODEL …]        (default: kokoro piper)

Every voice says sentences of its own language, without the gain that the table gives it. Some four minutes of one core
for all of Kokoro's voices; voices that are not installed keep what the table says of them. Run it again when weights
change; tests/engines/test_loudness.py notices when the table no longer fits.
"""

from __future__ import annotations

import argparse

import numpy as np

from workers.audio.loudness import loudness
from workers.engines import gains, registry
from workers.engines.base import Engine, Utterance
from workers.engines.catalogue import Voice, catalogue
from workers.engines.registry import can_load

from .kokoro_speakers import SENTENCES, TEXTS

HEADING = (
    "# How loud each voice is by itself, in LUFS. Written by `python -m tools.loudness`; gains.py reads it.\n"
)
ANY = "1234, 5678, 90. 12 34 56, 78 90."
"""For languages without sentences here: every engine reads digits in its voice's language."""
SENTENCES_HEARD = 5


def main() -> None:
    """Speak, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", default=["kokoro", "piper"])
    options = parser.parse_args()
    table = {model: dict(voices) for model, voices in gains.table().items()}
    for model in options.models:
        engine = registry.load(model, threads=2)
        for voice in catalogue().voices(model):
            if can_load(model, voice.id):
                table.setdefault(model, {})[voice.id] = measured(engine, model, voice)
                print(model, voice.id, table[model][voice.id], flush=True)
        engine.close()
    sections = (
        f"\n[{model}]\n" + "".join(f'"{voice}" = {lufs}\n' for voice, lufs in sorted(voices.items()))
        for model, voices in sorted(table.items())
    )
    gains.TABLE.write_text(HEADING + "".join(sections), "utf-8")


def measured(engine: Engine, model: str, voice: Voice) -> float:
    """LUFS of a voice as its engine makes it, to one decimal."""
    texts = (*SENTENCES.get(voice.language, ())[:SENTENCES_HEARD], TEXTS.get(voice.language, ANY))
    parts = [
        chunk.samples
        for text in texts
        for chunk in engine.speak(Utterance(text, voice.id, voice.language), lambda: False)
    ]
    heard = loudness(np.concatenate(parts), engine.sample_rate)
    return round(heard - (gains.gain_of(model, voice.id) or 0.0), 1)


if __name__ == "__main__":
    main()
