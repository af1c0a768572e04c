"""Shapes of webhooks and deliveries on the wire."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from .models import EVENTS, AccountSecret, Attempt, Delivery, DeliveryStatus, Endpoint, Signer
from .services import OVERLAP_HOURS, moment


class EndpointInput(serializers.Serializer[Any]):
    """Body of POST and PATCH /v1/webhooks/."""

    url = serializers.CharField()
    events = serializers.ListField(child=serializers.ChoiceField(choices=EVENTS), required=False)
    description = serializers.CharField(required=False, allow_blank=True, max_length=200)


class EndpointChanges(EndpointInput):
    enabled = serializers.BooleanField(required=False)


class RotateInput(serializers.Serializer[Any]):
    """Body of POST …/rotate/."""

    overlap_hours = serializers.FloatField(required=False, default=OVERLAP_HOURS, min_value=0, max_value=168)


class DeliveryFilter(serializers.Serializer[Any]):
    """Query of GET /v1/webhooks/deliveries/."""

    webhook = serializers.UUIDField(required=False)
    status = serializers.ChoiceField(choices=DeliveryStatus.values, required=False)
    event = serializers.CharField(required=False, max_length=40)


def endpoint_shown(endpoint: Endpoint) -> dict[str, Any]:
    """A webhook as its owner sees it; its secret is shown when it is made or changed."""
    return {
        "id": str(endpoint.pk),
        "url": endpoint.url,
        "description": endpoint.description,
        "events": endpoint.events,
        "enabled": endpoint.enabled,
        "disabled_reason": endpoint.disabled_reason or None,
        "disabled_at": moment(endpoint.disabled_at),
        "failing_since": moment(endpoint.failing_since),
        "created_at": moment(endpoint.created_at),
    }


def secret_shown(signer: Signer) -> dict[str, Any]:
    """A secret, and until when messages are signed with the one before it as well."""
    both = len(signer.valid_secrets()) > 1
    return {"secret": signer.secret, "old_secret_until": moment(signer.old_until) if both else None}


def account_secret_shown(secret: AccountSecret) -> dict[str, Any]:
    return {**secret_shown(secret), "signs": "webhook_url of single orders"}


def delivery_shown(delivery: Delivery) -> dict[str, Any]:
    """A delivery with every try. What the receiver wrote back is kept nowhere."""
    return {
        "id": str(delivery.pk),
        "webhook_id": delivery.message_id,
        "webhook": str(delivery.endpoint_id) if delivery.endpoint_id else None,
        "url": delivery.endpoint.url if delivery.endpoint else delivery.url,
        "event": delivery.event,
        "task_id": delivery.task_id.hex if delivery.task_id else None,
        "status": delivery.status,
        "next_attempt_at": moment(delivery.next_at),
        "created_at": moment(delivery.created_at),
        "finished_at": moment(delivery.finished_at),
        "payload": delivery.payload,
        "attempts": [attempt_shown(attempt) for attempt in delivery.tries.all()],
    }


def attempt_shown(attempt: Attempt) -> dict[str, Any]:
    return {
        "at": moment(attempt.at),
        "status_code": attempt.status_code,
        "error": attempt.error or None,
        "ms": attempt.ms,
    }
