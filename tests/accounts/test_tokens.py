"""Tokens of the console's socket: for one purpose, one account and one minute."""

from __future__ import annotations

import time
from unittest import mock

from django.core import signing

from apps.accounts.models import Account, Membership
from apps.accounts.tokens import SECONDS, speech_caller, speech_token
from tests.base import PlatformTest
from ttsplatform.errors import ApiError


class SpeechTokenTest(PlatformTest):
    def refused(self, token: str) -> str:
        with self.assertRaises(ApiError) as refusal:
            speech_caller(token, "10.0.0.1")
        self.assertEqual(refusal.exception.code, "unauthorized")
        return refusal.exception.message

    def test_it_stands_for_its_account_without_a_key(self) -> None:
        caller = speech_caller(speech_token(self.bob, self.account), "10.0.0.1")
        self.assertEqual((caller.account, caller.key, caller.plan), (self.account, None, self.account.plan))
        # Whatever asks for a key's scope finds none.
        with self.assertRaises(ApiError):
            caller.require("speech")

    def test_it_lasts_a_minute(self) -> None:
        token = speech_token(self.alice, self.account)
        with mock.patch("django.core.signing.time.time", return_value=time.time() + SECONDS + 1):
            self.assertIn("a minute", self.refused(token))

    def test_nothing_else_is_a_token(self) -> None:
        good = speech_token(self.alice, self.account)
        other = signing.dumps([str(self.alice.pk), self.account.pk.hex], salt="something else")
        for token in ("", self.alice_key, good[:-1], good + "x", other, signing.dumps("text"), "\x00"):
            with self.subTest(token):
                self.refused(token)

    def test_it_ends_with_what_it_stands_for(self) -> None:
        token = speech_token(self.bob, self.account)
        Membership.objects.filter(user=self.bob).delete()
        self.refused(token)
        token = speech_token(self.alice, self.account)
        type(self.alice).objects.filter(pk=self.alice.pk).update(is_active=False)
        self.refused(token)
        token = speech_token(self.charlie, self.stranger_account)
        Account.objects.filter(pk=self.stranger_account.pk).update(is_active=False)
        self.refused(token)

    def test_nobody_signs_for_an_account_of_others(self) -> None:
        self.refused(speech_token(self.charlie, self.account))
