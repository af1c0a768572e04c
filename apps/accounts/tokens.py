"""Tokens for a page of ours that opens a socket: an API key must never reach a browser.

A token says who asked and for which account, is good for a minute and for speaking alone, and is signed, so that
nothing is stored. That the person still belongs to the account is looked at when it is used.
"""

from __future__ import annotations

import uuid

from django.core import signing

from ttsplatform.errors import ApiError

from .addresses import network_of
from .callers import Caller
from .models import Account, User
from .selectors import membership_of

SECONDS = 60
# Whatever else the platform signs has another salt, so that nothing signed for one purpose opens another.
_PURPOSE = "apps.accounts.tokens.speech"


def speech_token(user: User, account: Account) -> str:
    """A token with which `user` may speak for `account`, opened within SECONDS."""
    return signing.dumps([str(user.pk), account.pk.hex], salt=_PURPOSE)


def speech_caller(token: str, address: str) -> Caller:
    """The caller that a token stands for. Raises unauthorized, saying what to do."""
    try:
        user_id, account_id = signing.loads(token, salt=_PURPOSE, max_age=SECONDS)
    except signing.SignatureExpired:
        raise ApiError("unauthorized", "This token is over: they last a minute. Get another one.") from None
    except (signing.BadSignature, ValueError, TypeError):
        raise ApiError("unauthorized", "That is no token of this server.") from None
    user = User.objects.filter(pk=user_id).first()
    account = membership_of(user, uuid.UUID(account_id)) if user is not None else None
    if account is None:
        raise ApiError("unauthorized", "Whoever asked for this token has no such account any more.")
    return Caller(network=network_of(address), plan=account.plan, account=account)
