"""How a worker process starts: before torch is loaded, so this file imports nothing that loads it."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
from importlib import import_module

THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def prepare(parent: int, threads: int) -> None:
    """Tie this process to its parent, leave Ctrl-C to the parent, and pin threads.

    Args:
        parent: Process that started this one; when it ends, by whatever signal, this process ends.
        threads: Most threads that any numerical library should use. A run sets its own number, which is not larger.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        set_parent_death_signal = 1  # PR_SET_PDEATHSIG in linux/prctl.h
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the signal was asked for
            os._exit(1)
    threading.Thread(target=_follow_parent, daemon=True).start()
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, str(threads)))
    # Otherwise the first task loads torch while its worker holds the lock of the queue, one worker after the other.
    import_module("spectra.sweeps.execute")


def _follow_parent() -> None:
    process = multiprocessing.parent_process()
    if process is not None:
        process.join()
        os._exit(1)
