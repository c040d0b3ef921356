"""
Sharpness along training
========================
Full-batch gradient descent sharpens the loss until the effective sharpness, learning rate times the largest eigenvalue
of the Hessian, reaches 2, the limit of stability. There it stays, while the loss goes on falling: the edge of stability
(Cohen et al. 2021, arXiv 2103.00065).
"""

import matplotlib.pyplot as plt
import torch
from spectra import SharpnessTracker, StepGrid, squared_error


def train(rate, steps):
    """Train a small network, and return the long table of its curvature and the loss at every step."""
    torch.manual_seed(0)
    inputs = torch.randn(128, 10)
    targets = inputs[:, :1] * inputs[:, 1:2]
    module = torch.nn.Sequential(torch.nn.Linear(10, 64), torch.nn.Tanh(), torch.nn.Linear(64, 1))
    optimizer = torch.optim.SGD(module.parameters(), lr=rate)
    grid = StepGrid(every=steps // 30)
    tracker = SharpnessTracker(
        module, squared_error, [(inputs, targets)], grid=grid, optimizer=optimizer
    )
    losses = []
    for step in range(steps + 1):
        tracker(step)
        optimizer.zero_grad()
        loss = (module(inputs) - targets).square().mean()
        loss.backward()
        losses.append(loss.item())
        optimizer.step()
    return tracker.table, losses


figure, (above, below) = plt.subplots(2, 1, sharex=True, figsize=(6, 5), layout="constrained")
for rate, color in ((0.12, "#f0825a"), (0.16, "#b83289"), (0.24, "#31108f")):
    table, losses = train(rate, int(100 / rate))
    sharpness = table.query("quantity == 'effective_sharpness'")
    above.plot(
        rate * sharpness["step"], sharpness["value"], "o-", color=color, label=f"rate {rate}"
    )
    below.semilogy([rate * step for step in range(len(losses))], losses, color=color)
above.axhline(2, color="#5b6270", linestyle="--", label="limit, 2")
above.set(
    ylabel="effective sharpness", title="The curvature settles at the limit, whatever the rate"
)
below.set(xlabel="time, rate × updates", ylabel="training loss")
above.legend()
plt.show()
