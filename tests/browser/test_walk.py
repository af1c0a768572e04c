"""A customer in a real browser: signs up, makes a key, hears the playground speak, sees what it cost, and leaves.

Chromium speaks into no loudspeaker here, but its audio thread runs: it says how much it has played, and how loud.
"""

from __future__ import annotations

import json
import re
import time
import urllib.request
import uuid
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.stacks import LiveStack
from tools.browser import chromium

PASSWORD = "long enough for anybody"
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# The first speech of a run waits for the model to be loaded, on a machine that may be busy.
PATIENCE = 90_000
RECORDING = Path(__file__).parents[1] / "recordings" / "austen-0870.opus"


# Not longer than this module: while Playwright runs, Django refuses to touch the database in this thread.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, stack: LiveStack) -> Iterator[Page]:
    """A browser of its own, that fails the test for what the console of a browser calls an error."""
    context = browser.new_context(base_url=stack.base_url, accept_downloads=True)
    context.set_default_timeout(45_000)
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    context.close()
    assert wrong == []


def sign_up(page: Page, stack: LiveStack) -> str:
    """A new customer, signed in; their address."""
    email = f"{uuid.uuid4().hex[:12]}@example.com"
    page.goto("/accounts/signup/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    page.wait_for_url("**/accounts/confirm-email/")
    page.goto(link_sent_to(email, stack))
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url("**/console/")
    return email


def link_sent_to(email: str, stack: LiveStack) -> str:
    """The link in the mail, which the embedded default writes into the log of the web process."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for mail in (stack.logs / "web.log").read_text(errors="replace").split("Subject: ")[1:]:
            found = re.search(r"/accounts/confirm-email/\S+", mail)
            if email in mail and found:
                return found.group()
        time.sleep(0.2)
    raise AssertionError(f"no mail to {email} in {stack.logs / 'web.log'}")


def violations(page: Page) -> list[Any]:
    """What axe-core finds against WCAG A and AA on the page as it is."""
    page.evaluate(AXE)
    found = page.evaluate("(rules) => axe.run({ runOnly: rules })", RULES)
    return [
        (each["id"], [(node["target"], node["failureSummary"]) for node in each["nodes"]])
        for each in found["violations"]
    ]


def test_from_signing_up_to_leaving(page: Page, stack: LiveStack, tmp_path: Path) -> None:
    email = sign_up(page, stack)

    page.get_by_role("link", name="Keys").click()
    page.get_by_label("Name").fill("laptop")
    page.get_by_role("button", name="Make key").click()
    key = page.locator("#new-key").inner_text()
    asked = urllib.request.Request(
        f"{stack.base_url}/v1/account/", headers={"Authorization": f"Bearer {key}"}
    )
    with urllib.request.urlopen(asked, timeout=20) as answer:
        balance = json.load(answer)["balance"]

    page.get_by_role("link", name="Playground").click()
    text = "The first sentence of a new customer."
    page.get_by_label("Text").fill(text)
    page.get_by_label("Search").fill("bella")
    page.locator("#choice").select_option("kokoro/af_bella")
    expect(page.locator("code[data-pattern]").first).to_contain_text("af_bella")
    page.get_by_role("button", name="Speak").click()
    expect(page.locator("#speak")).to_have_attribute("data-state", "over", timeout=PATIENCE)
    expect(page.locator("#problem")).to_be_hidden()
    heard = page.locator("#speak").evaluate("form => ({ ...form.dataset })")
    seconds = float(heard["seconds"])
    assert 1.0 < seconds < 15.0
    # All of it went through the loudspeaker's thread, and it was no silence.
    assert abs(int(heard["played"]) / 24_000 - seconds) < 0.1
    assert 0.05 < float(heard["loudest"]) <= 1.0
    assert 0 < int(heard["firstSound"]) < PATIENCE
    assert page.locator("#spoken").inner_text().strip() == text
    with page.expect_download() as download:
        page.get_by_role("link", name="Download WAV").click()
    download.value.save_as(tmp_path / "speech.wav")
    with wave.open(str(tmp_path / "speech.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (24_000, 1, 2)
        assert abs(file.getnframes() / 24_000 - seconds) < 0.01

    page.get_by_role("link", name="Usage").click()
    expect(page.locator(".plot rect.column")).to_have_count(1)
    page.goto("/console/")
    spent = int(re.sub(r"\D", "", page.locator(".figure").nth(2).inner_text()))
    left = int(re.sub(r"\D", "", page.locator(".figure").nth(0).inner_text()))
    assert spent > 0
    assert left == balance - spent

    page.goto("/console/voices/")
    page.get_by_label("Name").fill("Jane")
    page.get_by_label("Recording", exact=True).set_input_files(RECORDING)
    expect(page.locator("#before")).to_be_visible()
    page.get_by_label("The speaker agrees").check()
    page.get_by_role("button", name="Make the voice").click()
    page.locator(".notice.success").wait_for(timeout=PATIENCE)
    ready = page.get_by_role("row", name="Jane").get_by_text("ready")
    deadline = time.monotonic() + PATIENCE / 1000
    while not ready.is_visible() and time.monotonic() < deadline:
        time.sleep(1)
        page.goto("/console/voices/")
    expect(ready).to_be_visible()
    page.goto("/console/playground/")
    expect(page.locator("#choice option").first).to_contain_text("Jane")

    page.goto("/console/settings/delete/")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Delete for good").click()
    page.wait_for_url("**/accounts/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("main")).to_contain_text("not correct")


def test_every_page_can_be_used_by_everybody(page: Page, stack: LiveStack) -> None:
    for path in ("/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"):
        page.goto(path)
        assert violations(page) == [], path
    sign_up(page, stack)
    page.goto("/console/playground/")
    # Without a script this form orders a job; so there is one to look at.
    page.evaluate("HTMLFormElement.prototype.submit.call(document.getElementById('speak'))")
    page.wait_for_url("**/console/jobs/*/")
    expect(page.locator("#state")).to_have_text("completed", timeout=PATIENCE)
    job = page.url
    paths = [
        "/console/",
        "/console/playground/",
        "/console/audio/",
        "/console/audio/change-voice/",
        "/console/batches/",
        "/console/voices/",
        "/console/webhooks/",
        "/console/webhooks/log/",
        "/console/jobs/",
        job,
        "/console/usage/",
        "/console/usage/?by=model",
    ]
    paths += [
        "/console/keys/",
        "/console/settings/",
        "/console/settings/delete/",
        "/accounts/password/change/",
        "/accounts/email/",
    ]
    for look in ("light", "dark"):
        page.emulate_media(color_scheme=look)
        for path in paths:
            page.goto(path)
            assert violations(page) == [], (look, path)
            # And nothing is wider than a telephone.
            page.set_viewport_size({"width": 390, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
            page.set_viewport_size({"width": 1280, "height": 800})


def test_the_first_page_is_light(page: Page, stack: LiveStack) -> None:
    """At most 200 kB before any sound, script and style included."""
    sign_up(page, stack)
    page.goto("/console/playground/", wait_until="networkidle")
    kinds = "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
    sizes = page.evaluate(f"{kinds}.map((each) => each.decodedBodySize)")
    assert len(sizes) >= 5
    assert 10_000 < sum(sizes) <= 200_000
