"""Staff's view of users, plans, accounts and keys. No key or digest is ever shown here."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.forms import UserChangeForm as BaseUserChangeForm
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from unfold.admin import ModelAdmin, TabularInline

from apps.usage import services as usage
from ttsplatform.errors import ApiError

from .models import Account, ApiKey, Membership, Plan, User
from .selectors import free_plan_forget
from .services import key_revoke


class UserCreateForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email",)


class UserChangeForm(BaseUserChangeForm):
    class Meta:
        model = User
        fields = "__all__"


class MembershipInline(TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields = ["user", "account"]


@admin.register(User)
class UserAdmin(BaseUserAdmin, ModelAdmin):
    form = UserChangeForm
    add_form = UserCreateForm
    ordering = ["email"]
    list_display = ["email", "name", "is_staff", "is_active", "created_at"]
    list_filter = ["is_staff", "is_active"]
    search_fields = ["email", "name"]
    readonly_fields = ["created_at", "last_login"]
    inlines = [MembershipInline]
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Dates", {"fields": ("last_login", "created_at")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "usable_password", "password1", "password2")}),)


@admin.register(Plan)
class PlanAdmin(ModelAdmin):
    list_display = [
        "name",
        "slug",
        "requests_per_minute",
        "concurrency",
        "max_text_chars",
        "max_queued_jobs",
        "retention_days",
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Plan | None = None) -> list[str]:
        return ["slug"] if obj else []  # "free" is what callers without a key get, by this name

    def has_delete_permission(self, request: HttpRequest, obj: Plan | None = None) -> bool:
        return obj is not None and obj.slug != "free" and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Plan, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        free_plan_forget()


class GrantForm(forms.Form):
    """Characters to give (or, below zero, to take away), and why: both are kept in the ledger."""

    characters = forms.IntegerField(min_value=-(10**12), max_value=10**12, help_text="Below zero takes away.")
    reason = forms.CharField(max_length=150)

    def clean_characters(self) -> int:
        characters: int = self.cleaned_data["characters"]
        if characters == 0:
            raise forms.ValidationError("Zero characters change nothing.")
        return characters


@admin.register(Account)
class AccountAdmin(ModelAdmin):
    list_display = ["name", "plan", "balance", "is_active", "created_at"]
    list_filter = ["plan", "is_active"]
    list_select_related = ["plan"]
    search_fields = ["name", "=id", "users__email"]
    readonly_fields = ["id", "balance", "created_at"]
    inlines = [MembershipInline]
    change_form_template = "admin/accounts/account/change_form.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return (
            False  # accounts come from `manage.py accounts create` or sign-up, with their bonus in the ledger
        )

    def get_urls(self) -> list[Any]:
        grant = self.admin_site.admin_view(self.grant_view)
        return [path("<uuid:account_id>/grant/", grant, name="accounts_account_grant"), *super().get_urls()]

    def grant_view(self, request: HttpRequest, account_id: Any) -> HttpResponse:
        """A form that grants characters to one account or takes them away."""
        account = get_object_or_404(Account, pk=account_id)
        if not self.has_change_permission(request, account):
            return HttpResponse(status=403)
        form = GrantForm(request.POST or None)
        if form.is_valid():
            problem = self.grant(
                request, account, form.cleaned_data["characters"], form.cleaned_data["reason"]
            )
            if problem is None:
                return redirect(reverse("admin:accounts_account_change", args=[account.pk]))
            form.add_error("characters", problem)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Grant characters to {account}",
            "opts": self.opts,
            "account": account,
            "form": form,
        }
        return TemplateResponse(request, "admin/accounts/account/grant.html", context)

    def grant(self, request: HttpRequest, account: Account, characters: int, reason: str) -> str | None:
        """Write the entry; returns what stands in the way, or None."""
        note = f"{reason} ({request.user})"
        try:
            with transaction.atomic():
                write = usage.grant if characters > 0 else usage.adjust
                balance = write(account.pk, characters, note)
                self.log_change(request, account, f"Characters {characters:+d}: {reason}")
        except ApiError as error:
            return error.message
        self.message_user(
            request, f"{characters:+d} characters. The balance is {balance} now.", messages.SUCCESS
        )
        return None


@admin.register(ApiKey)
class ApiKeyAdmin(ModelAdmin):
    list_display = [
        "shown_prefix",
        "name",
        "account",
        "scopes",
        "created_at",
        "last_used_at",
        "expires_at",
        "revoked_at",
    ]
    list_filter = ["revoked_at", "expires_at"]
    list_select_related = ["account"]
    search_fields = ["prefix", "name", "account__name"]
    exclude = ["digest"]
    readonly_fields = ["id", "account", "prefix", "created_by", "created_at", "last_used_at", "revoked_at"]
    actions = ["revoke"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a key can be shown only to whoever asks for it

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False  # keys are revoked; the ledger still names them

    @admin.action(description="Revoke the selected keys", permissions=["change"])
    def revoke(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> None:
        for key in keys:
            key_revoke(key)
        self.message_user(request, f"{len(keys)} key(s) revoked.", messages.SUCCESS)
