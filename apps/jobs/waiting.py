"""Waiting for a job: news over Redis wakes the waiter, the database has the truth."""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections.abc import AsyncIterator

import redis
import redis.asyncio
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection

from . import events, selectors
from .models import Job

# Without news (Redis down, or a message lost) the database is asked this often, in seconds.
POLL_SECONDS = 1.0


def wait_for(job_id: uuid.UUID, seconds: float) -> Job:
    """The job once it has finished, or as it is when `seconds` are over. Holds no database connection meanwhile."""
    deadline = time.monotonic() + seconds
    with contextlib.ExitStack() as stack:
        news: redis.client.PubSub | None = None
        try:
            news = stack.enter_context(events.client().pubsub(ignore_subscribe_messages=True))
            news.subscribe(events.channel(job_id))
        except redis.RedisError:
            news = None
        while True:
            job = Job.objects.defer("request").select_related("account").get(pk=job_id)
            left = deadline - time.monotonic()
            if job.is_finished or left <= 0:
                return job
            _give_back_connection()
            news = _sleep(news, min(left, POLL_SECONDS))


def _sleep(news: redis.client.PubSub | None, seconds: float) -> redis.client.PubSub | None:
    if news is not None:
        try:
            news.get_message(timeout=seconds)
        except redis.RedisError:
            news = None
        else:
            return news
    time.sleep(seconds)
    return None


def _give_back_connection() -> None:
    if not connection.in_atomic_block:
        connection.close()


async def follow(job_id: uuid.UUID, keep_alive: float = 15.0) -> AsyncIterator[Job | None]:
    """The job's states as they change, the last one finished; None every `keep_alive` seconds without news."""
    client = redis.asyncio.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=None)
    read = sync_to_async(_read)
    shown: tuple[str, float] | None = None
    async with client, client.pubsub(ignore_subscribe_messages=True) as news:
        listening = True
        try:
            await news.subscribe(events.channel(job_id))
        except redis.RedisError:
            listening = False
        quiet_since = time.monotonic()
        while True:
            job, progress = await read(job_id)
            if (job.status, progress) != shown:
                shown, quiet_since = (job.status, progress), time.monotonic()
                yield job
                if job.is_finished:
                    return
            elif time.monotonic() - quiet_since >= keep_alive:
                quiet_since = time.monotonic()
                yield None
            if listening:
                try:
                    await news.get_message(timeout=POLL_SECONDS)
                    continue
                except redis.RedisError:
                    listening = False
            await asyncio.sleep(POLL_SECONDS)


def _read(job_id: uuid.UUID) -> tuple[Job, float]:
    job = Job.objects.defer("request").get(pk=job_id)
    progress = round(selectors.progress_of(job), 3)
    _give_back_connection()
    return job, progress
