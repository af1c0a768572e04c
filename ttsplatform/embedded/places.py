"""Free ports, and folders that an unprivileged user can reach."""

from __future__ import annotations

import hashlib
import importlib.util
import random
import socket
import stat
from pathlib import Path

# Below the ports the kernel hands to outgoing connections: a client that keeps trying a dead server's port
# can be given that very port as its own, connect to itself, and so keep the server from coming back.
LOWEST, HIGHEST = 15_000, 32_000


def port_is_free(port: int) -> bool:
    """Whether a server could listen on 127.0.0.1:port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
        except OSError:
            return False
    return True


def free_port(preferred: int | None = None) -> int:
    """A free port of 127.0.0.1, the preferred one or the next above it where there is one."""
    candidates = (
        range(preferred, preferred + 100)
        if preferred
        else (random.randrange(LOWEST, HIGHEST) for _ in range(200))  # noqa: S311
    )
    for port in candidates:
        if port_is_free(port):
            return port
    raise OSError("no free port was found on 127.0.0.1")


def reachable_by_others(folder: Path) -> bool:
    """Whether a user without any rights of ours can enter `folder` (or would be, once it exists)."""
    existing = [path for path in (folder, *folder.parents) if path.exists()]
    return all(path.stat().st_mode & stat.S_IXOTH for path in existing)


def substitute_for(folder: Path) -> Path:
    """Where data of `folder` lives when that user cannot reach it: the same place on every start."""
    digest = hashlib.sha256(str(folder.parent.resolve() / folder.name).encode()).hexdigest()[:16]
    return Path("/var/lib/ttsplatform") / digest / folder.name


def package_folder(name: str) -> Path:
    """Where an installed package's files are, without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"The package {name} is not installed: pip install -r requirements.txt")
    return Path(spec.origin).parent
