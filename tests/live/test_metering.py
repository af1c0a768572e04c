"""Live speech in the ledger: all is set aside, what was spoken is charged, once, whatever dies."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.test import override_settings
from django.utils import timezone

from apps.jobs.speech import speech_order
from apps.live import metering
from apps.live.models import LiveSession
from apps.usage.selectors import ledger_check
from tests.base import CHARACTERS, PlatformTest
from tests.jobs.orders import caller
from ttsplatform.errors import ApiError

TEXT = "a" * 100  # Kokoro is a standard model: 200 characters


class MeteringTest(PlatformTest):
    def open(self, key: str | None = "alice", **wishes: Any) -> LiveSession:
        who = caller(self.alice_key if key == "alice" else key)
        order = speech_order(who, text=TEXT, model="kokoro", voice="af_bella", **wishes)
        return metering.session_open(who, order, request_id="r")

    def balance(self) -> int:
        self.account.refresh_from_db()
        self.assertEqual(ledger_check(), [])
        return self.account.balance

    def test_everything_is_set_aside_and_the_spoken_share_charged(self) -> None:
        session = self.open()
        self.assertEqual(self.balance(), CHARACTERS - 200)
        self.assertEqual(metering.session_close(session.pk, 25), 50)
        self.assertEqual(self.balance(), CHARACTERS - 50)

    def test_closing_twice_charges_once(self) -> None:
        session = self.open()
        self.assertEqual([metering.session_close(session.pk, n) for n in (100, 10)], [200, 0])
        self.assertEqual(self.balance(), CHARACTERS - 200)

    def test_nothing_spoken_costs_nothing(self) -> None:
        self.assertEqual(metering.session_close(self.open().pk, 0), 0)
        self.assertEqual(self.balance(), CHARACTERS)

    def test_a_session_whose_web_process_died_is_settled_by_what_was_last_seen(self) -> None:
        lost, living = self.open(), self.open()
        metering.session_seen(lost.pk, 50)
        long_ago = timezone.now() - metering.LOST_AFTER - dt.timedelta(seconds=1)
        LiveSession.objects.filter(pk=lost.pk).update(seen_at=long_ago)
        self.assertEqual(metering.close_lost_sessions(), 1)
        self.assertEqual(self.balance(), CHARACTERS - 100 - 200)
        self.assertIsNone(LiveSession.objects.get(pk=living.pk).closed_at)

    def test_too_few_characters_open_nothing(self) -> None:
        who = caller(self.alice_key)
        order = speech_order(who, text="a " * 40_000, model="chatterbox")
        self.assertGreater(order.price, 0)
        object.__setattr__(order, "price", CHARACTERS + 1)
        with self.assertRaises(ApiError):
            metering.session_open(who, order, request_id="r")
        self.assertFalse(LiveSession.objects.exists())

    @override_settings(ANONYMOUS_DAILY_CHARACTERS=250)
    def test_an_anonymous_caller_gets_the_unspoken_back(self) -> None:
        who = caller(None)
        order = speech_order(who, text=TEXT, model="kokoro", voice="af_bella")
        session = metering.session_open(who, order, request_id="r")
        with self.assertRaises(ApiError):
            metering.session_open(who, order, request_id="r")
        metering.session_close(session.pk, 10)
        metering.session_open(who, order, request_id="r")
