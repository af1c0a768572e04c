import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0004_job_traceparent")]

    operations = [
        migrations.CreateModel(
            name="PausedQueue",
            fields=[
                ("queue", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("by", models.CharField(blank=True, editable=False, max_length=254)),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("since", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
        ),
    ]
