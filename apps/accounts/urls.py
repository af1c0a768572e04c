from django.urls import path

from .views import AccountDetail, KeyDetail, KeyList

urlpatterns = [
    path("v1/keys/", KeyList.as_view()),
    path("v1/keys/<uuid:key_id>/", KeyDetail.as_view()),
    path("v1/account/", AccountDetail.as_view()),
]
