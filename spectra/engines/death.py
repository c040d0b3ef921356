"""How a process died."""

from __future__ import annotations

import signal


def death(exitcode: int | None) -> str:
    """What an exit code says: the name of a signal where it is negative, as in `subprocess`."""
    if exitcode is None or exitcode >= 0:
        return f"exit code {exitcode}"
    name = signal.Signals(-exitcode).name if -exitcode in set(signal.Signals) else f"signal {-exitcode}"
    return f"{name}, as when memory runs out" if name == "SIGKILL" else name
