"""Links to a voice's recordings and its sample: signed, and they expire."""

from __future__ import annotations

import time

from django.conf import settings
from django.http import HttpRequest

from apps.media.links import sign

from .models import Voice, VoiceReference

WAV, MP3 = "audio/wav", "audio/mpeg"
REFERENCE, SAMPLE = "reference.wav", "sample.mp3"
"""What all recordings in one file, and the sentence in the voice, are called in links."""


def reference_url(request: HttpRequest, voice: Voice) -> str | None:
    """An absolute link to all of the voice's recordings in one file; None where it has none."""
    return _link(request, voice, "reference.wav") if voice.reference_key else None


def recording_url(request: HttpRequest, reference: VoiceReference) -> str:
    """An absolute link to one recording."""
    return _link(request, reference.voice, f"reference-{reference.pk}.wav")


def sample_url(request: HttpRequest, voice: Voice) -> str | None:
    """An absolute link to a sentence in the voice; None where there is none yet."""
    return _link(request, voice, "sample.mp3") if voice.sample_key else None


def paths(voice: Voice) -> list[str]:
    """The same two links without a host, as far as there are any: for pages of this server."""
    names = (("reference.wav", voice.reference_key), ("sample.mp3", voice.sample_key))
    return [_path(voice, name) for name, key in names if key]


def path_of(voice: Voice, name: str) -> str | None:
    """The link to REFERENCE or SAMPLE without a host; None where there is none."""
    return _path(voice, name) if key_of(voice, name) else None


def _link(request: HttpRequest, voice: Voice, name: str) -> str:
    return request.build_absolute_uri(_path(voice, name))


def _path(voice: Voice, name: str) -> str:
    expires = int(time.time()) + settings.LINK_TTL_SECONDS
    signature = sign(voice.id, name, expires)
    return f"/media/user-voices/{voice.id}/{name}?expires={expires}&signature={signature}"


def key_of(voice: Voice, name: str) -> str | None:
    """The media key that a link's file name stands for; None where there is no such file."""
    if name == "reference.wav":
        return voice.reference_key or None
    if name == "sample.mp3":
        return voice.sample_key or None
    number = name.removeprefix("reference-").removesuffix(".wav")
    if name == f"reference-{number}.wav" and number.isascii() and number.isdecimal() and len(number) < 19:
        found = voice.references.filter(pk=int(number)).first()
        return found.key if found else None
    return None
