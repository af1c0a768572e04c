"""The documentation, and the status page."""

from django.urls import path

from . import views

urlpatterns = [
    path("docs/", views.home, name="docs"),
    path("docs", views.home),
    path("docs/openapi.json", views.openapi, name="docs-openapi"),
    path("docs/sockets", views.sockets, name="docs-sockets"),
    path("docs/webhooks", views.webhooks, name="docs-webhooks"),
    path("docs/<slug:slug>", views.dialect, name="docs-dialect"),
    path("status", views.status, name="status"),
    path("status.json", views.status_json, name="status-json"),
]
