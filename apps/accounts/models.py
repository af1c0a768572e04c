"""Users, plans, accounts (the tenants) and their API keys. The rules about them are in services."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

# What a key may be limited to. A key whose list is empty may do everything its account may.
SCOPES = ("speech", "audio", "jobs", "voices", "usage", "keys", "webhooks")

KEY_START = "sk-tts-"


class UserManager(BaseUserManager["User"]):
    """Users by e-mail, in lower case: Ann@Example.com and ann@example.com are one person."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in, as a customer or as staff."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=150, blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        ordering = ["email"]
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_is_lower_case")
        ]

    def __str__(self) -> str:
        return self.email

    def clean(self) -> None:
        super().clean()
        self.email = self.email.strip().lower()

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = self.email.strip().lower()
        super().save(*args, **kwargs)


class Plan(models.Model):
    """What an account may do. Staff may edit the numbers; they apply within half a minute."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=50)
    requests_per_minute = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    concurrency = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    max_text_chars = models.PositiveIntegerField(help_text="Longest text of one request, in characters.")
    max_queued_jobs = models.PositiveIntegerField(help_text="Jobs that may wait or run at once.")
    retention_days = models.PositiveIntegerField(help_text="How long results are kept.")

    class Meta:
        ordering = ["requests_per_minute"]

    def __str__(self) -> str:
        return self.name


class Account(models.Model):
    """The tenant: it owns keys, characters and jobs. `balance` is its ledger's sum, kept by usage."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=150)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="accounts")
    balance = models.BigIntegerField(default=0, editable=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    users = models.ManyToManyField(User, through="Membership", related_name="accounts")

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=models.Q(balance__gte=0), name="account_balance_not_negative")
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """Who belongs to an account, and as what."""

    class Role(models.TextChoices):
        OWNER = "owner"
        ADMIN = "admin"
        MEMBER = "member"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.MEMBER)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "account"], name="one_membership_each")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.account_id} as {self.role}"


class ApiKey(models.Model):
    """A key as the database knows it: where to find it (prefix) and how to check it (digest), never the key.

    `digest` is the hex HMAC-SHA256 of the whole key under settings.API_KEY_PEPPER.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=8, unique=True, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    scopes = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = "API key"
        indexes = [models.Index(fields=["account", "-created_at"])]

    def __str__(self) -> str:
        return f"{self.shown_prefix}… {self.name}"

    @property
    def shown_prefix(self) -> str:
        """The start of the key, which is safe to show: enough to tell one key from another."""
        return KEY_START + self.prefix

    def allows(self, scope: str) -> bool:
        """True where the key was made for `scope`, or without any limit."""
        return not self.scopes or scope in self.scopes
