"""`make screenshots`: every page of the console as pictures in var/screenshots, to be looked at.

A platform of its own, with an account that has something to show; each page 1280 and 390 pixels wide, light and dark.
"""

from __future__ import annotations

import base64
import contextlib
import hmac
import json
import struct
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page

from ttsplatform.embedded import Stack
from ttsplatform.embedded.demo import SENTENCE, speak

from .browser import chromium

Take = Callable[[str], object]
REPOSITORY = Path(__file__).resolve().parents[1]
FOLDER = REPOSITORY / "var" / "screenshots"
SIZES = {"wide": {"width": 1280, "height": 800}, "narrow": {"width": 390, "height": 844}}
LOOKS = ("light", "dark")
TOOLS = ("enhance", "remove-echo", "separate", "change-voice", "translate", "analyse", "convert")
FILL = "import json; from tools.showcase import fill; print(json.dumps(fill({email!r})))"
# Somebody new, whose address is confirmed.
NEWCOMER = """
import json, uuid
from allauth.account.models import EmailAddress
from apps.accounts.models import User
from apps.accounts.services import account_create
who = {"email": f"{uuid.uuid4().hex[:8]}@example.com", "password": "long enough for anybody"}
account_create(**who)
EmailAddress.objects.create(
    user=User.objects.get(email=who["email"]), email=who["email"], verified=True, primary=True
)
print(json.dumps(who))
"""
ENTRANCE = {
    "sign-in": "/accounts/login/",
    "sign-up": "/accounts/signup/",
    "forgotten": "/accounts/password/reset/",
    "docs": "/docs/",
    "docs-openai": "/docs/openai",
    "docs-sockets": "/docs/sockets",
    "docs-webhooks": "/docs/webhooks",
    "status": "/status",
}
# The staff's pages, and what makes one of them and says which account is looked at.
STAFF_PAGES = {
    "": "/admin/",
    "-dashboard": "/admin/dashboard/",
    "-models": "/admin/models/",
    "-jobs": "/admin/jobs/job/",
    "-accounts": "/admin/accounts/account/",
    "-account": "/admin/accounts/account/{account}/change/",
    "-grant": "/admin/accounts/account/{account}/grant/",
    "-disable": "/admin/accounts/account/{account}/disable/",
    "-keys": "/admin/accounts/apikey/",
    "-pause": "/admin/jobs/pausedqueue/add/",
    "-ledger": "/admin/usage/ledgerentry/",
}
STAFF = """
import json
from apps.accounts.models import Account, User
who = {{"email": "staff@example.com", "password": "long enough for anybody"}}
User.objects.filter(email=who["email"]).exists() or User.objects.create_superuser(**who)
print(json.dumps(who | {{"account": str(Account.objects.get(memberships__user__email={email!r}).pk)}}))
"""
PAGES = {
    "overview": "/console/",
    "playground": "/console/playground/",
    "audio": "/console/audio/",
    **{name: f"/console/audio/{name}/" for name in TOOLS},
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
    "second-factor": "/accounts/2fa/",
    "sign-out": "/accounts/logout/",
    "not-found": "/console/nothing/",
}
# What looks otherwise while there is nothing on it yet.
EMPTY = ("overview", "jobs", "batches", "voices", "webhooks", "deliveries", "usage", "keys")


def main() -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with Stack(FOLDER / "platform", speech_workers=1, durable=False) as stack, chromium() as browser:
        demo = json.loads(stack.manage("demo_account", "--json"))
        speak(stack.base_url, demo["api_key"], FOLDER / "platform" / "hello.mp3")
        looks = [(size, look) for size in SIZES for look in LOOKS]
        for size, look in looks:
            nothing_yet(browser, stack, size, look)
        full = json.loads(stack.manage("shell", "-v", "0", "-c", FILL.format(email=demo["email"])))
        for size, look in looks:
            pictures(browser, stack.base_url, demo, PAGES | full, size, look)
        who = json.loads(stack.manage("shell", "-v", "0", "-c", STAFF.format(email=demo["email"])))
        for size, look in looks:
            staff(browser, stack.base_url, who, size, look)
    print(f"{len(list(FOLDER.glob('*.png')))} pictures in {FOLDER.relative_to(REPOSITORY)}/")
    return 0


