"""A recipe that tests change, and what a reader says of it."""

import pytest

from spectra.sweeps import read_experiment

RECIPE = """\
title = "Widths"
description = "Over widths."
steps = 12
[model]
kind = "residual_mlp"
depth = 3
[data]
kind = "digits"
[optimizer]
kind = "sgd"
batch_size = 64
[regime]
base_width = 32
base_depth = 3
richness = 1.0
[[measurements]]
kind = "loss"
grid = { every = 10 }
[[measurements]]
kind = "effective_sharpness"
grid = { points = 4 }
[sweep]
regime = ["mup", "ntk_matched"]
width = [32, 64]
rate = [0.25, 1]
seed = [1, 2, 3]
[judge]
rate = 0.25
"""


def recipe(folder, old="", new="", text=RECIPE):
    assert old in text
    path = folder / "widths.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def refusal(path):
    """What a reader is told."""
    with pytest.raises(ValueError, match=r".") as caught:
        read_experiment(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    return message
