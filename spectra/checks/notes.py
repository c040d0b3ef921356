"""What a reader of a check should know beside the verdict."""

from __future__ import annotations

from spectra.checks.cause import listed
from spectra.checks.evidence import Evidence
from spectra.fitting.size_exponents import MORE_SEEDS
from spectra.fitting.verdict import FEW_SEEDS

MANY = 8
"""More seeds than this many times those at hand are no advice."""
ZERO = "zero at every size"


def notes_of(evidence: Evidence) -> tuple[str, ...]:
    """Whole sentences."""
    return tuple(note for note in (_zeros(evidence), _diverged(evidence), _open(evidence), _few(evidence)) if note)


def _zeros(evidence: Evidence) -> str:
    rows = evidence.exponents[evidence.exponents["note"] == ZERO]
    starts, still = (list(rows[rows["quantity"] == quantity]["layer"]) for quantity in ("size", "change"))
    said = ""
    if starts:
        said = (
            f"{listed(starts)} starts at zero, which is no evidence about its initial scale: with a zero readout the "
            "first update moves nothing before it, and no size can be wrong. Check the network without zeros too."
        )
    if still:
        said += f"{' ' if said else ''}{listed(still)} did not change at any size, and was not judged."
    return said


def _diverged(evidence: Evidence) -> str:
    rows = evidence.exponents[evidence.exponents["note"].str.startswith("diverged")]
    return f"{rows['layer'].iloc[0]}: {rows['note'].iloc[0]}; this counts as growth." if len(rows) else ""


def _open(evidence: Evidence) -> str:
    rows = evidence.exponents[evidence.exponents["verdict"] == MORE_SEEDS]
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
