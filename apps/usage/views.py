"""GET /v1/usage/: where the characters went."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.callers import account_of

from .selectors import GROUPS, usage_by


class UsageQuery(serializers.Serializer[Any]):
    """The query string: days 1 to 366, by day, key, model or service."""

    days = serializers.IntegerField(min_value=1, max_value=366, default=30)
    by = serializers.ChoiceField(choices=GROUPS, default="day")


class Usage(APIView):
    """GET ?days=30&by=day → {balance, plan, days, by, total_characters, rows}."""

    scope = "usage"

    def get(self, request: Request) -> Response:
        query = UsageQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        account = account_of(request)
        asked = query.validated_data
        rows = usage_by(account, days=asked["days"], by=asked["by"])
        return Response(
            {
                "balance": account.balance,
                "plan": account.plan.slug,
                "days": asked["days"],
                "by": asked["by"],
                "total_characters": sum(row["characters"] for row in rows),
                "rows": rows,
            }
        )
