"""Staff may see where an account is told and how that goes, and switch a webhook off; secrets are not shown."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from ttsplatform.asking import ReasonForm, ask, page_of

from .models import Delivery, DeliveryStatus, Endpoint
from .services import endpoint_disable

STATES = {
    DeliveryStatus.PENDING: "info",
    DeliveryStatus.DELIVERED: "success",
    DeliveryStatus.FAILED: "danger",
    DeliveryStatus.CANCELED: "warning",
}


@admin.register(Endpoint)
class EndpointAdmin(ModelAdmin):
    """Nothing is changed here but by the button: the owner switches it on again, once what was wrong is mended."""

    list_display = ["url", "account", "state", "failing_since", "disabled_reason", "created_at"]
    list_filter = ["enabled"]
    list_select_related = ["account"]
    search_fields = ["url", "account__name", "=account__id"]
    fields = readonly_fields = (
        *("account", "url", "description", "events", "state", "failing_since"),
        *("disabled_at", "disabled_reason", "created_at"),
    )
    actions_detail = ["disable"]

    @display(description="state", ordering="enabled", label={"on": "success", "off": "danger"})
    def state(self, endpoint: Endpoint) -> str:
        return "on" if endpoint.enabled else "off"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Endpoint | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Endpoint | None = None) -> bool:
        return False  # its deliveries, and what is known of them, would go along

    def has_disable_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        # By a name of its own: for "app.codename" unfold's check would ask a database that is not there yet.
        return bool(request.user.has_perm("webhooks.change_endpoint"))

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        on = Endpoint.objects.filter(pk=object_id, enabled=True).exists()
        return super().get_actions_detail(request, object_id) if on else []

    @action(
        description="Disable",
        permissions=["disable"],
        icon="block",
        variant=ActionVariant.DANGER,
    )
    def disable(self, request: HttpRequest, object_id: str) -> HttpResponse:
        endpoint = get_object_or_404(Endpoint, pk=object_id)
        form = ReasonForm(request.POST or None)
        if form.is_valid():
            reason = form.cleaned_data["reason"]
            with transaction.atomic():
                if endpoint_disable(endpoint, reason):
                    self.log_change(request, endpoint, f"Disabled: {reason}")
            self.message_user(request, "The webhook is off.", messages.SUCCESS)
            return redirect(page_of(endpoint))
        words = (
            "Nothing more is sent to it, and what waits is cancelled. The customer reads the reason, is told by "
            "e-mail, and can switch the webhook on again."
        )
        shown = {"title": "Disable this webhook", "words": words, "button": "Disable", "variant": "danger"}
        return ask(self, request, endpoint, form, **shown)


@admin.register(Delivery)
class DeliveryAdmin(ModelAdmin):
    list_display = ["id", "created_at", "account", "event", "task_id", "state", "attempts", "next_at"]
    list_filter = ["status", "event"]
    list_select_related = ["account"]
    search_fields = ["=id", "=task_id", "=account__id"]
    show_full_result_count = False
    # What it says is the customer's.
    fields = (
        *("id", "account", "endpoint", "url", "event", "task_id", "state", "attempts"),
        *("next_at", "created_at", "finished_at"),
    )

    @display(description="status", ordering="status", label=STATES)
    def state(self, delivery: Delivery) -> str:
        return delivery.status

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Delivery | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Delivery | None = None) -> bool:
        return False
