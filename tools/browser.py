"""A real browser, Debian's Chromium, driven by Playwright: for the tests in tests/browser and for pictures of pages."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator

from playwright.sync_api import Browser, sync_playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
# No sandbox: it needs rights that root in a container does not have, and only our own pages are read.
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)


class NoBrowser(Exception):
    """There is no Chromium on this machine."""


def program() -> str:
    """Where Chromium is. Raises NoBrowser, saying how to get it."""
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if found is None:
        raise NoBrowser("Chromium is missing. On Debian and Ubuntu: apt-get install chromium")
    return found


@contextlib.contextmanager
def chromium(*options: str) -> Iterator[Browser]:
    """A browser without a window; `options` are further ones of its command line. Raises NoBrowser."""
    path = program()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=[*OPTIONS, *options], timeout=60_000)
        try:
            yield browser
        finally:
            browser.close()
