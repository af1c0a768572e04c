"""Runs claimed steps: pipeline, heartbeat, outcome, whatever goes wrong."""

from __future__ import annotations

import importlib
import logging
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from apps.jobs import steps
from apps.jobs.models import Step, StepStatus
from apps.jobs.recordings import source_key
from apps.jobs.steps import Claim, LeaseLost
from apps.media.store import MediaStore, media_store
from ttsplatform import tracing
from ttsplatform.counting import count, observe
from workers.engines.base import CannotSpeak
from workers.engines.registry import ModelUnavailable
from workers.pipelines.base import Done, Engines, Outcome, Refused, StepCancelled, StepContext

from .heart import Heart, Pulse
from .watching import WatchedEngines

logger = logging.getLogger(__name__)
T = TypeVar("T")


class AttemptFiles:
    """The store as one attempt of a step sees it: what it writes lies under its own lease."""

    def __init__(self, store: MediaStore, claim: Claim) -> None:
        self._store = store
        self._job_id, self._lease = claim.job_id, claim.lease.hex
        self._folder = f"jobs/{claim.job_id.hex}/{claim.lease.hex}"

    def put(self, name: str, path: Path) -> str:
        key = f"{self._folder}/{name}"
        self._store.put(key, path)
        return key

    def lend(self, name: str, path: Path) -> str:
        key = f"{source_key(self._job_id).rsplit('/', 1)[0]}/{self._lease}/{name}"
        self._store.put(key, path)
        return key

    def open(self, key: str) -> BinaryIO:
        return self._store.open(key)

    def source(self) -> BinaryIO:
        return self._store.open(source_key(self._job_id))


class Runner:
    """Claims and runs steps, one after another."""

    def __init__(self, name: str, engines: Engines) -> None:
        self.name = name
        self.engines = engines
        self.heart = Heart()

    def close(self) -> None:
        """Stop the heartbeat's thread; a worker process that ends needs no such thing."""
        self.heart.stop()

    def run_next(self, queue: str) -> bool:
        """Run the next step of `queue`; False where there is none to run now."""
        claim = through_outages(lambda: steps.claim(queue, self.name))
        if claim is None:
            return False
        about = {"request_id": claim.request_id, "job": claim.job_id.hex}
        if claim.account_id:
            about["account"] = claim.account_id
        with (
            structlog.contextvars.bound_contextvars(**about),
            tracing.span(
                f"step {claim.kind}.{claim.name}",
                kind="consumer",
                parent=claim.traceparent,
                queue=claim.queue,
                queue__wait_seconds=round(claim.waited_seconds, 3),
                attempt=claim.attempt,
                **about,
            ) as span,
        ):
            self._run(claim, span)
        return True

    def _run(self, claim: Claim, span: tracing.Spanning) -> None:
        began = time.monotonic()
        ended = self._do(claim, began)
        span.note(outcome=ended)
        if ended not in {"done", "dropped"}:
            span.fail(ended)
        count("tts_steps", kind=claim.kind, outcome=ended)
        observe("tts_step_wait_seconds", claim.waited_seconds, queue=claim.queue)
        observe("tts_step_duration_seconds", time.monotonic() - began, kind=claim.kind)

    def _do(self, claim: Claim, began: float) -> str:
        """Work on the step and record what came of it: how it ended, in one word."""
        with self.heart.follow(claim) as pulse:
            try:
                outcome = self._work(claim, pulse)
                through_outages(lambda: steps.finish(claim, outcome))
            except (StepCancelled, LeaseLost):
                logger.info("step dropped: cancelled, or no longer ours")
                media_store().delete_folder(f"jobs/{claim.job_id.hex}/{claim.lease.hex}")
                return "dropped"
            except CannotSpeak as exc:
                return self._fail(claim, "cannot_speak", str(exc), retry=False)
            except Refused as exc:
                return self._fail(claim, "cannot_process", str(exc), retry=False)
            except ModelUnavailable as exc:
                return self._fail(claim, "model_unavailable", str(exc), retry=False)
            except Exception:
                logger.exception("step failed", extra={"attempt": claim.attempt, "step": claim.name})
                message = "The work failed on our side, several times over. Nothing was charged."
                return self._fail(claim, "internal_error", message, retry=True)
        if isinstance(outcome, Done) and (claim.name == "join" or claim.attempt > 1):
            self._tidy(claim)
        logger.info(
            "step done",
            extra={
                "step": claim.name,
                "attempt": claim.attempt,
                "waited": round(claim.waited_seconds, 3),
                "took": round(time.monotonic() - began, 3),
            },
        )
        return "done"

    def _work(self, claim: Claim, pulse: Pulse) -> Outcome:
        scratch_root = settings.VAR_DIR / "scratch"
        scratch_root.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=scratch_root))
        try:
            context = StepContext(
                request=claim.request,
                payload=claim.payload,
                files=AttemptFiles(media_store(), claim),
                engines=WatchedEngines(self.engines),
                scratch=scratch,
                cancelled=lambda: pulse.lost,
                progress=lambda fraction: setattr(pulse, "progress", fraction),
                parts=lambda: part_results(claim.job_id),
                watermark=settings.WATERMARK,
            )
            return pipeline_step(claim.kind, claim.name)(context)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def _fail(self, claim: Claim, code: str, message: str, *, retry: bool) -> str:
        media_store().delete_folder(f"jobs/{claim.job_id.hex}/{claim.lease.hex}")
        try:
            through_outages(lambda: steps.fail(claim, code, message, retry=retry))
        except LeaseLost:
            logger.info("failed step was no longer ours")
        return code

    def _tidy(self, claim: Claim) -> None:
        """Parts and earlier attempts are of no use once the result is stored."""
        try:
            media_store().delete_folder(f"jobs/{claim.job_id.hex}", keep=claim.lease.hex)
        except OSError:
            logger.warning("left parts behind; they go with the job", exc_info=True)


def pipeline_step(kind: str, name: str) -> Callable[[StepContext], Outcome]:
    """The function that does the step `name` of jobs of `kind`."""
    table: Mapping[str, Callable[[StepContext], Outcome]]
    table = importlib.import_module(f"workers.pipelines.{kind}").STEPS
    return table[name]


def part_results(job_id: uuid.UUID) -> Iterator[Mapping[str, Any]]:
    """The results of a job's parts in order."""
    parts = Step.objects.filter(job_id=job_id, status=StepStatus.DONE, result__isnull=False)
    for result in parts.order_by("index").values_list("result", flat=True).iterator():
        assert isinstance(result, dict)
        yield result


def through_outages(call: Callable[[], T]) -> T:
    """Run a database operation again while the database is away, for as long as a lease lasts.

    Safe because each operation is conditional on the lease: one that had been committed before the connection
    broke is seen as LeaseLost the second time.
    """
    deadline = time.monotonic() + settings.JOB_LEASE_SECONDS
    while True:
        try:
            return call()
        except (OperationalError, InterfaceError):
            connection.close()
            if time.monotonic() > deadline:
                raise
            logger.warning("the database is away; trying again")
            time.sleep(0.5)
