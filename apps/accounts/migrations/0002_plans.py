"""The four plans of the price list. Staff may edit them afterwards; running this again changes nothing."""

from django.db import migrations

FIELDS = ("name", "requests_per_minute", "concurrency", "max_text_chars", "max_queued_jobs", "retention_days")
PLANS = {
    "free": ("Free", 10, 2, 500, 20, 1),
    "starter": ("Starter", 30, 3, 100_000, 200, 7),
    "pro": ("Pro", 60, 5, 100_000, 500, 30),
    "business": ("Business+", 300, 20, 50_000, 5_000, 90),
}


def seed(apps, schema_editor):
    plan_model = apps.get_model("accounts", "Plan")
    for slug, values in PLANS.items():
        plan_model.objects.get_or_create(slug=slug, defaults=dict(zip(FIELDS, values)))


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
