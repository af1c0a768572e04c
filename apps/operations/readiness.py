"""All checks at once, in bounded time: an answer comes after `checks.SECONDS` even where a dependency hangs.

Whoever asks while a check is under way waits for that one. So a dependency that hangs costs one thread, however often
load balancers ask, and asking costs each dependency one question at a time.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .checks import CHECKS, SECONDS, Amiss, Check

logger = logging.getLogger(__name__)


@dataclass
class _Look:
    """One run of one check. `problem` is None once it has ended well."""

    began: float = field(default_factory=time.monotonic)
    over: threading.Event = field(default_factory=threading.Event)
    ms: float = 0.0
    problem: str | None = "does not answer"

    def run(self, name: str, check: Check) -> None:
        try:
            check.run()
            self.problem = None
        except Amiss as exc:
            self.problem = str(exc)
        except Exception as exc:
            # Its words may name hosts and users: for the log alone.
            logger.warning("not ready", extra={"check": name, "error": str(exc)})
        self.ms = _ms_since(self.began)
        self.over.set()


class Readiness:
    """The checks of one process."""

    def __init__(self, checks: Mapping[str, Check] = CHECKS, seconds: float = SECONDS) -> None:
        self._checks = checks
        self._seconds = seconds
        self._looks: dict[str, _Look] = {}
        self._guard = threading.Lock()

    def report(self) -> dict[str, Any]:
        """{status: ready|not_ready, checks: {name: {ok, ms, problem?, remedy?}}}."""
        deadline = time.monotonic() + self._seconds
        looks = {name: self._look(name) for name in self._checks}
        for look in looks.values():
            look.over.wait(max(0.0, deadline - time.monotonic()))
        found = {name: self._said(name, look) for name, look in looks.items()}
        ready = all(check["ok"] for check in found.values())
        return {"status": "ready" if ready else "not_ready", "checks": found}

    def _look(self, name: str) -> _Look:
        with self._guard:
            look = self._looks.get(name)
            if look is None or look.over.is_set():
                look = self._looks[name] = _Look()
                threading.Thread(
                    target=look.run, args=[name, self._checks[name]], name=f"ready-{name}", daemon=True
                ).start()
            return look

    def _said(self, name: str, look: _Look) -> dict[str, Any]:
        if not look.over.is_set():
            problem, ms = f"does not answer within {self._seconds:g} seconds", _ms_since(look.began)
        elif look.problem is None:
            return {"ok": True, "ms": look.ms}
        else:
            problem, ms = look.problem, look.ms
        return {"ok": False, "ms": ms, "problem": problem, "remedy": self._checks[name].remedy}


def _ms_since(began: float) -> float:
    return round(1000 * (time.monotonic() - began), 1)


readiness = Readiness()
