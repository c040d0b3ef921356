"""How and with what a run was made."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import spectra
from spectra.training import RESULTS_FORMAT, RunSpec

if sys.platform != "win32":
    import resource


@dataclass(frozen=True)
class Provenance:
    """Facts that do not determine a run, but explain it."""

    seconds: float  # wall-clock time of training and measuring
    finished: str  # ISO 8601, UTC
    device: str
    threads: int
    revision: str | None  # of the source in git, with -dirty if it was changed; None outside of git
    spectra: str
    torch: str
    numpy: str
    python: str
    platform: str  # system, processor family and the widest instructions that torch uses: they decide the last bits
    results_format: int
    members: int = 1  # runs of its cohort, itself included
    memory: int | None = None  # peak of the process or device that made the cohort, in bytes; None if it is not told
    engine: str | None = None  # that handed it out, as on the command line; None if nobody said
    host: str | None = None  # name of the machine; it stays in the store, and no table that is passed on has it


def odd_facts(told: Mapping[str, Any]) -> list[str]:
    """Names of facts of other types than they must have; older records lack some, and newer ones have more."""
    kinds: dict[str, type | tuple[type, ...]] = {field.name: str for field in fields(Provenance)}
    kinds |= dict.fromkeys(("seconds", "threads", "results_format", "members", "memory"), (int, float))
    known = [name for name in kinds if told.get(name) is not None]
    return [name for name in known if not isinstance(told[name], kinds[name]) or _strange(told[name])]


def _strange(value: object) -> bool:
    """A number too large for a table, or a text with halves of letters or signs for a terminal."""
    return not value.isprintable() if isinstance(value, str) else isinstance(value, int) and abs(value) >= 2**63


def provenance(
    spec: RunSpec, *, seconds: float, device: str, members: int = 1, engine: str | None = None
) -> Provenance:
    """Facts about a run that has just finished in this process.

    Args:
        spec: Its settings.
        seconds: Wall-clock time it took: that of its cohort over the number of members.
        device: Where it ran.
        members: How many runs were made together.
        engine: What handed it out.

    Returns:
        The facts.
    """
    return Provenance(
        seconds=round(seconds, 3),
        finished=datetime.now(UTC).isoformat(timespec="seconds"),
        device=device,
        threads=spec.threads,
        revision=_revision(),
        spectra=spectra.__version__,
        torch=_version("torch"),
        numpy=_version("numpy"),
        python=platform.python_version(),
        platform=_platform(),
        results_format=RESULTS_FORMAT,
        members=members,
        memory=peak_memory(device),
        engine=engine,
        host=platform.node(),
    )


def peak_memory(device: str) -> int | None:
    """Most bytes that this process has held so far: of the device, or of the machine where the device is the CPU."""
    if device.startswith("cuda"):
        import torch

        return int(torch.cuda.max_memory_allocated(device))
    if sys.platform == "win32":
        return None
    if told := re.search(r"VmHWM:\s*(\d+) kB", _process_status()):
        return 1024 * int(told[1])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def _process_status() -> str:
    """What Linux says of this process; `getrusage` counts the peak of the process that started it as well."""
    try:
        return Path("/proc/self/status").read_text(encoding="utf-8")
    except OSError:
        return ""


_version = cache(version)


@cache
def _platform() -> str:
    import torch

    return f"{platform.system()} {platform.machine()} {torch.backends.cpu.get_cpu_capability()}"


@cache
def _revision() -> str | None:
    folder, git = Path(spectra.__file__).parent, shutil.which("git")

    def answer(*arguments: str) -> str | None:
        done = subprocess.run([str(git), "-C", str(folder), *arguments], capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else None

    # An installed copy may lie inside of somebody else's repository, whose revision would say nothing about it.
    if git is None or answer("ls-files", "--error-unmatch", "__init__.py") is None:
        return None
    return answer("describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")
