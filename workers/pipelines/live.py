"""Joins the chunks of live speech: rests between pieces, peaks kept down, words placed on the stream's clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from workers.audio.joining import limit_peak, pause_after, shifted
from workers.engines.base import Audio, AudioChunk
from workers.text.split import Pause


class LiveJoiner:
    """Like the joiner of stored speech, but a chunk is passed on when it comes: engines trim their own silence."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._heard = 0
        self._pause = 0.0

    def piece(
        self, chunks: Iterable[AudioChunk], text: str, char_start: int, pause: Pause
    ) -> Iterator[tuple[Audio, list[dict[str, Any]]]]:
        """The chunks of one piece with the words that begin in each; a rest comes before the first."""
        for chunk in chunks:
            rest = np.zeros(round(self._pause * self._rate) if self._heard else 0, np.float32)
            self._pause = 0.0
            self._heard += len(rest)
            words = shifted(chunk.words, self._heard / self._rate, char_start)
            self._heard += len(chunk.samples)
            listed = [
                {
                    "word": word.text,
                    "start": round(word.start, 3),
                    "end": round(word.end, 3),
                    "char_start": word.char_start,
                    "char_end": word.char_end,
                }
                for word in words
            ]
            yield np.concatenate([rest, limit_peak(chunk.samples, rate=self._rate)]), listed
        self._pause = pause_after(text, pause)
