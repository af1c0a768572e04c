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
}


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

    def account(self, plan: str = "business", characters: int = 1_000_000) -> str:
        """The API key of a new account."""
        email = f"{uuid.uuid4().hex}@example.com"
        said = self.manage(
            "accounts", "create", email, "--plan", plan, "--characters", str(characters), "--key"
        )
        found = re.search(r"sk-tts-\S+", said)
        assert found, said
        return found.group()


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
