"""What workers are called: `worker@<host>:<pid>`. An operator starts and stops what stands before the process."""

from __future__ import annotations

import os
import re
import socket

from django.conf import settings


def unit(kind: str) -> str:
    """All processes of a kind ("worker", "live", "reaper") on this machine or in this container, under one name.

    WORKER_NAME stands for the host's name where several are started on one machine that are to be told apart.
    """
    host = re.sub(r"[^\w.-]", "-", settings.WORKER_NAME or socket.gethostname())
    return f"{kind}@{host[:64]}"


def process(kind: str) -> str:
    """This process's name."""
    return f"{unit(kind)}:{os.getpid()}"


def unit_of(name: str) -> str:
    """The unit of a process, or of a live worker (whose name goes on)."""
    return name.partition(":")[0]
