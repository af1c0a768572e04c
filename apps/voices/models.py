"""A customer's own voices: what they were made of, who agreed to it, and what an engine made of it."""

from __future__ import annotations

import secrets
import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Func, Q, Value
from django.db.models.functions import Now


class VoiceStatus(models.TextChoices):
    ACTIVE = "active"
    ARCHIVED = "archived"  # kept, but may not speak


class VoiceKind(models.TextChoices):
    SAVED = "saved"  # listed, counted against the plan
    EMBEDDING = "embedding"  # an embed_id of TTS.ai: not listed, gone once nobody has used it for a while
    PASSING = "passing"  # the reference of one clone call: gone once that has been spoken


def new_public_id() -> str:
    return f"uv_{secrets.token_hex(6)}"


class Shown(models.Manager["Voice"]):
    """Voices that are not being deleted: what anybody may see."""

    def get_queryset(self) -> models.QuerySet[Voice]:
        return super().get_queryset().filter(deleting_at=None)


class Voice(models.Model):
    """`lane` owns it: an account, or the network of a caller without a key. Every look-up names the lane.

    `id` is ours, `number` KugelAudio's, `public_id` TTS.ai's and `clone_id` Pocket TTS's name for it. `model` is the
    family that was asked for, `built_model` what speaks, `built` what it needs to (see apps.voices.speaking).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # From a sequence that starts at 1; the numbers from 2**30 on are the catalogue's voices.
    number = models.BigIntegerField(
        unique=True, editable=False, db_default=Func(Value("voices_voice_number"), function="nextval")
    )
    public_id = models.CharField(max_length=40, unique=True, default=new_public_id, editable=False)
    # NULL, not "", where it has none: the names of a lane are unique.
    clone_id = models.CharField(max_length=100, null=True)  # noqa: DJ001
    kind = models.CharField(max_length=10, choices=VoiceKind.choices, default=VoiceKind.SAVED)
    account = models.ForeignKey("accounts.Account", models.PROTECT, null=True, related_name="voices")
    lane = models.CharField(max_length=80)

    name = models.CharField(max_length=100)
    language = models.CharField(max_length=16)
    # All that it is meant for, where there are several (KugelAudio).
    languages = ArrayField(models.CharField(max_length=16), default=list)
    description = models.CharField(max_length=1000, blank=True)
    sex = models.CharField(max_length=10, blank=True)
    age = models.CharField(max_length=20, blank=True)
    category = models.CharField(max_length=40, blank=True)
    quality = models.CharField(max_length=10, blank=True)
    sample_text = models.CharField(max_length=500, blank=True)
    sample_key = models.CharField(max_length=200, blank=True)
    # Its owner asks that everybody may use it; staff have looked at it and agree. It takes both.
    is_public = models.BooleanField(default=False)
    verified_at = models.DateTimeField(null=True)
    status = models.CharField(max_length=10, choices=VoiceStatus.choices, default=VoiceStatus.ACTIVE)

    # That the speaker agreed: when, by which key, from which network (a keyed hash).
    consent_at = models.DateTimeField(null=True)
    consent_by = models.ForeignKey("accounts.ApiKey", models.SET_NULL, null=True, related_name="+")
    consent_network = models.CharField(max_length=64, blank=True)

    # All references after each other: a WAV, 24 kHz, mono, PCM16.
    reference_key = models.CharField(max_length=200, blank=True)
    reference_digest = models.CharField(max_length=64, blank=True)  # SHA-256 of that file
    reference_seconds = models.FloatField(default=0.0)
    reference_text = models.CharField(max_length=2000, blank=True)

    model = models.CharField(max_length=64)
    # The job that builds it, until what it made has been taken over, and the columns above as they will be then
    # (with "added": the recordings that nobody has judged yet). What was built before speaks meanwhile.
    building = models.UUIDField(null=True)
    pending = models.JSONField(null=True)
    built = models.JSONField(null=True)
    built_model = models.CharField(max_length=64, blank=True)
    similarity = models.FloatField(null=True)
    note = models.CharField(max_length=1000, blank=True)

    created_at = models.DateTimeField(db_default=Now())
    used_at = models.DateTimeField(null=True)
    archived_at = models.DateTimeField(null=True)
    # Deleted then: embeddings, references of single calls, what was never built, open clones that nobody uses.
    expires_at = models.DateTimeField(null=True)
    # Being deleted, and hidden from everybody: when somebody is to go on with that.
    deleting_at = models.DateTimeField(null=True)
    # A request that changes what it is made of has it for itself until then (apps.voices.changes).
    changing_until = models.DateTimeField(null=True)
    # Files may lie in its folder that no row names: when somebody is to look.
    tidy_at = models.DateTimeField(null=True)

    objects = Shown()
    everything = models.Manager["Voice"]()

    class Meta:
        ordering = ["-created_at", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["lane", "clone_id"], name="voice_clone_id_once"),
            models.CheckConstraint(condition=Q(number__lt=1 << 30), name="voice_number_below_catalogue"),
        ]
        indexes = [
            models.Index(fields=["lane", "-created_at"], name="voice_lane_newest"),
            models.Index(fields=["expires_at"], name="voice_expires", condition=Q(expires_at__isnull=False)),
            models.Index(
                fields=["deleting_at"], name="voice_deleting", condition=Q(deleting_at__isnull=False)
            ),
            models.Index(fields=["tidy_at"], name="voice_untidy", condition=Q(tidy_at__isnull=False)),
            models.Index(fields=["building"], name="voice_building", condition=Q(building__isnull=False)),
            models.Index(fields=["number"], name="voice_public", condition=Q(is_public=True)),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.name}"

    @property
    def folder(self) -> str:
        """Everything of this voice lies below this media key."""
        return f"voices/{self.id.hex}"

    @property
    def shown_id(self) -> str:
        """What jobs say for their voice; the reference of a single call has no name."""
        return "" if self.kind == VoiceKind.PASSING else self.public_id

    @property
    def pocket_name(self) -> str:
        """What Pocket TTS calls it: a name of its own, or else the public id."""
        return self.clone_id or self.public_id


class VoiceReference(models.Model):
    """One uploaded recording of a voice: a WAV, 24 kHz, mono, PCM16."""

    voice = models.ForeignKey(Voice, models.CASCADE, related_name="references")
    key = models.CharField(max_length=200)
    name = models.CharField(max_length=200, blank=True)
    reference_text = models.CharField(max_length=2000, blank=True)
    seconds = models.FloatField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["id"]
