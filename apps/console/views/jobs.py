"""Jobs: what was ordered, how far it is, what came of it."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render

from apps.accounts.models import Account
from apps.jobs import selectors, services
from apps.jobs.links import file_links, origin_of, result_url
from apps.jobs.models import Job, JobStatus
from apps.jobs.transcripts import WRITERS, Transcript, subtitles_of, transcript_of
from apps.usage.pricing import SERVICES
from apps.voices.links import REFERENCE, path_of
from ttsplatform.errors import ApiError

from ..again import TOOL_OF_KIND, own_voice, repeat, why_not
from ..pages import before_of, caller_of, ordering, page, pager

PAGE = 25
# A model's tier is not told apart in a job's service.
SERVICE_NAMES = ("tts", *(name for name in SERVICES if not name.startswith("tts_")))
ANALYSIS = {"key": "Key", "bpm": "Beats a minute", "time_signature": "Metre", "duration": "Seconds"}
SHOWN_TEXT = 5_000
SHOWN_SEGMENTS = 500


class JobFilter(forms.Form):
    """The query string of the list."""

    status = forms.ChoiceField(
        label="State",
        choices=[("", "Any"), *((value, value.capitalize()) for value in JobStatus.values)],
        required=False,
    )
    service = forms.ChoiceField(
        choices=[("", "Any"), *((name, name.replace("_", " ").capitalize()) for name in SERVICE_NAMES)],
        required=False,
    )
    since = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}), required=False)
    until = forms.DateField(label="To", widget=forms.DateInput(attrs={"type": "date"}), required=False)


@page()
def jobs(request: HttpRequest, account: Account) -> HttpResponse:
    """The account's jobs, newest first, a page at a time from `before` on."""
    form = JobFilter(request.GET)
    wanted: dict[str, Any] = form.cleaned_data if form.is_valid() else {}
    since, until = wanted.get("since"), wanted.get("until")
    found, older = selectors.jobs_page(
        account,
        size=PAGE,
        before=before_of(request),
        status=wanted.get("status", ""),
        service=wanted.get("service", ""),
        since=_midnight(since) if since else None,
        until=_midnight(until + dt.timedelta(days=1)) if until else None,
    )
    context = {
        "account": account,
        "form": form,
        "jobs": found,
        "filtered": any(wanted.values()),
        **pager(request, older),
    }
    return render(request, "console/jobs.html", context)


@page()
def job(request: HttpRequest, account: Account, job_id: uuid.UUID) -> HttpResponse:
    """One job: its state, what was ordered, and what came of it, to hear and to download."""
    found = selectors.job_of(account, job_id)
    result = found.result or {}
    link = result_url(request, found)
    files = file_links(found, origin_of(request))
    text = str((found.request or {}).get("text", ""))
    heard = transcript_of(found) if found.kind == "transcript" and result and not found.purged_at else None
    voice = own_voice(caller_of(request, account), found)
    context = {
        "account": account,
        "job": found,
        "shown": selectors.describe(found),
        "link": link,
        "sounds": str(result.get("content_type", "")).startswith("audio/"),
        "files": files,
        "text": text[:SHOWN_TEXT],
        "rest": max(0, len(text) - SHOWN_TEXT),
        "heard": heard,
        "segments": heard.segments[:SHOWN_SEGMENTS] if heard else [],
        "analysis": {
            ANALYSIS.get(name, name): value for name, value in (result.get("analysis") or {}).items()
        },
        # What it sounded like before: the voice's recordings are kept, others are gone when their job has ended.
        "before": path_of(voice, REFERENCE) if voice else None,
        "voice": voice,
        "tool": TOOL_OF_KIND.get(found.kind),
        "not_again": why_not(found, voice) if found.is_finished else "",
    }
    return render(request, "console/job.html", context)


@page()
def state(request: HttpRequest, account: Account, job_id: uuid.UUID) -> HttpResponse:
    """What the page of an unfinished job asks again and again: {status, progress, queue_position, finished}."""
    found = selectors.job_of(account, job_id)
    return JsonResponse(
        {
            "status": found.status,
            "progress": round(selectors.progress_of(found), 3),
            "queue_position": selectors.queue_position(found),
            "finished": found.is_finished,
        }
    )


@page()
def subtitles(request: HttpRequest, account: Account, job_id: uuid.UUID, format: str) -> HttpResponse:
    """A transcript as SubRip, WebVTT or plain text."""
    if format not in {*WRITERS, "txt"}:
        raise ApiError("not_found", "Transcripts are had as .srt, .vtt or .txt.")
    found = selectors.job_of(account, job_id)
    heard = transcript_of(found)
    written = _plain(heard) if format == "txt" else subtitles_of(heard, format)
    response = HttpResponse(written, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{found.pk.hex}.{format}"'
    return response


@page("POST")
def cancel(request: HttpRequest, account: Account, job_id: uuid.UUID) -> HttpResponse:
    found = selectors.job_of(account, job_id)
    if services.job_cancel(found.pk):
        messages.success(request, "The job has been cancelled, and its characters are yours again.")
    else:
        messages.warning(request, "The job had ended already.")
    return redirect("console-job", found.pk)


@page("POST")
def again(request: HttpRequest, account: Account, job_id: uuid.UUID) -> HttpResponse:
    """Order the same once more."""
    found = selectors.job_of(account, job_id)
    made = repeat(ordering(request, account), found, request_id=getattr(request, "request_id", ""))
    messages.success(request, "Ordered once more.")
    return redirect("console-job", made.job.pk)


@page("POST")
def delete(request: HttpRequest, account: Account, job_id: uuid.UUID) -> HttpResponse:
    found: Job = selectors.job_of(account, job_id)
    services.job_purge(found.pk)
    messages.success(request, "Its text and sound have been deleted.")
    return redirect("console-jobs")


def _plain(heard: Transcript) -> str:
    """The text alone; where speakers were told apart, a paragraph for each turn of one."""
    if not heard.speakers:
        return heard.text.strip() + "\n"
    turns: list[tuple[str, list[str]]] = []
    for segment in heard.segments:
        speaker = segment.get("speaker") or ""
        if not turns or turns[-1][0] != speaker:
            turns.append((speaker, []))
        turns[-1][1].append(segment["text"].strip())
    return "\n\n".join(f"{speaker or '?'}: {' '.join(said)}" for speaker, said in turns) + "\n"


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)
