"""What stands below each figure, and what a reader hears who cannot see it."""

import numpy as np

from spectra.report.figure_tables import exponent_rows, step_rows
from spectra.report.groups import groups
from spectra.report.rate_figure import ceiling
from spectra.report.step_figures import drawable
from spectra.report.study import Study
from spectra.report.words import (
    clean,
    counted,
    criterion_title,
    listing,
    number,
    percent,
    quantity_title,
    regime_title,
)
from spectra.verdicts import RateTransfer

DEFINITIONS = {
    "effective_sharpness": "Effective sharpness is the largest eigenvalue of the Hessian of the training loss, "
    "preconditioned with the learning rate of every parameter; it has no unit.",
    "sharpness": "Sharpness is the largest eigenvalue of the Hessian of the training loss, in nats per squared weight.",
    "loss": "The loss is the mean cross-entropy on a fixed set of training examples, in nats.",
}
HEADINGS = {
    "sharpness": "How curvature grows along training",
    "trend": "How much curvature changes when the size doubles",
    "rates": "Which learning rate is best at every size",
    "loss": "How the loss falls",
    "exponents": "How fast the loss falls",
}


def heading(name: str, study: Study) -> str:
    """Title of a figure's section, in the words of the study."""
    title = HEADINGS[name].replace("the size doubles", f"the {clean(study.scale)} doubles")
    return title.replace("at every size", f"at every {clean(study.scale)}")


def caption(name: str, study: Study) -> str:
    """What a figure shows: quantity, unit, average, band, marks, and what is not in it."""
    sentences = {
        "sharpness": lambda: _step_caption(study, study.quantity),
        "trend": lambda: _trend_caption(study),
        "rates": lambda: _rate_caption(study),
        "loss": lambda: _step_caption(study, "loss"),
        "exponents": lambda: _exponent_caption(study),
    }[name]()
    return " ".join(sentence for sentence in sentences if sentence)


def alt_text(name: str, study: Study) -> str:
    """The content of a figure in words with numbers, one sentence per regime."""
    sentences = {
        "sharpness": lambda: _step_sentences(study, study.quantity),
        "trend": lambda: [f"{regime_title(regime)}: {fit.sentence}" for regime, fit in study.consistency.items()],
        "rates": lambda: [
            f"{regime_title(regime)}: {fit.sentence}"
            for regime, fits in study.transfer.items()
            for fit in list(fits.values())[:1]
        ],
        "loss": lambda: _step_sentences(study, "loss"),
        "exponents": lambda: _exponent_sentences(study),
    }[name]()
    return clean(" ".join([f"{heading(name, study)}.", *(sentences or ["There is nothing to draw yet."])]))


def _step_caption(study: Study, quantity: str) -> list[str]:
    rows = step_rows(study, quantity)
    seeds, hidden = rows["seed"].nunique(), len(rows) - len(drawable(rows))
    gone, limit = rows.loc[rows["diverged"], "run"].nunique(), study.stability_limit
    band = (
        f"band: one standard deviation of its logarithm over {seeds} seeds."
        if seeds > 1
        else "one seed, hence no band."
    )
    sentences = [
        f"{quantity_title(quantity).capitalize()} against the number of updates at the base learning rate "
        f"{number(study.rate)}, one line per {clean(study.scale)}.",
        DEFINITIONS.get(quantity, ""),
        f"With all data in a batch, the optimizer of these runs is stable on a quadratic up to {number(limit)}, dashed."
        if limit is not None and quantity == study.quantity
        else "",
        f"Line: geometric mean over seeds; {band}" if seeds else "",
        f"Left out, because a logarithmic axis cannot hold them: {counted(hidden, 'value')} not positive or not finite."
        if hidden
        else "",
        f"Dotted lines that end in a cross: {counted(gone, 'diverged run')}, not part of the means." if gone else "",
    ]
    return [sentence for sentence in sentences if sentence]


