from django.urls import path, re_path

from . import views
from .downloads import download

urlpatterns = [
    path("v1/jobs/", views.JobList.as_view()),
    re_path(r"^v1/jobs/(?P<job_id>[0-9a-f-]{32,36})/?$", views.JobDetail.as_view()),
    re_path(r"^v1/jobs/(?P<job_id>[0-9a-f-]{32,36})/cancel/?$", views.JobCancel.as_view()),
    re_path(r"^v1/jobs/(?P<job_id>[0-9a-f-]{32,36})/events/?$", views.job_events),
    path("static/downloads/<str:job_id>/<str:filename>", download),
]
