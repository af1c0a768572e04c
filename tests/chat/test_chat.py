"""Voice chat through the running platform, with a small server in place of the language model."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests

from tests.chat.model_server import ModelServer, by_heart, in_tokens, model_server
from tests.ear import hear, wer
from tests.live.helpers import balance, eventually
from tests.reference.test_programs import programs, run
from tests.sockets import Socket
from tests.stacks import LiveStack
from tests.voices.recordings import wav
from workers.audio.encode import from_int16, to_int16
from workers.audio.resample import resample
from workers.engines.base import Utterance
from workers.engines.registry import load

QUESTION = "What is the capital of France?"
ONE_WORD = 0.17
"""Of the question may be misheard: what is tested is that it was heard, and answered."""
ANSWER = "Paris is the capital of France. It is a very old city with many bridges."


@pytest.fixture(scope="module")
def llm() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


@pytest.fixture(scope="module")
def talking(llm: ModelServer, run_folder: Path) -> Iterator[LiveStack]:
    """A platform whose language model is the small server."""
    env = {"LLM_BASE_URL": llm.url, "LLM_MODEL": "by-heart", "LLM_API_KEY": "a-secret"}
    with LiveStack(run_folder / "talking", durable=False, speech_workers=1, env=env) as live:
        yield live


@pytest.fixture(autouse=True)
def _calm(llm: ModelServer) -> Iterator[None]:
    yield
    llm.status, llm.pause = 200, 0.0


def post(stack: LiveStack, key: str, **options: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {key}"}
    return requests.post(f"{stack.base_url}/v1/voice-chat/", headers=headers, timeout=120, **options)


def spoken(text: str) -> bytes:
    """The text as a WAV, said by Kokoro, which says a text the same each time; Piper does not."""
    engine = load("kokoro")
    (chunk,) = engine.speak(Utterance(text, "af_heart", "en"), lambda: False)
    return wav(chunk.samples)


def test_a_question_in_text_is_answered_in_words_and_sound(
    talking: LiveStack, llm: ModelServer, tmp_path: Path
) -> None:
    key = talking.account()
    answer = post(talking, key, json={"text": QUESTION, "system_prompt": "You know geography."}).json()
    assert (answer["user_text"], answer["ai_text"], answer["credits_used"]) == (QUESTION, ANSWER, 3000)
    (tmp_path / "answer.mp3").write_bytes(requests.get(answer["audio_url"], timeout=30).content)
    assert wer(ANSWER, hear(tmp_path / "answer.mp3")) <= 0.1
    asked = llm.asked[-1]
    assert (asked["path"], asked["model"], asked["key"]) == (
        "/v1/chat/completions",
        "by-heart",
        "Bearer a-secret",
    )
    assert asked["messages"] == [
        {"role": "system", "content": "You know geography."},
        {"role": "user", "content": QUESTION},
    ]
    assert balance(talking, key) == 1_000_000 - 3000


def test_a_question_by_voice_and_the_next_one_knows_the_first(talking: LiveStack) -> None:
    key = talking.account()
    first = post(talking, key, files={"audio": ("q.wav", spoken(QUESTION))}).json()
    assert wer(QUESTION, first["user_text"]) <= ONE_WORD
    assert first["ai_text"] == ANSWER
    again = {"text": "What did I ask before?", "conversation_id": first["conversation_id"]}
    second = post(talking, key, data=again).json()
    assert second["ai_text"] == f"Before that you asked me this: {first['user_text']}"
    url = f"{talking.base_url}/v1/voice-chat/?conversation_id={first['conversation_id']}"
    for stranger in ({"Authorization": f"Bearer {talking.account()}"}, {}):
        for method in ("GET", "DELETE"):
            assert requests.request(method, url, headers=stranger, timeout=30).status_code in {401, 404}
    assert post(talking, talking.account(), data=again).status_code == 404
    headers = {"Authorization": f"Bearer {key}"}
    kept = requests.get(url, headers=headers, timeout=30).json()
    assert [each["ai_text"] for each in kept["exchanges"]] == [first["ai_text"], second["ai_text"]]
    assert requests.delete(url, headers=headers, timeout=30).json()["deleted"]
    assert requests.get(url, headers=headers, timeout=30).status_code == 404
    assert requests.get(first["audio_url"], timeout=30).status_code in {404, 410}


def test_the_program_of_the_documentation_talks_too(talking: LiveStack, tmp_path: Path) -> None:
    *_, program = programs(talking, "/docs/sockets", "python")
    done = run(talking, program, tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.split()) > 2
    assert (tmp_path / "answer.wav").stat().st_size > 10_000


def events_of(answer: requests.Response) -> Iterator[tuple[str, dict[str, Any]]]:
    name = ""
    for line in answer.iter_lines():
        if line.startswith(b"event: "):
            name = line[7:].decode()
        elif line.startswith(b"data: "):
            yield name, json.loads(line[6:])


def test_the_first_sentence_sounds_while_the_rest_is_being_written(
    talking: LiveStack, llm: ModelServer
) -> None:
    key = talking.account()
    body = {
        "text": QUESTION,
        "stream": True,
        "format": "wav",
        "tts_model": "piper",
        "voice": "en_US-joe-medium",
    }
    # Its voice is loaded by then.
    assert post(talking, talking.account(), json=body).status_code == 200
    llm.pause = 0.5
    answer = post(talking, key, json=body, stream=True)
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    seen: list[tuple[str, float]] = []
    sound, written, done = b"", "", dict[str, Any]()
    for name, data in events_of(answer):
        seen.append((name, time.monotonic()))
        sound += base64.b64decode(data.get("audio", "")) if name == "audio" else b""
        written += data["delta"] if name == "text" else ""
        done = data if name == "done" else done
    assert seen[0][0] == "start"
    assert written == ANSWER == done["ai_text"]
    first_sound = next(at for name, at in seen if name == "audio")
    assert first_sound < llm.wrote[-1], "before the last word was written"
    assert wer(ANSWER, hear(from_int16(sound[44:]), 22_050, model="base")) <= 0.1
    assert done["credits_used"] == 3000
    assert balance(talking, key) == 1_000_000 - 3000


def test_whoever_leaves_stops_the_language_model_too(talking: LiveStack, llm: ModelServer) -> None:
    llm.pause, llm.rule = 0.05, lambda messages: in_tokens("This goes on and on. " * 200)
    try:
        llm.left.clear()
        answer = post(talking, talking.account(), json={"text": "Go on.", "stream": True}, stream=True)
        next(events_of(answer))
        answer.close()
        assert llm.left.wait(10)
    finally:
        llm.rule = by_heart


def test_what_is_refused_costs_nothing(talking: LiveStack, llm: ModelServer) -> None:
    key = talking.account()
    silence = wav(np.zeros(24_000, np.float32))
    for options, says in (
        ({"json": {}}, "either audio or text"),
        ({"json": {"text": "a" * 4001}}, "4000 characters"),
        ({"json": {"text": "Hello.", "voice": "nobody"}}, "voice"),
        ({"json": {"text": "Hello.", "conversation_id": "conv_unknown"}}, "conversation"),
        ({"files": {"audio": ("a.mp3", b"no audio at all, only words" * 9)}}, "audio"),
        ({"files": {"audio": ("a.wav", silence)}}, "no speech"),
    ):
        refused = post(talking, key, **options)
        assert 400 <= refused.status_code < 500, refused.text
        assert says in refused.json()["error"]["message"]
    llm.status = 500
    answer = post(talking, key, json={"text": QUESTION, "stream": True})
    assert answer.status_code == 503
    assert "answered 500" in answer.json()["error"]["message"]
    assert eventually(lambda: balance(talking, key), lambda left: left == 1_000_000) == 1_000_000


def test_without_a_language_model_the_answer_says_what_to_set(stack: LiveStack) -> None:
    refused = post(stack, stack.account(), json={"text": QUESTION})
    assert refused.status_code == 503
    assert "LLM_BASE_URL" in refused.json()["error"]["message"]


def test_a_socket_answers_speech_and_whoever_speaks_interrupts_it(
    talking: LiveStack, llm: ModelServer
) -> None:
    key = talking.account()
    question = resample(from_int16(spoken(QUESTION)[44:]), 24_000, 16_000)
    pcm = to_int16(question).tobytes()
    with Socket(talking.base_url, "/ws/voice-chat", key) as socket:
        socket.say(type="config", voice="en_US-joe-medium", tts_model="piper", sample_rate=16_000)
        ready = socket.until("conversation_id", type="ready")
        for start in range(0, len(pcm), 32_000):
            socket.say(type="audio_chunk", audio=base64.b64encode(pcm[start : start + 32_000]).decode())
        socket.say(type="end_of_speech")
        assert wer(QUESTION, socket.until("text", type="user_text")["text"]) <= ONE_WORD
        done = socket.until("ai_text", type="done")
        assert (done["ai_text"], done["credits_used"]) == (ANSWER, 3000)
        assert wer(ANSWER, hear(socket.sound(), 16_000, model="base")) <= 0.1
        llm.rule = lambda messages: in_tokens("This goes on and on. " * 100)
        try:
            llm.pause = 0.02
            llm.left.clear()
            socket.say(type="text", text="Go on.")
            socket.until("audio", type="audio", index=0)
            llm.pause = 0.0
            llm.rule = by_heart
            socket.say(type="text", text=QUESTION)
            assert socket.until("type", type="interrupted")
            assert socket.until("ai_text", type="done")["ai_text"] == ANSWER
        finally:
            llm.rule = by_heart
        assert socket.frames[-1]["conversation_id"] == ready["conversation_id"]
        for wrong in (
            {"type": "nonsense"},
            {"type": "audio", "audio": "%"},
            {"type": "text"},
            {"type": "text", "text": ""},
        ):
            socket.say(**wrong)
            assert socket.until("error", type="error")["error"]["code"] == "bad_request"
    assert (
        eventually(lambda: balance(talking, key), lambda left: left == 1_000_000 - 9000) == 1_000_000 - 9000
    )
