"""Faults of learning rates, read from the optimizer."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from spectra.checks.cause import Cause
from spectra.checks.evidence import CLEAR, RATIO, Evidence
from spectra.plain_text import first_few
from spectra.scaling.parameter_groups import ROUNDING

GROUPS = "parameter_groups(module, regime, size, ...)"
ABSOLUTE = "a schedule set the learning rates absolutely"
RELATIVE = (
    "Multiply the rate of each group instead (LambdaLR), or give the schedule a list with one value for each group"
)


def absolute_schedule(evidence: Evidence) -> Cause | None:
    """The rates no longer stand in the ratios that they had, or that `parameter_groups` wrote down."""
    rows = evidence.parameters
    for (size, step), factors in _rate_factors(rows):
        spread = float(factors.max() / factors.min())
        if spread > 1 + ROUNDING and step == 0:
            return Cause(
                "the learning rates of groups were changed after parameter_groups had given them",
                0.6,
                f"at {evidence.plan.scale} {size} the rate of {factors.idxmax()} starts {spread:.3g} times too large "
                f"beside that of {factors.idxmin()}",
                "Pass the rate to parameter_groups, and multiply all groups alike",
                silent=True,
            )
        if spread > 1 + ROUNDING:
            seen = (
                f"at {evidence.plan.scale} {size} after {step} updates the rate of {factors.idxmax()} was {spread:.3g} "
                f"times too large beside that of {factors.idxmin()}"
            )
            return Cause(ABSOLUTE, 0.95, seen, RELATIVE, silent=True)
    if (rows["quantity"] == "scheduled_rate").any() and _constant(evidence):
        return Cause(ABSOLUTE, 0.87, "a schedule is attached, and every rate is the same at all sizes", RELATIVE)
    return None


def _rate_factors(rows: pd.DataFrame) -> Iterator[tuple[tuple[int, int], pd.Series]]:
    """For each size and step of the first seed, the rates over what they should be in the ratio of, by parameter."""
    first = rows[rows["seed"] == rows["seed"].iloc[0]]
    rates = first[first["quantity"] == "rate"]
    asked = first[first["quantity"] == "relative_rate"]
    wanted = asked if len(asked) else rates
    for size in first["size"].unique():
        ratios = wanted[(wanted["size"] == size) & (wanted["step"] == 0)].set_index("layer")["value"]
        for step in rates["step"].unique():
            here = rates[(rates["size"] == size) & (rates["step"] == step)].set_index("layer")["value"]
            yield (int(size), int(step)), here / ratios


def _constant(evidence: Evidence) -> bool:
    """Whether no rate depends on the size although the regime asks some to."""
    wrong = evidence.wrong_rates("input", "hidden", "output", "vector")
    return len(wrong) > 0 and bool(evidence.settings["rate"].abs().max() <= RATIO)


def base_missing(evidence: Evidence) -> Cause | None:
    """All rates are the same at all sizes, and the readout is not scaled: silently standard parameterization."""
    start = evidence.rows("output", "size")
    scaled = len(start) and start["predicted"].iloc[0] < 0 and start["deviation"].iloc[0] < CLEAR
    if not _constant(evidence) or scaled:
        return None
    wrong = evidence.wrong_rates("input", "hidden", "output", "vector")
    asked = "; ".join(f"{role} {rows['wanted'].iloc[0]:+g}" for role, rows in wrong.groupby("role"))
    return Cause(
        "the base size is missing, so that this is standard parameterization",
        0.85,
        f"every learning rate is the same at all {evidence.plan.scale}s (exponent 0), and {evidence.regime.name} asks "
        f"for the exponents {asked}",
        f"Give the regime its base {evidence.plan.scale}, and build each optimizer from {GROUPS} of its own network",
    )


def output_bias(evidence: Evidence) -> Cause | None:
    """A parameter of which nothing grows has a rate that does."""
    wrong = evidence.wrong_rates("fixed")
    if not len(wrong):
        return None
    row = wrong.iloc[0]
    return Cause(
        "the learning rate of an output bias or scalar depends on the width",
        0.88,
        f"no dimension of {first_few(wrong.index, 3)} grows, and its rate has the exponent {row['rate']:+.2f}, "
        f"its change {row['parameter_change']:+.2f}",
        "Leave the rate of parameters without a growing dimension alone",
        silent=True,
    )


def hidden_rate(evidence: Evidence) -> Cause | None:
    """Rates of matrices with two growing dimensions."""
    return _role_rate(evidence, "hidden", "hidden", 0.75)


def embedding_rate(evidence: Evidence) -> Cause | None:
    """Rates of the input layer, and of vectors."""
    return _role_rate(evidence, "input", "input", 0.76) or _role_rate(evidence, "vector", "hidden", 0.5)


def readout_rate(evidence: Evidence) -> Cause | None:
    """The rate of the readout."""
    return _role_rate(evidence, "output", "output", 0.7)


def _role_rate(evidence: Evidence, role: str, place: str, weight: float) -> Cause | None:
    wrong = evidence.wrong_rates(role)
    if not len(wrong) or base_missing(evidence) is not None:
        return None
    row, moved = wrong.iloc[0], evidence.rows(place, "change")
    seen = "" if moved.empty else f"; the change of {moved['layer'].iloc[0]} has {moved['exponent'].iloc[0]:+.2f}"
    name = {"input": "input layer or embedding", "vector": "biases or gains"}.get(role, f"{role} weights")
    return Cause(
        f"the learning rate of the {name} does not scale as {evidence.regime.name} asks",
        weight,
        f"the rate of {first_few(wrong.index, 3)} has the exponent {row['rate']:+.2f} where the regime has "
        f"{row['wanted']:+g}{seen}",
        f"Take the rates from {GROUPS}",
    )


RATE_CAUSES = (absolute_schedule, base_missing, output_bias, hidden_rate, embedding_rate, readout_rate)
"""Faults of learning rates; each is a function of the evidence."""
