"""A customer in a real browser: signs up, makes a key, hears the playground speak, sees what it cost, is told by a
webhook, clones a voice from a file and from the microphone, sets up a second factor, and leaves.

Chromium speaks into no loudspeaker here, but its audio thread runs: it says how much it has played, and how loud.
"""

from __future__ import annotations

import json
import re
import time
import urllib.request
import wave
from pathlib import Path

from allauth.mfa.totp.internal import auth
from playwright.sync_api import Locator, Page, expect

from tests.receiver import Receiver
from tests.stacks import LiveStack

from .base import PASSWORD, PATIENCE, RECORDING, sign_up

TEXT = "The first sentence of a new customer."


def test_from_signing_up_to_leaving(page: Page, stack: LiveStack, tmp_path: Path) -> None:
    email = sign_up(page, stack)
    balance = key_that_works(page, stack)
    voices_are_found_and_previewed(page)
    the_playground_speaks(page, tmp_path)
    usage_shows_it(page, balance)
    with Receiver(statuses=[503, 204]) as receiver:
        a_webhook_is_tested_and_sent_again(page, receiver)
        a_tool_plays_before_and_after(page)
        the_end_of_a_job_is_told(page, receiver)
    voices_are_made_of_a_file_and_of_the_microphone(page)
    the_second_factor_is_asked_for(page, email)
    nothing_is_left_after_leaving(page, email)


def key_that_works(page: Page, stack: LiveStack) -> int:
    """A key made on the page opens the API; the balance that it tells."""
    page.get_by_role("link", name="Keys").click()
    page.get_by_label("Name").fill("laptop")
    page.get_by_role("button", name="Make key").click()
    bearer = {"Authorization": f"Bearer {page.locator('#new-key').inner_text()}"}
    asked = urllib.request.Request(f"{stack.base_url}/v1/account/", headers=bearer)
    with urllib.request.urlopen(asked, timeout=20) as answer:
        balance: int = json.load(answer)["balance"]
    return balance


def voices_are_found_and_previewed(page: Page) -> None:
    page.get_by_role("link", name="Playground").click()
    found = page.locator("#found")
    expect(found).to_contain_text(" of ")
    every = int(re.findall(r"\d+", found.inner_text())[1])
    page.get_by_label("Language").select_option("en")
    page.get_by_label("Gender").select_option("male")
    shown = page.locator("#choice option").evaluate_all("all => all.map((each) => ({ ...each.dataset }))")
    assert 0 < len(shown) < every
    assert {(each["language"], each["gender"]) for each in shown} == {("en", "male")}
    assert found.inner_text() == f"({len(shown)} of {every})"
    page.get_by_label("Search").fill("nobody of that name")
    assert found.inner_text() == f"(0 of {every})"
    page.get_by_label("Language").select_option("")
    page.get_by_label("Gender").select_option("")
    page.get_by_label("Search").fill("bella kokoro")
    page.locator("#choice").select_option("kokoro/af_bella")
    expect(page.locator("code[data-pattern]").first).to_contain_text("af_bella")
    # The button says "Stop" only while sound is playing, and "Preview" again once it has stopped.
    preview = page.locator("#preview")
    preview.click()
    expect(preview).to_have_text("Stop", timeout=PATIENCE)
    preview.click()
    expect(preview).to_have_text("Preview")
    expect(page.locator("#previewing")).to_have_text("")


