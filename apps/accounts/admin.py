"""Staff's view of users, plans, accounts and keys. No key or digest is ever shown here."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as BaseGroupAdmin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.forms import AdminPasswordChangeForm
from unfold.forms import UserChangeForm as BaseUserChangeForm
from unfold.forms import UserCreationForm as BaseUserCreationForm
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from apps.usage import services as usage
from ttsplatform.asking import ReasonForm, ask, page_of
from ttsplatform.errors import ApiError

from .disabling import account_disable, account_enable
from .models import Account, ApiKey, Membership, Plan, User
from .selectors import free_plan_forget
from .services import key_revoke

admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(BaseGroupAdmin, ModelAdmin):
    """What staff may do who are no superusers."""

    filter_horizontal = ()  # its boxes beside each other can not be read by everybody


class UserCreateForm(BaseUserCreationForm):
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
    hide_title = True
    autocomplete_fields = ["user", "account"]

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_choice_field(db_field, request, **kwargs)
        field.widget.attrs["aria-label"] = str(db_field.verbose_name)  # the table's heading is no label
        return field


@admin.register(User)
class UserAdmin(BaseUserAdmin, ModelAdmin):
    form = UserChangeForm
    add_form = UserCreateForm
    change_password_form = AdminPasswordChangeForm
    ordering = ["email"]
    list_display = ["email", "name", "is_staff", "is_active", "created_at"]
    list_filter = ["is_staff", "is_active"]
    search_fields = ["email", "name"]
    readonly_fields = ["created_at", "last_login"]
    inlines = [MembershipInline]
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Dates", {"fields": ("last_login", "created_at")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "usable_password", "password1", "password2")}),)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        # People leave by themselves (apps.accounts.leaving): a row alone would leave accounts without anybody.
        return False


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


class GrantForm(ReasonForm):
    """Characters to give (or, below zero, to take away), and why: both are kept in the ledger."""

    characters = forms.IntegerField(
        min_value=-(10**12),
        max_value=10**12,
        help_text="Below zero takes away.",
        widget=UnfoldAdminIntegerFieldWidget(),
    )
    field_order = ("characters", "reason")

    def clean_characters(self) -> int:
        characters: int = self.cleaned_data["characters"]
        if characters == 0:
            raise forms.ValidationError("Zero characters change nothing.")
        return characters


@admin.register(Account)
class AccountAdmin(ModelAdmin):
    list_display = ["name", "plan", "balance", "state", "created_at"]
    list_filter = ["plan", "is_active"]
    list_select_related = ["plan"]
    search_fields = ["name", "=id", "users__email"]
    fields = ["name", "plan", "id", "balance", "state", "created_at"]
    readonly_fields = ["id", "balance", "state", "created_at"]
    inlines = [MembershipInline]
    actions_detail = ["grant", "disable", "enable"]

    @display(description="state", ordering="is_active", label={"active": "success", "disabled": "danger"})
    def state(self, account: Account) -> str:
        return "active" if account.is_active else "disabled"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return (
            False  # accounts come from `manage.py accounts create` or sign-up, with their bonus in the ledger
        )

    def has_delete_permission(self, request: HttpRequest, obj: Account | None = None) -> bool:
        return False  # the ledger names it for ever; it is disabled instead

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Of switching off and on, the one that changes something."""
        on = Account.objects.filter(pk=object_id, is_active=True).exists()
        idle = "accounts_account_enable" if on else "accounts_account_disable"
        shown = super().get_actions_detail(request, object_id)
        return [each for each in shown if each.action_name != idle]

    @action(description="Grant characters", permissions=["change"], icon="add_card")
    def grant(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A form that grants characters to one account or takes them away."""
        account = get_object_or_404(Account, pk=object_id)
        form = GrantForm(request.POST or None)
        if form.is_valid():
            problem = self._grant(request, account, **form.cleaned_data)
            if problem is None:
                return redirect(page_of(account))
            form.add_error("characters", problem)
        words = (
            f"Balance: {account.balance} characters. The entry is kept in the ledger and can not be changed."
        )
        shown = {"title": f"Grant characters to {account}", "words": words, "button": "Grant"}
        return ask(self, request, account, form, **shown)

    def _grant(self, request: HttpRequest, account: Account, *, characters: int, reason: str) -> str | None:
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

    @action(description="Disable", permissions=["change"], icon="block", variant=ActionVariant.DANGER)
    def disable(self, request: HttpRequest, object_id: str) -> HttpResponse:
        account = get_object_or_404(Account, pk=object_id)
        form = ReasonForm(request.POST or None)
        if form.is_valid():
            with transaction.atomic():
                if account_disable(account.pk):
                    self.log_change(request, account, f"Disabled: {form.cleaned_data['reason']}")
            self.message_user(request, f"{account} is disabled. What it had ordered is cancelled.")
            return redirect(page_of(account))
        words = (
            "Its keys are refused at once, and nobody signs in who belongs to no other account. Jobs that wait or run "
            "are cancelled and refunded, streams end within seconds, webhooks are not sent. Nothing is deleted; voices "
            "of it that are published stay so until they are withdrawn."
        )
        shown = {"title": f"Disable {account}", "words": words, "button": "Disable", "variant": "danger"}
        return ask(self, request, account, form, **shown)

    @action(description="Enable", permissions=["change"], icon="check_circle")
    def enable(self, request: HttpRequest, object_id: str) -> HttpResponse:
        account = get_object_or_404(Account, pk=object_id)
        form = ReasonForm(request.POST or None)
        if form.is_valid():
            try:
                with transaction.atomic():
                    if account_enable(account.pk):
                        self.log_change(request, account, f"Enabled: {form.cleaned_data['reason']}")
            except ApiError as error:
                form.add_error("reason", error.message)
            else:
                self.message_user(request, f"{account} is enabled.", messages.SUCCESS)
                return redirect(page_of(account))
        words = "Its keys work again, its people sign in again. What was cancelled stays cancelled."
        shown = {"title": f"Enable {account}", "words": words, "button": "Enable"}
        return ask(self, request, account, form, **shown)


@admin.register(ApiKey)
class ApiKeyAdmin(ModelAdmin):
    list_display = [
        "shown_prefix",
        "name",
        "account",
        "state",
        "allowed",
        "created_at",
        "last_used_at",
        "expires_at",
    ]
    list_filter = [("revoked_at", admin.EmptyFieldListFilter), "expires_at"]
    list_select_related = ["account"]
    search_fields = ["prefix", "name", "account__name"]
    exclude = ["digest"]
    readonly_fields = ["id", "account", "prefix", "created_by", "created_at", "last_used_at", "revoked_at"]
    actions = ["revoke"]

    @display(
        description="state",
        label={"works": "success", "revoked": "danger", "over": "warning"},
        ordering="revoked_at",
    )
    def state(self, key: ApiKey) -> str:
        over = key.expires_at is not None and key.expires_at <= timezone.now()
        return "revoked" if key.revoked_at else "over" if over else "works"

    @display(description="scopes")
    def allowed(self, key: ApiKey) -> str:
        return ", ".join(key.scopes) or "all"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a key can be shown only to whoever asks for it

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False  # keys are revoked; the ledger still names them

    @admin.action(description="Revoke the selected keys", permissions=["change"])
    def revoke(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> None:
        for key in keys.filter(revoked_at=None):
            key_revoke(key)
            self.log_change(request, key, "Revoked.")
        self.message_user(request, "The selected keys are revoked.", messages.SUCCESS)
