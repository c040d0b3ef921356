"""The verdict on the drift of the best learning rate, in plain words with numbers."""

from math import isinf, isnan

import numpy as np

from spectra.verdicts.rate_evidence import RateEvidence
from spectra.verdicts.rate_resamples import TRUSTED_STEP
from spectra.verdicts.verdict import (
    FEW_SEEDS,
    FEWEST_SEEDS,
    Verdict,
    capital,
    copies_words,
    counted,
    percent,
    percents,
    range_words,
    row_at,
    seeds_words,
    too_alike_words,
)

MEANINGS = {"mean_log_loss": "the log loss averaged over training", "final_log_loss": "the log of the final loss"}


def rate_verdict(evidence: RateEvidence) -> Verdict:
    """Judge: too little data, optimum outside the grid, copies for seeds, a small drift, a large one, or open.

    "transfers" needs the interval of the drift inside the margin, "drifts" needs it beyond; each is wrong with
    probability (1 - level) / 2 at most, as far as resampled seeds tell.
    """
    missing = _missing(evidence)
    if missing:
        return Verdict("inconclusive", f"Inconclusive: {missing}")
    if evidence.found.edges:
        return Verdict("censored", f"Censored: {_edge_words(evidence)}")
    alike = too_alike_words(np.concatenate(evidence.blocks.values, axis=1))
    if alike:
        return Verdict("inconclusive", f"Inconclusive: {alike}")
    low, high, margin = evidence.found.interval.low, evidence.found.interval.high, evidence.drift_margin
    said = f"{_drift_words(evidence)} {_grid_words(evidence)} {_regret_words(evidence)}"
    if -margin < low and high < margin:
        return Verdict("transfers", f"Transfers: {said}")
    if low >= margin or high <= -margin:
        return Verdict("drifts", f"Drifts: {said}")
    return Verdict(
        "inconclusive",
        f"Inconclusive: the drift is shown neither to be small nor to be large. {capital(said)}",
    )


def _missing(evidence: RateEvidence) -> str:
    blocks, scale = evidence.blocks, evidence.scale
    if len(blocks.sizes) < 2:
        return f"there is one {scale} only ({blocks.sizes[0]:g}); a drift needs two or more."
    if len(blocks.seeds) < FEWEST_SEEDS:
        return (
            f"{len(blocks.seeds)} of {blocks.all_seeds} seeds have a finished run at every {scale} and rate, and "
            f"{FEWEST_SEEDS} are the fewest that can be judged: run more seeds or finish the missing runs."
        )
    return ""


def _edge_words(evidence: RateEvidence) -> str:
    """One phrase for all sizes whose grid ends at the same side."""
    scale, parts = evidence.scale, []
    lost = [f"{edge.size:g}" for edge in evidence.found.edges if isnan(edge.rate)]
    if lost:
        parts.append(
            f"at {scale} {', '.join(lost)} every rate diverged for some seed; extend the grid to smaller rates"
        )
    ends = {"smaller": "smallest", "larger": "largest", "smaller and larger": "only"}
    for direction, end in ends.items():
        here = [edge for edge in evidence.found.edges if edge.direction == direction and not isnan(edge.rate)]
        if here:
            told = ", ".join(f"{edge.size:g} (rate {edge.rate:.3g})" for edge in here)
            parts.append(
                f"the best rate is the {end} one tried at {scale} {told}; extend the grid to {direction} rates"
            )
    return f"{'. Also, '.join(parts)}. The optimum may lie beyond the grid, so no drift is given."


def _drift_words(evidence: RateEvidence) -> str:
    found, blocks = evidence.found, evidence.blocks
    first, last = row_at(found.optima, 0), row_at(found.optima, -1)
    return (
        f"by {MEANINGS[evidence.criterion]}, the best learning rate is {first['optimum']:.3g} at {evidence.scale} "
        f"{first['size']:g} and {last['optimum']:.3g} at {last['size']:g}: a drift of {found.drift:+.3f} octaves "
        f"(factors of 2) per doubling of {evidence.scale} ({range_words(found.interval, 3)}; allowed: "
        f"±{evidence.drift_margin:g}), with {seeds_words(len(blocks.seeds), blocks.all_seeds)}."
    )


