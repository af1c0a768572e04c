"""A batch of fifty while its workers, the broker and the web process are killed: each item once, one message."""

from __future__ import annotations

import json
import time

import pytest
import requests

from tests.receiver import Receiver
from tests.stacks import StackFactory

ITEMS = 50
GRANT = 100_000
pytestmark = pytest.mark.timeout(240)


def test_each_item_is_made_once_and_one_final_message_is_accepted(stack_factory: StackFactory) -> None:
    with Receiver(statuses=[503, 204]) as receiver:
        stack = stack_factory(
            speech_workers=2,
            env={
                "JOB_LEASE_SECONDS": "3",
                "JOB_MAX_ATTEMPTS": "20",
                "FAKE_RTF": "0.1",
                "WATERMARK": "false",
                "WEBHOOK_ALLOW": "127.0.0.1",
            },
        )
        assert stack.valkey is not None
        key = stack.account(plan="business", characters=GRANT)
        headers = {"Authorization": f"Bearer {key}"}
        texts = [
            {"text": f"Sentence number {n} of the batch.", "model": "fake", "format": "wav"}
            for n in range(ITEMS)
        ]
        batch = requests.post(
            f"{stack.base_url}/v1/tts/batch/",
            json={"texts": texts, "webhook_url": receiver.url},
            headers=headers,
            timeout=30,
        ).json()
        secret = requests.get(f"{stack.base_url}/v1/webhooks/secret/", headers=headers, timeout=10).json()

        def look() -> dict[str, object]:
            url = f"{stack.base_url}/v1/tts/batch/result/?batch_id={batch['batch_id']}"
            shown: dict[str, object] = requests.get(url, timeout=10).json()
            return shown

        time.sleep(1.0)
        assert look()["status"] == "processing", "the kills are to hit a batch that is under way"
        stack.workers.kill()
        stack.valkey.kill()
        stack.web.kill()
        stack.valkey.restart()
        stack.web.restart()
        stack.workers.restart()
        deadline = time.monotonic() + 120
        while look()["status"] != "completed":
            assert time.monotonic() < deadline, look()
            time.sleep(0.2)
        while not receiver.got:
            assert time.monotonic() < deadline, "no message came"
            time.sleep(0.05)
        # Refused once, and noted: whoever was to try again is killed.
        log = f"{stack.base_url}/v1/webhooks/deliveries/"
        while not requests.get(log, headers=headers, timeout=10).json()["results"][0]["attempts"]:
            assert time.monotonic() < deadline, "the refusal was not noted"
            time.sleep(0.1)
        stack.workers.kill()
        stack.workers.restart()
        while len(receiver.got) < 2:
            assert time.monotonic() < deadline, "the message was not sent again"
            time.sleep(0.1)
        time.sleep(2)
        done = look()

    assert (done["completed"], done["failed"]) == (ITEMS, 0)
    assert len(receiver.got) == 2, "one refused, one accepted"
    assert len(receiver.ids()) == 1
    message = receiver.got[1].verified(secret["secret"])
    assert (message["event"], message["status"], message["completed"]) == (
        "task.completed",
        "success",
        ITEMS,
    )
    assert json.loads(receiver.got[0].body)["task_id"] == message["task_id"] == batch["batch_id"]
    stack.manage("ledger", "check")
    counts = stack.manage(
        "shell",
        "-c",
        "from apps.usage.models import LedgerEntry as L; from apps.jobs.models import Step as S;"
        "from apps.accounts.models import Account as A;"
        "print('counts', *(L.objects.filter(kind=k).count() for k in ('reserve', 'commit', 'refund')),"
        " S.objects.filter(attempt__gt=1).count(), A.objects.order_by('-created_at').first().balance)",
    )
    reserved, committed, refunded, retried, balance = map(int, counts.split("counts ")[-1].split())
    assert (reserved, committed, refunded) == (ITEMS, ITEMS, 0)
    assert retried > 0, "the kills must have hit work in progress"
    assert balance == GRANT - int(str(done["credits_charged"]))
