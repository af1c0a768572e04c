"""The console's pages, and those of signing in."""

from django.urls import include, path
from django.views.generic import RedirectView

from .views import jobs, keys, overview, playground, settings, usage

urlpatterns = [
    path("", RedirectView.as_view(url="/console/")),
    path("accounts/", include("allauth.account.urls")),
    path("console/", overview.overview, name="console"),
    path("console/playground/", playground.playground, name="console-playground"),
    path("console/playground/token/", playground.token, name="console-playground-token"),
    path("console/jobs/", jobs.jobs, name="console-jobs"),
    path("console/jobs/<uuid:job_id>/", jobs.job, name="console-job"),
    path("console/jobs/<uuid:job_id>/state/", jobs.state, name="console-job-state"),
    path("console/jobs/<uuid:job_id>/cancel/", jobs.cancel, name="console-job-cancel"),
    path("console/jobs/<uuid:job_id>/again/", jobs.again, name="console-job-again"),
    path("console/jobs/<uuid:job_id>/delete/", jobs.delete, name="console-job-delete"),
    path("console/usage/", usage.usage, name="console-usage"),
    path("console/usage.csv", usage.usage_csv, name="console-usage-csv"),
    path("console/keys/", keys.keys, name="console-keys"),
    path("console/keys/<uuid:key_id>/revoke/", keys.revoke, name="console-key-revoke"),
    path("console/look/", settings.look, name="console-look"),
    path("console/settings/", settings.settings, name="console-settings"),
    path("console/settings/delete/", settings.delete, name="console-delete"),
]
