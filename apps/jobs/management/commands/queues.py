"""`manage.py queues`: what waits in each queue; pause one, resume it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db.models import Count

from apps.jobs.models import Step, StepStatus
from apps.jobs.pausing import queue_pause, queue_resume, queues_paused


class Command(BaseCommand):
    help = "Shows the queues; `pause NAME` keeps workers from beginning anything in one, `resume NAME` lets them."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("what", nargs="?", choices=["list", "pause", "resume"], default="list")
        parser.add_argument("queue", nargs="?", default="")
        parser.add_argument("--reason", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        what, queue = options["what"], options["queue"]
        if what != "list" and not queue:
            self.stderr.write(f"Which queue? For example: manage.py queues {what} speech-cpu")
            raise SystemExit(2)
        if what == "pause":
            done = queue_pause(queue, by="manage.py", reason=options["reason"])
            self.stdout.write(f"{queue} is paused" if done else f"{queue} was paused already")
        elif what == "resume":
            self.stdout.write(f"{queue} goes on" if queue_resume(queue) else f"{queue} was not paused")
        else:
            self._list()

    def _list(self) -> None:
        counted = Step.objects.filter(status__in=[StepStatus.QUEUED, StepStatus.RUNNING])
        rows = counted.values_list("queue", "status").annotate(number=Count("pk")).order_by()
        numbers = {(queue, status): number for queue, status, number in rows}
        paused = queues_paused()
        names = {queue for queue, _ in numbers} | set(settings.READY_QUEUES) - {"live"} | set(paused)
        for name in sorted(names):
            waiting, running = (numbers.get((name, state), 0) for state in ("queued", "running"))
            note = f", paused since {paused[name].since:%Y-%m-%d %H:%M} UTC" if name in paused else ""
            self.stdout.write(f"{name}: {waiting} waiting, {running} running{note}")
