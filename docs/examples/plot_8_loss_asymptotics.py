"""
The end of a loss curve, from theory
====================================
A wide shallow network in the lazy regime learns on which half of a sphere a point is. Spectrum and target are known,
and so the loss of gradient flow falls with a power that has an exact exponent and an exact constant.
"""

import matplotlib.pyplot as plt
import numpy as np
from spectra.asymptotics import (
    HalfSpacePower,
    ShallowKernel,
    loss_curve,
    mode_loss_law,
    sphere_modes,
)

times = np.geomspace(1, 1e6, 60)
figure, (left, right) = plt.subplots(1, 2, figsize=(7.5, 3.4), layout="constrained")
for dimension, color in ((2, "#f0825a"), (3, "#b83289"), (4, "#31108f")):
    modes = sphere_modes(ShallowKernel(dimension=dimension, bias="zero"), HalfSpacePower(0))
    law, curve = mode_loss_law(modes), loss_curve(modes, times)
    left.loglog(
        times, curve.losses, color=color, label=f"dimension {dimension}: power {-law.exponent:.3f}"
    )
    left.loglog(times, law(times), ":", color=color)
    right.semilogx(times, curve.losses / law(times), color=color)
left.set(
    xlabel="time of gradient flow",
    ylabel="loss, half the mean square",
    title="Exact, and its law (dotted)",
)
left.legend()
right.axhline(1, color="#5b6270", linestyle="--")
right.set(xlabel="time of gradient flow", title="Exact over law")
plt.show()
