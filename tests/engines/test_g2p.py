"""Every word keeps its place: in the text, and in the phonemes. Needs no weights."""

from __future__ import annotations

import pytest
from kokoro_onnx.config import DEFAULT_VOCAB

from workers.engines.g2p import Spelled, spell
from workers.engines.g2p.kana import phonemes_of_kana
from workers.engines.kokoro import pieces

ALPHABET = frozenset(DEFAULT_VOCAB)


def parts(text: str, language: str = "en") -> dict[str, str]:
    spelled = spell(text, language, ALPHABET)
    return {word.text: spelled.symbols[word.start : word.end] for word in spelled.words}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ('I got it from the store at 10:30 — "really?" she said (for 5.50). Don\'t stop 🙂 50%!', "en"),
        ("Bonjour le monde, l'été arrive!", "fr"),
        ("今天天气很好，我们2024年去公园吧。OpenAI", "zh"),
        ("今日はとても良い天気ですね。東京へ2024年に行きました。", "ja"),
        ("नमस्ते दुनिया।", "hi"),
    ],
)
def test_words_are_in_order_in_the_text_and_in_the_phonemes(text: str, language: str) -> None:
    spelled = spell(text, language, ALPHABET)
    assert set(spelled.symbols) <= ALPHABET
    place = char = 0
    for word in spelled.words:
        assert text[word.char_start : word.char_end] == word.text
        assert word.char_start >= char
        assert place <= word.start <= word.end <= len(spelled.symbols)
        place, char = word.end, word.char_end


def test_words_that_espeak_merges_or_splits_get_their_own_phonemes() -> None:
    found = parts("I got it from the store on the 3rd at 10:30")
    assert found["from"].endswith("m")
    assert found["on"].endswith("n")
    assert found["store"].startswith("st")
    assert found["10:30"].startswith("t")
    assert " " in found["10:30"], "two spoken words"


def test_numbers_keep_their_points_and_abbreviations_do_not_end_the_sentence() -> None:
    assert list(parts("It is 3.14, e.g. 1,000 things.")) == ["It", "is", "3.14", "e.g", "1,000", "things"]
    assert "." not in spell("Take fruit, e.g. apples", "en", ALPHABET).symbols


def test_punctuation_becomes_what_the_model_knows() -> None:
    assert spell('«Oui», dit-il… 「no」。"a"', "fr", ALPHABET).symbols.count("“") == 3
    assert spell("Hi!", "en", ALPHABET).symbols.endswith("!")
    assert spell("... 🙂 ***", "en", ALPHABET) == Spelled("", ())


def test_british_and_american_differ() -> None:
    assert parts("water", "en-gb") != parts("water", "en")


@pytest.mark.parametrize(
    ("kana", "phonemes"),
    [
        ("キョー", "kʲoː"),
        ("テンキ", "teŋkʲi"),
        ("ファン", "ɸaɴ"),
        ("ティー", "tʲiː"),
        ("シンブン", "ɕimbɯɴ"),
        ("ガッコー", "ɡaʔkoː"),
    ],
)
def test_kana_are_read_as_kokoro_learned_them(kana: str, phonemes: str) -> None:
    assert phonemes_of_kana(kana) == phonemes


@pytest.mark.parametrize("limit", [10, 25, 60, 200])
def test_pieces_fit_and_lose_no_word(limit: int) -> None:
    text = "One sentence is short. Another, which has clauses, is rather longer; and incomprehensibilities are hard."
    spelled = spell(text, "en", ALPHABET)
    cut = list(pieces(spelled, limit))
    assert all(0 < len(piece.symbols) <= limit for piece in cut)
    assert [word.text for piece in cut for word in piece.words] == [word.text for word in spelled.words]
    assert "".join(piece.symbols.replace(" ", "") for piece in cut) == spelled.symbols.replace(" ", "")
    for piece in cut:
        assert all(0 <= word.start <= word.end <= len(piece.symbols) for word in piece.words)
