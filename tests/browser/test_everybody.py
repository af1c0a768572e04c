"""Every page can be used by everybody: axe-core finds nothing against WCAG A and AA, light or dark, empty or full, and
nothing is wider than a telephone."""

from __future__ import annotations

import json

from playwright.sync_api import BrowserContext, Page

from apps.console.tools import TOOLS
from tests.stacks import LiveStack

from .base import PASSWORD, link_sent_to, problems, sign_up

# What looks otherwise once there is something on it.
LISTS = (
    "/console/",
    "/console/jobs/",
    "/console/batches/",
    "/console/voices/",
    "/console/keys/",
    "/console/webhooks/",
    "/console/webhooks/log/",
    "/console/usage/",
    "/console/usage/?by=model",
)
OTHERS = (
    "/console/playground/",
    *(f"/console/audio/{name}/" for name in TOOLS),
    "/console/settings/",
    "/console/settings/delete/",
    "/accounts/password/change/",
    "/accounts/email/",
    "/accounts/2fa/",
    "/accounts/logout/",
)


def test_pages_of_customers(page: Page, stack: LiveStack) -> None:
    email = sign_up(page, stack)
    found = {}
    for path in (*LISTS, *OTHERS):
        page.goto(path)
        found[f"empty {path}"] = problems(page)
    filled = json.loads(stack.manage("shell", "-v", "0", "-c", FILL.format(email=email)).splitlines()[-1])
    for path in (*LISTS, *filled.values()):
        page.goto(path)
        found[path] = problems(page)
    page.goto("/accounts/2fa/totp/activate/")
    found["again"] = problems(page)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    found["second factor"] = problems(page)
    # Forms that say what is wrong.
    page.get_by_label("Authenticator code").fill("0")
    page.get_by_role("button", name="Switch on").click()
    found["wrong code"] = problems(page)
    page.goto("/console/webhooks/")
    page.get_by_label("Address").fill("http://169.254.169.254/")
    page.get_by_role("button", name="Register").click()
    found["wrong address"] = problems(page)
    assert {place: wrong for place, wrong in found.items() if wrong} == {}


FILL = "import json; from tools.showcase import fill; print(json.dumps(fill({email!r})))"


def test_pages_before_signing_in(page: Page, context: BrowserContext, stack: LiveStack) -> None:
    email = sign_up(page, stack)
    page.goto("/accounts/email/")
    page.get_by_label("Email").fill(f"new-{email}")
    page.get_by_role("button", name="Change e-mail").click()
    found = {"changing": problems(page)}
    page.goto(link_sent_to(f"new-{email}", stack))
    found["confirm"] = problems(page)
    page.goto("/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    for path in (
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/confirm-email/",
        "/accounts/confirm-email/nonsense/",
        "/accounts/password/reset/key/1-nonsense/",
        "/accounts/password/reset/key/done/",
        "/accounts/inactive/",
    ):
        page.goto(path)
        found[path] = problems(page)
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill("wrong wrong wrong")
    page.get_by_role("button", name="Sign in").click()
    found["wrong password"] = problems(page)
    page.goto("/accounts/password/reset/")
    found["reset"] = problems(page)
    page.get_by_label("Email").fill(email)
    page.get_by_role("button", name="Send the link").click()
    page.wait_for_url("**/accounts/password/reset/done/")
    found["reset done"] = problems(page)
    page.goto(link_sent_to(email, stack, "/accounts/password/reset/key/"))
    found["new password"] = problems(page)
    # What is not found is an error in the browser's console, too; so these are looked at beside the page.
    other = context.new_page()
    for path in ("/console/nothing/", "/accounts/nothing/"):
        other.goto(path)
        found[path] = problems(other)
    assert {place: wrong for place, wrong in found.items() if wrong} == {}
