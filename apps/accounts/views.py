"""Our own endpoints for API keys and the account behind a key."""

from __future__ import annotations

import uuid

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from . import services
from .callers import account_of, caller_of
from .selectors import key_get, keys_of
from .serializers import KeyInput, account_shown, key_shown


class KeyList(APIView):
    """GET: the account's keys. POST {name, scopes?, expires_at?}: a new one, shown this once."""

    scope = "keys"

    def get(self, request: Request) -> Response:
        keys = [key_shown(key) for key in keys_of(account_of(request))]
        return Response({"keys": keys, "total": len(keys)})

    def post(self, request: Request) -> Response:
        body = KeyInput(data=request.data)
        body.is_valid(raise_exception=True)
        asking = caller_of(request).key
        assert asking is not None
        key, raw = services.key_create(
            account_of(request), created_by=asking.created_by, granted_by=asking, **body.validated_data
        )
        return Response({**key_shown(key), "key": raw}, status=201)


class KeyDetail(APIView):
    """GET, PATCH {name?, scopes?, expires_at?} and DELETE (revoke) of one key of the account."""

    scope = "keys"

    def get(self, request: Request, key_id: uuid.UUID) -> Response:
        return Response(key_shown(key_get(account_of(request), key_id)))

    def patch(self, request: Request, key_id: uuid.UUID) -> Response:
        key = key_get(account_of(request), key_id)
        body = KeyInput(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        services.key_update(key, granted_by=caller_of(request).key, **body.validated_data)
        return Response(key_shown(key))

    def delete(self, request: Request, key_id: uuid.UUID) -> Response:
        services.key_revoke(key_get(account_of(request), key_id))
        return Response(status=204)


class AccountDetail(APIView):
    """GET: plan, balance in characters, and limits of the account behind the key."""

    scope = "usage"

    def get(self, request: Request) -> Response:
        return Response(account_shown(account_of(request)))
