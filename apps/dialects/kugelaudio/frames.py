"""The frames that the sockets send: plain dictionaries, made from what happens in a turn."""

from __future__ import annotations

import base64
import dataclasses
from typing import Any

from apps.live.turn import Piece, Said, Sound, Totals
from workers.audio import g711

from .fields import Manner

Frame = dict[str, Any]
Words = list[dict[str, Any]]


def samples_of(sound: Sound) -> int:
    return len(sound.data) // 2


def audio(sound: Sound, manner: Manner) -> Frame:
    """`sound` is s16le; on telephone encodings the frame has a byte for each of its samples."""
    data = sound.data if manner.encoding == "pcm_s16le" else g711.encode(sound.data, manner.encoding)
    return {
        "audio": base64.b64encode(data).decode(),
        "enc": manner.encoding,
        "idx": sound.index,
        "sr": manner.sample_rate,
        "samples": samples_of(sound),
    }


def generation_started(piece: Piece) -> Frame:
    return {"generation_started": True, "chunk_id": piece.number, "text": piece.text}


def word_timestamps(words: Words, since: float = 0.0) -> Frame:
    """`since`: the moment of the turn that the times count from, in seconds."""
    return {
        "word_timestamps": [
            {
                "word": word["word"],
                "start_ms": round(max(0.0, word["start"] - since) * 1000),
                "end_ms": round(max(0.0, word["end"] - since) * 1000),
                "char_start": word["char_start"],
                "char_end": word["char_end"],
                # The times come from the model's own durations: there is nothing to be unsure of.
                "score": 1.0,
            }
            for word in words
        ]
    }


def chunk_complete(said: Said) -> Frame:
    return {
        "chunk_complete": True,
        "chunk_id": said.piece.number,
        "audio_seconds": round(said.seconds, 3),
        "gen_ms": round(said.took * 1000, 1),
        "is_final": False,
    }


def totals(done: Totals) -> Frame:
    return {
        "total_audio_seconds": round(done.seconds, 3),
        "total_text_chunks": done.pieces,
        "total_audio_chunks": done.sounds,
    }


def usage(done: Totals, manner: Manner) -> Frame:
    """What it cost. This server counts characters; what one costs in money is between operator and customer.

    And who spoke; of the caller's own voice also how like its speaker it is.
    """
    return {
        "audio_seconds": round(done.seconds, 3),
        "characters": done.spoken,
        "characters_charged": done.charged,
        "cost_cents": None,
        "cost_unavailable": True,
        "currency": "eur",
        "model_id": manner.model_id,
        "served_model": done.served_model or None,
        **(done.likeness or {}),
    }


def final(done: Totals, manner: Manner, samples: int) -> Frame:
    """The end of one request on /ws/tts."""
    seconds = samples / manner.sample_rate
    return {
        "final": True,
        "chunks": done.sounds,
        "total_samples": samples,
        "dur_ms": round(seconds * 1000, 1),
        "gen_ms": round(done.took * 1000, 1),
        "rtf": round(done.took / seconds, 4) if seconds else 0.0,
        "ttfa_ms": round((done.first_audio_seconds or 0.0) * 1000, 1),
        "usage": usage(done, manner),
    }


def add(one: Totals, other: Totals) -> None:
    """Count a turn into a conversation's totals."""
    for field in dataclasses.fields(Totals):
        if field.name in {"characters", "spoken", "charged", "seconds", "sounds", "pieces", "took"}:
            setattr(one, field.name, getattr(one, field.name) + getattr(other, field.name))
    if other.served_model:
        one.served_model, one.likeness = other.served_model, other.likeness
