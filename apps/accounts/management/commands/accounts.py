"""manage.py accounts create EMAIL [--plan PLAN] [--characters N] [--key]"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.selectors import account_by_email, plan_get
from apps.accounts.services import account_create, key_create
from ttsplatform.errors import ApiError


class Command(BaseCommand):
    help = "Make an account for an e-mail address, or another key for one that exists."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        create = actions.add_parser("create", help="make an account; calling it again does no harm")
        create.add_argument("email")
        create.add_argument("--plan", help="its plan (default: free)")
        create.add_argument(
            "--characters", type=int, help="characters to start with (default: the sign-up bonus)"
        )
        create.add_argument("--key", action="store_true", help="make an API key and print it, this once")

    def handle(self, *args: Any, **options: Any) -> None:
        email, plan = options["email"], options["plan"]
        try:
            account = account_by_email(email)
            if account is None:
                account = account_create(email=email, plan=plan or "free", bonus=options["characters"])
                self.stdout.write(f"Made the account of {email}.")
            else:
                self.stdout.write(f"{email} has an account already; its characters stay as they are.")
                if plan:
                    account.plan = plan_get(plan)
                    account.save(update_fields=["plan"])
        except ApiError as problem:
            raise CommandError(problem.message) from None
        self.stdout.write(f"Plan {account.plan}, {account.balance} characters.")
        if options["key"]:
            self.stdout.write(f"API key (shown this once): {key_create(account, name='command line')[1]}")
