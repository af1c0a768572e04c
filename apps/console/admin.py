"""Staff's view of signing in: addresses, and second factors, with the way back in for whoever lost theirs.

No secret is shown.
"""

from __future__ import annotations

from typing import Any

from allauth.account.admin import EmailAddressAdmin as BaseEmailAddressAdmin
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

admin.site.unregister([Authenticator, EmailAddress])


@admin.register(EmailAddress)
class EmailAddressAdmin(BaseEmailAddressAdmin, ModelAdmin):
    """Which addresses are whose, and confirmed."""

    list_select_related = ("user",)

    @admin.action(description="Confirm the selected addresses", permissions=["change"])
    def make_verified(self, request: HttpRequest, queryset: QuerySet[EmailAddress]) -> Any:
        for address in queryset.filter(verified=False):
            self.log_change(request, address, "Confirmed by staff.")
        return super().make_verified(request, queryset)


@admin.register(Authenticator)
class AuthenticatorAdmin(ModelAdmin):
    """Can be deleted, after which the password alone signs in; never made or changed here."""

    fields = ("user", "type", "created_at", "last_used_at")
    readonly_fields = fields
    list_display = fields
    list_filter = ("type",)
    search_fields = ("user__email",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Authenticator | None = None) -> bool:
        return False
