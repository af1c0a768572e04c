"""Where the text of an order stands in a turn: in what is spoken and paid for, and in what the client sent."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from apps.jobs.services import Order
from workers.text.clean import Cleaned, cleaned


@dataclass(frozen=True)
class Stretch:
    """One order's text: its characters count from `start`, and it came at `at` of all that was sent for the turn."""

    order: Order
    start: int
    at: int

    @property
    def end(self) -> int:
        return self.start + self.order.characters

    @cached_property
    def _cleaned(self) -> Cleaned:
        return cleaned(self.order.original or str(self.order.request["text"]))

    def as_sent(self, word: dict[str, Any]) -> dict[str, Any]:
        """A word of the spoken text as the client wrote it, with its place there."""
        back = self._cleaned
        start, end = back.place(word["char_start"] - self.start, word["char_end"] - self.start)
        sent = {"word": back.source[start:end], "char_start": self.at + start, "char_end": self.at + end}
        return {**word, **sent}


def following(before: Stretch | None, order: Order, at: int) -> Stretch:
    """The next stretch of a turn. White space between two is one character, as in a text that is cleaned whole."""
    if before is None:
        return Stretch(order, 0, at)
    space = before.order.original[-1:].isspace() or order.original[:1].isspace()
    return Stretch(order, before.end + int(space), at)
