"""Texts for measurements: sentences of mixed length, and a long one made of them."""

from __future__ import annotations

from itertools import cycle

SENTENCES = (
    "The parcel left the warehouse this morning and should reach you by Thursday afternoon.",
    "Yes.",
    "Please hold the line while we look up your account, it will only take a moment.",
    "Our office on Mill Street is open from nine to five, except on public holidays.",
    "I could not find an order under that number.",
    "Would you like me to read it again?",
    "When the storm had passed, the fishermen walked down to the harbour to see what was left of their boats.",
    "Thank you for calling, and have a pleasant evening.",
    "The second chapter describes how rivers carve their way through stone over thousands of years.",
    "Turn left after the bridge, then keep to the right lane.",
    "Nobody had expected the small library in the valley to attract so many visitors in its first winter.",
    "That will be twelve dollars and fifty cents.",
    "A good loaf of bread needs only flour, water, salt, and more patience than most of us have.",
    "Your appointment has been moved to Monday.",
    "He opened the letter slowly, as if the paper itself might break the silence of the room.",
    "It is raining again.",
    "The museum keeps its oldest maps in a dark room, because daylight would bleach the ink within a year.",
    "We will call you back within two hours.",
    "From the top of the hill you can see the lighthouse, the old mill and, on clear days, the islands.",
    "She laughed, shook her head and went on painting the fence.",
)

TWELVE_WORDS = (
    "Please hold the line while we look for your order right now.",
    "Your parcel has left the warehouse and will reach you on Thursday.",
    "The next train to the city leaves from platform four at noon.",
    "I am sorry, but nobody with that name works in this office.",
    "You can change your appointment at any time by calling this number.",
    "The museum is closed on Mondays, but the garden stays always open.",
    "We have sent the invoice to the address that you gave us.",
    "Turn left after the bridge and follow the river for two miles.",
    "My sister bought three loaves of bread and a jar of honey.",
    "The weather will be mild and dry with a light easterly wind.",
)
"""Sentences of twelve words, as telephone and navigation systems say them."""


def sentences(count: int) -> list[str]:
    """`count` sentences, each different from the others by its number where the list is used up."""
    turns = cycle(SENTENCES)
    return [next(turns) if i < len(SENTENCES) else f"Number {i}: {next(turns)}" for i in range(count)]


def long_text(characters: int) -> str:
    """At least `characters` of text, in paragraphs of five sentences."""
    parts: list[str] = []
    size = 0
    for number, sentence in enumerate(cycle(SENTENCES)):
        if size >= characters:
            break
        parts.append(sentence + ("\n\n" if number % 5 == 4 else " "))
        size += len(parts[-1])
    return "".join(parts).strip()
