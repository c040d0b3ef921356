"""Numbers and runs in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from spectra.engines.progress_record import UnderWay
from spectra.sweeps import Experiment, Status
from spectra.training import RunSpec

SILENT = 60.0
"""Seconds without a write after which it is said that there was none: a worker writes every second, but for a single
update that takes longer, and a network file system may show that a minute late."""

SHOWN = 10
"""Lines of a list that are printed."""


def duration(seconds: float) -> str:
    """Such as "3 s" or "2 min 5 s" or "1 h 12 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"


def short_duration(seconds: float) -> str:
    """As `duration`, with two digits below ten seconds: "0.23 s"."""
    return f"{seconds:.2g} s" if seconds < 9.95 else duration(seconds)


def memory(size: float) -> str:
    """Bytes such as "310 MB" or "1.2 GB"."""
    return f"{size / 1e9:.1f} GB" if size >= 999.5e6 else f"{size / 1e6:.0f} MB"


def counted(count: int, noun: str = "run") -> str:
    """Such as "1 run" or "8 packs"."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def counts_line(experiment: Experiment, found: Status) -> str:
    """How many runs of an experiment are done, diverged, failed, damaged and missing."""
    return (
        f"{experiment.name}: {len(experiment.specs)} runs, {len(found.done)} done ({len(found.diverged)} diverged), "
        f"{len(found.failed)} failed, {len(found.quarantined)} damaged, {len(found.missing)} missing"
    )


def run_name(spec: RunSpec) -> str:
    """Such as "mup width 64 rate 0.1 seed 2"."""
    settings = spec.columns()
    width = f"width {settings['width']} " if "width" in settings else ""  # a linear model has none
    return f"{settings['regime']} {width}rate {settings['rate']:g} seed {settings['seed']}"


def shortened(lines: Iterable[str], rest: str = "and {} more") -> Iterator[str]:
    """The first lines of a list, set off, and a line that counts the others."""
    every = [*lines]
    for line in [*every[:SHOWN], *([rest.format(len(every) - SHOWN)] if len(every) > SHOWN else [])]:
        yield f"  {line}"


def grouped(reasons: Iterable[tuple[RunSpec, str]]) -> Iterator[str]:
    """What befell some runs, one line for each reason, the most frequent first.

    Args:
        reasons: A run and what befell it.

    Yields:
        Such as "mup width 64 rate 0.1 seed 2 and 3 more: its process died: SIGKILL".
    """
    alike: defaultdict[str, list[RunSpec]] = defaultdict(list)
    for spec, reason in reasons:
        alike[reason].append(spec)
    for reason, specs in sorted(alike.items(), key=lambda item: -len(item[1])):
        more = f" and {len(specs) - 1} more" if len(specs) > 1 else ""
        yield f"{run_name(specs[0])} ({specs[0].identity}){more}: {reason}"


def piece_line(record: UnderWay, wanted: Mapping[str, RunSpec]) -> str:
    """What some process is making, and how far it is.

    Args:
        record: What it tells.
        wanted: Runs of the experiment by their identity.

    Returns:
        One line.
    """
    known = [wanted[run] for run in record.runs if run in wanted]
    so_far = f"{duration(record.seconds)} so far"
    left = "" if record.left is None else f", {duration(record.left)} left"
    step = f"step {record.step} of {record.steps} ({record.fraction:.0%})"
    where = f"process {record.maker.pid} on {record.maker.host}, {record.device}"
    return f"{_piece_name(known, len(record.runs))}: {step}, {so_far}{left}; {where}{_silence(record)}"


def _piece_name(known: Sequence[RunSpec], count: int) -> str:
    if count == 1:
        return run_name(known[0])
    size = known[0].model.size  # runs that train together have one shape
    return f"{counted(count)}, width {size.width}, depth {size.depth}"


def _silence(record: UnderWay) -> str:
    if record.quiet > SILENT:
        return f"; stale: no word for {duration(record.quiet)}"
    return "" if record.alive else "; whether it lives is not known yet"
