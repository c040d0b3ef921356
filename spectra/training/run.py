"""A run is a function from a spec to a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pandas as pd
import torch

from spectra.training.cohort_shape import alone, shape
from spectra.training.course import Course, Watch
from spectra.training.member_state import MemberState
from spectra.training.own_precision import own_precision
from spectra.training.spec import RunSpec


def run(spec: RunSpec, *, device: str = "cpu") -> pd.DataFrame:
    """Train and measure as a spec says: a cohort of one; see `run_cohort`.

    Args:
        spec: All settings.
        device: Where tensors live; not part of the spec.

    Returns:
        Long table: the columns of `spec.columns()`, then run, step, quantity, index and value.

    Raises:
        ValueError: If the settings contradict each other, for example more examples are measured than there are.
    """
    return run_cohort([spec], device=device)[0]


def run_cohort(
    specs: Sequence[RunSpec],
    *,
    device: str = "cpu",
    states: Sequence[MemberState] | None = None,
    watch: Watch | None = None,
) -> list[pd.DataFrame]:
    """Train and measure runs of equal shape as one batched program.

    A member whose batch loss blows up stops, and is a finished run: its table holds what was measured before, and the
    quantity `diverged` is 1 at the number of updates that had been made when it blew up. The others go on untouched.
    Every table has exactly one row of `diverged`; in a run that did not, it is 0 at the last step.

    On a CPU with one thread a table has the same bits whatever other members there are, and whether or not the cohort
    was interrupted; on some processors only where no matrices were multiplied before this package was imported
    (`repeatable`), and of networks with one output only up to rounding there, because MKL multiplies by one column in
    another way when a member is alone. A `torch.autocast`, `torch.no_grad` or `torch.inference_mode` around the call
    changes nothing. Runs of some shapes do not share a cohort: `alone` says why.

    Args:
        specs: The runs, of one `shape`.
        device: Where tensors live; not part of the specs.
        states: Where each of them stands, all at one step, to go on from there; None begins.
        watch: Called between updates, at least twice a second unless one update takes longer, with the `Moment`. What
            it raises ends the cohort.

    Returns:
        The long table of each, in the order given.

    Raises:
        ValueError: If there is no run, they are of several shapes or cannot share a cohort, the states are not theirs
            or of several steps, or the settings contradict each other.
    """
    with torch.inference_mode(False), torch.enable_grad(), own_precision({"cpu", torch.device(device).type}):
        _require_one_shape(specs, device)
        if states is not None:
            _require_own(specs, states)
        with _settings(specs[0]):
            course = Course(specs, device) if states is None else Course.resumed(specs, device, states)
            course.train(watch)
    return [_table(spec, rows) for spec, rows in zip(specs, course.rows, strict=True)]


def _table(spec: RunSpec, rows: Sequence[tuple[int, str, int, float]]) -> pd.DataFrame:
    measured = pd.DataFrame(rows, columns=["step", "quantity", "index", "value"])
    settings = pd.DataFrame([spec.columns() | {"run": spec.identity}] * len(rows))
    return pd.concat([settings, measured], axis=1)


def _require_one_shape(specs: Sequence[RunSpec], device: str) -> None:
    shapes = {shape(spec) for spec in specs}
    if len(shapes) != 1:
        raise ValueError(
            f"{len(specs)} runs of {len(shapes)} shapes were given as a cohort; give at least one, and only runs that "
            "differ in nothing but seed, regime and the numbers of the optimizer"
        )
    reason = alone(specs[0], device=device) if len(specs) > 1 else None
    if reason is not None:
        raise ValueError(
            f"runs of the model {specs[0].model.kind} cannot share a cohort: {reason}; give them one by one"
        )


def _require_own(specs: Sequence[RunSpec], states: Sequence[MemberState]) -> None:
    if [state.run for state in states] != [spec.identity for spec in specs]:
        raise ValueError("the states are not those of these runs; give one for each, in the order of the runs")
    if len({state.step for state in states}) != 1:
        raise ValueError("the states are of several steps; a cohort goes on from one: group the runs by their step")


@contextmanager
def _settings(spec: RunSpec) -> Iterator[None]:
    """The only place that touches what is global; it is put back afterwards."""
    threads, dtype = torch.get_num_threads(), torch.get_default_dtype()
    precision, tf32 = torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32
    torch.set_num_threads(spec.threads)
    torch.set_default_dtype(getattr(torch, spec.precision))
    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.set_default_dtype(dtype)
        torch.set_float32_matmul_precision(precision)
        torch.backends.cudnn.allow_tf32 = tf32
