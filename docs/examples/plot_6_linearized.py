"""
The network and its linearization
=================================
A wide network in the NTK parameterization trains like the first-order expansion in its weights, whose outputs under
gradient descent are known in closed form. Three curves for each width: the network, its linearization trained by the
same optimizer, and what the tangent kernel of the start foretells.
"""

import matplotlib.pyplot as plt
import torch
from spectra import empirical_ntk, linearize
from spectra.kernels import gradient_descent, least_squares
from torch import nn


class Perceptron(nn.Module):
    """One hidden layer with standard normal weights, divided by the roots of the sizes."""

    def __init__(self, dimension, width):
        super().__init__()
        self.first = nn.Parameter(torch.randn(width, dimension))
        self.second = nn.Parameter(torch.randn(1, width))

    def forward(self, inputs):
        """Outputs (N, 1) of inputs (N, dimension)."""
        hidden = torch.tanh(inputs @ self.first.T / inputs.shape[1] ** 0.5)
        return hidden @ self.second.T / self.second.shape[1] ** 0.5


def losses(network, steps, rate):
    """Half the mean square at every step of gradient descent."""
    optimizer = torch.optim.SGD(
        [weight for weight in network.parameters() if weight.requires_grad], lr=rate
    )
    found = []
    for _ in range(steps):
        loss = (network(inputs) - targets).square().mean() / 2
        found.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return found


torch.manual_seed(0)
inputs = torch.randn(40, 6)
targets = inputs[:, :1] * inputs[:, 1:2]
rate, steps = 1.0, 300
figure, panels = plt.subplots(1, 2, sharey=True, figsize=(7, 3.3), layout="constrained")
for panel, width in zip(panels, (16, 1024), strict=True):
    module = Perceptron(6, width)
    linear = linearize(module)
    kernel = empirical_ntk(module, inputs, outputs=0)
    problem = least_squares(kernel, targets[:, 0], start=module(inputs)[:, 0].detach())
    foretold = range(0, steps, 20)
    errors = [gradient_descent(problem, step, rate).train - targets[:, 0] for step in foretold]
    panel.semilogy(losses(module, steps, rate), color="#31108f", label="network")
    panel.semilogy(losses(linear, steps, rate), color="#f0825a", label="linearized, trained")
    panel.semilogy(
        foretold, [error.square().mean() / 2 for error in errors], "k.", label="tangent kernel"
    )
    panel.set(title=f"width {width}", xlabel="updates")
panels[0].set_ylabel("training loss, half the mean square")
panels[0].legend()
plt.show()
