from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0003_likeness_and_announced")]

    operations = [
        migrations.AddField(
            model_name="job",
            name="traceparent",
            # The database knows the default too: web processes of the version before insert without it during an upgrade.
            field=models.CharField(blank=True, db_default="", default="", max_length=55),
        ),
    ]
