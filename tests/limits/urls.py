"""A small site of our own for the tests of keys and limits: every kind of view that meets them."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.authentication import acaller_for
from apps.accounts.callers import caller_of
from apps.limits.gate import aenter
from ttsplatform.errors import ApiError, error_response


class Work(APIView):
    scope = "speech"
    open_to_anonymous = True

    def post(self, request: Request) -> Response:
        return Response({"lane": caller_of(request).lane})

    def get(self, request: Request) -> Response:
        return self.post(request)


class Private(APIView):
    scope = "jobs"

    def get(self, request: Request) -> Response:
        return Response({"ok": True})


class Forgotten(APIView):
    def get(self, request: Request) -> Response:
        return Response({"ok": True})


async def live(request: HttpRequest) -> Any:
    """A plain async view, as the live dialects have them."""
    try:
        caller = await acaller_for(request)
        request.rate_state = await aenter(caller, kind="work", slot="live-1")  # type: ignore[attr-defined]
    except ApiError as error:
        return error_response(request, error)
    return JsonResponse({"lane": caller.lane})


urlpatterns = [
    path("v1/work/", Work.as_view()),
    path("v1/private/", Private.as_view()),
    path("v1/forgotten/", Forgotten.as_view()),
    path("v1/live/", live),
    path("elsewhere/", Work.as_view()),
]

handler404 = "ttsplatform.errors.handler404"
handler500 = "ttsplatform.errors.handler500"
