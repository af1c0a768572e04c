"""What the tests here do again and again in their browser."""

from __future__ import annotations

import re
import time
import uuid
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Page

from tests.stacks import LiveStack

PASSWORD = "long enough for anybody"
# The first speech of a run waits for the model to be loaded, on a machine that may be busy.
PATIENCE = 120_000
RECORDING = Path(__file__).parents[1] / "recordings" / "austen-0870.opus"
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


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


def link_sent_to(email: str, stack: LiveStack, path: str = "/accounts/confirm-email/") -> str:
    """The link below `path` in the mail, which the embedded default writes into the log of the web process."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for mail in (stack.logs / "web.log").read_text(errors="replace").split("Subject: ")[1:]:
            found = re.search(rf"{path}\S+", mail)
            if email in mail and found:
                return found.group()
        time.sleep(0.2)
    raise AssertionError(f"no mail to {email} in {stack.logs / 'web.log'}")


def problems(page: Page) -> list[Any]:
    """What axe-core finds against WCAG A and AA on the page, light and dark; and that it is wider than a telephone.

    Dark differs from light in its colours alone, so contrast alone is looked at again.
    """
    page.emulate_media(color_scheme="light")
    page.evaluate(AXE)
    found = _violations(page, {"type": "tag", "values": RULES})
    page.emulate_media(color_scheme="dark")
    found += _violations(page, {"type": "rule", "values": ["color-contrast"]})
    page.set_viewport_size({"width": 390, "height": 800})
    width = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size({"width": 1280, "height": 800})
    return found if width <= 390 else [*found, f"{width} pixels wide"]


def _violations(page: Page, rules: dict[str, Any]) -> list[Any]:
    found = page.evaluate('(rules) => axe.run({ runOnly: rules, resultTypes: ["violations"] })', rules)
    return [
        (each["id"], [(node["target"], node["failureSummary"]) for node in each["nodes"]])
        for each in found["violations"]
    ]
