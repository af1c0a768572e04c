"""The documentation and the status page in a real browser: for everybody, on a telephone, with and without scripts."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

from apps.reference.pages import TABS
from tests.stacks import LiveStack

from .base import problems


def test_pages_for_everybody(page: Page) -> None:
    found = {}
    # One of each kind; the pages of the other APIs are made by the same template.
    for path in ("/docs/", "/docs/openai", "/docs/sockets", "/docs/webhooks", "/status"):
        page.goto(path)
        found[path] = problems(page)
    page.goto("/docs/openai")
    for summary in page.locator("details > summary").all():
        summary.click()
    found["opened"] = problems(page)
    assert {place: wrong for place, wrong in found.items() if wrong} == {}


def test_every_page_is_light_and_fits_a_telephone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    kinds = "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
    for tab in TABS:
        page.goto(tab.path, wait_until="networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, tab.path
        assert 10_000 < sum(page.evaluate(f"{kinds}.map((each) => each.decodedBodySize)")) <= 200_000, (
            tab.path
        )


def test_a_call_is_found_by_typing(page: Page) -> None:
    page.goto("/docs/ttsai")
    entries = page.locator("[data-list] > li")
    everything = entries.count()
    assert everything > 30
    page.get_by_label("Search").fill("batch zip")
    expect(page.locator("#found")).to_have_text(f"1 of {everything} calls")
    expect(page.locator(".operation:visible")).to_have_count(1)
    page.locator("[data-list] > li:visible a").click()
    expect(page.locator(".operation:visible h2")).to_have_text("Fetch a batch in one ZIP")
    page.get_by_label("Search").fill("")
    expect(page.locator(".operation:visible")).to_have_count(everything)


def test_without_scripts_nothing_is_missing_but_the_search(browser: Browser, stack: LiveStack) -> None:
    context = browser.new_context(base_url=stack.base_url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/docs/")
    page.get_by_role("navigation", name="Documentation").get_by_role("link", name="OpenAI").click()
    expect(page.locator("#search")).to_be_hidden()
    expect(page.get_by_role("heading", name="Speak a text")).to_be_visible()
    page.get_by_text("curl", exact=True).first.click()
    expect(page.get_by_role("region", name="curl").first).to_contain_text("curl -X POST")
    context.close()
