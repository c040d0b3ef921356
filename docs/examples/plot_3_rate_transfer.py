"""
Does the best learning rate stay put?
=====================================
A perceptron on handwritten digits at three widths, under muP and under the NTK parameterization that is the same
network at the base width. A miniature of the quickstart: two seeds show the picture, and are too few for a verdict.
"""

import matplotlib.pyplot as plt
import pandas as pd
from spectra import RunSpec, StepGrid, run_cohort
from spectra.data import Digits
from spectra.models import MLP
from spectra.training import SGD, Loss, RegimeSpec

WIDTHS, RATES, SEEDS = (32, 128, 512), [2**power for power in range(-1, 6)], (1, 2)


def specs(regime, width):
    """Runs of one shape, which train together as one batched program."""
    return [
        RunSpec(
            model=MLP(width=width, depth=1, activation="tanh", zero_readout=True),
            data=Digits(),
            optimizer=SGD(rate=rate, batch_size=32),
            regime=RegimeSpec(kind=regime, base_width=32, base_depth=1, richness=1.0),
            measurements=(Loss(grid=StepGrid(every=40)),),
            steps=40,
            seed=seed,
        )
        for rate in RATES
        for seed in SEEDS
    ]


# %%
# A run that diverged has no final loss; its curve ends there.
figure, panels = plt.subplots(1, 2, sharey=True, figsize=(7, 3.4), layout="constrained")
for panel, regime in zip(panels, ("mup", "ntk_matched"), strict=True):
    for width, color in zip(WIDTHS, ("#f0825a", "#b83289", "#31108f"), strict=True):
        table = pd.concat(run_cohort(specs(regime, width)))
        final = table.query("quantity == 'loss' and step == 40").groupby("rate")["value"].mean()
        panel.loglog(final.index, final, "o-", color=color, label=f"width {width}", base=2)
        panel.plot(
            final.idxmin(), final.min(), "o", color=color, markersize=10, markerfacecolor="none"
        )
    panel.set(title={"mup": "muP", "ntk_matched": "NTK"}[regime], xlabel="base learning rate")
panels[0].set_ylabel("training loss after 40 updates")
panels[0].legend()
plt.show()
