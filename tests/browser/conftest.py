"""A real browser for the tests here."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.stacks import LiveStack
from tools.browser import chromium
from workers.audio.ffmpeg import ffmpeg_path

from .base import RECORDING


# Not longer than a module: while Playwright runs, Django refuses to touch the database in this thread.
@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium, whose microphone hears Jane Austen being read, again and again."""
    heard = tmp_path_factory.mktemp("microphone") / "heard.wav"
    options = ("-ac", "1", "-ar", "48000", "-c:a", "pcm_s16le")
    subprocess.run([ffmpeg_path(), "-v", "error", "-i", RECORDING, *options, heard], check=True)
    with chromium(
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={heard}",
    ) as browser:
        yield browser


@pytest.fixture
def context(browser: Browser, stack: LiveStack) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=stack.base_url, accept_downloads=True)
    context.set_default_timeout(45_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that fails the test for what the console of a browser calls an error."""
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    assert wrong == []
