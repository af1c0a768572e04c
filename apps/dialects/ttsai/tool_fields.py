"""What polling says of a tool's completed job beyond what it says of all: stems, key, what was done."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from apps.jobs.links import file_links, origin_of, result_url
from apps.jobs.models import Job


def tool_fields(request: HttpRequest, job: Job) -> dict[str, Any]:
    """Nothing for jobs of other kinds."""
    result = job.result or {}
    fields: dict[str, Any] = {name: result[name] for name in ("applied", "echo") if name in result}
    if "files" in result:
        links = file_links(job, origin_of(request))
        fields |= {"stems": links, "zip_url": result_url(request, job)}
    return {**fields, **result.get("analysis", {})}
