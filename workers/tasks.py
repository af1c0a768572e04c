"""Celery tasks: thin. A hint says that a queue has work; who is next is PostgreSQL's to say."""

from __future__ import annotations

import ctypes
import logging
import shutil
import signal
import sys
import threading
import time
from typing import Any

from celery import signals
from django.conf import settings

from apps.jobs.hints import hint
from apps.operations.draining import is_drained
from apps.operations.pulling import Puller
from apps.webhooks.hints import sends_here
from apps.webhooks.sending import Sender
from ttsplatform import tracing
from ttsplatform.celery import app
from workers.engines import registry
from workers.engines.catalogue import catalogue
from workers.runtime import naming
from workers.runtime.host import ModelHost
from workers.runtime.presence import Presence
from workers.runtime.priority import give_way
from workers.runtime.runner import Runner, through_outages

logger = logging.getLogger(__name__)

# After so many seconds of work on one hint the process goes back to Celery, so that a stop is obeyed.
TURN_SECONDS = 10.0
# A drained worker hands a hint on so often, and holds it so long that somebody else takes it then.
PASSES = 4
PASS_SECONDS = 0.1

host = ModelHost(lambda model_id: registry.load(model_id, threads=settings.ENGINE_THREADS))
runner = Runner(naming.process("worker"), host)
sender = Sender(lambda: is_drained(naming.unit("worker")))


@app.task(name="workers.tasks.run_steps", time_limit=settings.JOB_STEP_MAX_SECONDS + 120)
def run_steps(queue: str, passed: int = 0) -> None:
    """Run steps of `queue` until none may run, or this turn is over."""
    if _is_drained():
        _pass_on(queue, passed)
        return
    turn_ends = time.monotonic() + TURN_SECONDS
    while runner.run_next(queue):
        if time.monotonic() > turn_ends:
            hint(queue)
            return


def _is_drained() -> bool:
    return through_outages(lambda: is_drained(naming.unit("worker")))


def _pass_on(queue: str, passed: int) -> None:
    """The hint is for somebody who works. Where nobody is found, the reaper repeats it."""
    if passed < PASSES:
        time.sleep(PASS_SECONDS)
        hint(queue, passed=passed + 1)


@app.task(name="workers.tasks.send_webhooks")
def send_webhooks() -> None:
    """Wake this process's sender, which works beside its steps."""
    sender.wake()


@signals.worker_process_init.connect
def _begin(**kwargs: Any) -> None:
    """A fresh pool process: die with the master, say that we are here, load what is expected to be needed."""
    tracing.role = "worker"
    runner.name = naming.process("worker")
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    give_way(settings.WORKER_NICE)
    if "io" in settings.WORKER_QUEUES:
        sends_here(sender.wake)
        Puller(naming.unit("worker")).start(catalogue().models)
    Presence("worker", settings.WORKER_QUEUES, lambda: host.load_seconds).__enter__()
    threading.Thread(target=_preload, name="preload", daemon=True).start()


def _preload() -> None:
    for model_id in settings.PRELOAD_MODELS:
        try:
            with host.lease(model_id):
                pass
        except Exception:
            logger.exception("could not preload", extra={"model": model_id})


@signals.worker_init.connect
def _sweep_scratch(**kwargs: Any) -> None:
    """Folders of steps whose worker was killed."""
    root = settings.VAR_DIR / "scratch"
    for folder in root.iterdir() if root.is_dir() else ():
        if time.time() - folder.stat().st_mtime > 6 * 3600:
            shutil.rmtree(folder, ignore_errors=True)
