"""Recordings of voices, for the documentation."""

from __future__ import annotations

from ttsplatform.describing import Described, Field, Operation, sound, text, whole

DESCRIBED: Described = {
    "media/user-voices/{voice_id}/{filename}": {
        "GET": Operation(
            "platform",
            "Fetch a voice's recording",
            (sound("audio/wav", "The file; `Range` is answered with 206. Samples are audio/mpeg."),),
            "Follow `reference_audio_url`, `audio_url` or `sample_url` of a voice: they are signed and work without a "
            "key until `expires`. Without a signature the key of the voice's owner is needed.",
            path=(
                Field("voice_id", {"type": "string", "format": "uuid"}, "As in the link."),
                Field("filename", {"type": "string"}, "As in the link."),
            ),
            query=(
                Field("expires", whole(), "From the link: Unix seconds."),
                Field("signature", text(), "From the link."),
            ),
            errors=("not_found", "gone"),
            key="optional",
        )
    }
}
