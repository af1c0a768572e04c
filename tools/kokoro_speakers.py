"""Make workers/engines/kokoro_speakers.npz: how each Kokoro voice sounds to the speaker encoder, at three pitches.

    python -m tools.kokoro_speakers [FILE]

Each voice speaks a text in its own language. Takes some 20 minutes of one core. Run it again when Kokoro's weights or
the encoder change; tests/engines/test_voice_match.py notices when the table no longer fits.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from workers.engines.base import Utterance
from workers.engines.catalogue import catalogue
from workers.engines.ge2e import WIDTH, embed
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


def main() -> None:
    """Speak, listen, write; what the file holds already for other pitches is kept until it is made anew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=TABLE)
    path: Path = parser.parse_args().file
    engine = Kokoro(weights_dir("kokoro"), 1)
    names = sorted(engine.voices)
    embeddings = np.zeros((len(STEPS), len(names), WIDTH), np.float32)
    hertz = np.zeros(len(names), np.float32)
    for step in sorted(STEPS, key=abs):
        for row, name in enumerate(names):
            voice = catalogue().voice(name, "kokoro")
            assert voice is not None
            options = {"voice_data": {"f0_scale": 2 ** (step / 12)}}
            said = Utterance(TEXTS[voice.language], name, voice.language, options=options)
            samples = np.concatenate([chunk.samples for chunk in engine.speak(said, lambda: False)])
            embeddings[STEPS.index(step), row] = embed(samples, engine.sample_rate)
            if step == 0:
                hertz[row] = pitch(samples, engine.sample_rate).hertz
            print(step, name, round(float(hertz[row]), 1), flush=True)
        np.savez(path, names=np.array(names), embeddings=embeddings.astype(np.float16), hertz=hertz)


if __name__ == "__main__":
    main()
