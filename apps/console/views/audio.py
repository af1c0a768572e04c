"""The audio tools: a recording goes in, and a job's page shows what comes out."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from apps.accounts.models import Account
from apps.jobs.recordings import received
from apps.jobs.services import submit
from ttsplatform.errors import ApiError

from ..pages import caller_of, ordering, page
from ..tools import TOOLS


@page("GET", "HEAD", "POST")
def tool(request: HttpRequest, account: Account, name: str = "transcribe") -> HttpResponse:
    """One tool's form. POST orders its work on the file that was sent."""
    chosen = TOOLS.get(name)
    if chosen is None:
        raise ApiError("not_found", f"There is no tool {name[:40]!r} here.")
    caller = caller_of(request, account)
    form = chosen.form(request.POST or None, request.FILES or None, caller=caller)
    if request.method == "POST" and form.is_valid():
        try:
            caller = ordering(request, account)
            with received(form.cleaned_data["file"], max_bytes=chosen.most) as recording:
                order = chosen.order(caller, recording, form.cleaned_data)
                request_id = getattr(request, "request_id", "")
                made = submit(caller, order, request_id=request_id, recording=recording)
            return redirect("console-job", made.job.pk)
        except ApiError as error:
            known = error.param if error.param in form.fields else None
            form.add_error(known, error.message)
    context = {
        "account": account,
        "name": name,
        "tool": chosen,
        "tools": TOOLS,
        "form": form,
        "megabytes": chosen.most >> 20,
    }
    return render(request, "console/audio.html", context)
