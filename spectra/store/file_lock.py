"""Locks on files that the system frees when their holder dies."""

from __future__ import annotations

import errno
import sys
from functools import cache
from pathlib import Path
from platform import node

if sys.platform != "win32":
    import fcntl

HELD = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)


def lock(descriptor: int, *, shared: bool = False, wait: bool = False) -> bool | None:
    """Lock an open file or folder until its descriptor is closed or the process ends.

    Args:
        descriptor: What is open.
        shared: Whether others may hold shared locks beside this one.
        wait: Whether to wait until nobody else holds a lock that excludes this one.

    Returns:
        True if it is locked now, False if somebody else holds it, None if no locks are to be had here.
    """
    if sys.platform == "win32":
        return None
    kind = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB)
    try:
        fcntl.flock(descriptor, kind)
    except OSError as error:
        return False if error.errno in HELD else None
    return True


@cache
def kernel() -> str:
    """What all processes share among which locks are seen for sure: one start of one system."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return node()
