"""From text to the phonemes that Kokoro was trained on (the notation of its own G2P, misaki), word by word.

`spell(text, language)` is the whole interface.
"""

from .spell import LANGUAGES, Spelled, SpelledWord, spell

__all__ = ["LANGUAGES", "Spelled", "SpelledWord", "spell"]
