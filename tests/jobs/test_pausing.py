"""Staff pause a queue: its jobs wait, those of others run; resumed, they run too. And what else staff do with jobs."""

from __future__ import annotations

from io import StringIO
from unittest.mock import patch

from django.contrib.admin.models import LogEntry
from django.core.management import call_command

from apps.jobs import steps
from apps.jobs.models import Job, PausedQueue, Step
from apps.jobs.pausing import queue_pause, queue_resume
from tests.base import CHARACTERS, PlatformTest

from .orders import QUEUE, submitted


class PausingTest(PlatformTest):
    def setUp(self) -> None:
        super().setUp()
        self.staff = self.as_staff()

    def test_a_paused_queue_waits_and_goes_on_when_it_is_resumed(self) -> None:
        paused, other = submitted(self.alice_key), submitted(self.alice_key, queue="other-queue")
        self.assertTrue(queue_pause(QUEUE, by="staff"))
        self.assertFalse(queue_pause(QUEUE, by="staff"))
        self.assertIsNone(steps.claim(QUEUE, "w"))
        claimed = steps.claim("other-queue", "w")
        assert claimed is not None
        self.assertEqual(claimed.job_id, other.pk)
        paused.refresh_from_db()
        self.assertEqual(paused.status, "queued")
        with patch("apps.jobs.pausing.hint") as hint, self.captureOnCommitCallbacks(execute=True):
            self.assertTrue(queue_resume(QUEUE))
        hint.assert_called_once_with(QUEUE, 1)
        claimed = steps.claim(QUEUE, "w")
        assert claimed is not None
        self.assertEqual(claimed.job_id, paused.pk)
        self.assertFalse(queue_resume(QUEUE))

    def test_what_a_worker_has_in_hand_goes_on(self) -> None:
        submitted(self.alice_key)
        claimed = steps.claim(QUEUE, "w")
        assert claimed is not None
        queue_pause(QUEUE, by="staff")
        self.assertTrue(steps.beat(claimed, 0.5))

    def test_in_the_admin_pages_and_in_their_log(self) -> None:
        page = self.staff.post(
            "/admin/jobs/pausedqueue/add/", {"queue": "speech-cpu", "reason": "new weights"}
        )
        self.assertEqual(page.status_code, 302, page.content)
        row = PausedQueue.objects.get()
        self.assertEqual((row.queue, row.by, row.reason), ("speech-cpu", "staff@example.com", "new weights"))
        self.assertEqual(
            self.staff.post("/admin/jobs/pausedqueue/add/", {"queue": "nonsense"}).status_code, 200
        )
        self.assertContains(self.staff.get("/admin/jobs/pausedqueue/"), "new weights")
        self.staff.post("/admin/jobs/pausedqueue/speech-cpu/delete/", {"post": "yes"})
        self.assertFalse(PausedQueue.objects.exists())
        log = self.staff.get("/admin/admin/logentry/")
        self.assertContains(log, "speech-cpu")
        self.assertEqual(LogEntry.objects.count(), 2)
        self.assertContains(log, "Paused: new weights")
        entry = LogEntry.objects.first()
        assert entry is not None
        queue_pause("tools", by="staff")
        body = {"action": "resume", "_selected_action": ["tools"]}
        self.assertEqual(self.staff.post("/admin/jobs/pausedqueue/", body).status_code, 302)
        self.assertFalse(PausedQueue.objects.exists())
        self.assertEqual(LogEntry.objects.count(), 3)
        for action in ("delete", "change"):
            answer = self.staff.post(f"/admin/admin/logentry/{entry.pk}/{action}/", {"post": "yes"})
            self.assertEqual(answer.status_code, 403)

    def test_from_a_shell(self) -> None:
        submitted(self.alice_key, queue="speech-cpu")
        out = StringIO()
        call_command("queues", "pause", "speech-cpu", stdout=out)
        call_command("queues", stdout=out)
        self.assertIn("speech-cpu: 1 waiting, 0 running, paused since", out.getvalue())
        call_command("queues", "resume", "speech-cpu", stdout=out)
        self.assertIn("speech-cpu goes on", out.getvalue())

    def test_staff_cancel_and_requeue_jobs_but_do_not_read_or_change_them(self) -> None:
        cancelled = submitted(self.alice_key, request={"text": "A secret of Alice's."})
        running = submitted(self.charlie_key)
        claims = [steps.claim(QUEUE, "w"), steps.claim(QUEUE, "w")]
        self.act("cancel", cancelled)
        cancelled.refresh_from_db()
        self.account.refresh_from_db()
        self.assertEqual((cancelled.status, self.account.balance), ("canceled", CHARACTERS))
        self.act("put_back", running)
        step = Step.objects.get(job=running)
        self.assertEqual((step.status, step.lease), ("queued", None))
        held = next(claim for claim in claims if claim and claim.job_id == running.pk)
        self.assertFalse(steps.beat(held, 0.5), "the worker that had it is told to stop")
        self.assertIsNotNone(steps.claim(QUEUE, "another"))
        page = self.staff.get(f"/admin/jobs/job/{cancelled.pk}/change/")
        self.assertContains(page, str(cancelled.pk))
        self.assertNotContains(page, "A secret of")
        self.staff.post(f"/admin/jobs/job/{cancelled.pk}/change/", {"status": "completed"})
        cancelled.refresh_from_db()
        self.assertEqual(cancelled.status, "canceled")
        self.assertEqual(
            self.staff.post(f"/admin/jobs/job/{cancelled.pk}/delete/", {"post": "yes"}).status_code, 403
        )
        self.assertEqual(
            {entry.get_change_message() for entry in LogEntry.objects.all()} & {"Cancelled."}, {"Cancelled."}
        )

    def act(self, action: str, job: Job) -> None:
        answer = self.staff.post("/admin/jobs/job/", {"action": action, "_selected_action": [str(job.pk)]})
        self.assertEqual(answer.status_code, 302)
