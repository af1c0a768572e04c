"""`make run`: the whole platform on this machine, a demo account, and one sentence through the queue."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from workers.engines import store
from workers.engines.pull import default_models

from . import demo
from .places import free_port, port_is_free
from .process import StartError, guarded
from .roles import REPOSITORY
from .stack import Stack
from .watchdog import Watchdog

DEFAULT_PORT = 8000


class Stopped(BaseException):
    """Ctrl-C, TERM or HUP."""


def main() -> int:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    var_dir = Path(os.environ.get("VAR_DIR") or REPOSITORY / "var")
    run = Run(var_dir)
    try:
        run.start()
        run.watch()
    except StartError as problem:
        say(f"\nThe platform did not start. {problem}")
        return 1
    except Stopped:
        say("\nStopping ...")
        return 0
    finally:
        # Once more Ctrl-C, and we go at once: the kernel takes the children along.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: os._exit(130))
        run.stop()


class Run:
    """One run of the supervisor, with its steps told and timed on the terminal."""

    def __init__(self, var_dir: Path) -> None:
        self.var_dir = var_dir
        self.times: dict[str, float] = {}
        self.stack: Stack | None = None

    def start(self) -> None:
        """All steps up to the table; StartError where one fails."""
        begun = time.monotonic()
        say(f"Starting the platform in {self.var_dir}")
        # Loaded by each worker as it starts, so that nobody waits for it.
        preload = os.environ.get("PRELOAD_MODELS") or "kokoro"
        stack = self.stack = Stack(self.var_dir, env={"PRELOAD_MODELS": preload})
        stack.lock.take()
        stack.port = choose_port()
        with self.step("PostgreSQL and Valkey"):
            stack.start_servers()
        with self.step("models"):
            self.pull_models(stack)
        with self.step("tables"):
            stack.migrate()
        with self.step("web, workers and reaper"):
            stack.start_platform()
        hello = stack.var_dir / "hello.mp3"
        with self.step("first sentence"):
            keys = self.speak(stack, hello)
        total = time.monotonic() - begun
        times = "; ".join(f"{name} {seconds:.1f} s" for name, seconds in self.times.items())
        say(
            f"\n  The platform is running.\n\n"
            f"  URL        {stack.base_url}\n"
            f"  Console    {stack.base_url}/console/\n"
            f"  Sign in    {keys.email}   {keys.password}\n"
            f"  API key    {keys.api_key}\n"
            f"  Audio      {shown(hello)}   (just spoken through the queue)\n"
            f"  For shells {shown(stack.var_dir / 'dev.env')}   (BASE_URL, API_KEY, CONSOLE_PASSWORD, …)\n"
            f"  Logs       {shown(stack.logs)}/\n"
            f"  Time       {total:.1f} s: {times}\n\n"
            f"  Ctrl-C stops it.\n"
        )

    def watch(self) -> NoReturn:
        """Start again what dies, for ever."""
        assert self.stack is not None
        watchdog = Watchdog(self.stack.processes, lambda line: say(f"{time.strftime('%H:%M:%S')} {line}"))
        while True:
            watchdog.look()
            time.sleep(0.5)

    def stop(self) -> None:
        if self.stack is not None:
            self.stack.stop()

    def pull_models(self, stack: Stack) -> None:
        """Download and check the default models; their progress goes to the terminal."""
        models_dir = Path(stack.environment["MODELS_DIR"])
        if all(store.is_installed(model, models_dir=models_dir) for model in default_models()):
            return
        say("")
        command = guarded([sys.executable, "manage.py", "models", "pull", "--default"])
        done = subprocess.run(command, cwd=REPOSITORY, env=stack.environment)
        if done.returncode != 0:
            raise StartError("The default models could not be fetched: see above. What was fetched is kept.")

    def speak(self, stack: Stack, target: Path) -> demo.Keys:
        """Speak the first sentence with the last start's keys, or with new ones where they are refused."""
        file = stack.var_dir / "dev.env"
        keys = demo.read_keys(file) or new_keys(stack)
        try:
            demo.speak(stack.base_url, keys.api_key, target)
        except demo.Refused:
            keys = new_keys(stack)
            try:
                demo.speak(stack.base_url, keys.api_key, target)
            except demo.Refused as problem:
                raise StartError(f"The demo account's new key was refused: {problem}") from None
        demo.write_keys(file, stack.base_url, keys)
        return keys

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        begun = time.monotonic()
        say(f"  {name} ...", end="")
        yield
        self.times[name] = time.monotonic() - begun
        say(f" {self.times[name]:.1f} s")


def new_keys(stack: Stack) -> demo.Keys:
    """The demo accounts' keys: those of the last start where they still work, with characters again."""
    made = json.loads(stack.manage("demo_account", "--json", "--reuse-file", str(stack.var_dir / "dev.env")))
    return demo.Keys(made["api_key"], made["broke_api_key"], made["email"], made["password"])


def choose_port() -> int:
    """PORT where it is set; else 8000, or the next free one, which is said."""
    given = os.environ.get("PORT", "")
    if given:
        if not given.isdigit() or not 0 < int(given) < 65536:
            raise StartError(f"PORT must be a number from 1 to 65535, not {given!r}.")
        if not port_is_free(int(given)):
            raise StartError(f"Port {given} is taken. Free it, or choose another: PORT=8001 make run")
        return int(given)
    port = free_port(DEFAULT_PORT)
    if port != DEFAULT_PORT:
        say(f"  Port {DEFAULT_PORT} is taken, so this is port {port}. (PORT=… chooses one.)")
    return port


def shown(path: Path) -> str:
    """The path as somebody in the repository would type it."""
    return str(path.relative_to(REPOSITORY)) if path.is_relative_to(REPOSITORY) else str(path)


def say(line: str, end: str = "\n") -> None:
    try:
        print(line, end=end, flush=True)
    except OSError:
        pass  # the terminal is gone


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped


if __name__ == "__main__":
    sys.exit(main())
