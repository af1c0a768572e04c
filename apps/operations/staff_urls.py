"""Staff's own pages, below /admin/ and before what Django's admin serves there."""

from django.contrib import admin
from django.urls import path

from . import staff

app_name = "operations"
urlpatterns = [
    path("dashboard/", admin.site.admin_view(staff.dashboard), name="dashboard"),
    path("dashboard.json", admin.site.admin_view(staff.dashboard_now), name="dashboard-now"),
    path("models/", admin.site.admin_view(staff.models), name="models"),
    path("models.json", admin.site.admin_view(staff.models_now), name="models-now"),
    path("models/pull/", admin.site.admin_view(staff.pull), name="model-pull"),
    path("workers/drain/", admin.site.admin_view(staff.drain), name="worker-drain"),
    path("workers/resume/", admin.site.admin_view(staff.resume), name="worker-resume"),
]
