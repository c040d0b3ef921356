"""Independent streams of random numbers from one seed."""

from __future__ import annotations

import numpy as np
import torch


def random_stream(seed: int, stream: int) -> torch.Generator:
    """Generator number `stream` of a seed.

    A task, its training set and its test set are drawn from streams of their own: a longer training set changes neither
    the task nor the test set.
    """
    state = np.random.SeedSequence(seed, spawn_key=(stream,)).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(state >> np.uint64(1)))
