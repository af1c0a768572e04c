"""Staff may see where an account is told and how that goes, and switch a webhook off; secrets are not shown."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from .models import Delivery, Endpoint


@admin.register(Endpoint)
class EndpointAdmin(ModelAdmin):  # type: ignore[type-arg]
    list_display = ["url", "account", "enabled", "failing_since", "disabled_reason", "created_at"]
    list_filter = ["enabled"]
    list_select_related = ["account"]
    search_fields = ["url", "account__name", "=account__id"]
    readonly_fields = ["account", "url", "events", "failing_since", "disabled_at", "created_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(Delivery)
class DeliveryAdmin(ModelAdmin):  # type: ignore[type-arg]
    list_display = ["id", "created_at", "account", "event", "task_id", "status", "attempts", "next_at"]
    list_filter = ["status", "event"]
    list_select_related = ["account"]
    search_fields = ["=id", "=task_id", "=account__id"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Delivery | None = None) -> bool:
        return False
