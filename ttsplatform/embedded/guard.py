"""Becomes a command that dies with its parent: `python -I -S guard.py PARENT_PID UID GID COMMAND…`.

UID and GID are numbers, or `-` to stay who we are. Run by path, as a program of its own that gives way to the
command: so it works where the target user may not read Python, and no Python code runs between fork and exec.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    parent, uid, gid, *command = arguments
    if uid != "-":
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))
        os.umask(0o077)
    # After setuid, which clears it. The kernel sends the signal when the parent is gone, however it went.
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != int(parent):
        sys.exit("the supervisor died while this process was starting")
    os.execvp(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
