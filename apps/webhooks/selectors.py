"""Reads on behalf of an account; a stranger's webhook or delivery is as unknown as one that never was."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet

from apps.accounts.models import Account
from ttsplatform.errors import ApiError
from ttsplatform.keyset import page_of

from .models import Delivery, Endpoint


def endpoints_of(account: Account) -> QuerySet[Endpoint]:
    return Endpoint.objects.filter(account=account)


def endpoint_of(account: Account, endpoint_id: uuid.UUID) -> Endpoint:
    """One of the account's endpoints, or not_found."""
    endpoint = endpoints_of(account).select_related("account").filter(pk=endpoint_id).first()
    if endpoint is None:
        raise ApiError("not_found", "There is no such webhook in this account.")
    return endpoint


def deliveries_of(account: Account) -> QuerySet[Delivery]:
    """The account's deliveries with their endpoints and tries, newest first."""
    mine = Delivery.objects.filter(account=account).select_related("endpoint").prefetch_related("tries")
    return mine.order_by("-created_at", "-id")


def deliveries_page(
    account: Account, *, size: int, before: str = "", status: str = "", endpoint: uuid.UUID | None = None
) -> tuple[list[Delivery], str | None]:
    """A page of the log, newest first, and the `before` of the next one (see ttsplatform.keyset)."""
    deliveries = deliveries_of(account)
    if status:
        deliveries = deliveries.filter(status=status)
    if endpoint is not None:
        deliveries = deliveries.filter(endpoint_id=endpoint)
    return page_of(deliveries, size=size, before=before)


def delivery_of(account: Account, delivery_id: uuid.UUID) -> Delivery:
    """One of the account's deliveries, or not_found."""
    delivery = deliveries_of(account).filter(pk=delivery_id).first()
    if delivery is None:
        raise ApiError("not_found", "There is no such delivery in this account.")
    return delivery
