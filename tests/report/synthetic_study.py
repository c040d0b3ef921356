"""A study whose every number is known: curves drawn from formulas, and numbers of fits as the formulas have them."""

from dataclasses import replace
from functools import cache
from math import log

import numpy as np
import pandas as pd
from pandas import DataFrame

from spectra.fitting import Interval
from spectra.report.case_fits import CaseFits
from spectra.report.curve_exponents import exponent_columns
from spectra.report.question import EDGE, Question
from spectra.report.study import Study, study
from spectra.report.titles import regime_title

REGIMES = ("mup", "ntk_matched")
WIDTHS = (32, 64, 128, 256)
SEEDS = (0, 1, 2, 3)
RATES = tuple(0.375 * 2.0**k for k in range(7))
STEPS = tuple(range(0, 121, 10))
RATE = 1.5


def best_rate(regime: str, width: float) -> float:
    """Where the criterion is smallest: fixed for muP, half an octave per doubling for the other."""
    return 2.8 * (1.0 if regime == "mup" else (width / 32) ** 0.5)


def loss_curve(regime: str, width: float, rate: float, steps: np.ndarray) -> np.ndarray:
    """A power law in a time that runs slower the farther the rate is from the best one."""
    octave = np.log2(rate / best_rate(regime, width))
    return 0.02 + 0.98 * (1 + steps * 2 ** (-0.7 * octave**2)) ** -0.6


def sharpness_curve(regime: str, width: float, rate: float, steps: np.ndarray) -> np.ndarray:
    """Progressive sharpening towards the limit 2; outside muP its amount fades with the width."""
    share = 1.0 if regime == "mup" else (width / 32) ** -0.45
    return 0.4 * rate / RATE * share ** (0.3 + 0.7 * steps / 120) * np.exp(log(4.6) * share * (1 - np.exp(-steps / 25)))


def long_table(
    regimes=REGIMES, widths=WIDTHS, seeds=SEEDS, rates=RATES, steps=STEPS, *, all_diverged=False
) -> DataFrame:
    """Measurements of every combination; rates more than 1.6 octaves above the best one diverge."""
    parts = []
    for number, (regime, width, seed, rate) in enumerate(
        (regime, width, seed, rate) for regime in regimes for width in widths for seed in seeds for rate in rates
    ):
        wobble = np.random.default_rng((number, seed))
        diverged = all_diverged or bool(np.log2(rate / best_rate(regime, width)) > 1.6)
        parts.append(_run(regime, width, seed, rate, np.array(steps[:4] if diverged else steps), wobble, diverged))
    return pd.concat(parts, ignore_index=True)


def _run(regime, width, seed, rate, steps, wobble, diverged) -> DataFrame:
    noise = np.exp(0.04 * wobble.standard_normal() + 0.01 * wobble.standard_normal((3, len(steps))))
    losses = loss_curve(regime, width, rate, steps) * noise[0]
    if diverged:
        losses = np.append(losses[:-1], np.inf)
    top = sharpness_curve(regime, width, rate, steps) * noise[1]
    columns = {
        "loss": losses, "test_loss": 1.3 * loss_curve(regime, width, rate, steps) * noise[2],
        "effective_sharpness": top, "effective_sharpness_residual": top * 1e-4 * (1 + steps / 120),
        "effective_sharpness_error": top * 1e-6 * (1 + steps / 120),
        "effective_sharpness_matvecs": 20.0 + steps // 10, "effective_sharpness_converged": (steps < 115).astype(float),
    }  # fmt: skip
    wide = DataFrame({"step": steps, **columns}).melt("step", var_name="quantity")
    end = DataFrame({"step": [steps[-1]], "quantity": ["diverged"], "value": [float(diverged)]})
    return pd.concat([wide, end], ignore_index=True).assign(
        model="residual_mlp", width=width, depth=4, data="digits", optimizer="sgd", rate=rate, regime=regime,
        base_width=32, base_depth=4, seed=seed, steps=120, run=f"{regime}-{width}-{seed}-{rate:.4g}", index=0,
    )  # fmt: skip


