"""A small client of the platform for measurements."""

from __future__ import annotations

import time
from typing import Any

import requests


class Client:
    def __init__(self, base_url: str, key: str) -> None:
        self.base_url = base_url
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {key}"

    def order(self, text: str, **fields: Any) -> str:
        """Order speech; the job's uuid."""
        body = {"text": text, "model": "kokoro", "voice": "af_bella", **fields}
        answer = self.session.post(f"{self.base_url}/v1/tts/", json=body, timeout=60)
        answer.raise_for_status()
        return str(answer.json()["uuid"])

    def job(self, uuid: str) -> dict[str, Any]:
        """The job as our own API shows it."""
        answer = self.session.get(f"{self.base_url}/v1/jobs/{uuid}", timeout=60)
        answer.raise_for_status()
        shown: dict[str, Any] = answer.json()
        return shown

    def finished(self, uuid: str, pause: float = 0.1) -> dict[str, Any]:
        """Wait until the job has completed; RuntimeError where it ended otherwise."""
        while True:
            job = self.job(uuid)
            if job["status"] == "completed":
                return job
            if job["status"] not in {"queued", "running"}:
                raise RuntimeError(f"job {uuid}: {job['status']}: {job['error']}")
            time.sleep(pause)
