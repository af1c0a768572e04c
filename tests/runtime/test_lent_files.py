"""What a step leaves for later steps is gone when the job has ended, however it ends: it holds what customers said."""

from __future__ import annotations

import tempfile
from pathlib import Path

from apps.jobs import steps
from apps.jobs.models import Job
from apps.jobs.services import job_cancel, submit
from apps.jobs.steps import Claim
from apps.media.store import media_store
from tests.base import PlatformTest
from tests.jobs.orders import caller
from tests.jobs.test_recordings import order_of, sent
from workers.pipelines.base import Done
from workers.runtime.runner import AttemptFiles


class LentFilesTest(PlatformTest):
    def lent(self) -> tuple[Job, Claim, str]:
        """A running job, its claim, and the key of what its step lent."""
        with sent() as recording:
            order = order_of(recording)
            job = submit(caller(self.alice_key), order, request_id="r", recording=recording).job
        claim = steps.claim(order.queue, "test")
        assert claim is not None
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "part"
            path.write_text("words")
            return job, claim, AttemptFiles(media_store(), claim).lend("part", path)

    def gone(self, key: str) -> bool:
        try:
            media_store().open(key).close()
        except FileNotFoundError:
            return True
        return False

    def test_however_it_ends(self) -> None:
        for end in (
            lambda job, claim: job_cancel(job.pk),
            lambda job, claim: steps.fail(claim, "internal_error", "broken", retry=False),
            lambda job, claim: steps.finish(claim, Done({})),
        ):
            job, claim, key = self.lent()
            self.assertFalse(self.gone(key))
            with self.captureOnCommitCallbacks(execute=True):
                end(job, claim)
            self.assertTrue(self.gone(key))
