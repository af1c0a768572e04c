"""Type, and hear it while it is being spoken."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render

from apps.accounts.models import Account
from apps.accounts.tokens import speech_token
from apps.jobs.links import origin_of
from apps.jobs.services import submit
from ttsplatform.errors import ApiError

from ..pages import caller_of, ordering, page, person
from ..snippets import speech_snippets
from ..speaking import choices, model_names, order_of

HELLO = "Hello! Type anything here, and listen to it while it is being spoken."


@page("GET", "HEAD", "POST")
def playground(request: HttpRequest, account: Account) -> HttpResponse:
    """The page. POST is the way of browsers without scripts: the text becomes a job, on whose page it is heard."""
    caller, problem, status = caller_of(request, account), "", 200
    if request.method == "POST":
        try:
            caller = ordering(request, account)
            order = order_of(caller, request.POST.dict() | {"speed": 1.0}, "mp3")
            made = submit(caller, order, request_id=getattr(request, "request_id", ""))
            return redirect("console-job", made.job.pk)
        except ApiError as error:
            problem, status = error.message, error.status
    voices, models = choices(caller), model_names()
    text = request.POST.get("text", HELLO)
    wanted = request.POST.get("choice", "kokoro/af_heart")
    chosen = next((voice for voice in voices if voice.value == wanted), voices[0] if voices else None)
    body: dict[str, Any] = {**(json.loads(chosen.body) if chosen else {}), "text": text}
    context = {
        "account": account,
        "plan": account.plan,
        "problem": problem,
        "text": text,
        "voices": voices,
        "chosen": chosen,
        "models": {**({"own": "Your own voices"} if any(v.model == "own" for v in voices) else {}), **models},
        "languages": sorted({voice.language for voice in voices}),
        "snippets": speech_snippets(origin_of(request), body),
    }
    return render(request, "console/playground.html", context, status=status)


@page("POST")
def token(request: HttpRequest, account: Account) -> HttpResponse:
    """{token}: opens the socket /console/speak within a minute, for speaking alone."""
    return JsonResponse({"token": speech_token(person(request), account)})
