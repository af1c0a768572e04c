"""What many of TTS.ai's calls take and answer, for the documentation."""

from __future__ import annotations

from collections.abc import Mapping

from ttsplatform.describing import Answer, Field, one_of, shape, shown, text, upload
from workers.audio.formats import AUDIO_FORMATS

BOTH = ("v1/", "api/v1/")
"""Its API host and its web host."""

JOB = {
    "uuid": "8c7a6d0e2f624f6c8f6c0a7b7c1d9e55",
    "job_id": "8c7a6d0e-2f62-4f6c-8f6c-0a7b7c1d9e55",
}
_LIKENESS = {"similarity": None, "note": ""}
ACCEPTED = {
    **JOB,
    "share_uuid": JOB["uuid"],
    "status": "queued",
    "model": "kokoro",
    "served_model": "kokoro",
    "voice": "af_bella",
    "language": "en",
    "credits_used": 36,
    "credits_remaining": 14_963,
    "status_url": f"https://example.com/v1/speech/results/?uuid={JOB['uuid']}",
    **_LIKENESS,
}
_LINK = "https://example.com/static/downloads/8c7a…/output.mp3?expires=…&signature=…"
RESULT = {
    **JOB,
    "job_status": "completed",
    "status": "completed",
    "result_url": _LINK,
    "url": _LINK,
    "cdn_url": _LINK,
    "progress": 1.0,
    "format": "mp3",
    "duration": 1.2,
    "model": "kokoro",
    "served_model": "kokoro",
    "credits_used": 36,
    "queue_position": None,
    "error": None,
    "message": None,
    "error_code": None,
    **_LIKENESS,
}
HEADERS = {
    "X-Credits-Used": "Characters charged.",
    "X-Job-Id": "The job's uuid.",
    "X-Served-Model": "Which model did it.",
}
LIKENESS_HEADERS = {
    "X-Voice-Similarity": "How like its speaker the voice is.",
    "X-Voice-Note": "The same in a sentence.",
}
WEBHOOK_URL = Field(
    "webhook_url", text(), "Is told when the job has ended; the answer is then the job. Needs a key."
)
IDEMPOTENCY = Field(
    "Idempotency-Key",
    text(),
    "Anything: the same key and order get the first answer again for 24 hours, and are charged once.",
)
PREFER = Field(
    "Prefer",
    text(),
    "`wait=N`: the answer waits up to N seconds, and is JSON. `respond-async`: it does not wait.",
)
WAIT = Field("wait", text(), "`false`: the answer is the job at once.")
WORKING = (
    *("model_not_found", "insufficient_credits", "file_too_large", "idempotency_mismatch"),
    *("too_many_concurrent", "model_unavailable"),
)


def file_of_job(
    *content_types: str, more: Mapping[str, str] | None = None, job: Mapping[str, object] | None = None
) -> Answer:
    """The audio that was made, or the job."""
    accepted = {**shape(job), "title": "TtsaiClone"} if job else {**shape(ACCEPTED), "title": "TtsaiJob"}
    binary = ({"type": "string", "format": "binary"}, None)
    return Answer(
        "The audio; or the job, for whoever does not wait.",
        {
            **dict.fromkeys(content_types, binary),
            "application/json": (accepted, job or ACCEPTED),
        },
        headers={**HEADERS, **(more or {})},
    )


def json_of_job(example: dict[str, object], title: str) -> Answer:
    """What came of the job, with what polling it says; or the job, for whoever does not wait."""
    return shown({**example, **RESULT, **ACCEPTED, **example}, "What came of it; or the job.", title=title)


SOUNDS = [form.content_type for form in AUDIO_FORMATS.values()]
_ANY = "Any format that ffmpeg reads, told by its content"
QUERY, SENT_HEADERS = (WAIT,), (IDEMPOTENCY, PREFER)


def file_field(most: int, name: str = "file") -> Field:
    return Field(name, upload(), f"{_ANY}; at most {most >> 20} MB.", required=True)


def format_field(default: str | None, formats: object = AUDIO_FORMATS) -> Field:
    about = "Of the answer." if default else "Of the answer. Left out: as it came."
    return Field("format", one_of(list(formats), default=default), about)  # type: ignore[call-overload]
