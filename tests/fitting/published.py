"""A table of final losses and published fits to it, written as files."""

import json
import re

import numpy as np
import pandas as pd

NAMES = ("floor", "size_amplitude", "size_exponent", "data_amplitude", "data_exponent")


def runs():
    """Final losses of a joint law with two per mille of noise, as a table of sizes and training FLOP."""
    generator = np.random.default_rng(0)
    size, data = (grid.ravel() for grid in np.meshgrid(np.geomspace(1e8, 1e10, 8), np.geomspace(1e9, 1e11, 8)))
    loss = (1.8 + 480 * size**-0.35 + 2000 * data**-0.37) * np.exp(0.002 * generator.standard_normal(size.size))
    return pd.DataFrame({"Model Size": size, "FLOP": 6 * size * data, "loss": loss})


def written(folder, given, **changes):
    fields = {
        "source": "a table",
        "law": "joint",
        "objective": {"name": "huber", "delta": 1e-3},
        "parameters": given,
        "x": {"size": "Model Size", "data": {"factor": 1 / 6, "powers": {"FLOP": 1, "Model Size": -1}}},
        "y": "loss",
    }
    path = folder / "published.json"
    # Numbers given as text keep their digits: 2000 stands for a rounding to units, and 2e3 to thousands.
    path.write_text(re.sub(r'"(-?[0-9.]+(e[0-9]+)?)"', r"\1", json.dumps(fields | changes)))
    return path
