"""`make screenshots`: every page of the console as pictures in var/screenshots, to be looked at.

A platform of its own, with an account that has something to show; each page 1280 and 390 pixels wide, light and dark.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from playwright.sync_api import Browser, Page

from ttsplatform.embedded import Stack
from ttsplatform.embedded.demo import SENTENCE, speak

from .browser import chromium

REPOSITORY = Path(__file__).resolve().parents[1]
FOLDER = REPOSITORY / "var" / "screenshots"
SIZES = {"wide": {"width": 1280, "height": 800}, "narrow": {"width": 390, "height": 844}}
LOOKS = ("light", "dark")
ENTRANCE = {
    "sign-in": "/accounts/login/",
    "sign-up": "/accounts/signup/",
    "forgotten": "/accounts/password/reset/",
}
PAGES = {
    "overview": "/console/",
    "playground": "/console/playground/",
    "audio": "/console/audio/",
    "change-voice": "/console/audio/change-voice/",
    "jobs": "/console/jobs/",
    "batches": "/console/batches/",
    "voices": "/console/voices/",
    "webhooks": "/console/webhooks/",
    "deliveries": "/console/webhooks/log/",
    "usage": "/console/usage/",
    "usage-by-model": "/console/usage/?by=model",
    "keys": "/console/keys/",
    "settings": "/console/settings/",
    "delete": "/console/settings/delete/",
    "password": "/accounts/password/change/",
    "e-mail": "/accounts/email/",
    "not-found": "/console/nothing/",
}


def main() -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with Stack(FOLDER / "platform", speech_workers=1, durable=False) as stack, chromium() as browser:
        demo = json.loads(stack.manage("demo_account", "--json"))
        speak(stack.base_url, demo["api_key"], FOLDER / "platform" / "hello.mp3")
        for size in SIZES:
            for look in LOOKS:
                pictures(browser, stack.base_url, demo, size, look)
    print(f"{len(list(FOLDER.glob('*.png')))} pictures in {FOLDER.relative_to(REPOSITORY)}/")
    return 0


def pictures(browser: Browser, base_url: str, demo: dict[str, str], size: str, look: str) -> None:
    """All pages in one size and look."""
    context = browser.new_context(base_url=base_url, viewport=SIZES[size], color_scheme=look)  # type: ignore[arg-type]
    page = context.new_page()

    def take(name: str) -> None:
        page.screenshot(path=FOLDER / f"{name}-{size}-{look}.png", full_page=True)

    for name, path in ENTRANCE.items():
        page.goto(path)
        take(name)
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(demo["email"])
    page.get_by_label("Password").fill(demo["password"])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/console/")
    for name, path in PAGES.items():
        page.goto(path, wait_until="networkidle")
        take(name)
    page.goto("/console/jobs/")
    page.locator("table a").first.click()
    page.wait_for_url("**/console/jobs/*/")
    take("job")
    speaking(page)
    take("playground-spoken")
    context.close()


def speaking(page: Page) -> None:
    """The playground once it has begun to speak."""
    page.goto("/console/playground/")
    page.get_by_label("Text").fill(SENTENCE)
    page.get_by_role("button", name="Speak").click()
    page.locator("#sounding").wait_for(state="visible", timeout=60_000)
    time.sleep(1.0)


if __name__ == "__main__":
    sys.exit(main())
