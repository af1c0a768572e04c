"""POST /v1/tts/batch/, its result, its ZIP; cancelling and deleting it."""

from __future__ import annotations

import json
from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.callers import Caller, account_of, caller_of
from apps.accounts.models import Account
from apps.jobs import batches
from apps.jobs.batch_ends import BatchState, batch_state, credits_of
from apps.jobs.links import BATCH_ZIP, batch_zip_path, origin_of, result_url
from apps.jobs.models import Batch as BatchRow
from apps.jobs.models import Job, JobStatus
from apps.jobs.services import Order
from apps.jobs.speech import speech_order
from apps.limits.admission import admit
from apps.media.links import is_valid
from apps.media.serving import in_threads
from apps.media.store import media_store
from apps.media.zipping import zip_stream
from apps.voices.selectors import voice_get
from apps.voices.speaking import to_speak
from apps.webhooks.services import url_checked
from ttsplatform.errors import ApiError, answers_errors, as_api_error

from .serializers import SpeakRequest


class Batch(APIView):
    """POST {texts: [{text, model, voice, language, format, speed}], webhook_url?}: order up to 50 at once."""

    scope = "speech"
    limit_kind = "work"

    def post(self, request: Request) -> Response:
        body: Any = request.data if isinstance(request.data, dict) else {}
        items = body.get("texts")
        if not isinstance(items, list):
            raise ApiError("bad_request", "texts: send a list of objects, each with a text.", param="texts")
        if not 1 <= len(items) <= batches.MAX_ITEMS:
            message = f"texts: send 1 to {batches.MAX_ITEMS} items, not {len(items)}."
            raise ApiError("bad_request", message, param="texts")
        webhook_url = body.get("webhook_url") or ""
        if not isinstance(webhook_url, str):
            raise ApiError("bad_request", "webhook_url: must be a string.", param="webhook_url")
        caller, http = caller_of(request), request._request
        webhook_url = url_checked(caller.account, webhook_url)
        orders = [item_order(caller, index, item) for index, item in enumerate(items)]
        batch = batches.batch_submit(
            caller,
            orders,
            request_id=http.request_id,  # type: ignore[attr-defined]
            webhook_url=webhook_url,
            origin=origin_of(http),
            idempotency_key=request.headers.get("Idempotency-Key"),
        )
        return Response(shown(http, batch_state(batch)))


class BatchResult(APIView):
    """GET ?batch_id=: without a key readable by anyone who knows the id; with one, by its own account only."""

    open_to_anonymous = True

    def get(self, request: Request) -> Response:
        batch_id = request.query_params.get("batch_id", "")
        if not batch_id:
            raise ApiError("bad_request", "batch_id: which batch? Send ?batch_id=…", param="batch_id")
        batch = batches.batch_readable(caller_of(request).account, batch_id)
        return Response(shown(request._request, batch_state(batch)))


class BatchCancel(APIView):
    """POST: end and refund the items that have not ended."""

    scope = "jobs"
    limit_kind = "read"

    def post(self, request: Request, batch_id: str) -> Response:
        batch = batches.batch_of(account_of(request), batch_id)
        if not batches.batch_cancel(batch):
            raise ApiError("conflict", "All items of this batch have ended already.")
        return Response(shown(request._request, batch_state(batch)))


class BatchDetail(APIView):
    """GET: the state, for its owner. DELETE: cancel what runs, and delete all audio and texts."""

    scope = "jobs"

    def get(self, request: Request, batch_id: str) -> Response:
        return Response(shown(request._request, batch_state(batches.batch_of(account_of(request), batch_id))))

    def delete(self, request: Request, batch_id: str) -> Response:
        batches.batch_purge(batches.batch_of(account_of(request), batch_id))
        return Response(status=204)


@answers_errors
async def batch_zip(request: HttpRequest, batch_id: str) -> HttpResponseBase:
    """GET: the audio of all completed items in one ZIP, with items.json, by a signed link or with the owner's key."""
    if request.method != "GET":
        raise ApiError("method_not_allowed")
    caller = await admit(request, kind="read")
    files, about = await sync_to_async(_contents)(request, caller.account, batch_id)
    response = StreamingHttpResponse(
        in_threads(zip_stream(media_store(), files, [("items.json", about)])), content_type="application/zip"
    )
    response["Content-Disposition"] = f'attachment; filename="batch-{batch_id}.zip"'
    return response