def _trend_caption(study: Study) -> list[str]:
    quantity, scale = quantity_title(study.quantity), clean(study.scale)
    start = f"Slope b of the logarithm of the {quantity} over log₂({scale}) at every checkpoint"
    if not study.consistency:
        return [f"{start}; nothing could be fitted."]
    fit = next(iter(study.consistency.values()))
    pointwise, band = (number(100 * each.level) for each in (fit.fade_interval, fit.mean_slope_interval))
    left_out = sum(len(each.excluded) for each in study.consistency.values())
    return [
        f"{start}, over {scale} {listing([number(size, 6) for size in fit.sizes])}",
        f"and {counted(len(fit.seeds), 'seed')};",
        f"b = 0 means no dependence on {scale}, and the right axis shows exp(b) − 1, the relative change per doubling.",
        f"Bars: pointwise {pointwise} % intervals over seeds. Consistent means that every bar lies within the green",
        f"margin of ±{number(fit.margin, 2)} and that no two sizes differ by more than",
        f"{percent(fit.total_margin)[1:]}.",
        f"Grey: {band} % band that holds for all checkpoints at once. Inconsistent means that it, or the mean over the",
        "checkpoints, lies beyond the margin.",
        f"Not part of the trend: {counted(left_out, 'run')}; the reasons stand below." if left_out else "",
    ]


def _rate_caption(study: Study) -> list[str]:
    fits = [fit for fits in study.transfer.values() for fit in list(fits.values())[:1]]
    scale = clean(study.scale)
    if not fits:
        return [f"Loss against the learning rate, one line per {scale}; nothing could be judged."]
    level = number(100 * fits[0].drift_interval.level)
    edge = any(bool(fit.optima["edge"].astype(bool).any()) for fit in fits)
    seeds = "–".join(str(count) for count in sorted({len(fit.seeds) for fit in fits}))
    return [
        f"Top: {criterion_title(fits[0].criterion)} (natural logarithm, lower is better) against the base learning",
        f"rate, mean over {seeds} seeds with its {level} % interval. Crosses: at least one seed diverged, which counts",
        f"as an infinite loss. Bottom: best rate of every {scale}, from a parabola through the best grid points, with",
        f"its {level} % interval from resampled seeds; dotted: the best rate of the smallest {scale}, which a larger",
        "network would inherit.",
        "Open marker: the best rate is an end of the grid, and the true one may lie beyond." if edge else "",
        "Values far above those at the smallest rate lie beyond the axis." if any(map(_cut, fits)) else "",
    ]


def _cut(fit: RateTransfer) -> bool:
    values = fit.losses.loc[np.isfinite(fit.losses["criterion"]), "criterion"]
    return bool((values > ceiling(fit.losses)[1]).any())


def _exponent_caption(study: Study) -> list[str]:
    rows = study.exponents
    level = number(100 * float(rows["level"].iloc[0])) if len(rows) else "95"
    return [
        "Exponent a of L = floor + A·step⁻ᵃ fitted to the mean loss over seeds at the base learning rate",
        f"{number(study.rate)}, with the floor fitted (open squares) or held at zero (filled circles), against",
        f"{clean(study.scale)}; positive when the loss falls. Bars: {level} % profile-likelihood intervals of the one",
        "mean curve, allowing for correlated residuals; they do not hold the scatter of seeds. An arrow marks an",
        "interval that runs out of the panel.",
    ]


def _step_sentences(study: Study, quantity: str) -> list[str]:
    rows = drawable(step_rows(study, quantity))
    rows = rows.loc[~rows["diverged"]]
    sentences = []
    for (regime,), here in groups(rows, "regime"):
        first, last = here["step"].min(), here["step"].max()
        ends = []
        for (size,), one in groups(here, study.scale):
            logs = one.assign(value=np.log(one["value"].astype(float))).groupby("step")["value"].mean()
            ends.append(f"{number(size, 6)}: {number(np.exp(logs.iloc[0]))} to {number(np.exp(logs.iloc[-1]))}")
        where = f"{regime_title(regime)}, from step {first} to step {last} by {clean(study.scale)}"
        sentences.append(f"{where}: {'; '.join(ends)}.")
    return sentences


def _exponent_sentences(study: Study) -> list[str]:
    sentences = []
    for (regime, curve, model), rows in groups(exponent_rows(study), "regime", "curve", "model"):
        low, high = number(float(rows["estimate"].min())), number(float(rows["estimate"].max()))
        kind = "with a floor" if model == "floor" else "without a floor"
        sentences.append(f"{regime_title(regime)}, {quantity_title(curve)} {kind}: {low} to {high} over all sizes.")
    return sentences
