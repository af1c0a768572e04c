"""Notices by e-mail to the people of an account; what they say stands in the webhook's fields as well."""

from __future__ import annotations

import functools
import logging
import threading

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from apps.accounts.models import User

from .models import Endpoint

logger = logging.getLogger(__name__)


def switched_off(endpoint: Endpoint, notice: str) -> None:
    """Tell everybody of the account that we have switched a webhook off, once the transaction is through.

    Sent beside the work, once: a mail server that hangs keeps no webhook waiting, and one that fails is only noted.
    """
    known = User.objects.filter(memberships__account=endpoint.account_id, is_active=True)
    people = list(known.values_list("email", flat=True))
    if not people:
        return
    text = f"The webhook {endpoint.url} was switched off.\n\n{notice}\n\nIts id is {endpoint.pk}.\n"
    if settings.PUBLIC_URL:
        text += f"\n{settings.PUBLIC_URL}\n"
    # Nobody sees the others' addresses.
    message = EmailMessage("A webhook was switched off", text, bcc=people)
    sending = threading.Thread(target=_send, args=[message], name="mail", daemon=True)
    transaction.on_commit(functools.partial(sending.start))


def _send(message: EmailMessage) -> None:
    try:
        message.send()
    except Exception:  # whatever the mail server or its library raises
        logger.warning("a notice could not be sent by e-mail", exc_info=True)
