"""OpenAI's names for models and voices, and what answers to them here."""

from __future__ import annotations

MODELS = {"tts-1": "kokoro", "tts-1-hd": "kokoro", "gpt-4o-mini-tts": "kokoro"}

LISTENERS = {
    "whisper-1": "whisper",
    "gpt-4o-transcribe": "whisper",
    "gpt-4o-mini-transcribe": "whisper",
    "gpt-4o-transcribe-diarize": "whisper",
}

VOICES = {
    "alloy": "af_bella",
    "ash": "am_michael",
    "ballad": "bm_george",
    "coral": "af_sarah",
    "echo": "am_adam",
    "fable": "bm_fable",
    "onyx": "am_onyx",
    "nova": "af_nova",
    "sage": "af_sky",
    "shimmer": "af_heart",
    "verse": "am_puck",
    "marin": "bf_emma",
    "cedar": "am_fenrir",
}
