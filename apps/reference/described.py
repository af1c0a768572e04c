"""All that is described, of all packages; and the paths that two public APIs have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from apps.accounts.described import DESCRIBED as ACCOUNTS
from apps.dialects.kittentts import described as kittentts
from apps.dialects.kugelaudio import described as kugelaudio
from apps.dialects.openai import described as openai
from apps.dialects.pockettts import described as pockettts
from apps.dialects.ttsai import described as ttsai
from apps.jobs.described import DESCRIBED as JOBS
from apps.operations.described import DESCRIBED as OPERATIONS
from apps.usage.described import DESCRIBED as USAGE
from apps.voices.described import DESCRIBED as VOICES
from apps.watermark.described import DESCRIBED as WATERMARK
from apps.webhooks.described import DESCRIBED as WEBHOOKS
from ttsplatform.describing import Described, Operation

_TOLD_BY = "For clients that send `X-KugelAudio-SDK` or `X-API-Key`:"
# As ttsplatform.urls and apps.dialects.openai.models have it.
SHARED: Described = {
    "v1/audio/transcriptions": {
        "POST": replace(openai.TRANSCRIBE, also=kugelaudio.TRANSCRIBE, told_by=_TOLD_BY)
    },
    "v1/models": {
        "GET": replace(
            openai.LIST,
            also=replace(kugelaudio.MODELS, answers=openai.LIST.answers),
            told_by="The same for everybody.",
        )
    },
}
_ALL = (
    *(ACCOUNTS, JOBS, OPERATIONS, USAGE, VOICES, WATERMARK, WEBHOOKS, SHARED),
    *(each.DESCRIBED for each in (ttsai, openai, kugelaudio, kittentts, pockettts)),
)


@lru_cache(maxsize=1)
def described() -> Mapping[str, Mapping[str, Operation]]:
    """Path -> method -> what it does. Raises ValueError for a path that is described twice."""
    found: dict[str, Mapping[str, Operation]] = {}
    for each in _ALL:
        if twice := found.keys() & each.keys():
            raise ValueError(f"described twice: {', '.join(sorted(twice))}")
        found.update(each)
    return found
