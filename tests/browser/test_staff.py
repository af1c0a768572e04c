"""Staff in a real browser: they pause a queue, what a customer orders waits, and goes on once they resume it; and their
pages can be used by everybody."""

from __future__ import annotations

import json
import time
import urllib.request
import uuid
from typing import Any

from playwright.sync_api import Page, expect

from tests.stacks import LiveStack

from .base import PASSWORD, PATIENCE, problems

QUEUE = "speech-cpu"
ORDER = {"model": "fake", "voice": "tone", "text": "Wait for it.", "language": "en"}
# Somebody of the staff, and a customer whose account has something of everything.
PEOPLE = """
from apps.accounts.models import User
from apps.accounts.services import account_create
from tools.showcase import fill
User.objects.create_superuser({email!r}, {password!r})
account = account_create(email="of-" + {email!r})
fill("of-" + {email!r})
print(account.pk)
"""


def sign_in(page: Page, stack: LiveStack) -> str:
    """As a new member of the staff, by the door that everybody uses; the id of a customer's account."""
    email = f"{uuid.uuid4().hex[:12]}@example.com"
    made = stack.manage("shell", "-v", "0", "-c", PEOPLE.format(email=email, password=PASSWORD))
    page.goto("/accounts/login/?next=/admin/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/admin/")
    return made.splitlines()[-1]


def asked(stack: LiveStack, key: str, path: str, body: dict[str, str] | None = None) -> Any:
    """What the API answers to the holder of `key`."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{stack.base_url}{path}", data, headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def test_a_queue_is_paused_and_resumed(page: Page, stack: LiveStack) -> None:
    key = stack.account()
    sign_in(page, stack)
    page.goto("/admin/jobs/pausedqueue/add/")
    page.get_by_label("Queue").select_option(QUEUE)
    page.get_by_label("Reason").fill("new weights")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/admin/jobs/pausedqueue/")
    try:
        expect(page.locator("#result_list")).to_contain_text("new weights")
        job = asked(stack, key, "/v1/tts/", ORDER)["uuid"]
        time.sleep(3)
        assert status(stack, key, job) == "queued"
        page.goto("/admin/jobs/pausedqueue/")
        page.locator("#result_list .action-select[value='speech-cpu']").check()
        page.get_by_label("Select action to run").select_option(label="Resume the selected queues")
        page.get_by_role("button", name="Run").click()
        expect(page.get_by_text("speech-cpu goes on")).to_be_visible()
    except BaseException:
        # Whatever went wrong here: the tests after this one want their queue.
        stack.manage("queues", "resume", QUEUE)
        raise
    deadline = time.monotonic() + PATIENCE / 1000
    while status(stack, key, job) in {"queued", "running"} and time.monotonic() < deadline:
        time.sleep(0.3)
    assert status(stack, key, job) == "completed"
    page.goto("/admin/admin/logentry/")
    expect(page.locator("#result_list")).to_contain_text("Paused: new weights")


def status(stack: LiveStack, key: str, job: str) -> str:
    return str(asked(stack, key, f"/v1/jobs/{job}/")["status"])


def test_everybody_can_use_their_pages(page: Page, stack: LiveStack) -> None:
    account = f"/admin/accounts/account/{sign_in(page, stack)}"
    listed = page.locator("#nav-sidebar a").evaluate_all("(all) => all.map((a) => a.pathname)")
    lists = sorted({path for path in listed if path.startswith("/admin/")} - {"/admin/"})
    assert {"/admin/dashboard/", "/admin/models/", "/admin/jobs/job/"} <= set(lists)
    single = ["/admin/", f"{account}/change/", f"{account}/grant/", "/admin/jobs/pausedqueue/add/"]
    found = {}
    # What the skin's own switch does; under it the pages do not follow the system.
    for look, paths in (
        ("light", [*single, *lists]),
        ("dark", [*single, "/admin/dashboard/", "/admin/jobs/job/"]),
    ):
        page.evaluate("(look) => localStorage.setItem('adminTheme', JSON.stringify(look))", look)
        for path in paths:
            page.goto(path)
            expect(page.locator("html")).to_have_class(look)
            found[f"{look} {path}"] = problems(page)
    assert {place: wrong for place, wrong in found.items() if wrong} == {}
