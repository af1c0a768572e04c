"""What the platform answers, as objects. `raw` of each is the whole answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FINISHED = {"completed", "failed", "partial", "canceled", "expired"}


@dataclass(frozen=True)
class Job:
    """Queued work. `status`: queued, processing, completed or failed; `progress` from 0 to 1."""

    id: str
    status: str
    progress: float = 0.0
    queue_position: int | None = None
    result_url: str | None = None
    duration: float | None = None
    format: str | None = None
    characters_charged: int = 0
    served_model: str = ""
    error: str = ""
    error_code: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def is_finished(self) -> bool:
        return self.status in FINISHED

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Job:
        return cls(
            id=str(raw["uuid"]),
            status=str(raw["status"]),
            progress=float(raw.get("progress") or 0.0),
            queue_position=raw.get("queue_position"),
            result_url=raw.get("result_url"),
            duration=raw.get("duration"),
            format=raw.get("format"),
            characters_charged=int(raw.get("credits_used") or 0),
            served_model=str(raw.get("served_model") or ""),
            error=str(raw.get("error") or ""),
            error_code=str(raw.get("error_code") or ""),
            raw=raw,
        )


@dataclass(frozen=True)
class Voice:
    """A voice to speak with: a stock voice, or one of your own (`own`), which is named by `uv_…`."""

    id: str
    name: str
    model: str
    language: str
    gender: str = ""
    own: bool = False
    ready: bool = True
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Voice:
        own = "public_id" in raw
        return cls(
            id=str(raw["public_id"] if own else raw["id"]),
            name=str(raw["name"]),
            model=str(raw.get("model_name") or raw.get("model") or ""),
            language=str(raw.get("language") or ""),
            gender=str(raw.get("gender") or ""),
            own=own,
            ready=bool(raw.get("ready", True)),
            raw=raw,
        )


@dataclass(frozen=True)
class Transcript:
    """What was said. `segments`: {start, end, text, speaker?, words?}; `words` where they were asked for."""

    text: str
    language: str
    duration: float
    segments: list[dict[str, Any]]
    words: list[dict[str, Any]]
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Transcript:
        return cls(
            text=str(raw["text"]),
            language=str(raw.get("language") or ""),
            duration=float(raw.get("duration") or 0.0),
            segments=list(raw.get("segments") or ()),
            words=list(raw.get("words") or ()),
            raw=raw,
        )


@dataclass(frozen=True)
class Sound:
    """A stretch of live speech: encoded audio (all of them together are one file), and the words that begin in it."""

    audio: bytes
    words: list[dict[str, Any]]
    sample_rate: int | None


@dataclass(frozen=True)
class BatchItem:
    index: int
    id: str
    status: str
    url: str | None
    error: str


@dataclass(frozen=True)
class Batch:
    """Texts that were ordered together."""

    id: str
    status: str
    total: int
    completed: int
    failed: int
    items: list[BatchItem]
    zip_url: str | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def is_finished(self) -> bool:
        return self.completed + self.failed >= self.total

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Batch:
        items = [
            BatchItem(
                index=int(item["index"]),
                id=str(item["uuid"]),
                status=str(item["status"]),
                url=item.get("url"),
                error=str(item.get("error") or ""),
            )
            for item in raw.get("items") or ()
        ]
        return cls(
            id=str(raw["batch_id"]),
            status=str(raw["status"]),
            total=int(raw["total"]),
            completed=int(raw["completed"]),
            failed=int(raw["failed"]),
            items=items,
            zip_url=raw.get("zip_url"),
            raw=raw,
        )
