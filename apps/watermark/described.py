"""The mark in generated speech, for the documentation."""

from __future__ import annotations

from ttsplatform.describing import RECORDING, Described, Field, Operation, shown, upload

from .services import EXAMINED_SECONDS

DESCRIBED: Described = {
    "v1/watermark/detect": {
        "POST": Operation(
            "platform",
            "Was it made here?",
            (
                shown(
                    {
                        "watermarked": True,
                        "score": 0.98,
                        "method": "perth",
                        "duration": 4.2,
                        "truncated": False,
                    }
                ),
            ),
            "Whether a recording holds speech that was made on this platform. At most "
            f"{EXAMINED_SECONDS / 60:.0f} minutes of it are examined; `truncated` says that there is more.",
            form=(Field("file", upload(), "The recording, in any format that ffmpeg reads.", required=True),),
            example={"file": RECORDING},
            errors=("file_too_large", "model_unavailable"),
        )
    }
}
