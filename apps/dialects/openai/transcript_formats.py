"""A transcript in each of OpenAI's formats."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any

from babel import Locale
from django.http import HttpResponse, HttpResponseBase, JsonResponse

from apps.jobs.transcripts import Transcript, subtitles_of

FORMATS = ("json", "text", "srt", "verbose_json", "vtt", "diarized_json")
STREAMED = ("json", "text", "diarized_json")
GRANULARITIES = ("segment", "word")
_PLAIN = {"text": "text/plain", "srt": "application/x-subrip", "vtt": "text/vtt"}


def dressed(
    transcript: Transcript, format: str, *, granularities: Collection[str] = (), translated: bool = False
) -> HttpResponseBase:
    """The body of an answer in `format`, one of FORMATS."""
    if format in _PLAIN:
        body = f"{transcript.text}\n" if format == "text" else subtitles_of(transcript, format)
        return HttpResponse(body, content_type=f"{_PLAIN[format]}; charset=utf-8")
    if format == "verbose_json":
        return JsonResponse(_verbose(transcript, granularities or ("segment",), translated))
    answer: dict[str, Any] = {"text": transcript.text, "usage": usage(transcript)}
    if format == "diarized_json":
        segments = [diarized(number, each) for number, each in enumerate(transcript.segments)]
        answer |= {"task": "transcribe", "duration": transcript.duration, "segments": segments}
    return JsonResponse(answer)


def diarized(number: int, segment: dict[str, Any]) -> dict[str, Any]:
    """A segment with its speaker."""
    return {
        "type": "transcript.text.segment",
        "id": f"seg_{number}",
        "start": segment["start"],
        "end": segment["end"],
        "text": segment["text"],
        "speaker": segment["speaker"],
    }


def usage(transcript: Transcript) -> dict[str, Any]:
    return {"type": "duration", "seconds": math.ceil(transcript.duration)}


def _verbose(transcript: Transcript, granularities: Collection[str], translated: bool) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "task": "translate" if translated else "transcribe",
        "language": "english" if translated else _called(transcript.language),
        "duration": transcript.duration,
        "text": transcript.text,
        "usage": usage(transcript),
    }
    if "segment" in granularities:
        answer["segments"] = [_segment(each) for each in transcript.segments]
    if "word" in granularities:
        answer["words"] = [
            {"word": each["word"], "start": each["start"], "end": each["end"]} for each in transcript.words
        ]
    return answer


def _segment(segment: dict[str, Any]) -> dict[str, Any]:
    names = ("id", "start", "end", "text", "tokens", "temperature", "avg_logprob", "compression_ratio")
    shown = {name: segment[name] for name in names}
    # Hundredths of a second, as Whisper counts.
    return {**shown, "seek": round(segment["start"] * 100), "no_speech_prob": segment["no_speech_prob"]}


def _called(code: str) -> str:
    """The language's English name, as OpenAI's answers have it: english, spanish."""
    return str(Locale("en").languages.get(code, code)).lower()
