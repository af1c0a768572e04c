"""`manage.py retention`: delete results past their plan's time now, sessions that are over, and files no job knows."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from apps.accounts import leftovers
from apps.jobs import retention


class Command(BaseCommand):
    help = (
        "Deletes results past their plan's retention time and sessions that are over (the reaper does so by "
        "itself), and orphaned files."
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
            sessions, links = leftovers.leftovers()
            self.stdout.write(f"{sessions} sessions and {links} links to confirm an address are over")
            if options["orphans"]:
                self.stdout.write(f"{sum(1 for _ in retention.orphans())} folders belong to no job")
            return
        self.stdout.write(f"{retention.purge_all()} jobs deleted")
        self.stdout.write(f"{leftovers.sweep_all()} sessions and links to confirm an address deleted")
        if options["orphans"]:
            self.stdout.write(f"{retention.orphans_delete()} orphaned folders deleted")
