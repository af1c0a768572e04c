"""What customers do with conversations: go on with one, or have it forgotten."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.accounts.callers import Caller
from apps.jobs.models import FINISHED
from apps.jobs.recordings import Recording
from apps.jobs.services import Order, Submission, job_purge, submit
from apps.jobs.speech import speech_order
from apps.usage import services as usage
from apps.usage.pricing import SERVICES
from ttsplatform.errors import ApiError
from workers.engines.chat_model import unset_message

from .models import Conversation, Exchange
from .selectors import conversation_get, history_of

SERVICE = "voice_chat"
QUEUE = "tools"
DEFAULT_VOICE, DEFAULT_MODEL = "af_bella", "kokoro"
MAX_TEXT = 4_000
MAX_PROMPT = 4_000
# A live exchange that has not ended by then has lost its web process.
LOST_AFTER = dt.timedelta(minutes=15)


def demand_model() -> None:
    """Raises model_unavailable, in words, where the operator has named no language model."""
    if not settings.LLM_BASE_URL or not settings.LLM_MODEL:
        raise ApiError("model_unavailable", unset_message())


def conversation_for(caller: Caller, public_id: str | None, system_prompt: str | None) -> Conversation:
    """The conversation that goes on, or a new one; remembered for CHAT_MEMORY_HOURS from now.

    A `system_prompt` replaces the one before. Raises not_found, bad_request.
    """
    if system_prompt is not None and len(system_prompt) > MAX_PROMPT:
        raise ApiError(
            "bad_request", f"system_prompt: {MAX_PROMPT} characters at most.", param="system_prompt"
        )
    until = timezone.now() + dt.timedelta(hours=settings.CHAT_MEMORY_HOURS)
    assert caller.account is not None
    if not public_id:
        return Conversation.objects.create(
            account=caller.account, system_prompt=system_prompt or "", expires_at=until
        )
    conversation = conversation_get(caller, public_id)
    conversation.expires_at = until
    if system_prompt is not None:
        conversation.system_prompt = system_prompt
    conversation.save(update_fields=["expires_at", "system_prompt"])
    return conversation


def speech_for(caller: Caller, voice: str | None, model: str | None, format: str = "mp3") -> Order:
    """How answers are spoken: an order of no price, whose text is still to come. Raises what speech_order raises."""
    named = voice or (DEFAULT_VOICE if not model else None)
    model = model or (DEFAULT_MODEL if named == DEFAULT_VOICE else None)
    return speech_order(caller, text="Hello.", model=model, voice=named, format=format)


def chat_order(
    conversation: Conversation, speech: Order, *, text: str = "", recording: Recording | None = None
) -> Order:
    """The order of one exchange as a job. Raises bad_request."""
    demand_text(text, recording)
    source: dict[str, Any] = {"source": recording.described()} if recording else {}
    return Order(
        kind="chat",
        step="chat",
        service=SERVICE,
        queue=QUEUE,
        model=speech.model,
        served_model=speech.served_model,
        voice=speech.voice,
        language=speech.language,
        characters=len(text),
        price=SERVICES[SERVICE].characters,
        request={
            "conversation_id": conversation.public_id,
            "user_text": text,
            "messages": messages_of(conversation),
            "speech": dict(speech.request),
            **source,
        },
    )


def demand_text(text: str, recording: object) -> None:
    if bool(text.strip()) == bool(recording):
        raise ApiError("bad_request", "Send either audio or text: one of the two.", param="text")
    if len(text) > MAX_TEXT:
        raise ApiError("text_too_long", f"text: {MAX_TEXT} characters at most in one turn.", param="text")


def messages_of(conversation: Conversation) -> list[dict[str, str]]:
    """What the language model is told before the new words."""
    prompt = conversation.system_prompt or settings.CHAT_SYSTEM_PROMPT
    return [{"role": "system", "content": prompt}, *history_of(conversation)]


def exchange_submit(conversation: Conversation, caller: Caller, order: Order, **options: Any) -> Submission:
    """Order an exchange as a job, and note it in its conversation. Options and errors as jobs.services.submit.

    Raises conflict where the exchange before is still being answered.
    """
    with transaction.atomic():
        Conversation.objects.select_for_update().get(pk=conversation.pk)
        if conversation.exchanges.filter(job__isnull=False).exclude(job__status__in=FINISHED).exists():
            message = "This conversation is still being answered. Wait for that answer, or begin another."
            raise ApiError("conflict", message, retry_after=2)
        submission = submit(caller, order, **options)
        if not submission.replayed:
            Exchange.objects.create(
                conversation=conversation, job=submission.job, user_text=str(order.request["user_text"])
            )
    return submission


def exchange_open(conversation: Conversation, caller: Caller, user_text: str, model: str) -> Exchange:
    """Begin an exchange that is heard live: its price is set aside. Raises insufficient_credits."""
    assert caller.account is not None
    with transaction.atomic():
        exchange = Exchange.objects.create(conversation=conversation, user_text=user_text)
        usage.reserve(
            account_id=caller.account.pk,
            job_id=exchange.pk,
            characters=SERVICES[SERVICE].characters,
            key_id=caller.key.pk if caller.key else None,
            model=model,
            service=SERVICE,
        )
    return exchange


def exchange_close(exchange_id: uuid.UUID, ai_text: str, *, heard: bool) -> int:
    """The end of a live exchange, once: charged where anything was `heard`; the characters charged."""
    with transaction.atomic():
        exchange = Exchange.objects.select_for_update().filter(pk=exchange_id, ended_at=None).first()
        if exchange is None:
            return 0
        exchange.ai_text, exchange.ended_at = ai_text, timezone.now()
        exchange.save(update_fields=["ai_text", "ended_at"])
        if heard:
            usage.commit(exchange.pk, SERVICES[SERVICE].characters)
            return SERVICES[SERVICE].characters
        usage.refund(exchange.pk, "nothing was answered")
    return 0


def conversation_delete(conversation: Conversation) -> None:
    """Forget it for good, with the words and the sound of its jobs."""
    for job_id in conversation.exchanges.exclude(job=None).values_list("job_id", flat=True):
        job_purge(job_id)
    conversation.delete()


def sweep_conversations() -> int:
    """Forget what has expired, and settle live exchanges whose web process died (the reaper calls this)."""
    lost = Exchange.objects.filter(job=None, ended_at=None, created_at__lt=timezone.now() - LOST_AFTER)
    for exchange_id in list(lost.values_list("pk", flat=True)[:200]):
        exchange_close(exchange_id, "", heard=False)
    expired = list(Conversation.objects.filter(expires_at__lt=timezone.now())[:200])
    for conversation in expired:
        conversation_delete(conversation)
    return len(expired)