def _grid_words(evidence: RateEvidence) -> str:
    """What the grid of rates lets one see, and where it should be finer."""
    found, seeds = evidence.found, len(evidence.blocks.seeds)
    seen, coarsest = found.resolution / evidence.octaves, row_at(found.optima, found.coarsest)
    rest = f"The interval comes only from resampling {seeds} seeds. " if seeds < FEW_SEEDS else ""
    step = f"rates were tried in factors of {2**found.resolution:.3g}"
    if found.interpolated:
        alone = f" and interpolated; the points alone tell no drift below {seen:.2g}" if abs(found.drift) < seen else ""
        return f"{rest}Around the best ones {step}{alone}.{_skew_words(evidence)}"
    where = f"around the best rate {coarsest['optimum']:.3g} at {evidence.scale} {coarsest['size']:g} {step}"
    if found.resolution > TRUSTED_STEP:
        return (
            f"{rest}{capital(where)}, which is too coarse to interpolate and widens the interval by ±{seen:.2g}: try "
            f"factors of {2**0.5:.3g} around the best rates."
        )
    return (
        f"{rest}At some size the best rate cannot be interpolated (a neighbour diverged, or the curve is rough or "
        f"skewed), and {where}: that widens the interval by ±{seen:.2g}.{_finer(evidence, seen)}"
    )


def _skew_words(evidence: RateEvidence) -> str:
    """Said where a skew makes up a tenth of the margin."""
    skewed = evidence.found.skewed
    if abs(skewed) < 0.1 * evidence.drift_margin:
        return ""
    return (
        f" As far as cubics tell, the skew of the curves changes with {evidence.scale}, which alone would look like a "
        f"drift of {skewed:+.3f}: the interval holds the drift with and without it."
    )


def _finer(evidence: RateEvidence, seen: float) -> str:
    """The spacing with which the drift would be shown to be small, where the grid alone keeps it from that."""
    found = evidence.found
    room = evidence.drift_margin - max(found.interval.high, -found.interval.low)
    spacing = (room + seen) * evidence.octaves
    return f" Factors below {2**spacing:.3g} there would do, all else equal." if room <= 0 and spacing > 0.01 else ""


def _regret_words(evidence: RateEvidence) -> str:
    first = row_at(evidence.regret, 0)
    small, large = f"{evidence.scale} {first['tuned_at']:g}", f"{evidence.scale} {evidence.blocks.sizes[-1]:g}"
    if isnan(first["regret"]):
        return f"The rate tuned at {small} lies outside the grid of {large}."
    if isinf(first["regret"]):
        return f"At the rate tuned at {small}, some runs of {large} diverge."
    own = "its own best rate" if evidence.found.interpolated else "the best rate tried there"
    ends = percents(first["low"], first["high"])
    return (
        f"At the rate tuned at {small} instead of {own}, the loss of {large} changes by {percent(first['regret'])} "
        f"({100 * evidence.found.interval.level:g} % interval {ends})."
    )


def rate_notes(evidence: RateEvidence) -> tuple[str, ...]:
    """What a reader must know besides the verdict, in whole sentences."""
    blocks, notes = evidence.blocks, []
    if len(blocks.excluded):
        rows = blocks.excluded.itertuples(index=False)
        runs = [f"{evidence.scale} {size:g}, rate {rate:g}, seed {seed}: {reason}" for size, rate, seed, reason in rows]
        notes.append(f"Runs that did not enter: {len(runs)} ({counted(runs)}).")
    if blocks.ends_seen:
        notes.append("The table does not say how runs ended: one whose loss is not finite counts as diverged.")
    if blocks.elsewhere:
        notes.append(f"{blocks.elsewhere} further seeds were run at some of the rates only and do not enter here.")
    if blocks.seeds and any(len(rates) != len(blocks.rates[0]) for rates in blocks.rates):
        notes.append("The sizes were run on different grids of rates.")
    return (*notes, *copies_words(np.concatenate(blocks.values, axis=1)))
