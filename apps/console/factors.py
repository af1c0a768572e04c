"""Secrets of second factors lie in the database encrypted, under a key made of SECRET_KEY: a copy of it opens nothing.

Whoever changes SECRET_KEY puts the old one into SECRET_KEY_FALLBACKS, or staff have to delete the factors.
"""

from __future__ import annotations

import base64
import logging
import secrets

from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac

logger = logging.getLogger(__name__)


class FactorAdapter(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """What was encrypted; where no key of ours fits, a secret that nobody has a code for."""
        try:
            return _box().decrypt(encrypted_text).decode()
        except InvalidToken:
            logger.error("a second factor was encrypted under another SECRET_KEY; staff may delete it")
            return base64.b32encode(secrets.token_bytes(20)).decode()


def _box() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derived(key))) for key in keys])


def _derived(key: str | bytes) -> bytes:
    return salted_hmac("apps.console.factors", "", secret=key, algorithm="sha256").digest()
