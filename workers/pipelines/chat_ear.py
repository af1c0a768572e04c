"""What a customer said in a live voice chat: the words alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .base import Done, Outcome, StepContext
from .chat import heard


def listen(context: StepContext) -> Outcome:
    """The one step of a job of kind "chat_ear"."""
    return Done({"user_text": heard(context)})


STEPS: Mapping[str, Callable[[StepContext], Outcome]] = {"chat_ear": listen}
