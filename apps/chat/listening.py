"""What a customer said in a live exchange, heard by a worker: a job of no price, for which the exchange waits."""

from __future__ import annotations

from asgiref.sync import sync_to_async

from apps.accounts.callers import Caller
from apps.jobs.models import JobStatus
from apps.jobs.recordings import Recording
from apps.jobs.services import Order, job_purge, submit
from apps.jobs.waiting import wait_for
from ttsplatform.errors import ApiError

from .services import QUEUE

SECONDS = 60.0


def heard(caller: Caller, recording: Recording, request_id: str) -> str:
    """The words in a recording. Raises bad_request where there are none, service_unavailable where it takes long."""
    order = Order(
        kind="chat_ear",
        step="chat_ear",
        service="voice_chat_ear",
        queue=QUEUE,
        model="whisper",
        served_model="whisper",
        voice="",
        language="",
        characters=0,
        price=0,
        request={"source": recording.described()},
        announced=False,
    )
    job = wait_for(submit(caller, order, request_id=request_id, recording=recording).job.pk, SECONDS)
    try:
        if job.status == JobStatus.COMPLETED and job.result:
            return str(job.result["user_text"])
        if job.error_code == "cannot_process":
            raise ApiError("bad_request", job.error_message, param="audio")
        raise ApiError(
            "service_unavailable", "What you said could not be heard right now. Try again.", retry_after=2
        )
    finally:
        job_purge(job.pk)


aheard = sync_to_async(heard, thread_sensitive=False)
"""`heard` for coroutines."""
