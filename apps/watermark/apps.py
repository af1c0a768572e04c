from django.apps import AppConfig


class WatermarkConfig(AppConfig):
    name = "apps.watermark"
    label = "watermark"
