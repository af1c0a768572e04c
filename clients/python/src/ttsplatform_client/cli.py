"""`tts`: speak, clone, transcribe, voices, batch, from a shell. Results go to files and stdout, all else to stderr."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from .client import Client
from .errors import TTSError
from .player import Player
from .shapes import Batch, Job
from .texts import batch_texts, spoken_text, subtitles

_err = Console(stderr=True)


def main(argv: Sequence[str] | None = None) -> int:
    """The exit status: 0 done, 1 refused or failed (a line says what to do), 2 wrong arguments, 130 stopped."""
    given = _parser().parse_args(argv)
    try:
        with Client(given.api_key, given.base_url) as tts:
            given.run(tts, given)
    except TTSError as problem:
        _err.print(f"tts: {problem.message}", style="red", markup=False, highlight=False)
        if problem.request_id:
            _err.print(f"     request id: {problem.request_id}", markup=False, highlight=False)
        return 1
    except OSError as problem:
        _err.print(f"tts: {problem.strerror or problem}: {problem.filename or ''}", style="red", markup=False)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tts",
        description="Speech, cloned voices and transcripts. The platform and the key: TTS_BASE_URL, TTS_API_KEY.",
    )
    parser.add_argument("--base-url", help="in place of TTS_BASE_URL")
    parser.add_argument("--api-key", help="in place of TTS_API_KEY (others on this machine may see it)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    speak = commands.add_parser("speak", help="speak a text into a file, or aloud")
    speak.add_argument("text", help='the text; "-" reads it from stdin, @FILE from a file')
    speak.add_argument("-o", "--output", type=Path, help="the file (speech.mp3); its suffix names the format")
    speak.add_argument("--stream", action="store_true", help="write while it is being spoken")
    speak.add_argument("--play", action="store_true", help="play while it is being spoken (ffplay or mpv)")
    _voice_options(speak)
    speak.set_defaults(run=_speak)

    clone = commands.add_parser("clone", help="make a voice of a recording")
    clone.add_argument("name")
    clone.add_argument("recording", type=Path, help="5 to 30 seconds of one speaker")
    clone.add_argument("--consent", action="store_true", help="the speaker agrees to it (needed)")
    clone.add_argument("--language", default="en")
    clone.add_argument("--model")
    clone.add_argument("--speak", metavar="TEXT", help="speak this with the new voice")
    clone.add_argument("-o", "--output", type=Path, help="where to (speech.mp3)")
    clone.set_defaults(run=_clone)

    transcribe = commands.add_parser("transcribe", help="what is said in a recording")
    transcribe.add_argument("recording", type=Path)
    transcribe.add_argument("--language", help="leave out to have it found")
    transcribe.add_argument("--model")
    transcribe.add_argument("--diarize", action="store_true", help="who says it")
    transcribe.add_argument("--format", choices=["text", "json", "srt"], default="text")
    transcribe.add_argument("-o", "--output", type=Path, help="the file, in place of stdout")
    transcribe.set_defaults(run=_transcribe)

    voices = commands.add_parser("voices", help="list voices, your own first")
    voices.add_argument("--model")
    voices.add_argument("--language")
    voices.add_argument("--gender")
    voices.add_argument("--json", action="store_true")
    voices.set_defaults(run=_voices)

    batch = commands.add_parser(
        "batch", help="speak up to 50 texts: a text file (a line each) or CSV (column text)"
    )
    batch.add_argument("file", type=Path)
    batch.add_argument("-o", "--output", type=Path, default=Path("batch"), help="the folder (batch)")
    batch.add_argument("--format", default="mp3")
    _voice_options(batch)
    batch.set_defaults(run=_batch)
    return parser


def _voice_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--voice", help="an id of `tts voices`, or uv_… of a voice of your own")
    parser.add_argument("--model")
    parser.add_argument("--language")
    parser.add_argument("--speed", type=float, default=1.0)


def _options(given: argparse.Namespace) -> dict[str, Any]:
    return {name: getattr(given, name) for name in ("voice", "model", "language", "speed")}


def _speak(tts: Client, given: argparse.Namespace) -> None:
    text = spoken_text(given.text)
    if given.play or given.stream:
        _live(tts, given, text)
        return
    path = given.output or Path("speech.mp3")
    with _bar("speaking") as moved:
        job = tts.speak(text, path, **_options(given), progress=moved)
    _err.print(
        f"{path}: {job.duration or 0:.1f} seconds, {job.characters_charged} characters, {job.served_model}",
        markup=False,
        highlight=False,
    )


def _live(tts: Client, given: argparse.Namespace, text: str) -> None:
    path = given.output or (None if given.play else Path("speech.mp3"))
    format = path.suffix[1:] if path and path.suffix else "mp3"
    player = Player() if given.play else None
    size = 0
    file = path.open("wb") if path else None
    try:
        for sound in tts.stream(text, **_options(given), format=format):
            size += len(sound.audio)
            if file is not None:
                file.write(sound.audio)
            if player is not None:
                player.play(sound.audio)
    finally:
        if file is not None:
            file.close()
        if player is not None:
            player.finish()
    if path:
        _err.print(f"{path}: {size} bytes", markup=False, highlight=False)


def _clone(tts: Client, given: argparse.Namespace) -> None:
    with _err.status("making the voice"):
        voice = tts.clone(
            given.name, given.recording, consent=given.consent, language=given.language, model=given.model
        )
    print(voice.id)
    if given.speak:
        path = given.output or Path("speech.mp3")
        with _bar("speaking") as moved:
            tts.speak(spoken_text(given.speak), path, voice=voice.id, progress=moved)
        _err.print(str(path), markup=False, highlight=False)


def _transcribe(tts: Client, given: argparse.Namespace) -> None:
    with _bar("listening") as moved:
        heard = tts.transcribe(
            given.recording,
            language=given.language,
            model=given.model,
            diarize=given.diarize,
            words=given.format == "json",
            progress=moved,
        )
    if given.format == "json":
        said = json.dumps(heard.raw, ensure_ascii=False, indent=2)
    elif given.format == "srt":
        said = subtitles(heard.segments)
    elif given.diarize:
        said = "\n".join(f"{part.get('speaker', '')}: {part['text']}" for part in heard.segments)
    else:
        said = heard.text
    if given.output:
        given.output.write_text(said + "\n", encoding="utf-8")
    else:
        print(said)


def _voices(tts: Client, given: argparse.Namespace) -> None:
    own = tts.own_voices() if tts.has_key else []
    listed = [*own, *tts.voices(model=given.model, language=given.language, gender=given.gender)]
    if given.json:
        print(json.dumps([dict(voice.raw) for voice in listed], ensure_ascii=False, indent=2))
        return
    table = Table("voice", "name", "model", "language", "gender", box=None)
    for voice in listed:
        table.add_row(voice.id, voice.name, voice.model, voice.language, voice.gender)
    Console().print(table)


def _batch(tts: Client, given: argparse.Namespace) -> None:
    options = {name: value for name, value in _options(given).items() if value is not None}
    ordered = tts.order_batch(batch_texts(given.file), format=given.format, **options)
    with Progress(*_COLUMNS, console=_err, transient=True) as shown:
        task = shown.add_task("speaking", total=ordered.total)

        def moved(state: Batch) -> None:
            shown.update(task, completed=state.completed + state.failed)

        done = tts.wait_batch(ordered.id, progress=moved)
    for item in done.items:
        if item.url:
            suffix = Path(urlsplit(item.url).path).suffix
            print(tts.download(item.url, given.output / f"{item.index:02}{suffix}"))
    if done.failed:
        failed = "; ".join(f"line {item.index + 1}: {item.error}" for item in done.items if not item.url)
        raise TTSError(f"{done.failed} of {done.total} texts failed, and were not charged. {failed}")


_COLUMNS = (
    SpinnerColumn(),
    TextColumn("{task.description}"),
    BarColumn(),
    TextColumn("{task.percentage:>3.0f} %"),
    TimeElapsedColumn(),
)


class _bar:
    """A progress bar on stderr; what it gives is called with the job each time it was looked at."""

    def __init__(self, what: str) -> None:
        self._shown = Progress(*_COLUMNS, console=_err, transient=True)
        self._what = what

    def __enter__(self) -> Callable[[Job], None]:
        self._shown.start()
        task = self._shown.add_task(self._what, total=1.0)

        def moved(job: Job) -> None:
            waits = job.queue_position and not job.progress
            what = f"waiting, {job.queue_position} before it" if waits else self._what
            self._shown.update(task, completed=job.progress, description=what)

        return moved

    def __exit__(self, *details: object) -> None:
        self._shown.stop()


if __name__ == "__main__":
    sys.exit(main())
