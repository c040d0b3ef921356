"""What a reader of a check should know beside the verdict."""

from __future__ import annotations

from spectra.checks.evidence import Evidence
from spectra.plain_text import first_few
from spectra.verdicts.size_exponents import AT_LEAST, MORE_SEEDS, PASS
from spectra.verdicts.verdict import FEW_SEEDS

MANY = 8
"""More seeds than this many times those at hand are no advice."""
ZERO = "zero at every size"


def notes_of(evidence: Evidence) -> tuple[str, ...]:
    """Whole sentences."""
    told = (_zeros, _diverged, _unstable, _slow_attention, _open, _few)
    return tuple(note for note in (tell(evidence) for tell in told) if note)


def _zeros(evidence: Evidence) -> str:
    rows = evidence.exponents[evidence.exponents["note"] == ZERO]
    starts, still = (list(rows[rows["quantity"] == quantity]["layer"]) for quantity in ("size", "change"))
    said = ""
    if starts:
        said = (
            f"{first_few(starts, 3)} starts at zero, which is no evidence about its initial scale: with a zero readout "
            "the first update moves nothing before it, and no size can be wrong. Check the network without zeros too."
        )
    if still:
        said += f"{' ' if said else ''}{first_few(still, 3)} did not change at any size, and was not judged."
    return said


def _diverged(evidence: Evidence) -> str:
    rows = evidence.exponents[evidence.exponents["note"].str.startswith("diverged")]
    return f"{rows['layer'].iloc[0]}: {rows['note'].iloc[0]}; this counts as growth." if len(rows) else ""


def _unstable(evidence: Evidence) -> str:
    rows = evidence.exponents[evidence.exponents["relation"] == AT_LEAST]
    if rows.empty:
        return ""
    name, scale = evidence.regime.name, evidence.plan.scale
    said = f"{name} is not stable across {scale}: its output moves ever more, so that no rate holds for all {scale}s. "
    if (rows["verdict"] == PASS).all():
        return said + "To pass means that this is seen."
    return said + "It shows in the first small updates, at rates far below the best one."


def _slow_attention(evidence: Evidence) -> str:
    rows = evidence.rows("attention", "change")
    slow = rows[rows["deviation"] < -evidence.plan.tolerance]
    if slow.empty:
        return ""
    return (
        f"{slow['layer'].iloc[0]} changes with the exponent {slow['exponent'].iloc[0]:+.2f}: the first gradients of "
        "queries and keys are random sums, which shrink with the width until values have learned. It was not held "
        "against the network."
    )


def _open(evidence: Evidence) -> str:
    rows = evidence.exponents[
        (evidence.exponents["verdict"] == MORE_SEEDS) & (evidence.exponents["relation"] != AT_LEAST)
    ]
    if rows.empty or not evidence.failing.empty:
        return ""
    needed = rows["seeds_needed"]
    hopeless = needed.isna() | (needed > MANY * len(evidence.plan.seeds))
    if hopeless.any():
        row = rows[hopeless].iloc[0]
        return (
            f"The {row['quantity']} of {row['layer']} lies at the edge of the tolerance (exponent "
            f"{row['exponent']:+.2f}, predicted {row['predicted']:+g} +- {evidence.plan.tolerance:g}): larger sizes "
            "or more steps may decide it sooner than more seeds."
        )
    return f"About {int(needed.max())} seeds are likely to decide all layers."


def _few(evidence: Evidence) -> str:
    seeds = len(evidence.plan.seeds)
    return (
        f"With {seeds} seeds the intervals rest on the assumption that seeds scatter like a normal law."
        if seeds < FEW_SEEDS
        else ""
    )
