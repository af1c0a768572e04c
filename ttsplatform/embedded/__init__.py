"""The embedded default: PostgreSQL and Valkey out of wheels, web, workers and reaper under one supervisor.

`make run` runs `python -m ttsplatform.embedded`; the tests and the benchmarks use `Stack`. Nothing here
imports Django, and nothing in production imports this package. Linux only.
"""

from .process import Process, StartError
from .stack import Stack

__all__ = ["Process", "Stack", "StartError"]
