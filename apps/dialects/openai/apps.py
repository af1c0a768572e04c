from django.apps import AppConfig


class OpenAiConfig(AppConfig):
    name = "apps.dialects.openai"
    label = "openai"
