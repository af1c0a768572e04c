"""The console's pages, and those of signing in."""

from django.urls import include, path
from django.views.generic import RedirectView

from .views import audio, batches, jobs, keys, overview, playground, settings, usage, voices, webhooks

urlpatterns = [
    path("", RedirectView.as_view(url="/console/")),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("console/", overview.overview, name="console"),
    path("console/playground/", playground.playground, name="console-playground"),
    path("console/playground/token/", playground.token, name="console-playground-token"),
    path("console/audio/", audio.tool, name="console-audio"),
    path("console/audio/<slug:name>/", audio.tool, name="console-tool"),
    path("console/jobs/", jobs.jobs, name="console-jobs"),
    path("console/jobs/<uuid:job_id>/", jobs.job, name="console-job"),
    path("console/jobs/<uuid:job_id>/state/", jobs.state, name="console-job-state"),
    path("console/jobs/<uuid:job_id>/subtitles.<slug:format>", jobs.subtitles, name="console-job-subtitles"),
    path("console/jobs/<uuid:job_id>/cancel/", jobs.cancel, name="console-job-cancel"),
    path("console/jobs/<uuid:job_id>/again/", jobs.again, name="console-job-again"),
    path("console/jobs/<uuid:job_id>/delete/", jobs.delete, name="console-job-delete"),
    path("console/usage/", usage.usage, name="console-usage"),
    path("console/usage.csv", usage.usage_csv, name="console-usage-csv"),
    path("console/keys/", keys.keys, name="console-keys"),
    path("console/keys/<uuid:key_id>/revoke/", keys.revoke, name="console-key-revoke"),
    path("console/batches/", batches.batches, name="console-batches"),
    path("console/batches/<uuid:batch_id>/", batches.batch, name="console-batch"),
    path("console/batches/<uuid:batch_id>/cancel/", batches.cancel, name="console-batch-cancel"),
    path("console/batches/<uuid:batch_id>/delete/", batches.delete, name="console-batch-delete"),
    path("console/voices/", voices.voices, name="console-voices"),
    path("console/voices/<uuid:voice_id>/archive/", voices.archive, name="console-voice-archive"),
    path("console/voices/<uuid:voice_id>/reactivate/", voices.reactivate, name="console-voice-reactivate"),
    path("console/voices/<uuid:voice_id>/delete/", voices.delete, name="console-voice-delete"),
    path("console/webhooks/", webhooks.webhooks, name="console-webhooks"),
    path("console/webhooks/secret/rotate/", webhooks.rotate_default, name="console-webhook-default"),
    path("console/webhooks/log/", webhooks.log, name="console-deliveries"),
    path("console/webhooks/log/<uuid:delivery_id>/", webhooks.delivery, name="console-delivery"),
    path("console/webhooks/log/<uuid:delivery_id>/replay/", webhooks.replay, name="console-delivery-replay"),
    path("console/webhooks/<uuid:endpoint_id>/test/", webhooks.test, name="console-webhook-test"),
    path("console/webhooks/<uuid:endpoint_id>/rotate/", webhooks.rotate, name="console-webhook-rotate"),
    path("console/webhooks/<uuid:endpoint_id>/switch/", webhooks.switch, name="console-webhook-switch"),
    path("console/webhooks/<uuid:endpoint_id>/delete/", webhooks.delete, name="console-webhook-delete"),
    path("console/look/", settings.look, name="console-look"),
    path("console/settings/", settings.settings, name="console-settings"),
    path("console/settings/delete/", settings.delete, name="console-delete"),
]
