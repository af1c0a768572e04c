"""manage.py accounts and manage.py demo_account."""

from __future__ import annotations

import json
import re
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from apps.accounts.selectors import account_by_email, key_find
from apps.usage import services as usage
from apps.usage.selectors import ledger_check
from tests.base import PlatformTest


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


class AccountsCommandTest(PlatformTest):
    def test_it_makes_an_account_and_a_key(self) -> None:
        said = run(
            "accounts", "create", "eve@example.com", "--plan", "starter", "--characters", "77", "--key"
        )
        (raw,) = re.findall(r"sk-tts-\w{40}", said)
        account = key_find(raw).account
        assert (account.plan.slug, account.balance) == ("starter", 77)

    def test_again_it_changes_the_plan_and_grants_nothing(self) -> None:
        for plan in ("starter", "pro"):
            run("accounts", "create", "eve@example.com", "--plan", plan, "--characters", "77")
        account = account_by_email("eve@example.com")
        assert account is not None
        assert (account.plan.slug, account.balance) == ("pro", 77)

    def test_mistakes_are_told(self) -> None:
        for arguments in (("nobody",), ("eve@example.com", "--plan", "gold")):
            with pytest.raises(CommandError):
                run("accounts", "create", *arguments)


class DemoAccountTest(PlatformTest):
    def test_a_rich_and_a_broke_account_each_with_a_key(self) -> None:
        demo = json.loads(run("demo_account", "--json"))
        rich, broke = key_find(demo["api_key"]).account, key_find(demo["broke_api_key"]).account
        assert (rich.balance, rich.plan.slug, broke.balance) == (1000000, "business", 0)
        assert demo["email"] == "demo@example.com"

    def test_its_person_can_sign_in_to_the_console(self) -> None:
        demo = json.loads(run("demo_account", "--json"))
        answer = Client().post("/accounts/login/", {"login": demo["email"], "password": demo["password"]})
        assert (answer.status_code, answer["Location"]) == (302, "/console/")

    def test_again_it_fills_up_and_the_ledger_agrees(self) -> None:
        first = json.loads(run("demo_account", "--json"))
        for name in ("api_key", "broke_api_key"):
            usage.grant(key_find(first[name]).account.pk, 5, "test")
        second = json.loads(run("demo_account", "--json"))
        assert first["api_key"] != second["api_key"]
        assert key_find(second["api_key"]).account.balance == 1000000
        assert key_find(second["broke_api_key"]).account.balance == 0
        assert ledger_check() == []

    def test_keys_that_were_written_down_are_used_again(self) -> None:
        first = json.loads(run("demo_account", "--json"))
        with TemporaryDirectory() as folder:
            notes = Path(folder) / "dev.env"
            assert "sk-tts-" in run("demo_account", "--json", "--reuse-file", str(notes))
            keys = f"API_KEY={first['api_key']}\nBROKE_API_KEY={first['broke_api_key']}\n"
            first["password"] = json.loads(run("demo_account", "--json"))["password"]
            notes.write_text(f"{keys}CONSOLE_PASSWORD={first['password']}\n")
            assert json.loads(run("demo_account", "--json", "--reuse-file", str(notes))) == first
            notes.write_text(f"API_KEY={self.alice_key}\n")
            other = json.loads(run("demo_account", "--json", "--reuse-file", str(notes)))
            assert other["api_key"] != self.alice_key
