"""Make workers/engines/kokoro_speakers.npz: how each Kokoro voice sounds to the speaker encoder, moved in many ways.

    python -m tools.kokoro_speakers [FILE] [--pitch-only]

Each voice speaks a text in its own language, at three pitches, and is then played with five resonances. Takes some 30
minutes of one core. Run it again when Kokoro's weights or the encoder change; tests/engines/test_voice_match.py notices
when the table no longer fits.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workers.engines.base import Audio, Utterance
from workers.engines.catalogue import catalogue
from workers.engines.ge2e import embed, speech
from workers.engines.kokoro import Kokoro
from workers.engines.pitch import pitch
from workers.engines.speakers import RESONANCES, STEPS, TABLE
from workers.engines.store import weights_dir
from workers.engines.timbre import Tone, resounded, tone

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


SENTENCES = {
    "en": (
        "The museum opens at nine on weekdays.",
        "Fresh bread and warm butter were waiting in the kitchen.",
        "She has never been to the north of the country.",
        "Turn left at the second light, then drive on.",
        "A good dictionary is useful on a long journey.",
        "My brother works in a small bakery on the corner of the market square.",
        "We had planned to leave at six, but the car would not start.",
        "Where did you find that beautiful old clock?",
        "Thank you for waiting, your order will be ready in about ten minutes.",
        "Once upon a time there was a king who had three daughters.",
        "To open the lid, press both buttons and pull gently towards you.",
        "The children laughed when the dog jumped into the lake.",
        "Most people sleep better in a cool and quiet room.",
        "It was late. The lamps were lit along the harbour, and a cold wind came from the sea.",
    )
}
"""What the pitch is measured on, as it differs by a semitone from sentence to sentence; other languages have TEXTS."""


def main() -> None:
    """Speak, listen, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=TABLE)
    parser.add_argument("--pitch-only", action="store_true", help="keep the embeddings that the file has")
    options = parser.parse_args()
    engine = Kokoro(weights_dir("kokoro"), 2)
    names = sorted(engine.voices)
    if options.pitch_only:
        with np.load(options.file) as table:
            embeddings, tones = table["embeddings"], table["tones"]
    else:
        heard = [[listened(engine, name, step) for name in names] for step in STEPS]
        # (steps, names, resonances, 256) to (steps, resonances, names, 256)
        embeddings = np.array([[each for each, _ in row] for row in heard], np.float16).swapaxes(1, 2)
        tones = np.array([each for _, each in heard[STEPS.index(0)]], np.float16)
    hertz = np.array([median_f0(engine, name) for name in names], np.float32)
    np.savez(options.file, names=np.array(names), embeddings=embeddings, tones=tones, hertz=hertz)


def listened(engine: Kokoro, name: str, step: int) -> tuple[NDArray[np.float32], Tone]:
    """How a voice with its pitch moved by `step` semitones sounds, (resonances, 256), and its tone."""
    print("sound", step, name, flush=True)
    samples = spoken(engine, name, (TEXTS[language_of(name)],), {"f0_scale": 2 ** (step / 12)})
    played = [resounded(samples, engine.sample_rate, each) if each != 1.0 else samples for each in RESONANCES]
    return (
        np.array([embed(each, engine.sample_rate) for each in played]),
        tone(speech(samples, engine.sample_rate)),
    )


def median_f0(engine: Kokoro, name: str) -> float:
    """In Hz; 0 for a voice whose pitch is unsure."""
    language = language_of(name)
    texts = SENTENCES.get(language) or tuple(re.split(r"(?<=[.।。])\s*", TEXTS[language]))
    samples = spoken(engine, name, tuple(text for text in texts if text), {})
    found = pitch(samples, engine.sample_rate, seconds=90)
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
