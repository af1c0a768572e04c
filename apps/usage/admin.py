"""Staff may read the ledger; nobody may change it."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.decorators import display

from .models import LedgerEntry

KINDS = {"grant": "success", "adjust": "warning", "reserve": "info", "commit": "primary", "refund": "warning"}


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ModelAdmin):
    list_display = [
        "id",
        "created_at",
        "account",
        "entry",
        "characters",
        "charged",
        "model",
        "service",
        "job_id",
        "reason",
    ]
    list_filter = ["kind", "service", "created_at"]
    list_select_related = ["account"]
    search_fields = ["=job_id", "account__name", "=account__id"]
    show_full_result_count = False

    @display(description="kind", ordering="kind", label=KINDS)
    def entry(self, row: LedgerEntry) -> str:
        return row.kind

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: LedgerEntry | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: LedgerEntry | None = None) -> bool:
        return False
