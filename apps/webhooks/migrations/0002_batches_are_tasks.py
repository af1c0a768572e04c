from django.db import migrations


class Migration(migrations.Migration):
    """The end of a batch is told as task.completed or task.failed, as the document has it."""

    dependencies = [
        ('webhooks', '0001_initial'),
    ]

    operations = [
        migrations.RunSQL(
            """
            UPDATE webhooks_endpoint SET events = ARRAY(
                SELECT DISTINCT event FROM unnest(
                    array_remove(events, 'batch.completed') || ARRAY['task.completed', 'task.failed']::varchar[]
                ) AS event ORDER BY event
            ) WHERE 'batch.completed' = ANY(events)
            """,
            migrations.RunSQL.noop,
        ),
    ]
