"""Text that comes word by word is let go sentence by sentence: soon, whole, and all of it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.text.buffer import TextBuffer
from workers.text.tags import Break, parse

# fmt: off
SENTENCES = [
    ("en", ["Pi is 3.14 or so. ", "Dr. Smith came, e.g. this one. ", "The U.S. army left... and then? ", "Go!"]),
    ("en", ['"Stop!" he cried. ', '"Yes." ', "She left. ", "(See it.) ", "“Come here.” ", "Fine"]),
    ("en", ["See https://example.com/a.b?c=1.5&d. ", "Mail a.b@c.com. ", "Great! ", "😀 Next one."]),
    ("en", ["1. First item. ", "2. Second item.\n", "- a\n", "- b\n\n", "**Bold.** ", "Wait… what?"]),
    ("en", ["It is version 2. ", "It costs $4.50 at 5 p.m. on Jan. 3. ", "Buy it."]),
    ("de", ["Das ist z. B. gut. ", "Am 3. Januar kam Dr. Müller. ", "Es war der 3. ", "„Ja.“ ", "»Nein.« ", "Ende."]),
    ("fr", ["Il dit : « Oui. » ", "M. Dupont vient. ", "« Quoi ? » dit-il. ", "Bien sûr !"]),
    ("es", ["¿Qué tal? ", "¡Bien! ", "El Sr. García vino. ", "Adiós."]),
    ("zh", ["你好。", "今天天气怎么样？！", "很好。", "他说：“好。”", "然后走了。"]),
    ("ja", ["これはペンです。", "「はい。」と言った。", "はい！", "そう。"]),
    ("ar", ["كيف حالك؟ ", "أنا بخير، شكرا. ", "نعم!"]),
    ("ar", ["جاء د. أحمد اليوم. ", "قال أ.د. محمد ذلك. ", "نعم."]),
    ("hi", ["नमस्ते। ", "आप कैसे हैं? ", "ठीक।"]),
    ("ur", ["یہ ہے۔ ", "وہ ہے۔"]),
    ("xx", ["Unknown language. ", "It works."]),
    (None, ["No language. ", "It works."]),
    ("en", ['Hi <prosody rate="slow">there. ', 'You</prosody> go.<break time="400ms"/> ', "Mail <spell>a.b. C@d. E</spell> now. ", "<break/> End."]),
]
# fmt: on


def fed(buffer: TextBuffer, text: str, size: int) -> list[str]:
    stretches = [each for at in range(0, len(text), size) for each in buffer.push(text[at : at + size])]
    return [each for each in [*stretches, buffer.flush()] if each]


@pytest.mark.parametrize(("language", "stretches"), SENTENCES)
def test_sentences_come_out_whole_however_they_come_in(language: str | None, stretches: list[str]) -> None:
    text = "".join(stretches)
    for size in (1, 2, 3, 7, len(text)):
        assert fed(TextBuffer(language), text, size) == stretches


@pytest.mark.parametrize(
    ("language", "fragments", "released"),
    [
        ("en", ["It works.", " ", "N"], [[], [], ["It works. "]]),
        ("en", ["Dr.", " ", "Smith"], [[], [], []]),
        ("en", ["It is 3.", "14", ". Y"], [[], [], []]),
        ("en", ["It is 3.", "14", ". Yes "], [[], [], ["It is 3.14. "]]),
        ("de", ["Am 3.", " M", "ai war"], [[], [], []]),
        ("ja", ["はい", "。", "次"], [[], ["はい。"], []]),
        ("ja", ["「はい", "。", "」次"], [[], [], ["「はい。」"]]),
        ("en", ["One line", "\n", "\n", "N"], [[], [], [], ["One line\n\n"]]),
        (
            "en",
            ["Hi. <spe", "ll>a. B", "</sp", "ell> now. N"],
            [["Hi. "], [], [], ["<spell>a. B</spell> now. "]],
        ),
        ("en", ["...", " A", "b. C"], [[], [], ["... Ab. "]]),
    ],
)
def test_a_sentence_comes_out_as_soon_as_its_end_is_certain(
    language: str, fragments: list[str], released: list[list[str]]
) -> None:
    buffer = TextBuffer(language)
    assert [buffer.push(fragment) for fragment in fragments] == released
    assert buffer.held == len("".join(fragments)) - len("".join(map("".join, released)))


LONG = "We went to the shop on the corner to buy bread and cheese, and then we walked home along the river"


def test_the_first_stretch_of_a_turn_may_end_at_a_clause_and_later_ones_do_not() -> None:
    buffer = TextBuffer("en", first_chars=50)
    text = f"{LONG}, {LONG}. {LONG}. "
    first, second, third = fed(buffer, text, 1)
    assert first == "We went to the shop on the corner to buy bread and cheese, "
    assert second.endswith("river. ")
    assert third == f"{LONG}. "
    assert fed(buffer, text, 5) == [first, second, third]


def test_without_a_clause_the_first_stretch_ends_at_a_word() -> None:
    first, second = fed(TextBuffer("en", first_chars=20), "word " * 40, 3)
    assert first == "word " * 11
    assert second == "word " * 29


def test_a_very_long_sentence_goes_by_clauses_and_at_the_latest_at_the_limit() -> None:
    clauses = fed(TextBuffer("en"), f"Hi. {LONG}, " + f"{LONG}, " * 5, 4)
    assert all(250 <= len(each) < 400 for each in clauses[1:-1])
    words = fed(TextBuffer("en", max_chars=300), "Hi. " + "word " * 200, 4)
    assert all(each.endswith("word ") and len(each) == 300 for each in words[1:-1])
    unspaced = fed(TextBuffer("ko", max_chars=300), "👍🏽" * 400, 4)
    assert all(len(each) == 300 for each in unspaced[:-1])


def test_a_schedule_makes_stretches_longer_while_the_turn_goes_on() -> None:
    stretches = fed(TextBuffer("en", schedule=[5, 80, 150]), "Hi. You are here. " * 40, 1)
    assert stretches[0] == "Hi. You are here. "
    assert 80 <= len(stretches[1].rstrip()) < 100
    assert all(150 <= len(each.rstrip()) < 170 for each in stretches[2:-1])


@pytest.mark.parametrize(
    ("fragments", "released", "rest"),
    [
        (["Hello wor"], "Hello ", "wor"),
        (["Hello world "], "Hello world ", ""),
        (["Hello world."], "Hello world.", ""),
        (["It costs 3."], "It costs ", "3."),
        (["I don'"], "I ", "don'"),
        (["Hello"], "", "Hello"),
        (["... "], "", "... "),
        (["Call <spell>AB"], "Call ", "<spell>AB"),
        (["Call <spell>AB</spell>"], "Call <spell>AB</spell>", ""),
        (["un<emphasis>bel"], "", "un<emphasis>bel"),
        (["Go <break ti"], "Go ", "<break ti"),
        (["今天天气"], "今天天气", ""),
    ],
)
def test_after_a_wait_whole_words_are_released(fragments: list[str], released: str, rest: str) -> None:
    buffer = TextBuffer("en")
    for fragment in fragments:
        assert buffer.push(fragment) == []
    assert buffer.release() == released
    assert buffer.held == len(rest)
    assert buffer.flush() == rest


def test_without_markup_tags_are_text_and_do_not_wait() -> None:
    assert fed(TextBuffer("en", markup=False), "A <spell>word. C", 1) == ["A <spell>word. ", "C"]


# fmt: off
SCRAPS = [
    "Dr. ", "3", ".", "14", " ", "  ", "\n", "\n\n", "word", "Word", "e.g.", "U.S.", "...", "?!", "“Oh.”", '"', ",", ", ", "1. ", "- ", "—",
    "これは。", "你好，", "！", "」", "مرحبا؟", "👨\u200d👩\u200d👧", "🇩🇪", "https://a.b/c.d", "<", ">", "<spell>a. B", "</spell>", "<break/>",
    '<prosody rate="slow">', "</prosody>", "<b", "x" * 40, "\ud800", "«", "»", "\u00a0",
]
# fmt: on
PROSE = st.lists(st.sampled_from(SCRAPS), max_size=60).map("".join)
SIZES = st.lists(st.integers(1, 9), min_size=1, max_size=9)


@settings(deadline=None, max_examples=60)
@given(
    st.one_of(PROSE, st.text(max_size=60)),
    SIZES,
    st.sampled_from(["en", "de", "ja", "th", "xx", "", None]),
    st.sampled_from([5, 60]),
    st.sampled_from([40, 1000]),
)
def test_all_that_goes_in_comes_out_and_no_tag_is_cut(
    text: str, sizes: list[int], language: str | None, first_chars: int, max_chars: int
) -> None:
    buffer = TextBuffer(language, first_chars=first_chars, max_chars=max_chars)
    out: list[str] = []
    at = turn = 0
    while at < len(text):
        size = sizes[turn % len(sizes)]
        out += buffer.push(text[at : at + size])
        at, turn = at + size, turn + 1
        if turn % 11 == 0:
            out.append(buffer.release())
        assert buffer.held + len("".join(out)) == min(at, len(text))
    out.append(buffer.flush())
    assert buffer.held == 0
    assert "".join(out) == text
    rates: list[float] = []
    breaks = sum(isinstance(part, Break) for each in out for part in parse(each, rates))
    assert breaks >= sum(isinstance(part, Break) for part in parse(text))


# A wide stop is let go before it is known whether another follows; all the rest waits until it is.
UNAMBIGUOUS = [scrap for scrap in SCRAPS if scrap not in {"これは。", "<spell>a. B", "</spell>"}]


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.sampled_from(UNAMBIGUOUS), max_size=60).map("".join),
    st.integers(2, 30),
    st.sampled_from(["en", "de", "fr"]),
    st.sampled_from([5, 60]),
    st.sampled_from([40, 1000]),
)
def test_how_the_text_was_parted_changes_nothing(
    text: str, size: int, language: str, first_chars: int, max_chars: int
) -> None:
    once, again = (TextBuffer(language, first_chars=first_chars, max_chars=max_chars) for _ in range(2))
    assert fed(once, text, 1) == fed(again, text, size)


HOSTILE = {
    "prose": "Hello there, you. " * 5555,
    "spaces": " " * 20_000,
    "letters": "a" * 20_000,
    "abbreviations": "Dr. " * 2000,
    "marks": "! " * 4000,
    "less than": "<" * 20_000,
    "unclosed": "<spell>" * 3000,
    "quoted": "「。" * 4000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_flood_of_fragments_is_not_slow(name: str) -> None:
    """A generous bound; a buffer that looked at all it holds each time would take many minutes."""
    text = HOSTILE[name]
    began = time.process_time()
    buffer, most = TextBuffer("en"), 0
    out: list[str] = []
    for character in text:
        out += buffer.push(character)
        most = max(most, buffer.held)
    assert "".join(out) + buffer.flush() == text
    assert most < 2000
    assert TextBuffer("en").push(text)
    assert time.process_time() - began < 20
