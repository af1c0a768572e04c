"""manage.py demo_account [--json] [--reuse-file FILE]"""

from __future__ import annotations

import json
import re
import secrets
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from apps.accounts.models import Account, User
from apps.accounts.selectors import account_by_email, key_find
from apps.accounts.services import account_create, key_create
from apps.usage import services as usage
from ttsplatform.errors import ApiError

RICH, RICH_CHARACTERS = "demo@example.com", 1_000_000
BROKE = "broke@example.com"


class Command(BaseCommand):
    help = (
        f"Make {RICH} (plan business, {RICH_CHARACTERS} characters) and {BROKE} (none), and a key for each."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
        parser.add_argument(
            "--reuse-file",
            type=Path,
            help="a file an earlier run's keys were written to: those that work are kept",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        old = options["reuse_file"]
        notes = old.read_text() if old and old.is_file() else ""
        known = re.findall(r"sk-tts-[A-Za-z0-9]{40}", notes)
        answer = {
            "api_key": self.key_for(demo_account(RICH, RICH_CHARACTERS), known),
            "broke_api_key": self.key_for(demo_account(BROKE, 0), known),
            "email": RICH,
            "password": sign_in(RICH, re.findall(r"^CONSOLE_PASSWORD=(\S+)$", notes, re.MULTILINE)),
        }
        if options["json"]:
            self.stdout.write(json.dumps(answer))
        else:
            for name, value in answer.items():
                self.stdout.write(f"{name}: {value}")

    @staticmethod
    def key_for(account: Account, known: list[str]) -> str:
        """The first of the known keys that still opens this account, or a new one."""
        for raw in known:
            try:
                if key_find(raw).account == account:
                    return raw
            except ApiError:
                continue
        return key_create(account, name="demo")[1]


@transaction.atomic
def sign_in(email: str, known: list[str]) -> str:
    """A password that opens the console to that person: one of the known ones, or a new one."""
    user = User.objects.get(email=email)
    EmailAddress.objects.update_or_create(
        user=user, email=email, defaults={"verified": True, "primary": True}
    )
    for password in known:
        if user.check_password(password):
            return password
    password = secrets.token_urlsafe(12)
    user.set_password(password)
    user.save(update_fields=["password"])
    return password


@transaction.atomic
def demo_account(email: str, characters: int) -> Account:
    """The account, with its balance brought to `characters` by a ledger entry where it differs."""
    account = account_by_email(email) or account_create(email=email, plan="business", bonus=characters)
    account = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    if account.balance != characters:
        usage.adjust(account.pk, characters - account.balance, "demo account")
    return account
