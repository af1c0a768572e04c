"""Staff may look at voices whose owners want to publish them, listen to them, and say yes or no."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin

from .links import paths
from .models import Voice


@admin.register(Voice)
class VoiceAdmin(ModelAdmin):
    list_display = [
        "public_id",
        "name",
        "account",
        "kind",
        "is_public",
        "verified_at",
        "consent_at",
        "used_at",
    ]
    list_filter = ["is_public", ("verified_at", admin.EmptyFieldListFilter), "kind", "status"]
    list_select_related = ["account"]
    search_fields = ["=public_id", "name", "account__name", "=account__id"]
    actions = ["verify", "withdraw"]
    fields = readonly_fields = (
        *("public_id", "number", "name", "description", "account", "language", "sex", "model", "built_model"),
        *(
            "similarity",
            "note",
            "consent_at",
            "consent_by",
            "is_public",
            "verified_at",
            "listen",
            "created_at",
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Voice | None = None) -> bool:
        # The list's actions ask for it; there is no field to change.
        return obj is None and bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Voice | None = None) -> bool:
        # Deleting a row alone would leave its recordings.
        return False

    @admin.display(description="recordings")
    def listen(self, voice: Voice) -> SafeString:
        player = '<audio controls preload="none" src="{}"></audio>'
        return format_html_join(" ", player, ((path,) for path in paths(voice)))

    @admin.action(description="Publish: everybody may use these voices", permissions=["change"])
    def verify(self, request: HttpRequest, voices: QuerySet[Voice]) -> None:
        asked = voices.filter(is_public=True, consent_at__isnull=False, built__isnull=False)
        for voice in asked:
            self.log_change(request, voice, "Published.")
        count = asked.update(verified_at=timezone.now())
        self.message_user(
            request, f"{count} published. Only voices whose owners asked for it and gave consent are."
        )

    @admin.action(description="Withdraw: nobody but the owner may use these voices", permissions=["change"])
    def withdraw(self, request: HttpRequest, voices: QuerySet[Voice]) -> None:
        for voice in voices:
            self.log_change(request, voice, "Withdrawn.")
        count = voices.update(verified_at=None, is_public=False)
        self.message_user(request, f"{count} withdrawn.")
