"""The recordings of a voice: one more, one less, and the voice is built anew of all of them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import numpy as np
from django.utils import timezone

from apps.accounts.callers import Caller
from apps.jobs.services import job_purge
from apps.media.store import media_store
from ttsplatform.errors import ApiError
from workers.audio.reference import RATE, Checked

from . import building
from .models import Voice, VoiceReference
from .uploads import digest_of, store_wav, stored_samples

MOST_SECONDS = 60
"""Of all references together, so much is listened to when the voice is built."""
MOST_REFERENCES = 20


@dataclass(frozen=True, slots=True)
class Recording:
    """A checked upload: its samples, the name of its file, and what is said in it (may be empty)."""

    checked: Checked
    name: str = ""
    text: str = ""


def note_consent(voice: Voice, caller: Caller) -> None:
    """That the speaker agreed: when, and who says so. The row is not saved."""
    voice.consent_at, voice.consent_by, voice.consent_network = timezone.now(), caller.key, caller.network


def reference_add(
    caller: Caller, voice: Voice, recording: Recording, *, consent: bool, request_id: str
) -> VoiceReference:
    """One recording more, and the voice is built anew. Raises as voice_create; then nothing has changed."""
    if voice.references.count() >= MOST_REFERENCES:
        raise ApiError("bad_request", f"A voice has at most {MOST_REFERENCES} references. Delete one first.")
    if consent:
        note_consent(voice, caller)
        voice.save(update_fields=["consent_at", "consent_by", "consent_network"])
    reference = keep_reference(voice, recording)
    try:
        rebuild(caller, voice, request_id)
    except BaseException:
        _forget_reference(reference)
        raise
    return reference


def reference_delete(caller: Caller, voice: Voice, reference: VoiceReference, *, request_id: str) -> None:
    """Delete a recording for good; the voice is built anew of the others, and can not speak without any."""
    _forget_reference(reference)
    rebuild(caller, voice, request_id)


def _forget_reference(reference: VoiceReference) -> None:
    key = reference.key
    reference.delete()
    media_store().delete_folder(key.rsplit("/", 1)[0])


def keep_reference(voice: Voice, recording: Recording) -> VoiceReference:
    """Store a recording with its voice, which is not built anew by this."""
    reference = VoiceReference(
        voice=voice,
        key=f"{voice.folder}/{uuid.uuid4().hex}/reference.wav",
        name=recording.name[:200],
        reference_text=recording.text[:2000],
        seconds=recording.checked.seconds,
    )
    store_wav(reference.key, recording.checked.samples)
    reference.save()
    return reference


_OF_REFERENCES = ("reference_key", "reference_digest", "reference_seconds", "reference_text")


def rebuild(caller: Caller, voice: Voice, request_id: str) -> None:
    """Build from all references after each other. Where that fails the voice stays as it was."""
    references = list(voice.references.all())
    before = {name: getattr(voice, name) for name in _OF_REFERENCES}
    if len(references) == 1:
        voice.reference_key = references[0].key
        voice.reference_seconds = references[0].seconds
    elif references:
        joined = np.concatenate([stored_samples(each.key) for each in references])[: MOST_SECONDS * RATE]
        voice.reference_key = f"{voice.folder}/{uuid.uuid4().hex}/joined.wav"
        voice.reference_seconds = len(joined) / RATE
        store_wav(voice.reference_key, joined)
    else:
        voice.reference_key, voice.reference_digest, voice.reference_seconds = "", "", 0.0
        voice.built, voice.built_model, voice.similarity, voice.note = None, "", None, ""
    voice.reference_text = " ".join(each.reference_text for each in references if each.reference_text)[:2000]
    if voice.building is not None:
        job_purge(voice.building)
        voice.building = None
    if references:
        voice.reference_digest = digest_of(voice.reference_key)
    voice.save()
    if references:
        try:
            if building.built_before(voice):
                voice.save()
            else:
                building.build(caller, voice, request_id)
        except BaseException:
            made = voice.reference_key
            for name, value in before.items():
                setattr(voice, name, value)
            voice.save(update_fields=list(before))
            _sweep_file(voice, made)
            raise
    _sweep_file(voice, before["reference_key"])


def _sweep_file(voice: Voice, key: str) -> None:
    """A joined file is of no use once the voice is built of another; a reference's own goes with its row."""
    if key and key != voice.reference_key and not voice.references.filter(key=key).exists():
        media_store().delete_folder(key.rsplit("/", 1)[0])
