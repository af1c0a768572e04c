"""News about jobs over Redis pub/sub. News may be lost; whoever listens reads the database as well."""

from __future__ import annotations

import json
import logging
import uuid
from typing import Any

import redis
from django.conf import settings

logger = logging.getLogger(__name__)

_client: redis.Redis | None = None


def client() -> redis.Redis:
    """The process's Redis client for news, with short time-outs."""
    global _client
    if _client is None:
        _client = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=0.5, socket_timeout=2)
    return _client


def channel(job_id: uuid.UUID) -> str:
    return f"job:{job_id.hex}"


def tell(job_id: uuid.UUID, status: str, progress: float) -> None:
    """Publish a job's state; never raises."""
    news: dict[str, Any] = {"status": status, "progress": round(progress, 4)}
    try:
        client().publish(channel(job_id), json.dumps(news))
    except redis.RedisError as exc:
        logger.warning("no news sent", extra={"job": str(job_id), "error": str(exc)})
