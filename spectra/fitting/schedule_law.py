"""The multi-power law: losses under a learning-rate schedule, a power law in summed rate and what decays give back."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectra.fitting.given import given_numbers
from spectra.fitting.law import Array

PARAMETERS = ("floor", "amplitude", "exponent", "decay_amplitude", "decay_scale", "decay_exponent", "rate_exponent")
"""Names of the parameters; L0, A, alpha, B, C, beta and gamma in the paper."""

# Pairs of an evaluation and a change of rate that are worked on at once, so that temporaries stay in cache.
PIECE = 200_000
FASTEST = 300.0


@dataclass(frozen=True)
class ScheduledRun:
    """Learning rates of all steps of a run, and its losses at some of them."""

    rates: NDArray[np.float64]  # (T,), rate of step 0, 1, ...; the warm-up included
    steps: NDArray[np.int_]  # (n,), below T
    losses: NDArray[np.float64]  # (n,), positive

    def __repr__(self) -> str:
        """Its extent."""
        steps = f"{len(self.losses)} losses from step {self.steps.min()} to {self.steps.max()}"
        return f"ScheduledRun({steps}, {len(self.rates)} rates up to {self.rates.max():g})"

    def __post_init__(self) -> None:
        """Check the run; lists become arrays.

        Raises:
            ValueError: If a rate is negative or not finite, a step is no whole number or outside the rates, a loss is
                not positive, or no rate is positive up to the first step.
        """
        rates, steps = schedule(self.rates, self.steps)
        losses = given_numbers("losses", self.losses)
        if steps.shape != losses.shape or not steps.size:
            raise ValueError(f"steps {steps.shape} and losses {losses.shape} must be lists of one length, not empty")
        if not (np.isfinite(losses) & (losses > 0)).all():
            raise ValueError("losses must be positive and finite; leave the other points out")
        for name, values in (("rates", rates), ("steps", steps), ("losses", losses)):
            object.__setattr__(self, name, values)


def schedule(rates: ArrayLike, steps: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.int_]]:
    """Rates (T,) of all steps, and the steps (n,) of some evaluations.

    Raises:
        ValueError: If a rate is negative or not finite, a step is no whole number or outside the rates, or no rate is
            positive up to the first step.
    """
    every, at = given_numbers("rates", rates), given_numbers("steps", steps)
    if every.ndim != 1 or not (np.isfinite(every) & (every >= 0)).all():
        raise ValueError("rates must be a list of finite numbers, zero or more, one for every step from step 0 on")
    if at.ndim != 1 or not (at == np.round(at)).all():
        raise ValueError("steps must be a list of whole numbers: they count into the rates, from step 0 on")
    if at.size and not 0 <= at.min() <= at.max() < every.size:
        raise ValueError(
            f"steps go from {at.min():g} to {at.max():g}, but there are rates for steps 0 to {every.size - 1} only; "
            "give the rate of every step, also of those between the evaluations"
        )
    if at.size and not every[: int(at.min()) + 1].any():
        raise ValueError(f"all rates up to step {at.min():g} are zero; leave points out before training began")
    return every, at.astype(np.int_)


@dataclass(frozen=True)
class ScheduleTerms:
    """What the law needs to know of one schedule at its evaluations."""

    total: Array  # (n,): sum of the rates up to and including each step
    gaps: Array  # (m,): changes of the rate, without those that are zero
    rates: Array  # (m,): rate after each change
    before: Array  # (m,): sum of the rates before the step of each change
    changes: NDArray[np.int_]  # (n,): changes that have happened by each step


def schedule_terms(rates: ArrayLike, steps: ArrayLike, *, first_change: int = 1) -> ScheduleTerms:
    """Sums and changes of a schedule.

    Args:
        rates: Rate of step 0, 1, ..., shape (T,).
        steps: Steps of the evaluations, shape (n,).
        first_change: First step whose change of rate counts. With 1 the rise of the warm-up counts too, as in the
            published code; its effect has ended early on and stays as decay_amplitude * (peak rate) in the loss, so
            that the floor of such a fit is lower by that much than the floor of a fit without (after the warm-up).

    Raises:
        ValueError: As `schedule`.
    """
    every, at = schedule(rates, steps)
    sums = np.cumsum(every)
    gaps = np.diff(every)
    changed = np.flatnonzero(gaps) + 1
    changed = changed[changed >= first_change]
    return ScheduleTerms(
        total=sums[at],
        gaps=gaps[changed - 1],
        rates=every[changed],
        before=sums[changed - 1],
        changes=np.searchsorted(changed, at, side="right"),
    )


def schedule_losses(
    parameters: Mapping[str, float], rates: ArrayLike, steps: ArrayLike, *, first_change: int = 1
) -> NDArray[np.float64]:
    """The multi-power law at some steps of a schedule, shape (n,).

    With S(t) the sum of the rates eta up to step t,

        L(t) = floor + amplitude S(t)^-exponent + decay_amplitude sum_k (eta_k - eta_(k-1)) G_k(t),
        G_k(t) = 1 - (1 + decay_scale eta_k^-rate_exponent (S(t) - S(k-1)))^-decay_exponent,

    over the steps k <= t: each fall of the rate lowers the loss, by a power law of its own in
    the rates summed since.

    Args:
        parameters: One number for each of `PARAMETERS`.
        rates: Rate of step 0, 1, ..., shape (T,).
        steps: Steps of the evaluations, shape (n,).
        first_change: As in `schedule_terms`.

    Raises:
        ValueError: As `schedule`; or if a parameter is missing.

    Source: Luo et al. 2025, A multi-power law for loss curve prediction across learning rate schedules (the sum as in
    their code, which counts the warm-up).
    """
    terms = schedule_terms(rates, steps, first_change=first_change)
    if missing := [name for name in PARAMETERS if name not in parameters]:
        raise ValueError(f"the parameters {', '.join(missing)} are missing; this law has {', '.join(PARAMETERS)}")
    value = {name: float(parameters[name]) for name in PARAMETERS}
    decay = decay_columns(terms, (value["decay_scale"], value["decay_exponent"], value["rate_exponent"]))[0]
    losses: Array = (
        value["floor"] + value["amplitude"] * terms.total ** -value["exponent"] + value["decay_amplitude"] * decay
    )
    return losses


def decay_columns(terms: ScheduleTerms, shape: tuple[float, float, float]) -> Array:
    """The sum over changes, and its derivatives by log scale, log exponent and rate exponent; shape (4, n).

    Args:
        terms: Of one run.
        shape: Decay scale, decay exponent and rate exponent.
    """
    columns = np.zeros((4, terms.total.size))
    step = max(1, PIECE // max(terms.gaps.size, 1))
    for first in range(0, terms.total.size, step):
        piece = slice(first, first + step)
        most = int(terms.changes[piece].max())
        if most:
            columns[:, piece] = _piece(terms, piece, most, shape)
    return columns


def _piece(terms: ScheduleTerms, piece: slice, most: int, shape: tuple[float, float, float]) -> Array:
    """Columns for some evaluations and the first `most` changes, shape (4, piece)."""
    scale, exponent, rate_exponent = shape
    gaps, rates = terms.gaps[:most], terms.rates[:most]
    # A rate of zero: its change has its full effect at once, the limit of an infinite speed.
    logs = np.log(rates, where=rates > 0, out=np.zeros(most))
    # Beyond exp(FASTEST) an effect is whole at once, and the product of the speed with a sum of rates stays finite.
    log_speed = np.minimum(np.log(scale) - rate_exponent * logs, FASTEST) if scale > 0 else np.full(most, -np.inf)
    speed = np.where(rates > 0, np.exp(log_speed), 0.0)
    since = np.maximum(terms.total[piece, None] - terms.before[:most], 0.0)
    happened = np.arange(most) < terms.changes[piece, None]
    log_reach = np.log1p(speed * since)
    left = np.where(rates > 0, np.exp(-exponent * log_reach), 0.0) * happened
    by_speed = exponent * left * -np.expm1(-log_reach)
    value = happened @ gaps - left @ gaps
    return np.stack([value, by_speed @ gaps, exponent * (left * log_reach) @ gaps, -by_speed @ (gaps * logs)])
