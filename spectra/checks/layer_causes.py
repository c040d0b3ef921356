"""Faults that show in which layers fail, and how."""

from __future__ import annotations

import numpy as np

from spectra.checks.cause import Cause
from spectra.checks.evidence import CLEAR, Evidence
from spectra.plain_text import first_few


def rate_too_large(evidence: Evidence) -> Cause | None:
    """Even the smallest network has diverged."""
    table, smallest = evidence.parameters, evidence.parameters["size"].min()
    rows = table[(table["size"] == smallest) & ~np.isfinite(table["value"])]
    if rows.empty or not np.isinf(evidence.exponents["exponent"]).any():
        return None
    return Cause(
        "the learning rate is too large for every size",
        0.97,
        f"already the {evidence.plan.scale} {smallest} diverged in {rows['seed'].nunique()} of "
        f"{len(evidence.plan.seeds)} seeds",
        "Tune the rate on the smallest network, and check again with half of it",
    )


def attention_scale(evidence: Evidence) -> Cause | None:
    """Attention logits start larger than they should."""
    off = evidence.deviation("attention", "size")
    if not off > CLEAR:
        return None
    rows = evidence.rows("attention", "size")
    others = evidence.failing[(evidence.failing["place"] != "attention") & (evidence.failing["quantity"] == "size")]
    return Cause(
        "attention logits are divided by sqrt(d) instead of d",
        0.9 if others.empty else 0.5,
        f"at the start {first_few(rows['layer'], 3)} grow with the exponent {rows['exponent'].iloc[0]:+.2f} where the "
        f"regime has {rows['predicted'].iloc[0]:+g}",
        "Multiply the logits q.k / sqrt(head dimension) by m^-1/2, with m the head dimension over that of the base",
    )


def readout_too_large(evidence: Evidence) -> Cause | None:
    """The output of the network starts larger than it should."""
    off = evidence.deviation("output", "size")
    if not off > CLEAR:
        return None
    row = evidence.rows("output", "size").iloc[0]
    seen = f"at the start the output has the exponent {row['exponent']:+.2f} where {row['predicted']:+g} is right"
    if evidence.tied:
        return Cause(
            "the readout is tied to the embedding and its logits have no multiplier",
            0.91,
            f"{seen}; no layer but the embedding has a readout's weights",
            "One tensor cannot have the scales of both: multiply the logits by 1/m, m the width over the base width",
        )
    return Cause(
        "the readout starts too large: its multiplier is missing",
        0.8,
        seen,
        "If the network is scaled by this library, call parameterize on it: the rates of parameter_groups are for "
        "weights that it has drawn. Else multiply the readout by 1/m with weights as in the base network, m the width "
        "over the base width",
    )


def branch_unscaled(evidence: Evidence) -> Cause | None:
    """Across depths the stream or its changes grow."""
    rows = evidence.failing[evidence.failing["deviation"] > 0]
    if evidence.plan.scale != "depth" or rows.empty or evidence.regime.branch.multiplier.depth == 0:
        return None
    row = rows.iloc[rows["deviation"].argmax()]
    return Cause(
        "residual branches or their rates are not scaled with the depth",
        0.85,
        f"the {row['quantity']} of {row['layer']} grows with the exponent {row['exponent']:+.2f} where the regime has "
        f"{row['predicted']:+g}",
        f"Multiply what each branch adds by l^{evidence.regime.branch.multiplier.depth:g} and the rates inside it by "
        f"l^{evidence.regime.branch.rate.depth:g}, with l the depth over the base depth",
    )


def lazy(evidence: Evidence) -> Cause | None:
    """Features move less and less while the output learns as it should."""
    off, output = evidence.deviation("hidden", "change"), evidence.deviation("output", "change")
    if not (off < -CLEAR and abs(output) < CLEAR):
        return None
    row = evidence.rows("hidden", "change").iloc[0]
    return Cause(
        "the network turns lazy: its features stop moving as it grows",
        0.6,
        f"the change of {row['layer']} has the exponent {row['exponent']:+.2f} where the regime has "
        f"{row['predicted']:+g}, and the output learns at all sizes alike",
        "The readout is likely of size 1/sqrt(width), as in standard or NTK parameterization, with rates that make up "
        "for it: it must be of size 1/width",
    )


def factor_outside(evidence: Evidence) -> Cause | None:
    """A layer and its change deviate alike while the output is right: a factor stands behind the layer."""
    output = evidence.rows("output", "change")["deviation"].abs().max()
    if not output < CLEAR:
        return None
    for layer, rows in evidence.failing[evidence.failing["place"].isin(["input", "hidden"])].groupby("layer"):
        off = rows.set_index("quantity")["deviation"]
        if {"size", "change"} <= set(off.index) and abs(off["size"] - off["change"]) < CLEAR < abs(off["size"]):
            return Cause(
                "a factor that depends on the size stands outside of a layer",
                0.65,
                f"the output of {layer} and its change are off by the same power, {off['size']:+.2f} and "
                f"{off['change']:+.2f}, and the network's output is right",
                "No fault: what is measured is the layer without the factor. Put the factor into the module that owns "
                "the weights to have it judged",
            )
    return None


def transient(evidence: Evidence) -> Cause | None:
    """All deviations are small: networks of this size are not yet in the limit."""
    off = evidence.failing["deviation"].abs()
    if off.empty or not off.max() < CLEAR:
        return None
    return Cause(
        "the networks may be too small or the updates too few",
        0.2,
        f"no layer is off by more than {off.max():.2f}, and faults of the scaling are 1/2 or 1 in the limit",
        "Check larger sizes, more steps, or a network whose output is small at the start",
    )


def unknown(evidence: Evidence) -> Cause | None:
    """The first layer that fails."""
    if evidence.failing.empty:
        return None
    row = evidence.failing.iloc[0]
    return Cause(
        f"the first layer that fails is {row['layer']}",
        0.1,
        f"its {row['quantity']} has the exponent {row['exponent']:+.2f} where the regime has {row['predicted']:+g}",
        "Look at its initial weights, its multiplier and its rate",
    )


LAYER_CAUSES = (
    rate_too_large,
    attention_scale,
    readout_too_large,
    branch_unscaled,
    lazy,
    factor_outside,
    transient,
    unknown,
)
"""Faults that show in the layers; each is a function of the evidence."""
