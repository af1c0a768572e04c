"""What echo and enhance share: the recording is listened to once, then worked on, and one sound goes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from workers.audio.writing import SoundWriter

from . import sharing, tooling
from .base import Done, Outcome, StepContext
from .sharing import SOUND, Work

Known = Mapping[str, Any]
Listen = Callable[[StepContext], tuple[int, float, Known]]
"""Hears the recording: its channels, its seconds, and what the work must know of it. Raises Refused."""
Writer = Callable[[StepContext, int], SoundWriter]
"""The file that goes back, of so many channels."""
Result = Callable[[StepContext, SoundWriter, Known], dict[str, Any]]
"""Closes the file and stores it; what the job says of it."""


def steps(
    kind: str, listen: Listen, work: Work, writer: Writer, result: Result
) -> Mapping[str, Callable[[StepContext], Outcome]]:
    """The steps of a kind of job: a short recording is one step, a long one is cut and joined."""

    def first(context: StepContext) -> Outcome:
        channels, seconds, known = listen(context)
        blocks = tooling.sound(context, work.rate, channels)
        if seconds > sharing.FORK_FROM:
            return sharing.planned(context, work, blocks, channels, known)
        with writer(context, channels) as file, work.open(context, channels, known) as process:
            for made in sharing.named_through(process, blocks):
                file.write(made[SOUND])
        return Done(result(context, file, known))

    def part(context: StepContext) -> Outcome:
        return sharing.part_done(context, work)

    def join(context: StepContext) -> Outcome:
        about = next(iter(context.parts()))
        with writer(context, int(about["channels"])) as file:
            sharing.joined(context, work, {SOUND: file})
        return Done(result(context, file, about["known"]))

    return {kind: first, "part": part, "join": join}
