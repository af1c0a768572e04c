"""manage.py voices rebuild [--model MODEL]"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.accounts.callers import Caller
from apps.accounts.selectors import anonymous_plan
from apps.voices.changes import alone
from apps.voices.models import Voice, VoiceKind
from apps.voices.references import rebuild
from apps.voices.speaking import SUBSTITUTE
from ttsplatform.errors import ApiError
from workers.engines.registry import can_clone


class Command(BaseCommand):
    help = "Build voices anew by the model they were made for, where it was installed after them."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        again = actions.add_parser("rebuild", help="order it; until it is done they speak as before")
        again.add_argument("--model", help="only voices made for this model")

    def handle(self, *args: Any, **options: Any) -> None:
        matched = Voice.objects.filter(built__kind=SUBSTITUTE, building=None).exclude(kind=VoiceKind.PASSING)
        if options["model"]:
            matched = matched.filter(model=options["model"])
        ordered = failed = 0
        for voice in matched.select_related("account__plan").iterator(chunk_size=100):
            if not can_clone(voice.model):
                continue
            try:
                with alone(voice):
                    rebuild(owner_of(voice), voice, "voices-rebuild", wait=False)
                ordered += 1
            except (ApiError, OSError) as problem:
                self.stderr.write(f"{voice.public_id}: {problem}")
                failed += 1
        self.stdout.write(f"{ordered} voices are being built anew, {failed} could not be.")


def owner_of(voice: Voice) -> Caller:
    """Whoever owns the voice, as the one on whose behalf it is built."""
    if voice.account is not None:
        return Caller(network="", plan=voice.account.plan, account=voice.account)
    return Caller(network=voice.lane.removeprefix("network:"), plan=anonymous_plan())
