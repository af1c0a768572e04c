"""manage.py ledger check"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.usage.selectors import ledger_check


class Command(BaseCommand):
    help = "Compare every account's balance with the sum of its ledger; exit status 1 where one differs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["check"])

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = ledger_check()
        for account in wrong:
            self.stderr.write(
                f"{account.account_id}: balance {account.balance}, but the ledger says {account.ledger_sum}"
            )
        if wrong:
            raise CommandError(f"{len(wrong)} account(s) differ from their ledger.")
        self.stdout.write("Every balance is the sum of its ledger.")
