"""The recordings of a voice: one more, one less, and the voice is built anew of all of them."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from django.utils import timezone

from apps.accounts.callers import Caller
from ttsplatform.errors import ApiError
from workers.audio.reference import RATE, Checked

from . import building
from .changes import alone, save, tidy
from .models import Voice, VoiceReference
from .outcome import STAGED, abandon, holds_files
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
    with alone(voice):
        if voice.references.count() >= MOST_REFERENCES:
            message = f"A voice has at most {MOST_REFERENCES} references. Delete one first."
            raise ApiError("bad_request", message)
        if consent:
            note_consent(voice, caller)
            save(voice, "consent_at", "consent_by", "consent_network")
        reference = keep_reference(voice, recording)
        rebuild(caller, voice, request_id, added=[reference])
    return reference


def reference_delete(caller: Caller, voice: Voice, reference: VoiceReference, *, request_id: str) -> None:
    """Delete a recording for good, at once; the voice is built anew of the others, and can not speak without any.

    Until then what was matched before goes on speaking; a model that speaks from the recordings themselves does not.
    """
    with alone(voice):
        reference.delete()
        remaining = staged(voice, without=(voice.pending or {}).get("added", ()))
        for name, value in remaining.items():
            setattr(voice, name, value)
        if not remaining["reference_key"] or holds_files(voice):
            voice.built, voice.built_model, voice.similarity, voice.note = None, "", None, ""
        building.stop(voice)
        save(voice, *remaining, "built", "built_model", "similarity", "note")
        tidy(voice)
        if voice.references.exists():
            rebuild(caller, voice, request_id)


def keep_reference(voice: Voice, recording: Recording) -> VoiceReference:
    """Store a recording with its voice, which is not built anew by this. Needs the voice alone."""
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


def staged(voice: Voice, *, without: Collection[int] = ()) -> dict[str, str | float]:
    """The columns of all recordings after each other, which are stored as one file where there are several."""
    references = list(voice.references.exclude(pk__in=without))
    text = " ".join(each.reference_text for each in references if each.reference_text)[:2000]
    if not references:
        return {"reference_key": "", "reference_digest": "", "reference_seconds": 0.0, "reference_text": ""}
    key, seconds = references[0].key, references[0].seconds
    if len(references) > 1:
        joined = np.concatenate([stored_samples(each.key) for each in references])[: MOST_SECONDS * RATE]
        key, seconds = f"{voice.folder}/{uuid.uuid4().hex}/joined.wav", len(joined) / RATE
        store_wav(key, joined)
    return {
        "reference_key": key,
        "reference_digest": digest_of(key),
        "reference_seconds": seconds,
        "reference_text": text,
    }


def rebuild(
    caller: Caller,
    voice: Voice,
    request_id: str,
    *,
    added: Sequence[VoiceReference] = (),
    wait: bool = True,
) -> None:
    """Build from all references after each other. Needs the voice alone, and a reference.

    Where that fails the voice stays as it was, without the recordings that were `added`; it raises what building does.
    With `wait` False the voice is built some time later.
    """
    unjudged = [*(voice.pending or {}).get("added", ()), *(each.pk for each in added)]
    building.stop(voice)
    voice.pending = {**staged(voice), "added": unjudged}
    first = voice.built is None
    if first:
        # Nothing speaks yet, so that there is nothing to keep up.
        for name in STAGED:
            setattr(voice, name, voice.pending[name])
    save(voice, "pending", *(STAGED if first else ()))
    try:
        if not building.built_before(voice):
            building.build(caller, voice, request_id, wait=wait)
    except BaseException:
        abandon(voice)
        raise
