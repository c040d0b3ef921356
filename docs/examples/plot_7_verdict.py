"""
A verdict on a table
====================
Any long table of a sweep can be judged. Here are two made-up regimes, one of which loses a tenth of its sharpness with
every doubling of the width. The verdict rests on equivalence tests: no dependence must be shown, not merely not seen.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from spectra import super_consistency

random = np.random.default_rng(0)
rows = [
    {
        "run": f"{width}-{seed}",
        "width": width,
        "seed": seed,
        "step": step,
        "quantity": "sharpness",
        "value": value,
    }
    for width in (64, 128, 256, 512)
    for seed in range(8)
    for step in range(0, 101, 20)
    for value in [(1 + step / 40) * random.lognormal(0, 0.02)]
]
steady = pd.DataFrame(rows)
falling = steady.assign(value=steady["value"] * 0.9 ** np.log2(steady["width"] / 64))
verdicts = {
    "steady": super_consistency(steady, "sharpness"),
    "falling": super_consistency(falling, "sharpness"),
}
verdicts["steady"]

# %%
verdicts["falling"]

# %%
# Beneath the words: the slope over doublings at every checkpoint, with its simultaneous band, against the margin.
figure, panels = plt.subplots(1, 2, sharey=True, figsize=(7, 3.3), layout="constrained")
for panel, (name, verdict) in zip(panels, verdicts.items(), strict=True):
    trend = verdict.trend
    percent = {
        column: 100 * np.expm1(trend[column]) for column in ("slope", "band_low", "band_high")
    }
    margin = 100 * np.expm1([-verdict.bound, verdict.bound])
    panel.axhspan(*margin, color="#d9dce3", label="counts as none")
    panel.fill_between(
        trend["step"], percent["band_low"], percent["band_high"], color="#f0825a", alpha=0.4
    )
    panel.plot(trend["step"], percent["slope"], "o-", color="#31108f", label="change, with band")
    panel.set(title=f"{name}: {verdict.verdict}", xlabel="step")
panels[0].set_ylabel("change per doubling, percent")
panels[0].legend()
plt.show()
