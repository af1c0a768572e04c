"""Work that can wait gives way to speech that somebody is listening to."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_AUTOGROUP = Path("/proc/self/autogroup")


def give_way(nice: int) -> None:
    """Lower this process's share of the processor by `nice` (0 to 19; 10 is about a tenth beside one at 0).

    Linux may schedule by session ("autogroup"), where a process's own value counts within its session only: then the
    session is lowered too. In containers neither reaches beyond the container: there the shares of docker-compose.yml
    do this.
    """
    if nice <= 0:
        return
    with contextlib.suppress(OSError):
        os.nice(nice)
    with contextlib.suppress(OSError):
        _AUTOGROUP.write_text(str(nice))
