"""A coordinate check as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from spectra.checks.cause import Cause
from spectra.scaling.aligned import aligned
from spectra.verdicts.size_exponents import AT_LEAST, AT_MOST, EQUAL, FAIL, MORE_SEEDS, PASS, UNJUDGED

if TYPE_CHECKING:
    from spectra.checks.coordinate_check import CoordinateCheck

QUANTITIES = {"size": "at start", "change": "change"}
MARKS = {PASS: "pass", FAIL: "FAIL", MORE_SEEDS: "open", UNJUDGED: "-"}
OTHERS = 2
"""Causes that are named after the likeliest."""


def report(check: CoordinateCheck) -> str:
    """Every layer, then the verdict, the likeliest cause and the notes."""
    parts = [_heading(check), _table(check), verdict_sentence(check)]
    if check.causes:
        parts.append(_causes(check.causes))
    parts += [f"Note: {note}" for note in check.notes]
    return "\n\n".join(parts)


def _heading(check: CoordinateCheck) -> str:
    plan = check.plan
    sizes = ", ".join(map(str, check.sizes))
    steps = "1 update" if plan.steps == 1 else f"{plan.steps} updates"
    return (
        f"Coordinate check of {check.regime.name} ({check.regime.optimizer}) across {plan.scale} {sizes}: exponents of "
        f"the size of each layer's output and of its change after {steps}, {len(plan.seeds)} seeds, "
        f"{100 * plan.level:g} % intervals, tolerance {plan.tolerance:g}"
    )


def _table(check: CoordinateCheck) -> str:
    rows: list[tuple[str, ...]] = [("layer", "place", "what", "exponent", "interval", "predicted", "verdict")]
    before = ""
    for _, row in check.exponents.iterrows():
        cells = _row(row, every_step=check.plan.every_step)
        rows.append(("", "", *cells[2:]) if row["layer"] == before else cells)
        before = row["layer"]
    return "\n".join(aligned(rows))


def _row(row: pd.Series, *, every_step: bool) -> tuple[str, ...]:
    what = QUANTITIES[row["quantity"]] + (f" {row['step']}" if every_step and row["step"] else "")
    known = row["exponent"] == row["exponent"]
    return (
        row["layer"],
        row["place"],
        what,
        f"{row['exponent']:+.2f}" if known else row["note"],
        f"{row['low']:+.2f} to {row['high']:+.2f}" if known else "",
        _predicted(row),
        MARKS[row["verdict"]],
    )


def _predicted(row: pd.Series) -> str:
    if row["predicted"] != row["predicted"]:
        return ""
    return {AT_LEAST: "grows", AT_MOST: f"{row['predicted']:+.2f} or less", EQUAL: f"{row['predicted']:+.2f}"}[
        row["relation"]
    ]


def verdict_sentence(check: CoordinateCheck) -> str:
    """The verdict in capitals, and how many exponents it rests on."""
    counts = check.exponents["verdict"].value_counts()
    judged = int(sum(counts.get(word, 0) for word in (PASS, FAIL, MORE_SEEDS)))
    if check.verdict == PASS:
        return f"PASS: all {judged} exponents are as {check.regime.name} predicts, within {check.plan.tolerance:g}."
    if check.verdict == MORE_SEEDS:
        return (
            f"NOT ENOUGH SEEDS: {counts.get(MORE_SEEDS, 0)} of {judged} exponents are neither shown to be as "
            f"{check.regime.name} predicts nor to be different; the others are."
        )
    if not counts.get(FAIL, 0) and check.causes and judged:
        return f"FAIL: no exponent is shown to differ from what {check.regime.name} predicts, but a setting is wrong."
    if not counts.get(FAIL, 0):
        return "FAIL: no layer has changed, so nothing was shown."
    first = check.exponents[check.exponents["verdict"] == FAIL].iloc[0]
    return (
        f"FAIL: {counts.get(FAIL, 0)} of {judged} exponents are not what {check.regime.name} predicts; the first in "
        f"the forward pass is that of {first['layer']} ({QUANTITIES[first['quantity']]})."
    )


def _causes(causes: tuple[Cause, ...]) -> str:
    first, *others = causes
    said = f"Likeliest cause: {first.name}.\n  Seen: {first.evidence}.\n  Do: {first.remedy}."
    if others:
        said += "".join(f"\nLess likely: {cause.name} ({cause.evidence})." for cause in others[:OTHERS])
    return said
