"""Small networks trained by full-batch descent: the experiment behind the margin of the edge of stability."""

import numpy as np
import pytest
import torch
from torch.autograd.functional import hessian, jacobian

from spectra.verdicts.stability_edge import stability_edge
from tests.verdicts.simulated import consistency_table

STEPS, EVERY, WIDTH, EXAMPLES, FEATURES = 900, 30, 24, 24, 4


def sharpness_logs(seed, rate):
    """Log of the learning rate times the largest Hessian eigenvalue at every checkpoint."""
    generator = torch.Generator().manual_seed(seed)
    inputs = torch.randn(EXAMPLES, FEATURES, generator=generator)
    targets = torch.sin(2 * inputs[:, :1]) * inputs[:, 1:2] + inputs[:, 2:3]
    first = torch.randn(WIDTH, FEATURES, generator=generator) / FEATURES**0.5
    last = torch.randn(1, WIDTH, generator=generator) / WIDTH**0.5
    weights = torch.cat([first.flatten(), torch.zeros(WIDTH), last.flatten()])
    sizes = [WIDTH * FEATURES, WIDTH, WIDTH]

    def loss(weights):
        hidden, bias, readout = weights.split(sizes)
        features = torch.tanh(inputs @ hidden.view(WIDTH, FEATURES).T + bias)
        return (features @ readout[:, None] - targets).square().mean()

    found = []
    for step in range(STEPS + 1):
        if step % EVERY == 0:
            found.append(np.log(rate * float(torch.linalg.eigvalsh(hessian(loss, weights))[-1])))
        weights = weights - rate * jacobian(loss, weights)
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("rate", "word"), [(0.3, "at the edge"), (0.02, "below the edge")])
def test_descent_settles_at_the_edge_if_its_rate_is_large(rate, word):
    logs = np.array([[sharpness_logs(seed, rate)] for seed in range(3)])
    table = consistency_table(logs, sizes=(WIDTH,)).assign(optimizer="sgd")
    assert stability_edge(table).verdict == word
