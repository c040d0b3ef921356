"""Files that commands on the site speak of, as a reader would have them."""

from pathlib import Path

import numpy as np
import pandas as pd

FIRST_RECIPE = """
steps = 20
[model]
kind = "mlp"
depth = 1
[data]
kind = "digits"
[optimizer]
kind = "sgd"
[regime]
base_width = 32
base_depth = 1
[[measurements]]
kind = "loss"
grid = { every = 10 }
[sweep]
regime = ["mup"]
width = [32, 64]
rate = [0.5]
seed = [1, 2]
"""


def make_files(folder: Path, commands: list[str]) -> list[str]:
    """The recipes that commands name, curves with and without learning rates, logs, and the table that they judge.

    Returns:
        The names of the recipes.
    """
    text, random = " ".join(commands), np.random.default_rng(0)
    recipes = [name for name in ("X.toml", "A.toml", "B.toml") if name in text]
    for name in recipes:
        (folder / name).write_text(FIRST_RECIPE)
    steps = np.arange(100, 10_001, 100)
    curve = pd.DataFrame({"step": steps, "loss": _noisy(0.3 + 2 * steps**-0.5, random)})
    curve.to_csv(folder / "curve.csv", index=False)
    (folder / "logs").mkdir()
    pd.concat([curve.assign(run="a"), curve.assign(run="b", loss=1.1 * curve["loss"])]).to_csv(
        folder / "logs" / "all.csv", index=False
    )
    warm = curve[curve["step"] >= 2_000]  # rates are saved after the warm-up
    left = 1 - warm["step"] / steps[-1]
    for name, rates in (("cosine", 0.1 + 0.9 * np.sin(np.pi / 2 * left) ** 2), ("wsd", (5 * left).clip(0.1, 1))):
        warm.assign(lr=1e-3 * rates).to_csv(folder / f"{name}.csv", index=False)
    table = _sweep(random) if "spectra verdict table.csv" in text else _model_sizes(random)
    table.to_csv(folder / "table.csv", index=False)
    return recipes


def _model_sizes(random):
    table = pd.DataFrame([(size, data) for size in np.geomspace(1e7, 1e9, 6) for data in np.geomspace(1e9, 1e11, 6)])
    table.columns = ["N", "D"]
    table["loss"] = _noisy(1.7 + 400 * table["N"] ** -0.34 + 410 * table["D"] ** -0.28, random)
    return table.assign(FLOP=6 * table["N"] * table["D"])


def _sweep(random):
    settings = {"optimizer": ("sgd", "adam"), "width": (64, 128, 256), "seed": range(4), "step": (0, 50, 100)}
    sweep = pd.MultiIndex.from_product(settings.values(), names=list(settings)).to_frame(index=False)
    sweep["run"] = sweep["optimizer"] + "-" + sweep["width"].astype(str) + "-" + sweep["seed"].astype(str)
    growth = 1 + sweep["step"] / 50
    sharpness = sweep.assign(quantity="sharpness", value=_noisy(growth, random))
    return pd.concat([sharpness, sweep.assign(quantity="test_error", value=_noisy(0.1 / growth, random))])


def _noisy(values, random):
    return np.asarray(values) * np.exp(random.normal(0, 0.005, len(values)))
