"""
The tangent kernel at growing width
===================================
The tangent kernel of a random network comes close to that of infinite width, at the rate of a mean over hidden units:
the relative distance falls with the root of the width.
"""

import matplotlib.pyplot as plt
import torch
from spectra import empirical_ntk, fit_law
from spectra.kernels import kernel_drift, mlp_kernel
from torch import nn


class Perceptron(nn.Module):
    """One hidden layer in the form of the theory: standard normal weights, divided by the roots of the sizes."""

    def __init__(self, dimension, width):
        super().__init__()
        self.first = nn.Parameter(torch.randn(width, dimension))
        self.second = nn.Parameter(torch.randn(1, width))

    def forward(self, inputs):
        """Outputs (N, 1) of inputs (N, dimension)."""
        hidden = torch.tanh(inputs @ self.first.T / inputs.shape[1] ** 0.5)
        return hidden @ self.second.T / self.second.shape[1] ** 0.5


torch.manual_seed(0)
inputs = torch.randn(30, 5)
_, limit = mlp_kernel(inputs, hidden=1, activation="tanh", weight_var=1.0, bias_var=0.0)
widths, draws = [2**power for power in range(4, 13)], 8
distances = torch.tensor(
    [
        [
            kernel_drift(limit, empirical_ntk(Perceptron(5, width), inputs, outputs=0))
            for _ in range(draws)
        ]
        for width in widths
    ]
)
law = fit_law(widths, distances.mean(1), law="power")
exponent = law.estimates["exponent"], law.intervals["exponent"]

figure, axes = plt.subplots(figsize=(5.5, 3.6), layout="constrained")
axes.loglog(widths, distances, "o", color="#31108f", alpha=0.35, markersize=4)
label = f"power {-exponent[0]:.2f}, 95 % interval [{-exponent[1].high:.2f}, {-exponent[1].low:.2f}]"
axes.loglog(widths, law.predict(widths), color="#f0825a", label=label)
axes.set(
    xlabel="width",
    ylabel="distance to infinite width, relative",
    title=f"{draws} networks of each width",
)
axes.legend()
plt.show()