def consistency(fit, *, steady: bool):
    """What the test would say of the curves above, in round numbers."""
    steps, widths = np.array(STEPS), np.array(fit.sizes)
    slope = 0.002 * np.sin(steps / 20) if steady else -0.15 - 0.2 * steps / 120
    half = np.full(len(steps), 0.012)
    trend = DataFrame(
        {
            "step": steps, "slope": slope, "low": slope - half, "high": slope + half, "band_low": slope - 2 * half,
            "band_high": slope + 2 * half, "lack_of_fit": 0.4, "largest_gap": abs(slope) * 3,
        }
    )  # fmt: skip
    growth = log(4.6) * np.ones(4) if steady else log(4.6) * (widths / 32) ** -0.45
    return replace(
        fit,
        verdict="super consistent" if steady else "inconsistent",
        sentence=(
            "Super consistent: effective_sharpness changes by at most 0.014 log units per doubling of width (allowed: "
            "0.049)."
            if steady
            else "Inconsistent: effective_sharpness falls by 14 to 30 % per doubling of width (allowed: 5 %)."
        ),
        trend=trend,
        growth=DataFrame({"size": widths, "growth": growth, "low": growth - 0.05, "high": growth + 0.05}),
        fade=0.0 if steady else 0.45,
        fade_interval=Interval(-0.02, 0.03, 0.90) if steady else Interval(0.41, 0.5, 0.90),
    )


def transfer(fit, *, regime: str):
    """Criterion, optima and drift as the formulas have them."""
    steps = np.array(STEPS)
    rows = []
    for width in WIDTHS:
        for rate in RATES:
            gone = np.log2(rate / best_rate(regime, width)) > 1.6
            value = np.inf if gone else float(np.log(loss_curve(regime, width, rate, steps)).mean())
            rows.append((width, rate, value, value - 0.05, value + 0.05, float(gone)))
    best = np.array([best_rate(regime, width) for width in WIDTHS])
    steady = regime == "mup"
    return replace(
        fit,
        verdict="transfers" if steady else "drifts",
        sentence=(
            "Transfers: a drift of +0.00 octaves per doubling (90 % interval -0.05 to 0.05)."
            if steady
            else "Drifts: a drift of +0.50 octaves per doubling (90 % interval 0.45 to 0.55)."
        ),
        losses=DataFrame(rows, columns=["size", "rate", "criterion", "low", "high", "diverged"]),
        optima=fit.optima.assign(optimum=best, low=best / 1.1, high=best * 1.1, edge=best >= 12, stable_edge=2 * best),
        drift=0.0 if steady else 0.5,
        drift_interval=Interval(-0.05, 0.05, 0.9) if steady else Interval(0.45, 0.55, 0.9),
    )


def exponent_table() -> DataFrame:
    """Exponents as the loss formula has them, with and without the floor."""
    rows = [
        (regime_title(regime), width, curve, model, name, value, value - 0.04, value + 0.05, 0.95)
        for regime in REGIMES
        for width in WIDTHS
        for curve in ("loss", "test_loss")
        for model, exponent in (("power", 0.52), ("floor", 0.61))
        for name, value in (("amplitude", 0.9), ("exponent", exponent + 0.01 * np.log2(width / 32)), ("floor", 0.02))
        if name != "floor" or model == "floor"
    ]
    return DataFrame(rows, columns=exponent_columns("width"))


def fitted(table: DataFrame, question: Question | None = None, **changes) -> Study:
    """What the library itself makes of a table."""
    runs = sorted(table["run"].unique()) if len(table) else []
    given = {
        "name": "width", "title": "Does sharpness keep its size while networks grow wider?",
        "description": "Residual networks on digits, in two parameterizations that agree at the base width of 32.",
        "recipe": '[model]\nkind = "residual_mlp"\nwidth = [32, 64, 128, 256]\n\n[sweep]\nseed = [0, 1, 2, 3]\n',
        "provenance": DataFrame(
            {"run": runs, "seconds": np.linspace(0.5, 4, len(runs)), "torch": "2.13.0", "revision": "1234abcd"}
        ),
        "failures": DataFrame({"run": ["mup-512-0"], "error": ["MemoryError: 12 GB asked of a machine with 8 GB"]}),
    }  # fmt: skip
    return study(table, question or Question(rates=(RATE,)), **{**given, **changes})


@cache
def real_study() -> Study:
    """What the library makes of the whole table."""
    return fitted(long_table())


def whole_study(**changes) -> Study:
    """The study of all the above with known numbers; keyword arguments replace its fields."""
    found = real_study()
    cases = tuple(_known(case, regime) for case, regime in zip(found.cases, REGIMES, strict=True))
    return replace(found, **{"cases": cases, "exponents": exponent_table(), **changes})


def _known(case: CaseFits, regime: str) -> CaseFits:
    trend = consistency(case.consistency[EDGE], steady=regime == "mup")
    return replace(case, consistency={EDGE: trend}, transfer=transfer(case.transfer, regime=regime))
