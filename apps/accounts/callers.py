"""Who is calling: an account through one of its keys, or nobody we know at an address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ttsplatform.errors import ApiError

if TYPE_CHECKING:
    from rest_framework.request import Request

    from .models import Account, ApiKey, Plan


@dataclass(frozen=True, slots=True)
class Caller:
    """The one object that says on whose behalf a request runs. REST framework keeps it as `request.user`.

    `network` is a keyed hash of the caller's address (IPv6: of its /64), so that no address is stored.
    """

    network: str
    plan: Plan
    account: Account | None = None
    key: ApiKey | None = None

    @property
    def is_authenticated(self) -> bool:
        return self.account is not None

    @property
    def lane(self) -> str:
        """What fairness and limits go by: the account, or the network of an anonymous caller."""
        return f"account:{self.account.pk}" if self.account else f"network:{self.network}"

    def require(self, scope: str) -> None:
        """Raise `forbidden` where the key was made without `scope`, `unauthorized` where there is no key."""
        if self.key is None:
            raise ApiError("unauthorized", "This call needs an API key: send Authorization: Bearer sk-tts-…")
        if not self.key.allows(scope):
            raise ApiError("forbidden", f"This API key was made without the scope {scope!r}.")


def caller_of(request: Request) -> Caller:
    """The Caller of a REST framework request: its `user`, under its real type."""
    caller = request.user
    assert isinstance(caller, Caller)
    return caller


def account_of(request: Request) -> Account:
    """The account behind a request that needs a key. Raises `unauthorized` where there is none."""
    account = caller_of(request).account
    if account is None:
        raise ApiError("unauthorized", "This call needs an API key: send Authorization: Bearer sk-tts-…")
    return account