def the_playground_speaks(page: Page, folder: Path) -> None:
    page.get_by_label("Text").fill(TEXT)
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
    print(f"first sound after {heard['firstSound']} ms")
    assert page.locator("#spoken").inner_text().strip() == TEXT
    with page.expect_download() as download:
        page.get_by_role("link", name="Download WAV").click()
    download.value.save_as(folder / "speech.wav")
    with wave.open(str(folder / "speech.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (24_000, 1, 2)
        assert abs(file.getnframes() / 24_000 - seconds) < 0.01


def usage_shows_it(page: Page, balance: int) -> None:
    page.get_by_role("link", name="Usage").click()
    expect(page.locator(".plot rect.column")).to_have_count(1)
    page.goto("/console/")
    spent = int(re.sub(r"\D", "", page.locator(".figure").nth(2).inner_text()))
    left = int(re.sub(r"\D", "", page.locator(".figure").nth(0).inner_text()))
    assert spent > 0
    assert left == balance - spent


def a_webhook_is_tested_and_sent_again(page: Page, receiver: Receiver) -> None:
    """The receiver refuses the first message, so that the log has something to tell."""
    page.get_by_role("link", name="Webhooks").click()
    page.get_by_label("Address").fill(receiver.url)
    page.get_by_role("button", name="Register").click()
    secret = page.locator("#new-secret").inner_text()
    page.get_by_role("button", name="Send a test").click()
    page.wait_for_url("**/console/webhooks/log/*/")
    # In the table: the message's own id may have these digits too.
    reload_until(page, page.get_by_role("cell", name="503", exact=True))
    page.get_by_role("button", name="Send it again").click()
    # The state first: a page that was read before it may show the try already.
    reload_until(page, page.locator(".state.delivered"))
    expect(page.get_by_role("cell", name="204", exact=True)).to_be_visible()
    first, second = receiver.got[:2]
    assert first.verified(secret)["event"] == "webhook.test"
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.headers["webhook-id"] in page.get_by_role("main").inner_text()
    page.goto("/console/webhooks/log/?status=delivered")
    expect(page.get_by_role("row", name="webhook.test")).to_contain_text("204")


def a_tool_plays_before_and_after(page: Page) -> None:
    page.goto("/console/audio/convert/")
    page.get_by_label("Recording", exact=True).set_input_files(RECORDING)
    page.locator("#id_format").select_option("mp3")
    page.get_by_role("main").get_by_role("button", name="Convert").click()
    page.wait_for_url("**/console/jobs/*/")
    before, after = page.locator("#sent audio"), page.locator("figure:not(#sent) audio")
    expect(after).to_be_visible(timeout=PATIENCE)
    expect(before).to_have_attribute("src", re.compile("^blob:"))
    for player in (before, after):
        assert float(player.evaluate(PLAYED)) > 0.1
    # Loaded anew the page has forgotten the recording, as the server has; it can be chosen once more.
    page.reload()
    expect(page.locator("#sent")).to_be_hidden()
    page.get_by_label("Hear it beside what was sent").set_input_files(RECORDING)
    expect(before).to_be_visible()


# How many seconds a player is on within two of ours.
PLAYED = """async (player) => {
  await player.play();
  for (let tries = 0; tries < 40 && player.currentTime <= 0.1; tries++) await new Promise((go) => setTimeout(go, 50));
  player.pause();
  return player.currentTime;
}"""


def the_end_of_a_job_is_told(page: Page, receiver: Receiver) -> None:
    page.goto("/console/webhooks/log/")
    reload_until(page, page.get_by_role("main").get_by_text("task.completed"))
    reload_until(page, page.get_by_role("row", name="task.completed").first.get_by_text("delivered"))
    assert any(json.loads(one.body)["event"] == "task.completed" for one in receiver.got)


def voices_are_made_of_a_file_and_of_the_microphone(page: Page) -> None:
    page.goto("/console/voices/")
    page.get_by_label("Name").fill("Jane of a file")
    page.get_by_label("Recording", exact=True).set_input_files(RECORDING)
    expect(page.locator("#before")).to_be_visible()
    page.get_by_label("The speaker agrees").check()
    page.get_by_role("button", name="Make the voice").click()
    page.locator(".notice.success").wait_for(timeout=PATIENCE)

    page.get_by_label("Name").fill("Jane of the microphone")
    page.get_by_label("The speaker agrees").check()
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.locator("#news")).to_have_text("6 s", timeout=30_000)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Record again")).to_be_visible()
    expect(page.locator("#before")).to_be_visible()
    page.get_by_role("button", name="Make the voice").click()
    page.locator(".notice.success").wait_for(timeout=PATIENCE)
    reload_until(page, page.get_by_role("row", name="Jane of the microphone").get_by_text("ready"))

    page.get_by_role("link", name="Jane of the microphone").click()
    page.get_by_role("button", name="Speak it").click()
    expect(page.locator("figure audio")).to_have_count(2, timeout=PATIENCE)
    for player in page.locator("figure audio").all():
        assert float(player.evaluate(PLAYED)) > 0.1
    page.goto("/console/playground/")
    expect(page.locator("#choice option").first).to_contain_text("Jane")


def the_second_factor_is_asked_for(page: Page, email: str) -> None:
    page.goto("/console/settings/")
    page.get_by_role("link", name="Set it up").click()
    page.get_by_role("link", name="Set it up").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    assert page.locator("img.qr").evaluate("image => image.naturalWidth") > 100
    secret = page.locator("#secret").inner_text()
    page.get_by_label("Authenticator code").fill(code(secret))
    page.get_by_role("button", name="Switch on").click()
    page.wait_for_url("**/accounts/2fa/recovery-codes/")
    assert len(page.locator("#codes").inner_text().split()) == 10
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/accounts/login/")
    sign_in(page, email)
    page.get_by_label("Code").fill(code(secret))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/console/")


def code(secret: str) -> str:
    """What an authenticator app shows, with some seconds left to type it."""
    left = 30 - time.time() % 30
    if left < 6:
        time.sleep(left + 0.1)
    return auth.format_hotp_value(auth.hotp_value(secret, int(time.time()) // 30))


def nothing_is_left_after_leaving(page: Page, email: str) -> None:
    page.goto("/console/settings/delete/")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Delete for good").click()
    page.wait_for_url("**/accounts/login/")
    sign_in(page, email)
    expect(page.get_by_role("main")).to_contain_text("not correct")


def sign_in(page: Page, email: str) -> None:
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def reload_until(page: Page, shown: Locator) -> None:
    """Load the page again and again until it shows that."""
    deadline = time.monotonic() + PATIENCE / 1000
    while not shown.first.is_visible() and time.monotonic() < deadline:
        time.sleep(0.5)
        page.reload()
    expect(shown.first).to_be_visible()


def test_the_first_page_is_light(page: Page, stack: LiveStack) -> None:
    """At most 200 kB before any sound, script and style included."""
    sign_up(page, stack)
    page.goto("/console/playground/", wait_until="networkidle")
    kinds = "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
    sizes = page.evaluate(f"{kinds}.map((each) => each.decodedBodySize)")
    assert len(sizes) >= 5
    assert 10_000 < sum(sizes) <= 200_000
