"""Whole platforms for tests: the embedded default as `make run` starts it, and the few things tests add."""

from __future__ import annotations

import os
import re
import uuid
from pathlib import Path

from ttsplatform.embedded import Stack

# Empty values: a platform of a test never uses the servers of the session or the developer.
ENVIRONMENT = {
    "DATABASE_URL": "",
    "REDIS_URL": "",
    "BROKER_URL": "",
    "FAKE_ENGINE": "true",
    # The tests of all open APIs come from one address.
    "ANONYMOUS_REQUESTS_PER_MINUTE": "10000",
    "READS_PER_MINUTE": "1000000",
    "MODEL_SUBSTITUTES": "kugel-1-turbo=piper,kugel-1=piper,*=kokoro",
    "LOG_LEVEL": "INFO",
    # Receivers of webhooks in tests are on this machine. Refusing what is inside is tests/webhooks' matter.
    "WEBHOOK_ALLOW": "127.0.0.1",
}

ACCOUNTS_TOGETHER = 20
MAKE_ACCOUNTS = """
import uuid
from apps.accounts.services import account_create, key_create
for _ in range({count}):
    account = account_create(email=f"{{uuid.uuid4().hex}}@example.com", plan="{plan}", bonus={characters})
    print(key_create(account, name="tests")[1])
"""


class LiveStack(Stack):
    """A platform with the fake engine offered, and no limit on reads."""

    def __init__(
        self,
        var_dir: Path,
        *,
        durable: bool = True,
        speech_workers: int | None = None,
        env: dict[str, str] | None = None,
    ) -> None:
        workers = speech_workers or max(2, len(os.sched_getaffinity(0)))
        super().__init__(var_dir, durable=durable, speech_workers=workers, env=ENVIRONMENT | (env or {}))
        self._accounts: dict[tuple[str, int], list[str]] = {}

    def account(self, plan: str = "business", characters: int = 1_000_000) -> str:
        """The API key of a new account.

        A process of its own for each would take longer than most tests do: after the first, they are made together.
        """
        spare = self._accounts.get((plan, characters))
        if spare:
            return spare.pop()
        count = 1 if spare is None else ACCOUNTS_TOGETHER
        made = self.manage("shell", "-c", MAKE_ACCOUNTS.format(count=count, plan=plan, characters=characters))
        keys = re.findall(r"sk-tts-\S+", made)
        assert len(keys) == count, made
        self._accounts[plan, characters] = keys[1:]
        return keys[0]


class StackFactory:
    """`factory()` starts a platform; all of them are stopped when the test ends."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._made: list[LiveStack] = []

    def __call__(
        self, *, speech_workers: int | None = None, env: dict[str, str] | None = None, start: bool = True
    ) -> LiveStack:
        stack = LiveStack(
            self.folder / f"stack-{uuid.uuid4().hex[:8]}", speech_workers=speech_workers, env=env
        )
        self._made.append(stack)
        if start:
            stack.start()
        return stack

    def stop_all(self) -> None:
        for stack in self._made:
            stack.stop()
