import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0005_pausedqueue")]

    operations = [
        migrations.CreateModel(
            name="DrainedWorker",
            fields=[
                ("name", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("by", models.CharField(blank=True, editable=False, max_length=254)),
                ("since", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
        ),
    ]
