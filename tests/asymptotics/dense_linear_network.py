"""A two-layer linear network as torch has it, with all its weights, and examples for it."""

import numpy as np
import torch

from spectra.asymptotics.linear_network import LinearTask


def task(dimension=5, examples=20, *, strength=2.0, seed=0):
    generator = np.random.default_rng(seed)
    features = generator.standard_normal((examples, dimension)) / np.sqrt(np.arange(1, dimension + 1))
    return LinearTask(features, features @ generator.standard_normal(dimension) * strength / np.sqrt(dimension))


def drawn_weights(width, dimension, seed=0):
    generator = np.random.default_rng(seed)
    return generator.standard_normal((width, dimension)), generator.standard_normal(width)


def torch_network(weights, multiplier, examples):
    """Loss of all weights in one vector, by torch alone."""
    width, dimension = weights[0].shape
    flat = torch.from_numpy(np.concatenate([part.ravel() for part in weights]))
    features, targets = torch.from_numpy(examples.features), torch.from_numpy(examples.targets)

    def loss(vector):
        hidden, readout = vector[: width * dimension].reshape(width, dimension), vector[width * dimension :]
        outputs = multiplier * (features / dimension**0.5) @ hidden.T @ readout
        return (outputs - targets).square().mean()

    return flat, loss


def slope(loss, vector):
    return torch.autograd.grad(loss(vector.requires_grad_()), vector)[0].detach()


WRITINGS = {  # multiplier, learning rate of the hidden layer, learning rate of the readout
    "unit variance": (0.11, 6.0, 6.0),
    "slow hidden layer": (0.11, 0.5, 8.0),
    "frozen hidden layer": (0.11, 0.0, 8.0),
}
