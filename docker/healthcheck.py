"""The health check of the containers: `python docker/healthcheck.py web|worker|reaper`. Status 0 is healthy.

Imports neither Django nor Celery, for it runs every few seconds.
"""

from __future__ import annotations

import os
import socket
import sys
import urllib.request

import redis


def web(port: str) -> bool:
    """Whether this container's web server answers."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/health/", timeout=3) as answer:
        return bool(answer.status == 200)


def present(name: str) -> bool:
    """Whether a process of this container has said within the last seconds that it lives."""
    client = redis.Redis.from_url(os.environ["REDIS_URL"], socket_timeout=3, socket_connect_timeout=3)
    with client:
        return (
            next(client.scan_iter(f"presence:{name}:{socket.gethostname()}:*", count=500), None) is not None
        )


def main(role: str = "web", port: str = "8000") -> int:
    try:
        healthy = web(port) if role == "web" else present(role)
    except (OSError, redis.RedisError) as problem:
        print(f"{role}: {problem}")
        return 1
    return 0 if healthy else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
