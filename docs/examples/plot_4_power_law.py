"""
A power law with its intervals
==============================
A curve that falls to a floor, with two percent of noise. On a log-log plot the floor bends the curve: a line through
its end would give another exponent, and another forecast. The interval says how much of the curve is needed.
"""

import matplotlib.pyplot as plt
import numpy as np
from spectra import fit_law

steps = np.geomspace(10, 1e5, 60)
truth = {"floor": 0.2, "amplitude": 3.0, "exponent": 0.45}
noise = np.random.default_rng(1).normal(0, 0.02, len(steps))
losses = (truth["floor"] + truth["amplitude"] * steps ** -truth["exponent"]) * np.exp(noise)
seen = steps < 1e4
fit, line = (fit_law(steps[seen], losses[seen], law=law) for law in ("floor", "power"))
fit

# %%
# The floor is foreseen from the first tenth of the curve; a pure power is not.
figure, (left, right) = plt.subplots(1, 2, figsize=(7.5, 3.3), layout="constrained")
left.loglog(steps[seen], losses[seen], "o", color="#31108f", label="fitted")
left.loglog(
    steps[~seen],
    losses[~seen],
    "o",
    color="#31108f",
    markerfacecolor="none",
    label="to be foreseen",
)
left.loglog(steps, fit.predict(steps), color="#f0825a", label="floor + power")
left.loglog(steps, line.predict(steps), color="#5b6270", linestyle="--", label="power")
left.set(xlabel="step", ylabel="loss", title="Forecast of the last tenth")
left.legend()
for end in np.geomspace(300, 1e5, 8):
    begun = steps <= 1.001 * end
    longer = fit_law(steps[begun], losses[begun], law="floor")
    exponent, interval = longer.estimates["exponent"], longer.intervals["exponent"]
    ends = [[exponent - interval.low], [interval.high - exponent]]
    right.errorbar(end, exponent, ends, fmt="o", color="#31108f", capsize=3)
right.axhline(truth["exponent"], color="#5b6270", linestyle="--", label="truth")
right.set(
    xscale="log", xlabel="last step that is fitted", ylabel="exponent", title="95 % intervals"
)
right.legend()
plt.show()
