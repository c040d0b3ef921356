"""What an estimate from a spectrum warns of, in plain sentences."""

from __future__ import annotations

from math import log10

# Chosen for reading, not by an experiment: below these an exponent is a description of a window and no more.
SHORT_DECADES, SMALL_SHARE, LARGE_SHARE = 1.0, 0.02, 0.25


def estimate_warnings(
    name: str, exponent: float, *, half_width: float, drift_part: float, first: int, last: int
) -> tuple[str, ...]:
    """Whole sentences on a short window, a drifting or uncertain exponent, and one that is no decay.

    Args:
        name: nu, kappa or zeta.
        exponent: Estimate.
        half_width: Of its interval.
        drift_part: Part of the half width that is drift.
        first: First mode of the window.
        last: Last mode of the window.
    """
    sentences = []
    decades = log10(last / first)
    if decades < SHORT_DECADES and half_width > SMALL_SHARE * exponent:
        sentences.append(f"the law holds from mode {first} to {last} only, {decades:.1f} decades of the index")
    if drift_part > half_width / 2 and drift_part > SMALL_SHARE * exponent:
        sentences.append(
            "the exponent drifts from one half of the window to the other: this is no power law, or not yet"
        )
    if half_width >= exponent:
        sentences.append("the interval holds zero: no power law is seen")
    elif half_width > LARGE_SHARE * exponent:
        sentences.append(f"the exponent is known to {half_width / exponent:.0%} only")
    if name == "nu" and exponent + half_width < 1:
        sentences.append("below one the eigenvalues would have no finite sum, which those of a bounded kernel have")
    return tuple(sentences)