def nothing_yet(browser: Browser, stack: Stack, size: str, look: str) -> None:
    """The lists of a customer who is new."""
    who = json.loads(stack.manage("shell", "-v", "0", "-c", NEWCOMER))
    with camera(browser, stack.base_url, size, look) as (page, take):
        sign_in(page, who)
        for name in EMPTY:
            page.goto(PAGES[name])
            take(f"{name}-empty")


def pictures(
    browser: Browser, base_url: str, demo: dict[str, str], pages: dict[str, str], size: str, look: str
) -> None:
    """All pages in one size and look."""
    with camera(browser, base_url, size, look) as (page, take):
        for name, path in ENTRANCE.items():
            page.goto(path)
            take(name)
        sign_in(page, demo)
        for name, path in pages.items():
            page.goto(path)
            # What is under way asks again and again, so the network is never idle there.
            page.wait_for_timeout(200)
            take(name)
        speaking(page)
        take("playground-spoken")
        second_factor(page, demo, take)


def staff(browser: Browser, base_url: str, who: dict[str, str], size: str, look: str) -> None:
    """The staff's pages."""
    with camera(browser, base_url, size, look) as (page, take):
        sign_in(page, who, "/admin/")
        for name, path in STAFF_PAGES.items():
            page.goto(path.format(**who))
            take(f"staff{name}")


@contextlib.contextmanager
def camera(browser: Browser, base_url: str, size: str, look: str) -> Iterator[tuple[Page, Take]]:
    """A page, and what takes a picture of it under a name."""
    context = browser.new_context(base_url=base_url, viewport=SIZES[size], color_scheme=look)  # type: ignore[arg-type]
    page = context.new_page()
    yield page, lambda name: page.screenshot(path=FOLDER / f"{name}-{size}-{look}.png", full_page=True)
    context.close()


def sign_in(page: Page, who: dict[str, str], to: str = "/console/") -> None:
    page.goto(f"/accounts/login/?next={to}")
    page.get_by_label("Email").fill(who["email"])
    page.get_by_label("Password").fill(who["password"])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**{to}")


def second_factor(page: Page, who: dict[str, str], take: Take) -> None:
    """Set up, its codes, the door that asks for it, and switched off again."""
    page.goto("/accounts/2fa/totp/activate/")
    if "reauthenticate" in page.url:
        take("is-it-you")
        page.get_by_label("Password").fill(who["password"])
        page.get_by_role("button", name="Go on").click()
    take("second-factor-set-up")
    secret = page.locator("#secret").inner_text()
    page.get_by_label("Authenticator code").fill(_code(secret))
    page.get_by_role("button", name="Switch on").click()
    page.wait_for_url("**/recovery-codes/")
    take("recovery-codes")
    for name, path in (("second-factor-on", ""), ("second-factor-off", "totp/deactivate/")):
        page.goto(f"/accounts/2fa/{path}")
        take(name)
    page.get_by_role("button", name="Switch off").click()
    page.wait_for_url("**/accounts/2fa/")


def _code(secret: str) -> str:
    """What an authenticator app shows for the secret (RFC 6238), with some seconds left to type it."""
    left = 30 - time.time() % 30
    time.sleep(left if left < 4 else 0)
    moment = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.digest(base64.b32decode(secret), moment, "sha1")
    at = digest[-1] & 15
    return f"{(int.from_bytes(digest[at : at + 4]) & 0x7FFFFFFF) % 1_000_000:06}"


def speaking(page: Page) -> None:
    """The playground once it has begun to speak."""
    page.goto("/console/playground/")
    page.get_by_label("Text").fill(SENTENCE)
    page.get_by_role("button", name="Speak").click()
    page.locator("#sounding").wait_for(state="visible", timeout=60_000)
    time.sleep(1.0)


if __name__ == "__main__":
    sys.exit(main())
