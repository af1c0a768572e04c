from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0002_batches_are_tasks")]

    operations = [
        migrations.AlterModelOptions(name="delivery", options={"verbose_name_plural": "deliveries"}),
    ]
