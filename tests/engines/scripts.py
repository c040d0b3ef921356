"""Sweeps in processes of their own, to be killed and interrupted."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[2]


class Script(subprocess.Popen):
    """A process that ends, with its session, where what was done with it failed."""

    def __exit__(self, kind, *rest):
        if kind is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        super().__exit__(kind, *rest)


def started(folder: Path, script: str, *arguments: str) -> Script:
    """A script with a folder as its first argument, in a session of its own."""
    (folder / "script.py").write_text(script)
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return Script(
        [sys.executable, str(folder / "script.py"), str(folder), *arguments],
        env=environment, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def until(what, seconds: float = 60.0):
    """The first true answer to a question that is asked again and again."""
    end = time.monotonic() + seconds
    while not (answer := what()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)
    return answer


def alive(process: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has waited for yet does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def session(leader: int) -> list[int]:
    """Living processes of a session, but for the one that Python keeps to clear up after others."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) != leader:
            try:
                own = int((entry / "stat").read_text().rpartition(")")[2].split()[3])
                tracker = b"resource_tracker" in (entry / "cmdline").read_bytes()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if own == leader and not tracker and alive(int(entry.name)):
                found.append(int(entry.name))
    return found


def hanging(folder: Path, count: int) -> list[int]:
    """Processes of this many runs that hang, as soon as there are so many."""
    notes = until(lambda: len(found := [*folder.glob("*.json")]) >= count and found)
    return [json.loads(note.read_text())["pid"] for note in notes]


def gone(leader: int, seconds: float = 2.0) -> bool:
    """Whether no process of a session is left after some seconds."""
    end = time.monotonic() + seconds
    while (left := session(leader)) and time.monotonic() < end:
        time.sleep(0.02)
    return not left


def killed(process: int) -> None:
    """Kill a process that may have ended by itself."""
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def broken(*arguments: object) -> None:
    """A worker that does not come up."""
    os._exit(3)
