from django.urls import re_path

from . import views

urlpatterns = [re_path(r"^v1/watermark/detect/?$", views.Detect.as_view())]
