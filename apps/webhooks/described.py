"""Webhooks, for the documentation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ttsplatform.describing import Described, Field, Operation, fields_of, nothing, shown, text, whole

from .models import EVENTS
from .serializers import DeliveryFilter, EndpointChanges, EndpointInput, RotateInput
from .views import NewestFirst

ENDPOINT = {
    "id": "3d2f7c51-8c8c-4c55-b2ab-5f0b8d6f1c22",
    "url": "https://example.com/hook",
    "description": "",
    "events": ["task.completed"],
    "enabled": True,
    "disabled_reason": None,
    "disabled_at": None,
    "failing_since": None,
    "created_at": "2026-01-15T10:30:00Z",
}
SECRET = {"secret": "whsec_…", "old_secret_until": None}
ACCOUNT_SECRET = {**SECRET, "signs": "webhook_url of single orders"}
DELIVERY: dict[str, Any] = {
    "id": "7b1d8a5e-55e5-4c50-bb0b-6a4b5c0d9f33",
    "webhook_id": "msg_7b1d8a5e55e54c50bb0b6a4b5c0d9f33",
    "webhook": "3d2f7c51-8c8c-4c55-b2ab-5f0b8d6f1c22",
    "url": "https://example.com/hook",
    "event": "task.completed",
    "task_id": "8c7a6d0e2f624f6c8f6c0a7b7c1d9e55",
    "status": "delivered",
    "next_attempt_at": None,
    "created_at": "2026-01-15T10:30:01Z",
    "finished_at": "2026-01-15T10:30:01Z",
    "payload": {},
    "attempts": [{"at": "2026-01-15T10:30:01Z", "status_code": 200, "error": None, "ms": 84}],
}
MESSAGE = {
    "event": "task.completed",
    "task_id": "8c7a6d0e2f624f6c8f6c0a7b7c1d9e55",
    "status": "success",
    "result_url": "https://example.com/static/downloads/8c7a…/output.mp3?expires=…&signature=…",
    "credits_used": 12,
    "created_at": "2026-01-15T10:30:00Z",
    "completed_at": "2026-01-15T10:30:01Z",
}
"""What a receiver gets."""

ONE = (Field("endpoint_id", {"type": "string", "format": "uuid"}, "The webhook's id."),)
ONE_DELIVERY = (Field("delivery_id", {"type": "string", "format": "uuid"}, "The delivery's id."),)
ABOUT = {
    "url": "Where to: an address that the whole world can reach, http or https.",
    "events": f"What of: {', '.join(EVENTS)}. Left out or empty: all.",
    "description": "For yourself.",
    "enabled": "True switches it on again where we switched it off.",
}
ROTATE = fields_of(
    RotateInput, {"overlap_hours": "For so long messages are signed with the old secret as well."}
)

DESCRIBED: Described = {
    "v1/webhooks/": {
        "GET": Operation("platform", "List webhooks", (shown({"webhooks": [ENDPOINT], "total": 1}),)),
        "POST": Operation(
            "platform",
            "Make a webhook",
            (
                shown(
                    {**ENDPOINT, **SECRET}, "The new webhook and its `secret`: shown this once.", status=201
                ),
            ),
            "It is told of every job of the account that is not part of a batch, and of every batch.",
            json=fields_of(EndpointInput, ABOUT),
            example={"url": "https://example.com/hook", "events": ["task.completed"]},
        ),
    },
    "v1/webhooks/secret/": {
        "GET": Operation(
            "platform",
            "Show the account's secret",
            (shown(ACCOUNT_SECRET),),
            "It signs what goes to the `webhook_url` of single orders.",
        )
    },
    "v1/webhooks/secret/rotate/": {
        "POST": Operation(
            "platform",
            "Change the account's secret",
            (shown(ACCOUNT_SECRET),),
            json=ROTATE,
            example={"overlap_hours": 24},
        )
    },
    "v1/webhooks/deliveries/": {
        "GET": Operation(
            "platform",
            "List deliveries",
            (shown({"next": None, "previous": None, "results": [DELIVERY]}),),
            "The log of 30 days, newest first, with every try.",
            query=(
                *fields_of(
                    DeliveryFilter,
                    {
                        "webhook": "Only those to this webhook.",
                        "status": "Only these.",
                        "event": "Only of this event.",
                    },
                ),
                Field(
                    "limit", whole(1, NewestFirst.max_page_size, default=NewestFirst.page_size), "How many."
                ),
                Field("cursor", text(), "As in `next` and `previous` of an answer."),
            ),
        )
    },
    "v1/webhooks/deliveries/{delivery_id}/": {
        "GET": Operation(
            "platform", "Show a delivery", (shown(DELIVERY),), path=ONE_DELIVERY, errors=("not_found",)
        )
    },
    "v1/webhooks/deliveries/{delivery_id}/replay/": {
        "POST": Operation(
            "platform",
            "Send a message again",
            (shown(DELIVERY),),
            "Now, under the same `webhook-id`.",
            path=ONE_DELIVERY,
            errors=("not_found", "conflict"),
        )
    },
    "v1/webhooks/{endpoint_id}/": {
        "GET": Operation("platform", "Show a webhook", (shown(ENDPOINT),), path=ONE, errors=("not_found",)),
        "PATCH": Operation(
            "platform",
            "Change a webhook",
            (shown(ENDPOINT),),
            "What is left out stays as it is.",
            path=ONE,
            json=tuple(replace(each, required=False) for each in fields_of(EndpointChanges, ABOUT)),
            example={"enabled": True},
            errors=("not_found",),
        ),
        "DELETE": Operation(
            "platform",
            "Delete a webhook",
            (nothing("Gone, and its log with it."),),
            path=ONE,
            errors=("not_found",),
        ),
    },
    "v1/webhooks/{endpoint_id}/rotate/": {
        "POST": Operation(
            "platform",
            "Change a webhook's secret",
            (shown({**ENDPOINT, **SECRET}, "The new secret: shown this once."),),
            path=ONE,
            json=ROTATE,
            example={"overlap_hours": 24},
            errors=("not_found",),
        )
    },
    "v1/webhooks/{endpoint_id}/test/": {
        "POST": Operation(
            "platform",
            "Send a test message",
            (shown(DELIVERY, "Its delivery, to be looked at again a moment later."),),
            "An event `webhook.test`, tried once.",
            path=ONE,
            errors=("not_found", "conflict"),
        )
    },
}
