"""From an engine's chunks to the bytes of a stream: nothing is lost on the way, and every byte comes with its time."""

from __future__ import annotations

import pytest

from workers.engines.fake import FakeEngine
from workers.pipelines.live import Line, LiveSpeaker

TEXT = "One two three four five six seven eight nine ten eleven twelve."


def line(text: str) -> Line:
    return Line(text, 0, 0.0, "tone", "en", 1.0, False, False, False, {})


@pytest.mark.parametrize("name", ["mp3", "opus", "aac", "flac", "ogg", "wav", "pcm"])
def test_seconds_and_words_go_with_the_bytes_in_every_format(name: str) -> None:
    engine = FakeEngine(chunk_seconds=0.08)
    with LiveSpeaker(engine.sample_rate, name, None, watermark=False) as speaker:
        outs = list(speaker.speak(engine, line(TEXT), lambda: False))
        assert all(out.data for out in outs), "what an encoder holds back goes with its next bytes"
        outs.append(speaker.finish())
        assert sum(out.seconds for out in outs) == pytest.approx(speaker.seconds)
        words = [word["word"] for out in outs for word in out.words]
    assert words == TEXT.rstrip(".").split() or words == TEXT.split()
