"""`manage.py retention`: delete results past their plan's time now, and files that no job knows."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from apps.jobs import retention


class Command(BaseCommand):
    help = (
        "Deletes results past their plan's retention time (the reaper does so by itself), and orphaned files."
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would be deleted")
        parser.add_argument(
            "--orphans", action="store_true", help="also files of jobs that are gone (lists the whole store)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["dry_run"]:
            for plan, number in sorted(retention.due().items()):
                self.stdout.write(f"{plan}: {number} jobs are past their time")
            if options["orphans"]:
                self.stdout.write(f"{sum(1 for _ in retention.orphans())} folders belong to no job")
            return
        self.stdout.write(f"{retention.purge_all()} jobs deleted")
        if options["orphans"]:
            self.stdout.write(f"{retention.orphans_delete()} orphaned folders deleted")
