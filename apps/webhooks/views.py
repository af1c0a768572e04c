"""Our own API to webhooks: where to tell, the secrets, and the log of what was told."""

from __future__ import annotations

import uuid
from typing import Any

from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from apps.accounts.callers import account_of

from . import selectors, services
from .serializers import (
    DeliveryFilter,
    EndpointChanges,
    EndpointInput,
    RotateInput,
    account_secret_shown,
    delivery_shown,
    endpoint_shown,
    secret_shown,
)


def _read(serializer: type[Serializer[Any]], data: Any, **options: Any) -> dict[str, Any]:
    body = serializer(data=data, **options)
    body.is_valid(raise_exception=True)
    validated: dict[str, Any] = body.validated_data
    return validated


class WebhookView(APIView):
    scope = "webhooks"


class EndpointList(WebhookView):
    """GET: the account's webhooks. POST {url, events?, description?}: a new one, with its secret this once."""

    def get(self, request: Request) -> Response:
        shown = [endpoint_shown(endpoint) for endpoint in selectors.endpoints_of(account_of(request))]
        return Response({"webhooks": shown, "total": len(shown)})

    def post(self, request: Request) -> Response:
        endpoint = services.endpoint_create(account_of(request), **_read(EndpointInput, request.data))
        endpoint.refresh_from_db()
        return Response({**endpoint_shown(endpoint), **secret_shown(endpoint)}, status=201)


class EndpointDetail(WebhookView):
    """GET, PATCH {url?, events?, description?, enabled?} and DELETE of one webhook."""

    def get(self, request: Request, endpoint_id: uuid.UUID) -> Response:
        return Response(endpoint_shown(selectors.endpoint_of(account_of(request), endpoint_id)))

    def patch(self, request: Request, endpoint_id: uuid.UUID) -> Response:
        endpoint = selectors.endpoint_of(account_of(request), endpoint_id)
        changes = _read(EndpointChanges, request.data, partial=True)
        return Response(endpoint_shown(services.endpoint_update(endpoint, **changes)))

    def delete(self, request: Request, endpoint_id: uuid.UUID) -> Response:
        services.endpoint_delete(selectors.endpoint_of(account_of(request), endpoint_id))
        return Response(status=204)


class EndpointRotate(WebhookView):
    """POST {overlap_hours?}: a new secret; the old one signs as well for that long (24)."""

    def post(self, request: Request, endpoint_id: uuid.UUID) -> Response:
        endpoint = selectors.endpoint_of(account_of(request), endpoint_id)
        services.secret_rotate(endpoint, **_read(RotateInput, request.data))
        return Response({**endpoint_shown(endpoint), **secret_shown(endpoint)})


class EndpointTest(WebhookView):
    """POST: sends a `webhook.test` now, once. The answer is its delivery, to be looked at again a moment later."""

    def post(self, request: Request, endpoint_id: uuid.UUID) -> Response:
        endpoint = selectors.endpoint_of(account_of(request), endpoint_id)
        return Response(delivery_shown(services.endpoint_test(endpoint)))


class Secret(WebhookView):
    """GET: the secret that signs what goes to the `webhook_url` of single orders."""

    def get(self, request: Request) -> Response:
        return Response(account_secret_shown(services.secret_of(account_of(request))))


class SecretRotate(WebhookView):
    """POST {overlap_hours?}: a new default secret."""

    def post(self, request: Request) -> Response:
        secret = services.secret_of(account_of(request))
        services.secret_rotate(secret, **_read(RotateInput, request.data))
        return Response(account_secret_shown(secret))


class NewestFirst(CursorPagination):
    page_size = 20
    page_size_query_param = "limit"
    max_page_size = 100
    ordering = ("-created_at", "-id")


class DeliveryList(WebhookView):
    """GET ?webhook=&status=&event=&limit=&cursor=: the log, newest first → {next, previous, results}."""

    def get(self, request: Request) -> Response:
        wanted = _read(DeliveryFilter, request.query_params)
        deliveries = selectors.deliveries_of(account_of(request))
        if "webhook" in wanted:
            deliveries = deliveries.filter(endpoint_id=wanted.pop("webhook"))
        pages = NewestFirst()
        page = pages.paginate_queryset(deliveries.filter(**wanted), request, view=self)
        return pages.get_paginated_response([delivery_shown(delivery) for delivery in page or []])


class DeliveryDetail(WebhookView):
    """GET one delivery with its tries."""

    def get(self, request: Request, delivery_id: uuid.UUID) -> Response:
        return Response(delivery_shown(selectors.delivery_of(account_of(request), delivery_id)))


class DeliveryReplay(WebhookView):
    """POST: send it again now, under the same webhook-id."""

    def post(self, request: Request, delivery_id: uuid.UUID) -> Response:
        account = account_of(request)
        services.delivery_replay(selectors.delivery_of(account, delivery_id))
        return Response(delivery_shown(selectors.delivery_of(account, delivery_id)))
