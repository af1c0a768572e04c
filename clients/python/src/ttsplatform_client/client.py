"""The platform for programs that wait."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from . import flows
from .errors import TTSError, error_from
from .events import SoundReader
from .flows import Download, Flow, Progress, Reply, Rest, Send
from .settings import Settings, arguments, drop, part_of, recording
from .shapes import Batch, Job, Sound, Transcript, Voice

T = TypeVar("T")


class Client:
    """`api_key` and `base_url` default to TTS_API_KEY and TTS_BASE_URL. Close it, or use it in `with Client() as tts:`.

    What is refused for a while (429, 503) and connections that break are tried again; orders carry an
    Idempotency-Key, so that none is made twice. Whatever is wrong in the end is raised as a TTSError.
    Several threads may use one.
    """

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        *,
        timeout: float = 150.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._settings = Settings(api_key, base_url)
        self._http = httpx.Client(
            timeout=httpx.Timeout(timeout, connect=10.0), transport=transport, follow_redirects=False
        )

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def has_key(self) -> bool:
        """Whether calls are made with a key."""
        return "Authorization" in self._settings.headers

    def order(
        self,
        text: str,
        *,
        voice: str | None = None,
        model: str | None = None,
        language: str | None = None,
        format: str = "mp3",
        speed: float = 1.0,
        webhook_url: str | None = None,
    ) -> Job:
        """Queue a text, and come back at once. `voice`: a stock voice's id, or uv_… of a voice of your own."""
        options = flows.options(voice, model, language, format, speed, webhook_url=webhook_url)
        return self._run(flows.order(text, options))

    def speak(
        self,
        text: str,
        to: str | Path,
        *,
        voice: str | None = None,
        model: str | None = None,
        language: str | None = None,
        format: str | None = None,
        speed: float = 1.0,
        timeout: float = 600.0,
        progress: Progress | None = None,
    ) -> Job:
        """Queue a text, wait for it, and keep its audio in the file `to`, whose suffix names the format.

        `progress` is called with the job each time it was looked at.
        """
        path = Path(to)
        options = flows.options(voice, model, language, format or path.suffix[1:] or "mp3", speed)
        return self._run(flows.speak(text, path, options, timeout, progress))

    def stream(
        self,
        text: str,
        *,
        voice: str | None = None,
        model: str | None = None,
        language: str | None = None,
        format: str = "mp3",
        speed: float = 1.0,
    ) -> Iterator[Sound]:
        """Speech while it is being spoken. Whoever stops listening stops the engine, and pays for what was heard."""
        body = flows.speech(text, flows.options(voice, model, language, format, speed))
        reader = SoundReader()
        for attempt in range(1, flows.TRIES + 1):
            try:
                with self._http.stream(
                    "POST",
                    f"{self._settings.base_url}/v1/tts/stream/",
                    json=body,
                    headers=self._settings.headers,
                ) as answer:
                    if answer.status_code < 400:
                        for data in answer.iter_bytes():
                            yield from reader.feed(data)
                        reader.close()
                        return
                    refusal = error_from(answer.status_code, answer.headers, answer.read())
            except httpx.HTTPError as exc:
                raise self._settings.failure(exc) from exc
            if refusal.status not in {429, 503}:
                raise refusal
            time.sleep(flows.rest_after(refusal, attempt))

    def job(self, job_id: str) -> Job:
        """How it stands with a job."""
        return self._run(flows.job(job_id))

    def wait(self, job_id: str, *, timeout: float = 600.0, progress: Progress | None = None) -> Job:
        """A job once it is completed. Raises JobFailed."""
        return self._run(flows.wait(job_id, timeout, progress))

    def fetch(self, job: Job, to: str | Path) -> Path:
        """A completed job's file."""
        return self._run(flows.fetch(job, Path(to)))

    def download(self, url: str, to: str | Path) -> Path:
        """What a link leads to; the file is there only once it is whole."""
        return self._run(flows.download(url, Path(to)))

    def cancel(self, job_id: str) -> None:
        """End a job that has not ended; its characters come back."""
        self._run(flows.cancel(job_id))

    def delete(self, job_id: str) -> None:
        """Delete a job's text and files for good."""
        self._run(flows.delete(job_id))

    def voices(
        self, *, model: str | None = None, language: str | None = None, gender: str | None = None
    ) -> list[Voice]:
        """The stock voices."""
        return self._run(flows.voices(model, language, gender))

    def own_voices(self) -> list[Voice]:
        """The voices that your account has made."""
        return self._run(flows.own_voices())

    def clone(
        self,
        name: str,
        file: str | Path,
        *,
        consent: bool,
        language: str = "en",
        model: str | None = None,
        timeout: float = 300.0,
    ) -> Voice:
        """A voice from a recording of 5 to 30 seconds. `consent`: the speaker agrees to it; nothing is sent if not."""
        if not consent:
            raise TTSError("Without the speaker's consent no voice is made. With it, say consent=True.")
        return self._run(flows.clone(name, recording(Path(file)), language, model, timeout))

    def forget_voice(self, voice_id: str) -> None:
        """Delete one of your voices, with its recordings."""
        self._run(flows.forget_voice(voice_id))

    def transcribe(
        self,
        file: str | Path,
        *,
        model: str | None = None,
        language: str | None = None,
        words: bool = False,
        diarize: bool = False,
        timeout: float = 3600.0,
        progress: Progress | None = None,
    ) -> Transcript:
        """What is said in a recording; with `words` when each sounds, with `diarize` who says it."""
        path = recording(Path(file))
        return self._run(flows.transcribe(path, model, language, words, diarize, timeout, progress))

    def order_batch(
        self, texts: Sequence[str | Mapping[str, Any]], *, format: str = "mp3", **options: Any
    ) -> Batch:
        """Queue up to 50 texts at once: strings, or objects with a text and options of their own."""
        return self._run(flows.order_batch(texts, {"format": format, **options}))

    def batch(self, batch_id: str) -> Batch:
        """How it stands with a batch."""
        return self._run(flows.batch(batch_id))

    def wait_batch(
        self, batch_id: str, *, timeout: float = 3600.0, progress: Callable[[Batch], None] | None = None
    ) -> Batch:
        """A batch once every item has ended, however it did: look at their `status`."""
        return self._run(flows.wait_batch(batch_id, timeout, progress))

    def _run(self, flow: Flow[T]) -> T:
        """Carry a flow out."""
        answer: Any = None
        problem: TTSError | None = None
        while True:
            try:
                action = flow.send(answer) if problem is None else flow.throw(problem)
            except StopIteration as end:
                result: T = end.value
                return result
            answer = problem = None
            try:
                if isinstance(action, Send):
                    answer = self._send(action)
                elif isinstance(action, Download):
                    self._download(action)
                elif isinstance(action, Rest):
                    time.sleep(action.seconds)
            except httpx.HTTPError as exc:
                problem = self._settings.failure(exc)
            except TTSError as exc:
                problem = exc

    def _send(self, send: Send) -> Reply:
        with ExitStack() as stack:
            files = {
                name: (path.name, stack.enter_context(path.open("rb")))
                for name, path in (send.files or {}).items()
            }
            answer = self._http.request(
                send.method,
                self._settings.base_url + send.path,
                files=files or None,
                headers={**self._settings.headers, **send.headers},
                **arguments(send),
            )
        return Reply(answer.status_code, answer.headers, answer.content)

    def _download(self, wanted: Download) -> None:
        part = part_of(wanted.to)
        try:
            with self._http.stream("GET", wanted.url, follow_redirects=True) as answer:
                if answer.status_code >= 400:
                    raise error_from(answer.status_code, answer.headers, answer.read())
                with part.open("wb") as file:
                    for data in answer.iter_bytes():
                        file.write(data)
            part.replace(wanted.to)
        finally:
            drop(part)