def _contents(
    request: HttpRequest, account: Account | None, batch_id: str
) -> tuple[list[tuple[str, str]], bytes]:
    state = batch_state(_with_zip(request, account, batch_id))
    if not state.is_finished:
        message = (
            f"{state.completed + state.failed} of {state.batch.total} items have ended. Wait for the rest."
        )
        raise ApiError("conflict", message)
    files: list[tuple[str, str]] = []
    about = []
    for job, item in zip(state.jobs, shown(request, state)["items"], strict=True):
        named = {name: item[name] for name in ("index", "uuid", "status", "error", "credits")}
        if job.result:
            suffix = job.result["filename"].rsplit(".", 1)[-1]
            named["file"] = f"{job.batch_index:02}.{suffix}"
            files.append((named["file"], job.result["key"]))
        about.append(named)
    if not files:
        raise ApiError("gone", "None of its items has audio (any more).")
    return files, json.dumps(about, ensure_ascii=False, indent=1).encode()


def _with_zip(request: HttpRequest, account: Account | None, batch_id: str) -> BatchRow:
    """The batch, to whoever holds a link of ours or its account's key. Raises unauthorized, not_found."""
    if "signature" in request.GET:
        batch = batches.batch_readable(None, batch_id)
        if is_valid(batch.pk, BATCH_ZIP, request.GET.get("expires", ""), request.GET["signature"]):
            return batch
        if account is None:
            message = "This link is not valid, or no longer. Ask for the batch's result: it has a fresh one."
            raise ApiError("forbidden", message)
    if account is None:
        message = "The ZIP needs the signed zip_url of the batch's result, or the API key that ordered it."
        raise ApiError("unauthorized", message)
    return batches.batch_of(account, batch_id)


def zip_url(request: HttpRequest, batch: BatchRow) -> str:
    """A link to the batch's ZIP that works for LINK_TTL_SECONDS, for whoever has it."""
    return origin_of(request) + batch_zip_path(batch)


def item_order(caller: Caller, index: int, item: Any) -> Order:
    """The order of one item. Raises what speech_order raises, with the item's place in `param` and message."""
    place = f"texts[{index}]"
    if not isinstance(item, dict):
        raise ApiError("bad_request", f"{place}: must be an object with a text.", param=place)
    try:
        fields = SpeakRequest(data=item)
        fields.is_valid(raise_exception=True)
        wanted = fields.validated_data
        saved = None
        if wanted.get("user_voice_id"):
            saved = to_speak(voice_get(caller, public_id=wanted["user_voice_id"]))
        return speech_order(
            caller,
            text=wanted["text"],
            model=wanted.get("model"),
            voice=wanted.get("voice"),
            language=wanted.get("language"),
            format=wanted["format"].lower(),
            speed=wanted["speed"],
            saved=saved,
        )
    except Exception as exc:
        error = as_api_error(exc)
        param = f"{place}.{error.param}" if error.param else place
        said = error.message.removeprefix(f"{error.param}: ")
        raise ApiError(error.code, f"{param}: {said}", param=param, **error.details) from exc


def shown(request: HttpRequest, state: BatchState) -> dict[str, Any]:
    """A batch as the document and the SDK read it. It is `completed` when every item has ended, however it did."""
    batch = state.batch
    base = f"{origin_of(request)}/v1/tts/batch"
    return {
        "batch_id": batch.pk.hex,
        "status": "completed" if state.is_finished else "processing",
        "total": batch.total,
        "completed": state.completed,
        "failed": state.failed,
        "progress": round(state.progress, 4),
        "credits_charged": state.credits_charged,
        "items": [item_shown(request, job) for job in state.jobs],
        "status_url": f"{base}/result/?batch_id={batch.pk.hex}",
        "zip_url": zip_url(request, batch) if state.is_finished and state.completed else None,
    }


def item_shown(request: HttpRequest, job: Job) -> dict[str, Any]:
    status = {JobStatus.COMPLETED: "completed", JobStatus.QUEUED: "queued", JobStatus.RUNNING: "processing"}
    url = result_url(request, job) or ""
    return {
        "index": job.batch_index,
        "uuid": job.pk.hex,
        "status": status.get(JobStatus(job.status), "failed"),
        "error": job.error_message,
        "error_code": job.error_code,
        "url": url,
        "result_url": url,
        "credits": credits_of(job),
        "model": job.model,
        "served_model": job.served_model,
        "voice": job.voice,
        **(job.likeness or {}),
    }
