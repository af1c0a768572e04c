"""Reading conversations: always those of one account."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from apps.accounts.callers import Caller
from apps.jobs.models import FINISHED, JobStatus
from ttsplatform.errors import ApiError

from .models import Conversation, Exchange

REMEMBERED = 20
"""Exchanges that the language model is told of."""
REMEMBERED_CHARACTERS = 12_000


@dataclass(frozen=True, slots=True)
class Words:
    """What was said in one exchange. `ended`: nothing more comes of it."""

    user: str
    ai: str
    ended: bool


def conversation_get(caller: Caller, public_id: str) -> Conversation:
    """One of the caller's conversations. Raises not_found for a stranger's as for one that is forgotten."""
    mine = Conversation.objects.filter(account=caller.account, expires_at__gt=timezone.now())
    found = mine.filter(public_id=public_id).first() if caller.account else None
    if found is None:
        raise ApiError(
            "not_found", f"There is no conversation {public_id[:64]!r}; it may be forgotten by now."
        )
    return found


def words_of(conversation: Conversation) -> list[Words]:
    """Everything that is remembered of a conversation, in order; what failed or was never heard is left out."""
    found = []
    for exchange in conversation.exchanges.select_related("job"):
        words = _words(exchange)
        if words is not None:
            found.append(words)
    return found


def history_of(conversation: Conversation) -> list[dict[str, str]]:
    """The latest exchanges as messages for a language model, oldest first."""
    messages: list[dict[str, str]] = []
    characters = 0
    for words in reversed([each for each in words_of(conversation) if each.ended][-REMEMBERED:]):
        characters += len(words.user) + len(words.ai)
        if characters > REMEMBERED_CHARACTERS:
            break
        messages = [
            {"role": "user", "content": words.user},
            {"role": "assistant", "content": words.ai},
            *messages,
        ]
    return messages


def _words(exchange: Exchange) -> Words | None:
    job = exchange.job
    if job is None:
        words = Words(exchange.user_text, exchange.ai_text, exchange.ended_at is not None)
    elif job.status not in FINISHED:
        return Words(exchange.user_text, "", False)
    elif job.status == JobStatus.COMPLETED and job.result:
        words = Words(str(job.result.get("user_text", "")), str(job.result.get("ai_text", "")), True)
    else:
        return None
    return words if words.user and words.ai else None
