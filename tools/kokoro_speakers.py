"""Make workers/engines/kokoro_speakers.npz: how each Kokoro voice sounds to the speaker encoder, at three pitches.

    python -m tools.kokoro_speakers [FILE]

Each voice speaks a text in its own language. Takes some 20 minutes of one core. Run it again when Kokoro's weights or
the encoder change; tests/engines/test_voice_match.py notices when the table no longer fits.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workers.engines.base import Audio, Utterance
from workers.engines.catalogue import catalogue
from workers.engines.ge2e import embed
from workers.engines.kokoro import Kokoro
from workers.engines.pitch import pitch
from workers.engines.speakers import STEPS, TABLE
from workers.engines.store import weights_dir

TEXTS = {
    "en": "The old bridge was closed on Monday, so we walked along the river instead. "
    "Nobody had seen the garden since the autumn, and every path was covered with leaves. "
    "Would you mind calling me again tomorrow morning?",
    "es": "El puente viejo estaba cerrado el lunes, así que caminamos junto al río. "
    "Nadie había visto el jardín desde el otoño, y los caminos estaban cubiertos de hojas.",
    "fr": "Le vieux pont était fermé lundi, alors nous avons marché le long de la rivière. "
    "Personne n'avait vu le jardin depuis l'automne, et les chemins étaient couverts de feuilles.",
    "hi": "पुराना पुल सोमवार को बंद था, इसलिए हम नदी के किनारे चले। "
    "पतझड़ के बाद से किसी ने बगीचा नहीं देखा था, और हर रास्ता पत्तों से ढका था।",
    "it": "Il vecchio ponte era chiuso lunedì, così abbiamo camminato lungo il fiume. "
    "Nessuno aveva visto il giardino dall'autunno, e i sentieri erano coperti di foglie.",
    "ja": "古い橋は月曜日に閉まっていたので、私たちは川に沿って歩きました。"
    "秋から誰もその庭を見ていなくて、道は落ち葉でいっぱいでした。",
    "pt": "A ponte velha estava fechada na segunda-feira, então caminhamos ao longo do rio. "
    "Ninguém tinha visto o jardim desde o outono, e os caminhos estavam cobertos de folhas.",
    "zh": "星期一那座老桥关闭了，所以我们沿着河边散步。自从秋天以来没有人去过那个花园，小路上铺满了落叶。",
}


SHORT = {
    "en": (
        "The museum opens at nine on weekdays.",
        "Fresh bread and warm butter were waiting in the kitchen.",
        "She has never been to the north of the country.",
        "Turn left at the second light, then drive on.",
        "A good dictionary is useful on a long journey.",
    )
}
"""English sentences of a usual length, for the pitch; the other languages' are those of TEXTS."""


def main() -> None:
    """Speak, listen, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=TABLE)
    parser.add_argument("--pitch-only", action="store_true", help="keep the embeddings that the file has")
    options = parser.parse_args()
    engine = Kokoro(weights_dir("kokoro"), 1)
    names = sorted(engine.voices)
    if options.pitch_only:
        with np.load(options.file) as table:
            embeddings = table["embeddings"]
    else:
        heard = [[embedding(engine, name, step) for name in names] for step in STEPS]
        embeddings = np.array(heard, np.float16)
    hertz = np.array([median_f0(engine, name) for name in names], np.float32)
    np.savez(options.file, names=np.array(names), embeddings=embeddings, hertz=hertz)


def embedding(engine: Kokoro, name: str, step: int) -> NDArray[np.float32]:
    """How a voice sounds with its pitch moved by `step` semitones."""
    print("embedding", step, name, flush=True)
    samples = spoken(engine, name, (TEXTS[language_of(name)],), {"f0_scale": 2 ** (step / 12)})
    return embed(samples, engine.sample_rate)


def median_f0(engine: Kokoro, name: str) -> float:
    """In Hz; 0 for a voice whose pitch is unsure."""
    language = language_of(name)
    texts = SHORT.get(language) or tuple(re.split(r"(?<=[.।。])\s*", TEXTS[language]))
    samples = spoken(engine, name, tuple(text for text in texts if text), {})
    found = pitch(samples, engine.sample_rate, seconds=60)
    print("pitch", name, found, flush=True)
    return found.hertz if found.sure else 0.0


def spoken(engine: Kokoro, name: str, texts: tuple[str, ...], data: dict[str, float]) -> Audio:
    """Texts one after the other in a voice."""
    said = (Utterance(text, name, language_of(name), options={"voice_data": data}) for text in texts)
    return np.concatenate([chunk.samples for each in said for chunk in engine.speak(each, lambda: False)])


def language_of(name: str) -> str:
    """The language of a Kokoro voice."""
    voice = catalogue().voice(name, "kokoro")
    assert voice is not None
    return voice.language


if __name__ == "__main__":
    main()
