"""What goes for every page of the console."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_http_methods

from apps.accounts.addresses import client_address, network_of
from apps.accounts.callers import Caller
from apps.accounts.models import Account, User
from apps.accounts.selectors import account_of_user
from apps.limits.gate import enter
from ttsplatform.errors import ApiError, error_response

View = Callable[..., HttpResponseBase]


def page(*methods: str) -> Callable[[View], View]:
    """For views of signed-in people: called as view(request, account, …), with the account they work in.

    Whoever is not signed in is sent to do so, and back again. An ApiError becomes a page with its status.
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path() if request.method == "GET" else "/console/")
            try:
                return view(request, account_of_user(person(request)), *args, **kwargs)
            except ApiError as error:
                return error_response(request, error)

        return require_http_methods(methods or ("GET", "HEAD"))(wrapped)

    return decorate


def person(request: HttpRequest) -> User:
    """Who is signed in, under their real type."""
    assert isinstance(request.user, User)
    return request.user


def caller_of(request: HttpRequest, account: Account) -> Caller:
    """The caller that services know: the account, without a key."""
    return Caller(network=network_of(client_address(request)), plan=account.plan, account=account)


def ordering(request: HttpRequest, account: Account) -> Caller:
    """The caller of something that is work: counted against the plan's requests a minute. Raises rate_limited."""
    caller = caller_of(request, account)
    enter(caller, kind="work")
    return caller


def before_of(request: HttpRequest) -> str:
    """From where on a list is shown (see ttsplatform.keyset)."""
    return request.GET.get("before", "")


def pager(request: HttpRequest, older: str | None) -> dict[str, str | None]:
    """For console/pager.html: the query strings of the first page and of the one after this, filters kept.

    None where this is the first, and where none follows.
    """
    query = request.GET.copy()
    query.pop("before", None)
    newest = query.urlencode()
    query["before"] = older or ""
    return {
        "newest": newest if before_of(request) else None,
        "older": query.urlencode() if older else None,
    }
