"""Through the running platform, as customers use it: real queue, real Kokoro, real ear."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests

from bench.texts import sentences
from tests.ear import hear, wer
from tests.stacks import LiveStack
from workers.audio.decode import decode


class Customer:
    def __init__(self, stack: LiveStack, **account: Any) -> None:
        self.base = stack.base_url
        self.headers = {"Authorization": f"Bearer {stack.account(**account)}"}

    def post(self, path: str, body: Any = None, **options: Any) -> requests.Response:
        options["headers"] = {**self.headers, **options.get("headers", {})}
        return requests.post(self.base + path, json=body, timeout=180, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        url = path if path.startswith("http") else self.base + path
        return requests.get(url, headers=self.headers, timeout=60, **options)

    def order(self, text: str, **fields: Any) -> str:
        answer = self.post("/v1/tts/", {"text": text, "model": "kokoro", "voice": "af_heart", **fields})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["uuid"])

    def result(self, uuid: str, seconds: float = 300) -> dict[str, Any]:
        give_up = time.monotonic() + seconds
        while time.monotonic() < give_up:
            result: dict[str, Any] = self.get(f"/v1/speech/results/?uuid={uuid}").json()
            if result["status"] != "processing":
                return result
            time.sleep(0.2)
        raise AssertionError(f"{uuid} did not end in {seconds} s")


@pytest.fixture
def customer(stack: LiveStack) -> Customer:
    return Customer(stack)


def test_twenty_thousand_characters_come_back_whole_and_in_order(stack: LiveStack, tmp_path: Path) -> None:
    marks = {"start": "elephant", "middle": "telescope", "end": "saxophone"}
    texts = sentences(320)
    total, body = 0, []
    for sentence in texts:
        body.append(sentence)
        total += len(sentence) + 1
        if total > 19_900:
            break
    half = len(body) // 2
    body[0] = "The first word to remember is elephant, a large grey animal."
    body[half] = "In the middle stands a telescope, pointing at the stars."
    body[-1] = "And at the very end somebody plays the saxophone."
    text = " ".join(body)
    assert 19_000 < len(text) < 21_500
    customer = Customer(stack, plan="business", characters=100_000)
    uuid = customer.order(text, model="piper", voice="")
    seen: list[float] = []
    while True:
        job = customer.get(f"/v1/jobs/{uuid}").json()
        seen.append(job["progress"])
        if job["status"] not in {"queued", "running"}:
            break
        time.sleep(0.3)
    assert job["status"] == "completed", job
    assert seen == sorted(seen), "progress only grows"
    assert len({round(value, 2) for value in seen}) > 3, seen
    path = tmp_path / "long.mp3"
    path.write_bytes(customer.get(job["result_url"]).content)
    sound = np.concatenate(list(decode(path, 16_000)))
    assert abs(len(sound) / 16_000 - job["duration"]) < 0.2

    def heard(start: float, seconds: float) -> str:
        cut = sound[int(start * 16_000) : int((start + seconds) * 16_000)]
        return hear(cut, 16_000, model="base").text.lower()

    # Where each mark sounds is known from the job's own word times, which this checks as well.
    srt = customer.get(f"/v1/speech/subtitles/?uuid={uuid}&format=srt").json()["content"]
    assert srt.index(marks["start"]) < srt.index(marks["middle"]) < srt.index(marks["end"])
    for name, word in marks.items():
        block = next(part for part in srt.split("\n\n") if word in part)
        clock = block.split("\n")[1].split(" --> ")[0]
        hours, minutes, rest = clock.split(":")
        at = int(hours) * 3600 + int(minutes) * 60 + float(rest.replace(",", "."))
        assert word in heard(max(0.0, at - 3), 12.0), name
    assert marks["end"] in heard(job["duration"] - 8, 8)
    # How long the first two take differs from time to time.
    beginning = heard(0.0, 20.0)
    assert marks["start"] in beginning
    assert "hold the line while we look up" in beginning.split(marks["start"])[1], "then the third sentence"


def test_events_tell_a_job_until_it_ends(customer: Customer) -> None:
    uuid = customer.order("One sentence. " * 40, model="fake", voice="tone")
    with customer.get(f"/v1/jobs/{uuid}/events", stream=True) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        states = [json.loads(line[6:]) for line in answer.iter_lines() if line.startswith(b"data: ")]
    assert states[-1]["status"] == "completed"
    assert states[-1]["result_url"].startswith(customer.base)
    assert all(state["id"] == states[0]["id"] for state in states)


def test_prefer_wait_and_audio_at_once(customer: Customer, tmp_path: Path) -> None:
    body = {"text": "A glass of water, please.", "model": "kokoro", "voice": "bf_emma", "format": "flac"}
    waited = customer.post("/v1/tts/", body, headers={"Prefer": "wait=60"})
    assert waited.json()["status"] == "completed"
    audio = customer.post("/v1/tts/?wait=true", body)
    assert audio.headers["Content-Type"] == "audio/flac"
    assert audio.headers["X-Credits-Used"] == str(2 * len(body["text"]))
    path = tmp_path / "a.flac"
    path.write_bytes(audio.content)
    assert wer(body["text"], hear(path)) == 0


def test_a_request_that_waits_longer_than_allowed_hands_over_the_job(customer: Customer) -> None:
    text = "[slow] " + "Words and words. " * 20
    waited = customer.post(
        "/v1/tts/", {"text": text, "model": "fake", "voice": "tone"}, headers={"Prefer": "wait=0"}
    )
    assert waited.json()["status"] == "queued"
    assert customer.result(waited.json()["uuid"])["status"] == "completed"


def test_previews_play(customer: Customer, tmp_path: Path) -> None:
    listed = customer.get("/v1/voices/?model=kokoro&language=en&gender=male").json()["voices"]
    answers: list[requests.Response] = []
    threads = [
        threading.Thread(target=lambda: answers.append(requests.get(listed[0]["preview_url"], timeout=60)))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [200, 200, 200], answers[0].text
    path = tmp_path / "preview.mp3"
    path.write_bytes(answers[0].content)
    assert "read your text aloud" in hear(path).text.lower()
    assert requests.get(f"{customer.base}/v1/voices/preview/nobody.mp3", timeout=10).status_code == 404


def test_subtitles_fit_what_is_heard(customer: Customer, tmp_path: Path) -> None:
    text = "First we open the window. Then, after a little while, we close the door."
    uuid = customer.order(text, format="wav")
    result = customer.result(uuid)
    answer = customer.get(f"/v1/speech/subtitles/?uuid={uuid}&format=vtt").json()
    assert answer["content"].startswith("WEBVTT")
    assert (answer["format"], answer["language"]) == ("vtt", "en")
    assert answer["duration"] == result["duration"]
    assert "open the window." in answer["content"]


def test_a_body_of_ten_megabytes_is_refused_at_once(customer: Customer) -> None:
    answer = customer.post("/v1/tts/", {"text": "a" * 10_000_000})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "file_too_large")
    assert all(name in answer.headers for name in ("X-RateLimit-Limit", "X-Request-Id"))


def test_an_endless_body_without_a_length_is_cut_off(customer: Customer) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while sent < 200_000_000:
            sent += 50_000
            yield b"x" * 50_000

    try:
        status = requests.post(
            customer.base + "/v1/tts/", data=endless(), headers=customer.headers, timeout=30
        ).status_code
    except requests.ConnectionError:
        status = 413  # the server hung up while we were still sending
    assert status == 413
    assert sent < 100_000_000


def test_players_can_seek(customer: Customer) -> None:
    result = customer.result(customer.order("Seeking works.", model="fake", voice="tone", format="wav"))
    part = requests.get(result["result_url"], headers={"Range": "bytes=0-43"}, timeout=10)
    assert (part.status_code, len(part.content), part.content[:4]) == (206, 44, b"RIFF")


def test_the_web_process_loads_no_torch_and_no_engine(stack: LiveStack) -> None:
    maps = Path(f"/proc/{stack.web.pid}/maps").read_text()
    assert "libtorch" not in maps
    assert "onnxruntime" not in maps


def test_ten_callers_get_their_own_audio(stack: LiveStack, tmp_path: Path) -> None:
    words = ["apple", "banana", "cherry", "dragon", "eagle", "forest", "guitar", "hammer", "island", "jungle"]
    customers = [Customer(stack) for _ in range(2)]
    orders = [(word, customers[n % 2].order(f"My favourite word is {word}.")) for n, word in enumerate(words)]
    for number, (word, uuid) in enumerate(orders):
        path = tmp_path / f"{word}.mp3"
        path.write_bytes(requests.get(customers[number % 2].result(uuid)["result_url"], timeout=30).content)
        assert word in hear(path).text.lower()


def test_the_clients_tools_read_the_files(customer: Customer, tmp_path: Path) -> None:
    """What ffmpeg says of each format: a customer's player decides by the same header."""
    from workers.audio.ffmpeg import ffmpeg_path

    codecs = {"mp3": "mp3", "wav": "pcm_s16le", "flac": "flac", "ogg": "vorbis", "opus": "opus", "aac": "aac"}
    for name, codec in codecs.items():
        result = customer.result(customer.order("Hello.", model="fake", voice="tone", format=name))
        path = tmp_path / result["result_url"].split("?")[0].rsplit("/", 1)[1]
        path.write_bytes(requests.get(result["result_url"], timeout=10).content)
        said = subprocess.run([ffmpeg_path(), "-i", str(path)], capture_output=True, text=True).stderr
        assert f"Audio: {codec}" in said, said
        assert "mono" in said
