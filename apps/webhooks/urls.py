from django.urls import path

from . import views

urlpatterns = [
    path("v1/webhooks/", views.EndpointList.as_view()),
    path("v1/webhooks/secret/", views.Secret.as_view()),
    path("v1/webhooks/secret/rotate/", views.SecretRotate.as_view()),
    path("v1/webhooks/deliveries/", views.DeliveryList.as_view()),
    path("v1/webhooks/deliveries/<uuid:delivery_id>/", views.DeliveryDetail.as_view()),
    path("v1/webhooks/deliveries/<uuid:delivery_id>/replay/", views.DeliveryReplay.as_view()),
    path("v1/webhooks/<uuid:endpoint_id>/", views.EndpointDetail.as_view()),
    path("v1/webhooks/<uuid:endpoint_id>/rotate/", views.EndpointRotate.as_view()),
    path("v1/webhooks/<uuid:endpoint_id>/test/", views.EndpointTest.as_view()),
]
