"""Who makes a run: a process on a machine, and whether it still lives."""

from __future__ import annotations

import os
import socket
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path

from spectra.store.file_lock import kernel


@dataclass(frozen=True)
class Maker:
    """A process, named so that no later one can be taken for it."""

    host: str  # for people: two machines may bear one name
    machine: str  # one boot of one machine, and the space that its process numbers belong to
    pid: int
    began: str  # when the process began, in ticks of that boot; empty where the system does not tell

    @property
    def alive(self) -> bool | None:
        """Whether the process lives; None if that cannot be known from this machine."""
        if self.machine != _machine() or sys.platform == "win32":  # where asking by a signal would end the process
            return None
        return _lives(self.pid, self.began)


def this_process() -> Maker:
    """The process that asks."""
    return Maker(socket.gethostname(), _machine(), os.getpid(), _stat(os.getpid())[1])


def _machine() -> str:
    """Not the host's name alone: it outlives a boot, and containers of one host count processes apart."""
    try:
        return f"{kernel()} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return f"{kernel()} {uuid.getnode():x}"


def _lives(pid: int, began: str) -> bool:
    state, start = _stat(pid)
    if state:  # a zombie still has its number, but does nothing
        return start == began and state not in "ZX"
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):  # it is somebody else's, or no number of a process
        return True
    return True


def _stat(pid: int) -> tuple[str, str]:
    """State of a process and when it began; empty where the system does not tell."""
    try:
        content = Path(f"/proc/{pid}/stat").read_text()
    except (OSError, ValueError):
        return "", ""
    fields = content.rpartition(")")[2].split()  # the name before it may hold blanks and brackets
    return fields[0], fields[19]
