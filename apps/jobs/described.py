"""Jobs and their files, for the documentation."""

from __future__ import annotations

from ttsplatform.describing import (
    Described,
    Field,
    Operation,
    events,
    nothing,
    one_of,
    shown,
    sound,
    text,
    whole,
)

from .models import JobStatus
from .views import NewestFirst

JOB = {
    "id": "8c7a6d0e-2f62-4f6c-8f6c-0a7b7c1d9e55",
    "object": "job",
    "kind": "speech",
    "status": "completed",
    "progress": 1.0,
    "queue_position": None,
    "model": "kokoro",
    "served_model": "kokoro",
    "voice": "af_bella",
    "language": "en",
    "characters": 6,
    "credits_used": 12,
    "duration": 0.9,
    "error": None,
    "request_id": "req_0f3c2d1b",
    "created_at": "2026-01-15T10:30:00+00:00",
    "started_at": "2026-01-15T10:30:00+00:00",
    "finished_at": "2026-01-15T10:30:01+00:00",
    "purged": False,
    "result_url": "https://example.com/static/downloads/8c7a…/output.mp3?expires=…&signature=…",
}
ONE = (Field("job_id", {"type": "string"}, "The job's id, with dashes or without."),)
PAGE = (
    Field("limit", whole(1, NewestFirst.max_page_size, default=NewestFirst.page_size), "How many at once."),
    Field("cursor", text(), "As in `next` and `previous` of an answer."),
)

LIST = Operation(
    "platform",
    "List jobs",
    (shown({"next": None, "previous": None, "results": [JOB]}),),
    "The account's jobs, newest first. `next` and `previous` are addresses of other pages.",
    query=(Field("status", one_of(JobStatus.values), "Only these."), *PAGE),
)
SHOW = Operation(
    "platform",
    "Show a job",
    (shown(JOB, title="Job"),),
    "`result_url` is a fresh link to its file, good for an hour.",
    path=ONE,
    errors=("not_found",),
)
DELETE = Operation(
    "platform",
    "Delete a job",
    (nothing("Its audio and its text are gone for good."),),
    "One that has not ended is cancelled first.",
    path=ONE,
    errors=("not_found",),
)
CANCEL = Operation(
    "platform",
    "Cancel a job",
    (shown(JOB, title="Job"),),
    "Ends it and gives the characters back.",
    path=ONE,
    errors=("not_found", "conflict"),
)
FOLLOW = Operation(
    "platform",
    "Follow a job",
    (
        events(
            'event: job\ndata: {"id": "8c7a…", "status": "running", "progress": 0.5, …}\n\n',
            "An event `job` with the job's JSON at every change, until it has ended.",
        ),
    ),
    path=ONE,
    errors=("not_found",),
    scope="jobs",
)
DOWNLOAD = Operation(
    "platform",
    "Fetch a job's file",
    (sound("audio/mpeg", "The file; `Range` is answered with 206."),),
    "Follow `result_url` of an answer: it is signed and works without a key until `expires`. Without a signature the "
    "key of the job's owner is needed.",
    path=(
        Field("job_id", {"type": "string"}, "The job's id."),
        Field("filename", {"type": "string"}, "As in the link."),
    ),
    query=(
        Field("expires", whole(), "From the link: Unix seconds."),
        Field("signature", text(), "From the link."),
    ),
    errors=("not_found", "gone"),
    key="optional",
)

DESCRIBED: Described = {
    "v1/jobs/": {"GET": LIST},
    "v1/jobs/{job_id}": {"GET": SHOW, "DELETE": DELETE},
    "v1/jobs/{job_id}/cancel": {"POST": CANCEL},
    "v1/jobs/{job_id}/events": {"GET": FOLLOW},
    "static/downloads/{job_id}/{filename}": {"GET": DOWNLOAD},
}
