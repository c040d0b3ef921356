"""Faults of the optimizer's other settings."""

from __future__ import annotations

import pandas as pd

from spectra.checks.cause import Cause
from spectra.checks.evidence import RATIO, Evidence
from spectra.plain_text import first_few
from spectra.scaling import Role

SLOW_SHARE = 1 / 4
"""Of all parameters: where epsilon matters, it does for the gradients of all weights before the readout."""


def epsilon_unscaled(evidence: Evidence) -> Cause | None:
    """Adam's first steps shrink faster than their rates: epsilon outweighs the gradient."""
    if evidence.regime.optimizer != "adam":
        return None
    settings = evidence.settings
    slow = settings[settings["parameter_change"] - settings["rate"] < -evidence.plan.tolerance]
    # A few have no gradient at any size, such as the bias of attention keys, and then show the power of rounding.
    if len(slow) < SLOW_SHARE * len(settings):
        return None
    name = str(slow.index[0])
    return Cause(
        "Adam's epsilon is too large for the gradients of large networks",
        0.9,
        f"the steps of {name} have the exponent {settings['parameter_change'][name]:+.2f} and its rate "
        f"{settings['rate'][name]:+.2f}; its epsilon has {settings['epsilon'][name]:+.2f}",
        "Let epsilon shrink as the gradient does: its power in the regime is "
        f"m^{evidence.regime.rules[Role.HIDDEN].epsilon.width:g}; or make it so small that it does nothing",
    )


def momentum_scaled(evidence: Evidence) -> Cause | None:
    """Momentum depends on the size."""
    rows = evidence.parameters[(evidence.parameters["quantity"] == "momentum") & (evidence.parameters["step"] == 0)]
    if rows["value"].nunique() < 2 or rows.groupby("layer")["value"].nunique().max() < 2:
        return None
    ends = rows.groupby("size")["value"].mean()
    first, last = (f"{ends.iloc[end]:.3g} at {evidence.plan.scale} {ends.index[end]}" for end in (0, -1))
    return Cause(
        "momentum was rescaled with the size",
        0.92,
        f"it is {first} and {last}",
        "Leave momentum alone: a regime scales rates, and momentum multiplies them all alike",
        silent=True,
    )


def decay_unscaled(evidence: Evidence) -> Cause | None:
    """What an update shrinks weights by, rate times decay, depends on the size."""
    settings = evidence.settings[evidence.settings["decay"].notna()]
    if settings.empty or evidence.plan.scale == "depth":
        return None
    product = settings["rate"] + settings["decay"]
    wanted = settings["role"].map(lambda role: _shrinkage(evidence, role))
    wrong = settings[(product - wanted).abs() > RATIO]
    if wrong.empty:
        return None
    name = str(wrong.index[0])
    return Cause(
        "weight decay acts differently on networks of different size",
        0.4,
        f"rate times decay of {first_few(wrong.index, 3)} has the exponent {product[name]:+.2f} where the "
        f"regime has {wanted[name]:+g}",
        "Divide the decay of each group by the factor on its rate, so that rate times decay stays the same",
        silent=True,
    )


def _shrinkage(evidence: Evidence, role: str) -> float:
    rule = evidence.regime.rules[Role(role)]
    return rule.rate.width + rule.decay.width


def frozen(evidence: Evidence) -> Cause | None:
    """Nothing has changed."""
    changes = evidence.parameters[evidence.parameters["quantity"] == "parameter_change"]["value"]
    if not pd.isna(changes).any() and changes.max() == 0:
        return Cause(
            "nothing was trained",
            0.99,
            "no parameter has changed after the last step",
            "Give the optimizer the parameters of the module that the set-up returns, and a rate above zero",
        )
    return None


OPTIMIZER_CAUSES = (epsilon_unscaled, momentum_scaled, decay_unscaled, frozen)
"""Faults of the optimizer's other settings; each is a function of the evidence."""
