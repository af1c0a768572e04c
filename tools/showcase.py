"""An account with something of everything, for looking at pages: `python -m tools.showcase EMAIL` (Django's settings).

Rows as work would have left them, with a file each that can be played; nothing of it was ordered or paid for.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import struct
import sys
import tempfile
import uuid
import wave
from pathlib import Path
from typing import Any

SECONDS, RATE = 2, 24_000
TEXT = "It was a dark and stormy night; the rain fell in torrents."
WORDS = [{"word": word, "start": at * 0.4, "end": at * 0.4 + 0.3} for at, word in enumerate(TEXT.split())]
SEGMENTS = [
    {"start": 0.0, "end": 2.4, "text": TEXT, "speaker": "SPEAKER_00", "words": WORDS},
    {"start": 2.4, "end": 4.8, "text": "And then?", "speaker": "SPEAKER_01", "words": []},
]
TRANSCRIPT = {
    "text": f"{TEXT} And then?",
    "language": "en",
    "language_probability": 0.98,
    "duration": 4.8,
    "segments": SEGMENTS,
    "speakers": ["SPEAKER_00", "SPEAKER_01"],
}
ANALYSIS = {"key": "A minor", "bpm": 120.0, "time_signature": "4/4", "duration": 4.8}
KINDS = {
    "speech": ("tts", "kokoro"),
    "transcript": ("transcribe", "whisper"),
    "enhance": ("enhance", "deepfilternet"),
    "echo": ("enhance", "dereverb"),
    "separate": ("separate", "spleeter"),
    "convert": ("voice_convert", "knn-vc"),
    "translate": ("speech_translate", "opus-mt"),
    "analyse": ("key_bpm", "key-bpm"),
    "reformat": ("convert", "converter"),
}
"""What there is a finished job of: its service and model."""


def fill(email: str) -> dict[str, str]:
    """Something of everything in the account of this person; the paths of the pages that show one thing each."""
    # Django is there only for whoever runs this, not for those who import the module for its words.
    from apps.accounts.models import Account
    from apps.accounts.services import key_create

    account = Account.objects.get(memberships__user__email=email)
    key_create(account, name="The shop's web server, which speaks orders aloud", scopes=["speech", "jobs"])
    pages = {**_jobs(account), **_batch(account), **_voices(account), **_webhooks(account)}
    return {name: f"/console/{path}/" for name, path in pages.items()}


def _jobs(account: Any) -> dict[str, str]:
    pages = {f"job-{kind}": f"jobs/{_ended(account, kind)}" for kind in KINDS}
    failed = {"error_code": "cannot_speak", "error_message": "This text holds nothing that can be spoken."}
    pages["job-failed"] = f"jobs/{_job(account, 'speech', status='failed', **failed)}"
    canceled = {"error_code": "canceled", "error_message": "The job was cancelled."}
    pages["job-canceled"] = f"jobs/{_job(account, 'translate', status='canceled', **canceled)}"
    pages["job-waiting"] = f"jobs/{_job(account, 'speech', status='queued')}"
    pages["job-running"] = f"jobs/{_job(account, 'enhance', status='running')}"
    pages["job-deleted"] = f"jobs/{_job(account, 'speech', status='completed', purged_at=_now(), request={})}"
    return pages


def _job(account: Any, kind: str, **fields: Any) -> uuid.UUID:
    from apps.jobs.models import Job

    service, model = KINDS[kind]
    request = {"text": TEXT} if kind == "speech" else {"source": {"name": "said.opus", "seconds": 4.8}}
    fields = {"request": request, "voice": "af_heart" if kind == "speech" else "", **fields}
    if fields["status"] not in {"queued", "running"}:
        fields |= {"started_at": _now(), "finished_at": _now()}
    return Job.objects.create(
        account=account,
        lane=f"account:{account.pk}",
        kind=kind,
        service=service,
        model=model,
        served_model=model,
        language="en",
        characters=len(TEXT),
        price=12_345,
        expires_at=_now() + dt.timedelta(days=1),
        **fields,
    ).pk


def _ended(account: Any, kind: str, **fields: Any) -> uuid.UUID:
    """A completed job with its file."""
    from apps.jobs.models import Job

    job_id = _job(account, kind, status="completed", **fields)
    name, content_type = {
        "transcript": ("transcript.json", "application/json"),
        "analyse": ("analysis.json", "application/json"),
    }.get(kind, ("output.wav", "audio/wav"))
    key = f"jobs/{job_id.hex}/{name}"
    data = {"transcript": TRANSCRIPT, "analyse": ANALYSIS}.get(kind)
    size = _store(key, json.dumps(data).encode() if data else None)
    result: dict[str, Any] = {"key": key, "filename": name, "content_type": content_type, "duration": 4.8}
    if kind == "analyse":
        result["analysis"] = ANALYSIS
    if kind == "separate":
        result |= {"filename": "stems.zip", "content_type": "application/zip"}
        about = {"content_type": "audio/wav", "offset": 0, "bytes": size}
        result["files"] = [
            {"name": stem, "filename": f"{stem}.wav", **about} for stem in ("vocals", "accompaniment")
        ]
    Job.objects.filter(pk=job_id).update(result=result)
    return job_id


def _batch(account: Any) -> dict[str, str]:
    from apps.jobs.models import Batch

    pages = {}
    for name, ended in (("batch", 3), ("batch-in-hand", 1)):
        batch = Batch.objects.create(
            account=account, total=3, ended=ended, finished_at=_now() if ended == 3 else None
        )
        for index in range(3):
            place = {"batch": batch, "batch_index": index}
            if index < ended:
                _ended(account, "speech", **place)
            else:
                _job(account, "speech", status="queued", **place)
        pages[name] = f"batches/{batch.pk}"
    return pages


def _voices(account: Any) -> dict[str, str]:
    from apps.voices.models import Voice

    built = {"kind": "voice-match", "base": "af_bella", "f0_scale": 1.0, "similarity": 0.6}
    made = {}
    for name, more in (("Jane", {"built": built}), ("Old Joe", {"status": "archived", "built": built})):
        voice = Voice(
            account=account,
            lane=f"account:{account.pk}",
            name=name,
            language="en",
            model="openvoice",
            built_model="voice-match",
            similarity=0.61,
            note="This is the stock voice Bella: no copy of anybody's voice.",
            consent_at=_now(),
            reference_seconds=8.2,
            **more,
        )
        voice.reference_key = f"{voice.folder}/one/reference.wav"
        voice.sample_key = f"{voice.folder}/one/sample.mp3" if name == "Jane" else ""
        for key in filter(None, (voice.reference_key, voice.sample_key)):
            _store(key)
        voice.save()
        made[name] = voice
    return {"voice": f"voices/{made['Jane'].pk}", "voice-archived": f"voices/{made['Old Joe'].pk}"}


def _webhooks(account: Any) -> dict[str, str]:
    from apps.webhooks.models import Attempt, Delivery, Endpoint

    there = Endpoint.objects.create(
        account=account, url="https://shop.example.com/hooks/spoken", description="The shop"
    )
    Endpoint.objects.create(
        account=account,
        url="https://old.example.com/a/long/address/that/nobody/answers/any/more",
        enabled=False,
        disabled_reason="Switched off: nothing was accepted for 5 days.",
        events=["task.failed"],
    )
    pages = {}
    for status, codes in (("delivered", [503, 204]), ("pending", [500]), ("failed", [404, None])):
        delivery = Delivery.objects.create(
            account=account,
            endpoint=there,
            event="task.completed",
            payload={"event": "task.completed", "task_id": uuid.uuid4().hex, "status": "success"},
            status=status,
            next_at=_now() + dt.timedelta(days=1) if status == "pending" else None,
            finished_at=None if status == "pending" else _now(),
        )
        for code in codes:
            error = "" if code else "timeout"
            Attempt.objects.create(delivery=delivery, status_code=code, error=error, ms=112)
        pages[f"delivery-{status}"] = f"webhooks/log/{delivery.pk}"
    return pages


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _store(key: str, data: bytes | None = None) -> int:
    """Put a file into the media store, a tone unless `data` says what; its size."""
    from apps.media.store import media_store

    with tempfile.NamedTemporaryFile(delete=False) as file:
        if data is not None:
            file.write(data)
        else:
            with wave.open(file, "wb") as sound:
                sound.setparams((1, 2, RATE, 0, "NONE", ""))
                swell = (math.sin(math.pi * n / RATE / SECONDS) for n in range(SECONDS * RATE))
                tone = (
                    round(9000 * loud * math.sin(2 * math.pi * 330 * n / RATE))
                    for n, loud in enumerate(swell)
                )
                sound.writeframes(b"".join(struct.pack("<h", sample) for sample in tone))
    path = Path(file.name)
    size = path.stat().st_size
    media_store().put(key, path)
    return size


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(fill(sys.argv[1])))
