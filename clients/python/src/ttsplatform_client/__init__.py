"""The voice platform from Python: `Client`, `AsyncClient`, and `verify_webhook` for receivers."""

from .aio import AsyncClient
from .client import Client
from .errors import (
    AuthenticationError,
    BadRequest,
    ConnectionFailed,
    InsufficientCharacters,
    JobFailed,
    NotFound,
    RateLimited,
    ServerError,
    TTSError,
    WebhookError,
)
from .shapes import Batch, BatchItem, Job, Sound, Transcript, Voice
from .webhooks import verify_webhook

__all__ = [
    "AsyncClient",
    "AuthenticationError",
    "BadRequest",
    "Batch",
    "BatchItem",
    "Client",
    "ConnectionFailed",
    "InsufficientCharacters",
    "Job",
    "JobFailed",
    "NotFound",
    "RateLimited",
    "ServerError",
    "Sound",
    "TTSError",
    "Transcript",
    "Voice",
    "WebhookError",
    "verify_webhook",
]
