"""Celery carries hints ("there is work in this queue"); PostgreSQL is the queue of record.

So messages may be lost, doubled or late without harm, results are not stored, and a message is acknowledged
when it is taken.
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ttsplatform.settings")

from celery import Celery
from celery.signals import setup_logging
from django.conf import settings

app = Celery("ttsplatform")
app.conf.update(
    broker_url=settings.BROKER_URL,
    task_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    task_acks_late=False,
    worker_prefetch_multiplier=1,
    task_default_queue="io",
    task_create_missing_queues=True,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={"socket_connect_timeout": 2, "socket_timeout": 10, "max_retries": 0},
    worker_cancel_long_running_tasks_on_connection_loss=False,
    worker_send_task_events=False,
    # Django's connection is kept between tasks; a hint that finds nothing must cost a query, not a connection.
    CELERY_DB_REUSE_MAX=1_000_000,
    imports=["workers.tasks"],
)


@setup_logging.connect
def _keep_our_logging(**kwargs: object) -> None:
    """Stop Celery from replacing the logging that Django's settings configured."""
