"""Staff see jobs and may cancel or requeue them, and pause queues. What customers wrote is not shown."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from . import services
from .models import Job, JobStatus, PausedQueue
from .pausing import queue_pause, queue_resume

STATES = {
    JobStatus.QUEUED: "info",
    JobStatus.RUNNING: "primary",
    JobStatus.COMPLETED: "success",
    JobStatus.FAILED: "danger",
    JobStatus.CANCELED: "warning",
    JobStatus.EXPIRED: "warning",
}


@admin.register(Job)
class JobAdmin(ModelAdmin):
    list_display = ["id", "created_at", "account", "kind", "served_model", "state", "price", "error_code"]
    list_filter = ["status", "kind", "service", "created_at"]
    list_select_related = ["account"]
    search_fields = ["=id", "=request_id", "=account__id"]
    show_full_result_count = False
    fields = [
        *("id", "account", "lane", "kind", "service", "model", "served_model", "language", "state"),
        *("characters", "price", "parts_total", "parts_done", "error_code", "request_id", "traceparent"),
        *("created_at", "started_at", "finished_at", "expires_at", "purge_at", "purged_at"),
    ]
    actions = ["cancel", "put_back"]

    @display(description="status", ordering="status", label=STATES)
    def state(self, job: Job) -> str:
        return job.status

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        # The list's actions ask for it; there is no field to change.
        return obj is None and bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Job | None = None) -> list[str]:
        return self.fields

    @admin.action(description="Cancel, and give the characters back", permissions=["change"])
    def cancel(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        count = 0
        for job in jobs:
            if services.job_cancel(job.pk):
                self.log_change(request, job, "Cancelled.")
                count += 1
        self.message_user(request, f"{count} jobs cancelled; the others had ended.", messages.SUCCESS)

    @admin.action(description="Requeue what runs (its workers are cut off)", permissions=["change"])
    def put_back(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        count = 0
        for job in jobs:
            if done := services.job_put_back(job.pk):
                self.log_change(request, job, f"Requeued {done} steps.")
                count += done
        self.message_user(request, f"{count} steps wait for a worker again.", messages.SUCCESS)


class PauseForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = PausedQueue
        fields = ["queue", "reason"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if "queue" in self.fields:
            known = sorted({*settings.READY_QUEUES, "speech-gpu"} - {"live"})
            self.fields["queue"] = forms.ChoiceField(
                choices=[(name, name) for name in known], widget=UnfoldAdminSelectWidget()
            )


@admin.register(PausedQueue)
class PausedQueueAdmin(ModelAdmin):
    """Adding a queue here pauses it; deleting it resumes it."""

    form = PauseForm
    list_display = ["queue", "since", "by", "reason"]
    actions = ["resume"]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Resuming is what deleting does here, by its name."""
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    @admin.action(description="Resume the selected queues", permissions=["delete"])
    def resume(self, request: HttpRequest, queues: QuerySet[PausedQueue]) -> None:
        names = ", ".join(row.queue for row in queues)
        self.log_deletions(request, queues)
        self.delete_queryset(request, queues)
        self.message_user(request, f"{names} goes on.", messages.SUCCESS)

    def has_change_permission(self, request: HttpRequest, obj: PausedQueue | None = None) -> bool:
        return obj is None and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: PausedQueue, form: Any, change: bool) -> None:
        queue_pause(obj.queue, by=str(request.user), reason=obj.reason)

    def log_addition(self, request: HttpRequest, obj: PausedQueue, message: Any) -> Any:
        return super().log_addition(request, obj, f"Paused: {obj.reason or 'no reason given'}")

    def delete_model(self, request: HttpRequest, obj: PausedQueue) -> None:
        queue_resume(obj.queue)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[PausedQueue]) -> None:
        for row in queryset:
            queue_resume(row.queue)
