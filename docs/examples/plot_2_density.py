"""
The spectrum of a Hessian
=========================
The Hessian of a classifier has a bulk near zero and a few outliers. It is the sum of the Gauss-Newton matrix, which has
no negative eigenvalue, and of a residual part. The densities come from products with random vectors alone; the shade is
twice the standard error that these probes leave.
"""

import matplotlib.pyplot as plt
import torch
from spectra import (
    Objective,
    cross_entropy,
    flatten,
    gauss_newton,
    hessian,
    spectral_density,
    top_eigenpairs,
)

torch.manual_seed(0)
centres = 1.5 * torch.randn(5, 20)
labels = torch.randint(5, (500,))
inputs = centres[labels] + torch.randn(500, 20)
module = torch.nn.Sequential(torch.nn.Linear(20, 64), torch.nn.Tanh(), torch.nn.Linear(64, 5))
optimizer = torch.optim.SGD(module.parameters(), lr=0.2)
for _ in range(60):
    optimizer.zero_grad()
    torch.nn.functional.cross_entropy(module(inputs), labels).backward()
    optimizer.step()

# %%
# Each matrix is an operator that multiplies. The eigenvalues at the right end are computed one by one.
weights, network = flatten(module)
objective = Objective(network, cross_entropy, [(inputs, labels)])
matrices = {
    "Hessian": hessian(objective, weights),
    "Gauss-Newton part": gauss_newton(objective, weights),
}
densities = {name: spectral_density(matrix) for name, matrix in matrices.items()}
outliers = top_eigenpairs(matrices["Hessian"], 8).values

figure, axes = plt.subplots(figsize=(6.5, 3.6), layout="constrained")
grid = torch.linspace(-0.05, 1.1 * float(outliers[0]), 1200, dtype=torch.float64)
for (name, density), color in zip(densities.items(), ("#31108f", "#f0825a"), strict=True):
    curve = density.curve(grid, width=0.006)
    low, high = curve.values - 2 * curve.standard_errors, curve.values + 2 * curve.standard_errors
    axes.fill_between(grid, low.clamp(min=1e-6), high, color=color, alpha=0.25, linewidth=0)
    axes.semilogy(grid, curve.values.clamp(min=1e-6), color=color, label=name)
axes.plot(
    outliers,
    torch.full_like(outliers, 2e-4),
    "|",
    color="#b3261e",
    markersize=11,
    label="eigenvalues one by one",
)
axes.set(xlabel="eigenvalue, loss per squared weight", ylabel="density", ylim=(1e-4, None))
axes.set_title(f"{len(weights)} eigenvalues from {densities['Hessian'].matvecs} products")
axes.legend()
plt.show()
