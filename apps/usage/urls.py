from django.urls import path

from .views import Usage

urlpatterns = [path("v1/usage/", Usage.as_view())]
