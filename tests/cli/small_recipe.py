"""A recipe of twelve short runs, and commands in processes of their own."""

import subprocess
import sys
from pathlib import Path

RECIPE = """
title = "A small one"
description = "For tests."
steps = 4
[model]
kind = "residual_mlp"
depth = 1
[data]
kind = "digits"
train_examples = 100
[optimizer]
kind = "sgd"
batch_size = 50
[regime]
base_width = 4
base_depth = 1
[[measurements]]
kind = "loss"
grid = { every = 1 }
[[measurements]]
kind = "effective_sharpness"
examples = 50
grid = { every = 2 }
[sweep]
regime = ["mup", "ntk_matched"]
width = [4, 8]
rate = [0.1]
seed = [1, 2, 3]
"""


def spectra(*arguments: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own."""
    command = [sys.executable, "-m", "spectra", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
